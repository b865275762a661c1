"""`ptcconsole setup`: writes the settings with fresh keys, and the files of a deployment.

Nothing that exists is overwritten: keys that are lost end all sessions and leave the audit trail
unverifiable.
"""

import argparse
import re
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ptcconsole import __version__
from ptcconsole.commands.ends import NotStarted
from ptcconsole.deployment import KINDS, SETTINGS, Places, file_of, filled_in
from ptcconsole.new_files import write_new

_HOST: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_USER: Final = re.compile(r"[a-z_][a-z0-9_-]{0,31}")

_NEXT: Final[Mapping[str, str]] = {
    "systemd": """\
Complete .env first: AWS credentials unless the machine has a role, and DATABASE_URL for PostgreSQL.
Next, as root:
  useradd --system --home-dir @{data} --shell /usr/sbin/nologin @{user}
  install --directory --mode 0700 --owner @{user} --group @{user} @{data}
  install --mode 0640 --group @{user} -D .env @{settings}
  cp ptcconsole*.service ptcconsole*.timer /etc/systemd/system/ && systemctl daemon-reload
  sudo -u @{user} ENV_FILE=@{settings} @{command} migrate
  systemctl enable --now ptcconsole ptcconsole-worker ptcconsole-daily.timer
  sudo -u @{user} ENV_FILE=@{settings} @{command} manage signinlink YOUR-NAME --base-url https://@{host}
  sudo -u @{user} ENV_FILE=@{settings} @{command} doctor
Put nginx.conf, or what your proxy needs instead, in front of port 8000.""",
    "container": "Next: follow the first lines of Containerfile.",
    "compose": "Next: follow the first lines of Containerfile and of compose.yaml.",
    "kubernetes": "Next: complete secrets.env, and follow the first lines of kubernetes.yaml.",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", required=True, help="of the console, such as ptc.example.com")
    parser.add_argument("--kind", choices=KINDS, default="systemd", help="of the deployment")
    parser.add_argument(
        "--directory", type=Path, default=Path(), help="where the files are written"
    )
    parser.add_argument("--user", default="ptcconsole", help="of the services (systemd)")
    parser.add_argument(
        "--print", action="store_true", help="print the files without secrets, and write nothing"
    )


def run(options: argparse.Namespace) -> int:
    """Write or print the files of the chosen kind."""
    places = _places(options)
    if options.print:
        for name in KINDS[options.kind]:
            sys.stdout.write(file_of(name, places))
        return 0
    texts = {name: (file_of(name, places), 0o644) for name in KINDS[options.kind]}
    texts |= {name: (text, 0o600) for name, text in _secret_files(options.kind, places)}
    try:
        options.directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(options.directory, error) from error
    for name, (text, mode) in texts.items():
        _write(options.directory / name, text, mode)
    print(f"\n{filled_in(_NEXT[options.kind], places)}")
    if options.kind == "systemd" and not Path(places.command).exists():
        print(f"{places.command}, which the units start, does not exist: install the wheel there.")
    return 0


def _places(options: argparse.Namespace) -> Places:
    if not _HOST.fullmatch(options.host):
        raise NotStarted(
            f"{options.host!r} is no host name. Give it without scheme, port and path, in lower"
            " case, such as ptc.example.com."
        )
    if not _USER.fullmatch(options.user):
        raise NotStarted(f"{options.user!r} is no name of a user.")
    return Places(
        host=options.host,
        command=_command(),
        user=options.user,
        settings="/etc/ptcconsole/.env",
        data=f"/var/lib/{options.user}",
        version=__version__,
    )


def _command() -> str:
    """Return the absolute path of the command, as a service manager needs it."""
    beside = Path(sys.executable).with_name("ptcconsole")
    return str(beside) if beside.exists() else shutil.which("ptcconsole") or str(beside)


def _secret_files(kind: str, places: Places) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the files with secrets."""
    keys = {"SECRET_KEY": _key(), "AUDIT_KEY": _key()}
    if kind == "kubernetes":
        database = {"DATABASE_URL": "postgres://USER:PASSWORD@HOST:5432/ptcconsole"}
        yield "secrets.env", "".join(f"{name}={text}\n" for name, text in (keys | database).items())
        return
    values = keys | {
        "ALLOWED_HOSTS": places.host,
        "CONSOLE_URL": f"https://{places.host}",
        "BEHIND_TLS_PROXY": "true",
    }
    if kind == "systemd":
        values["DATA_DIR"] = places.data
    if kind == "compose":
        password = secrets.token_urlsafe(32)
        yield "database_password", password
        values["DATABASE_URL"] = f"postgres://ptcconsole:{password}@database:5432/ptcconsole"
    yield ".env", _settings(values)


def _key() -> str:
    return secrets.token_urlsafe(64)


def _settings(values: Mapping[str, str]) -> str:
    """Return the template of the settings with these values."""
    text = SETTINGS.read_text(encoding="utf-8")
    for name, value in values.items():
        text, count = re.subn(rf"(?m)^#?{name}=.*$", f"{name}={value}", text, count=1)
        if not count:
            raise LookupError(f"{name} is not in {SETTINGS}")
    return text


def _write(path: Path, text: str, mode: int) -> None:
    try:
        is_new = write_new(path, text, mode=mode)
    except OSError as error:
        raise _unwritable(path, error) from error
    print(f"written  {path}" if is_new else f"kept     {path} (it exists)")


def _unwritable(path: Path, error: OSError) -> NotStarted:
    return NotStarted(f"{path} cannot be written: {error.strerror}.")
