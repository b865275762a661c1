"""Where the console's own files are, and where its data and settings are by default.

In a checkout, templates and static files are in the root, and data and settings are beside
manage.py. In an installed wheel, templates and static files are in this package; data and settings
are then in folders of the person, and never beside the code.
"""

import secrets
from pathlib import Path
from typing import Final

from platformdirs import user_config_path, user_data_path

from ptcconsole import __version__
from ptcconsole.new_files import write_new

APPLICATION: Final = "ptcconsole"

PACKAGE: Final = Path(__file__).resolve().parent
# What is imported from here: the root of a checkout, or site-packages.
BASE_DIR: Final = PACKAGE.parent
IS_INSTALLED: Final = (PACKAGE / "templates").is_dir()

TEMPLATES: Final = (PACKAGE if IS_INSTALLED else BASE_DIR) / "templates"
STATIC: Final = (PACKAGE if IS_INSTALLED else BASE_DIR) / "static"

# How pages name the command line of this installation.
MANAGE: Final = "ptcconsole manage" if IS_INSTALLED else ".venv/bin/python manage.py"


def install_command(extra: str) -> str:
    """Return the command that installs an optional extra, such as `demo`.

    It names a file. The package is on no index, where another one could have its name.
    """
    if IS_INSTALLED:
        return f"pip install './ptcconsole-{__version__}-py3-none-any.whl[{extra}]'"
    return f".venv/bin/pip install --require-hashes -r requirements-{extra}.txt"


def default_data_dir() -> Path:
    """Return the folder of the data if DATA_DIR is not set."""
    return user_data_path(APPLICATION) if IS_INSTALLED else BASE_DIR / ".data"


def default_env_file() -> Path:
    """Return the file with settings if ENV_FILE is not set; it need not exist."""
    return (user_config_path(APPLICATION) if IS_INSTALLED else BASE_DIR) / ".env"


def live_data_dir() -> Path:
    """Return the folder in which `ptcconsole live` keeps its data if DATA_DIR is not set.

    It is not that of `ptcconsole run`, so that results of a simulation and of a real account are
    never in one database.
    """
    return user_data_path(APPLICATION) / "live"


def kept_key(path: Path) -> str:
    """Read a key from the file; generate it the first time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_new(path, secrets.token_urlsafe(64) + "\n", mode=0o600)
    return path.read_text(encoding="ascii").strip()
