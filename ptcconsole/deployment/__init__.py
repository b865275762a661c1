"""The files of a deployment, which `ptcconsole setup` fills in and writes or prints.

A file has places such as `@{host}`, whose names are the fields of `Places`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from typing import Final

from ptcconsole.locations import BASE_DIR, IS_INSTALLED

FOLDER: Final = Path(__file__).resolve().parent
# The template of the settings is in the root of a checkout, where people look for it.
SETTINGS: Final = FOLDER / "env.example" if IS_INSTALLED else BASE_DIR / ".env.example"

# The kinds of deployment, and the files of each, in the order in which they are needed.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "systemd": (
        "ptcconsole.service",
        "ptcconsole-worker.service",
        "ptcconsole-daily.service",
        "ptcconsole-daily.timer",
        "nginx.conf",
    ),
    "container": ("Containerfile",),
    "compose": ("Containerfile", "compose.yaml"),
    "kubernetes": ("Containerfile", "kubernetes.yaml"),
}


class _Text(Template):
    """A template whose places are always in braces: `@` and `$` are usual in these files."""

    delimiter = "@"
    # The base class compiles it.
    pattern = r"@(?:(?P<escaped>@@)|\{(?P<braced>[a-z_]+)\}|(?P<named>(?!))|(?P<invalid>(?!)))"  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What is filled in: the host name of the console, where things are, and who runs it."""

    host: str
    command: str
    user: str
    settings: str
    data: str
    version: str


def filled_in(text: str, places: Places) -> str:
    """Return a text with its places filled in; one of another name is a KeyError."""
    return _Text(text).substitute(asdict(places))


def file_of(name: str, places: Places) -> str:
    """Return the text of a file of a deployment."""
    return filled_in((FOLDER / name).read_text(encoding="utf-8"), places)
