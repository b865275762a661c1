"""Every command that README.md and OPERATIONS.md name exists, and ends as they say.

The commands for the person who runs the console are run from the installed wheel, on a database of
their own. Those that need a root user, systemd, a browser or a network are listed as not run.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptcconsole.commands import SUMMARIES
from ptcconsole.fakeaws.server import FakeAws
from tests.ptcconsole.installed import run

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "OPERATIONS.md")
LINK = ("--base-url", "https://ptc.example.com")

# The commands as the documents have them, with what stands for their examples, and the exit code.
# They run one after the other, on the same data.
RUN: dict[str, tuple[tuple[str, ...], int]] = {
    "manage.py migrate": (("manage", "migrate"), 0),
    "manage.py migrate --check": (("manage", "migrate", "--check"), 0),
    "manage.py collectstatic --noinput": (("manage", "collectstatic", "--noinput"), 0),
    "manage.py check": (("manage", "check"), 0),
    **{
        f"manage.py {words}": (("manage", *words.split()), 0)
        for words in (
            "check --deploy --fail-level WARNING",
            "check --deploy --database default",
            "check --deploy --database default --fail-level WARNING",
        )
    },
    "manage.py signinlink NAME": (("manage", "signinlink", "alice", *LINK), 0),
    "manage.py signinlink NAME --base-url https://ptc.example.com": (
        ("manage", "signinlink", "alice", *LINK),
        0,
    ),
    "manage.py resume": (("manage", "resume"), 0),
    "manage.py cleardrafts": (("manage", "cleardrafts"), 0),
    "manage.py verify_audit": (("manage", "verify_audit"), 0),
    "manage.py verify_audit --from-log console.log": (
        ("manage", "verify_audit", "--from-log", "console.log"),
        0,
    ),
    # There is nothing to repair, which is said.
    "manage.py repair_audit": (("manage", "repair_audit"), 0),
    "manage.py prune_audit --keep-days 730": (("manage", "prune_audit", "--keep-days", "730"), 0),
    "manage.py backup FILE": (("manage", "backup", "copy.sqlite3"), 0),
    "manage.py axes_reset": (("manage", "axes_reset"), 0),
    "manage.py axes_reset_username NAME": (("manage", "axes_reset_username", "alice"), 0),
    "manage.py axes_reset_ip ADDRESS": (("manage", "axes_reset_ip", "192.0.2.1"), 0),
    # Without EMAIL_URL it prints the message.
    "manage.py sendtestemail you@example.com": (
        ("manage", "sendtestemail", "you@example.com"),
        0,
    ),
    "ptcconsole doctor": (("doctor",), 0),
    "ptcconsole migrate": (("migrate",), 0),
    "ptcconsole setup --host ptc.example.com --kind container": (
        ("setup", "--host", "ptc.example.com", "--kind", "container", "--directory", "files"),
        0,
    ),
}
# Other tests run these, or they ask the person.
ELSEWHERE = {
    "manage.py worker": "faults/test_worker.py",
    "manage.py createsuperuser": "Django's own; asks for a password",
    "ptcconsole worker": "ptcconsole/test_live.py",
    "ptcconsole serve": "ptcconsole/test_serve.py",
    "ptcconsole setup": "ptcconsole/test_setup.py",
    "ptcconsole live": "ptcconsole/test_live.py",
    "ptcconsole live --port 8080": "ptcconsole/test_live.py",
}
_NAMED = re.compile(r"(?:^ {4,}|`)((?:manage\.py|ptcconsole) [a-z][^`#\n]*?)\s*(?:`|#|$)", re.M)


def _commands() -> Iterator[str]:
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        yield from (" ".join(found[1].split()) for found in _NAMED.finditer(text))


def test_every_command_of_the_documents_is_run_by_a_test() -> None:
    named = {command for command in _commands() if not command.endswith("...")}
    assert named - set(RUN) - set(ELSEWHERE) == set()
    assert set(RUN) - named == set(), "no document names these"


def test_every_subcommand_is_one_that_a_document_names() -> None:
    named = {command.split()[1] for command in _commands() if command.startswith("ptcconsole ")}
    assert named <= set(SUMMARIES)


def test_every_target_of_make_that_a_document_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.M))
    for name in (*DOCUMENTS, "CONTRIBUTING.md", "SECURITY.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^ {4}|`)make ([a-z]+)\b", text, flags=re.M))
        assert named <= targets, name


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.mark.parametrize("command", RUN)
def test_it_ends_as_the_document_says(
    aws: FakeAws, installed: Path, server: Path, command: str
) -> None:
    words, code = RUN[command]
    settings = {
        "CONSOLE_ENV": "production",
        "SECRET_KEY": "secret-key" * 6,
        "AUDIT_KEY": "audit-key-" * 6,
        "ALLOWED_HOSTS": "ptc.example.com",
        "BEHIND_TLS_PROXY": "true",
        "DATA_DIR": str(server / "data"),
        "ENV_FILE": "/dev/null",
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_SECRET_ACCESS_KEY": "mine",
        "AWS_DEFAULT_REGION": "us-east-2",
    }
    if command == "ptcconsole doctor":
        # Production refuses an endpoint without TLS.
        settings |= {"CONSOLE_ENV": "local", "AWS_ENDPOINT_URL": aws.url}
    done = run(installed, server, *words, **settings)
    # The log of the console, in which the head of the audit trail is looked for.
    with (server / "console.log").open("a", encoding="utf-8") as log:
        log.write(done.stderr)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
