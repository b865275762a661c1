"""NAME_FILE: a secret setting from a file, whatever is wrong with the file."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ptcconsole.environment import SECRETS
from tests.ptcconsole.conftest import LONG_KEY, PRODUCTION, ROOT, Load, environment_of

VALUES = {
    "SECRET_KEY": "signs-sessions-" * 4,
    "AUDIT_KEY": "seals-the-trail-" * 4,
    "DATABASE_URL": "postgres://ptc:pa$$word@db.example.com:5432/ptc",
    "CACHE_URL": "redis://:pa$$word@cache.example.com:6379/0",
    "EMAIL_URL": "smtp+tls://me:pa$$word@mail.example.com:587",
    "OIDC_CLIENT_SECRET": "$secret-of-the-client",
    "ALERT_WEBHOOK_URL": "https://hooks.example.com/services/SECRET",
    "ALERT_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "ALERT_APPRISE_URLS": "slack://T1JJ3T3L2/A1BRTD4JD/SECRET",
    "CELERY_BROKER_URL": "rediss://:pa$$word@broker.example.com:6379/0",
}
# The endings and beginnings that editors, `echo` and Windows leave.
FORMS = {
    "bare": "{}",
    "a line": "{}\n",
    "an empty line": "{}\n\n",
    "Windows": "{}\r\n",
    "an old Mac": "{}\r",
    "a byte order mark": "\ufeff{}\n",
}


def file_of(folder: Path, name: str, text: str | bytes) -> dict[str, str]:
    """Write a file, and return the variable that names it."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {f"{name}_FILE": str(path)}


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in PRODUCTION.items() if name not in names}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_secret_is_read_from_a_file_and_is_not_in_the_environment(
    load: Load, tmp_path: Path, form: str
) -> None:
    assert set(VALUES) == SECRETS
    files: dict[str, str] = {}
    for name, value in VALUES.items():
        files |= file_of(tmp_path, name, form.format(value))
    settings = load({**without(*VALUES), **files})
    of_the_console = ("SECRET_KEY", "AUDIT_KEY", "OIDC_CLIENT_SECRET", "CACHE_URL")
    for name in (*of_the_console, "CELERY_BROKER_URL"):
        assert settings[name] == VALUES[name]
    for name in ("ALERT_WEBHOOK_URL", "ALERT_WEBHOOK_SECRET", "ALERT_APPRISE_URLS"):
        assert settings[name] == VALUES[name]
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["PASSWORD"]) == ("db.example.com", "pa$$word")
    assert (settings["EMAIL_HOST"], settings["EMAIL_HOST_PASSWORD"]) == (
        "mail.example.com",
        "pa$$word",
    )
    assert set(VALUES).isdisjoint(os.environ)
    assert not [value for value in os.environ.values() if value in VALUES.values()]


CHILD = """
import os, subprocess, sys
import django
django.setup()
from django.conf import settings
assert settings.SECRET_KEY == "child-" * 10, settings.SECRET_KEY
print(subprocess.run([sys.executable, "-c", "import os; print(dict(os.environ))"],
                     capture_output=True, text=True, check=True).stdout)
"""


def test_a_child_process_does_not_inherit_the_value(tmp_path: Path) -> None:
    files = file_of(tmp_path, "SECRET_KEY", "child-" * 10)
    variables = {**without("SECRET_KEY"), **files, "DJANGO_SETTINGS_MODULE": "ptcconsole.settings"}
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=ROOT,
        env=environment_of(tmp_path, variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "SECRET_KEY_FILE" in done.stdout
    assert "child-child" not in done.stdout


def no_file(folder: Path) -> None:
    """Nothing there."""


def a_folder(folder: Path) -> None:
    (folder / "SECRET_KEY").mkdir()


def a_link_to_nothing(folder: Path) -> None:
    (folder / "SECRET_KEY").symlink_to(folder / "gone")


def below_a_file(folder: Path) -> None:
    (folder / "SECRET_KEY").symlink_to(Path(__file__) / "key")


def content(text: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "SECRET_KEY").write_bytes(text)

    return write


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (no_file, "cannot be read (No such file or directory)"),
        (a_folder, "cannot be read (Is a directory)"),
        (a_link_to_nothing, "cannot be read (No such file or directory)"),
        (below_a_file, "cannot be read (Not a directory)"),
        (content(b""), "is empty"),
        (content(b"\n"), "is empty"),
        (content(b" \r\n"), "is empty"),
        (content(b"\xef\xbb\xbf"), "is empty"),
        (content(LONG_KEY.encode("utf-16")), "is not UTF-8"),
        (content(b"caf\xe9" * 20), "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start_and_is_named(
    load: Load, tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path)
    path = tmp_path / "SECRET_KEY"
    with pytest.raises(ImproperlyConfigured) as refusal:
        load({**PRODUCTION, "SECRET_KEY_FILE": str(path)})
    assert str(refusal.value) == (
        f"The console does not start: the file in SECRET_KEY_FILE {words}."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_of_another_user_stops_the_start(load: Load, tmp_path: Path) -> None:
    files = file_of(tmp_path, "SECRET_KEY", LONG_KEY)
    (tmp_path / "SECRET_KEY").chmod(0)
    with pytest.raises(ImproperlyConfigured, match="Permission denied"):
        load({**PRODUCTION, **files})


def test_the_file_has_precedence_wherever_the_two_are_set(load: Load, tmp_path: Path) -> None:
    files = file_of(tmp_path, "SECRET_KEY", "of-the-file-" * 5)
    assert load({**PRODUCTION, **files})["SECRET_KEY"] == "of-the-file-" * 5
    dotenv = tmp_path / "settings.env"
    dotenv.write_text(f"SECRET_KEY_FILE={files['SECRET_KEY_FILE']}\n")
    assert load({**PRODUCTION, "ENV_FILE": str(dotenv)})["SECRET_KEY"] == "of-the-file-" * 5
    dotenv.write_text(f"SECRET_KEY={LONG_KEY}\n")
    both = {**without("SECRET_KEY"), **files, "ENV_FILE": str(dotenv)}
    assert load(both)["SECRET_KEY"] == "of-the-file-" * 5
    # Empty, as compose files leave a variable, it names no file.
    assert load({**PRODUCTION, "SECRET_KEY_FILE": ""})["SECRET_KEY"] == LONG_KEY


def test_a_file_that_changed_is_read_at_the_next_start(load: Load, tmp_path: Path) -> None:
    files = file_of(tmp_path, "SECRET_KEY", "first-" * 10)
    assert load({**without("SECRET_KEY"), **files})["SECRET_KEY"] == "first-" * 10
    file_of(tmp_path, "SECRET_KEY", "second-" * 10)
    assert load({**without("SECRET_KEY"), **files})["SECRET_KEY"] == "second-" * 10


def test_a_value_of_the_environment_that_begins_with_a_dollar_sign_can_be_written(
    load: Load,
) -> None:
    """django-environ takes it for the name of another variable, unless it is escaped."""
    named = {**PRODUCTION, "OIDC_CLIENT_SECRET": "$KEPT", "KEPT": "secret"}
    assert load(named)["OIDC_CLIENT_SECRET"] == "secret"
    assert load({**PRODUCTION, "OIDC_CLIENT_SECRET": r"\$KEPT"})["OIDC_CLIENT_SECRET"] == "$KEPT"


def test_the_file_with_settings_and_the_files_of_boto3_keep_their_meaning(
    load: Load, tmp_path: Path
) -> None:
    """ENV_FILE is no value of ENV, AWS_CONFIG_FILE none of AWS_CONFIG; only secrets have files."""
    dotenv = tmp_path / "settings.env"
    dotenv.write_text("ENV=x\nAWS_CONFIG=y\nTIME_ZONE=Europe/Berlin\n")
    other = tmp_path / "other"
    other.write_text("local")
    settings = load(
        {
            **PRODUCTION,
            "ENV_FILE": str(dotenv),
            "AWS_CONFIG_FILE": str(tmp_path / "gone"),
            "CONSOLE_ENV_FILE": str(other),
            "DATA_DIR_FILE": str(other),
            "LOG_LEVEL_FILE": str(tmp_path / "gone"),
        }
    )
    assert settings["TIME_ZONE"] == "Europe/Berlin"
    assert settings["IS_PRODUCTION"]
    assert settings["DATA_DIR"] == tmp_path
    assert os.environ["AWS_CONFIG"] == "y"


def test_the_documents_name_the_settings_that_can_be_files() -> None:
    text = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")
    section = text.partition("### Secrets in files\n")[2].partition("\n#")[0]
    assert set(re.findall(r"`([A-Z_]+)_FILE`", section)) >= SECRETS
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert "NAME_FILE" in example
