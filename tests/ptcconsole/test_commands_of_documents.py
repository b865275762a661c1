"""Every command that README.md and OPERATIONS.md name is run, or is listed with why it is not."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import boto3
import pytest
from django.conf import LazySettings
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from ptcconsole.commands import SUMMARIES
from ptcconsole.deployment import KINDS
from ptcconsole.fakeaws.server import FakeAws
from tests.person import someone
from tests.ptcconsole.commands_of_documents import (
    BY_OTHER_TESTS,
    BY_THE_CONSOLE,
    NOT_RUN,
    SETUP,
)
from tests.ptcconsole.documents import DOCUMENTS, ROOT, command_lines, commands_of
from tests.ptcconsole.forks import Forks, forks_of
from tests.ptcconsole.installed import run
from wizard.domain import Scope
from wizard.domain.webhook_signatures import parse_secrets
from wizard.models import WorkerHeartbeat
from wizard.services import people

PRODUCTION: Final = {
    "CONSOLE_ENV": "production",
    "SECRET_KEY": "secret-key" * 6,
    "AUDIT_KEY": "audit-key-" * 6,
    "ALLOWED_HOSTS": "ptc.example.com",
    "BEHIND_TLS_PROXY": "true",
    "ENV_FILE": os.devnull,
    "AWS_ACCESS_KEY_ID": "mine",
    "AWS_SECRET_ACCESS_KEY": "mine",
    "AWS_DEFAULT_REGION": "us-east-2",
}

# The commands that have a test of their own below.
HERE: Final[set[str]] = set()

Test = Callable[..., None]


def runs(*commands: str) -> Callable[[Test], Test]:
    """Note that the test runs these commands."""
    HERE.update(commands)
    return lambda test: test


def ended(*words: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of the machine to its end."""
    return subprocess.run(
        words,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


# --- Nothing is forgotten -----------------------------------------------------------------------


def test_every_command_is_run_or_has_a_reason() -> None:
    tables = [set(BY_THE_CONSOLE), set(BY_OTHER_TESTS), set(NOT_RUN), HERE, _of_make()]
    listed = set().union(*tables)
    assert command_lines() - listed == set(), "run these by a test, or say why not"
    assert listed - command_lines() == set(), "no document names these"
    assert len(listed) == sum(map(len, tables)), "one command is in two tables"


@pytest.mark.parametrize("command", BY_OTHER_TESTS)
def test_the_other_test_has_the_words(command: str) -> None:
    file, words = BY_OTHER_TESTS[command]
    assert words in (ROOT / "tests" / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("    curl -sS \\\n        http://a/  # b\n", ["curl -sS http://a/"]),
        (
            "    A=1 B=2 ptcconsole serve\n    A=1\n    Sign in: http://a/\n",
            ["A=1 B=2 ptcconsole serve"],
        ),
        ("| `pgrep 'a\\|b'` | `curl` | `manage.py ...` |\n", ["pgrep 'a|b'"]),
        ("- a list\n\n      df -h\n", ["df -h"]),
        ("```sql\n    DROP\n```\n", []),
    ],
)
def test_commands_are_found_as_a_reader_finds_them(text: str, expected: list[str]) -> None:
    assert list(commands_of(text)) == expected


def test_a_program_that_is_not_known_is_asked_about() -> None:
    with pytest.raises(AssertionError, match="Is this line a command"):
        list(commands_of("    frobnicate --all\n"))


def test_every_subcommand_is_one_that_a_document_names() -> None:
    found = [re.match(r"(?:\S*/)?ptcconsole ([a-z]+)", command) for command in command_lines()]
    assert {each[1] for each in found if each} <= set(SUMMARIES)


def test_units_that_systemd_is_asked_about_are_those_of_setup() -> None:
    asked = [command for command in command_lines() if re.match("systemctl|journalctl", command)]
    named = {word for command in asked for word in command.split() if "ptcconsole" in word}
    assert named
    assert {f"{name}.service" for name in named} <= set(KINDS["systemd"])


# --- The installed console ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def forks(installed: Path, server: Path) -> Iterator[Forks]:
    shell = {"PATH": os.environ["PATH"], "HOME": str(server)}
    data = {"DATA_DIR": str(server / "data")}
    with forks_of(installed, server, {**shell, **PRODUCTION, **data}) as started:
        yield started


@pytest.mark.parametrize("command", BY_THE_CONSOLE)
def test_the_console_does_it(forks: Forks, server: Path, command: str) -> None:
    done = forks.run(*BY_THE_CONSOLE[command])
    # The log of the console, in which the head of the audit trail is looked for.
    with (server / "console.log").open("a", encoding="utf-8") as log:
        log.write(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@runs(
    "ptcconsole doctor",
    "sudo -u ptcconsole ENV_FILE=/etc/ptcconsole/.env /opt/ptcconsole/bin/ptcconsole doctor",
)
def test_the_doctor_finds_nothing_wrong(
    aws: FakeAws, installed: Path, forks: Forks, server: Path
) -> None:
    """With the settings of a file, as the service has them."""
    forks.run("migrate", "--verbosity", "0")
    # Production refuses an endpoint without TLS.
    settings = {**PRODUCTION, "CONSOLE_ENV": "local", "AWS_ENDPOINT_URL": aws.url}
    settings |= {"DATA_DIR": str(server / "data")}
    file = server / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    done = run(installed, server, "doctor", ENV_FILE=str(file))
    assert done.returncode == 0, done.stdout + done.stderr


@runs(
    "ptcconsole setup --host ptc.example.com --kind container",
    "/opt/ptcconsole/bin/ptcconsole setup --host ptc.example.com --directory ptcconsole-files",
)
@pytest.mark.parametrize("kind", ["container", "systemd"])
def test_setup_writes_its_files_into_a_folder(installed: Path, home: Path, kind: str) -> None:
    words = (*SETUP, "--kind", kind, "--directory", "ptcconsole-files")
    done = run(installed, home, *words)
    assert done.returncode == 0, done.stderr
    assert set(KINDS[kind]) < {path.name for path in (home / "ptcconsole-files").iterdir()}


@runs(
    "CONSOLE_ENV=local .venv/bin/python manage.py signinlink admin --base-url http://127.0.0.1:8000"
)
def test_a_checkout_makes_a_sign_in_link(tmp_path: Path) -> None:
    shell = {"CONSOLE_ENV": "local", "ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path)}
    python = Path(sys.executable)
    assert ended(python, "manage.py", "migrate", "--verbosity", "0", **shell).returncode == 0
    words = ("signinlink", "admin", "--base-url", "http://127.0.0.1:8000")
    done = ended(python, "manage.py", *words, **shell)
    assert (done.returncode, done.stdout[:30]) == (0, "http://127.0.0.1:8000/sign-in/")


# --- What a person asks a running console -------------------------------------------------------


@runs(
    "curl -sS -w '%{http_code}\\n' -H 'Host: ptc.example.com' -H 'X-Forwarded-Proto: https'"
    " 'http://127.0.0.1:8000/readyz?worker=required'"
)
def test_curl_asks_whether_all_is_well(live_server: LiveServer, settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["ptc.example.com"]
    address = f"{live_server.url}/readyz?worker=required"
    headers = ("-H", "Host: ptc.example.com", "-H", "X-Forwarded-Proto: https")
    assert ended("curl", "-sS", "-w", "%{http_code}\n", *headers, address).stdout.endswith("503\n")
    WorkerHeartbeat.objects.create(worker_id="one", seen_at=timezone.now())
    done = ended("curl", "-sS", "-w", "%{http_code}\n", *headers, address)
    assert (done.returncode, done.stdout[-4:]) == (0, "200\n"), done.stderr


@runs(
    'curl -H "Authorization: Bearer $PTC_TOKEN"'
    " 'https://ptc.example.com/123456789012/us-east-2/rules/?format=json'",
    'curl -X POST -H "Authorization: Bearer $PTC_TOKEN"'
    " https://ptc.example.com/123456789012/us-east-2/rules/docker-hub/validate/",
)
def test_curl_uses_an_api_token(aws: FakeAws, live_server: LiveServer) -> None:
    boto3.client("ecr").create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    scopes = [Scope.RULES_READ, Scope.RULES_VALIDATE]
    token, _row = people.create_token(user=someone("ada"), name="script", scopes=scopes, days=1)
    header = ("-sS", "-H", f"Authorization: Bearer {token}")
    rules = f"{live_server.url}/123456789012/us-east-2/rules/"
    listed = ended("curl", *header, f"{rules}?format=json")
    assert (listed.returncode, "quay.io" in listed.stdout) == (0, True), listed.stdout
    validated = ended("curl", "-X", "POST", *header, f"{rules}quay/validate/")
    assert json.loads(validated.stdout)["is_valid"] is True, validated.stdout


@runs("aws sts get-caller-identity")
def test_the_aws_cli_names_the_identity(aws: FakeAws) -> None:
    shell = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    program = Path(sys.executable).parent / "aws"
    done = ended(program, "sts", "get-caller-identity", **shell)
    assert (done.returncode, '"Account": "123456789012"' in done.stdout) == (0, True), done.stderr


# --- Programs of the machine --------------------------------------------------------------------


def _of_make() -> set[str]:
    return {command for command in command_lines() if command.startswith("make ")}


@pytest.mark.parametrize("command", sorted(_of_make()))
def test_make_knows_the_target_and_what_it_would_run(command: str) -> None:
    done = ended("make", "--dry-run", *command.split()[1:])
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", *DOCUMENTS])
def test_every_target_of_make_that_a_document_names_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.M))
    text = (ROOT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^ {4}|`)make ([a-z]+)\b", text, flags=re.M)) <= targets


@runs("df -h")
def test_df_shows_the_room() -> None:
    assert ended("df", "-h", str(ROOT)).returncode == 0


@runs("pgrep -af 'fakeaws|gunicorn|ptcconsole worker'")
def test_pgrep_finds_what_a_killed_console_left() -> None:
    words = [sys.executable, "-c", "input()", "-m", "ptcconsole worker"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as left:
        done = ended("pgrep", "-af", "fakeaws|gunicorn|ptcconsole worker")
        left.kill()
    assert done.returncode == 0
    assert str(left.pid) in {line.split()[0] for line in done.stdout.splitlines()}


@runs(
    "journalctl -u ptcconsole -u ptcconsole-worker --since -1h"
    " --grep 'ERROR|CRITICAL|does not start'"
)
def test_journalctl_understands_what_it_is_asked(tmp_path: Path) -> None:
    """Here in an empty journal, in which nothing is found: exit code 1, as of grep."""
    units = ("-u", "ptcconsole", "-u", "ptcconsole-worker")
    search = ("--since", "-1h", "--grep", "ERROR|CRITICAL|does not start")
    done = ended("journalctl", *units, *search, "--directory", tmp_path)
    assert done.returncode in (0, 1)
    assert done.stderr.strip() in ("", "No journal files were found.")


@runs(
    "python3 -c 'import base64, secrets;"
    ' print("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())\''
)
def test_python_makes_a_secret_that_the_console_accepts() -> None:
    (command,) = (line for line in command_lines() if line.startswith("python3 -c "))
    shell = shutil.which("sh")
    assert shell is not None
    done = ended(shell, "-c", command)
    assert done.returncode == 0, done.stderr
    (key,) = parse_secrets(done.stdout.strip())
    assert key == base64.b64decode(done.stdout.removeprefix("whsec_"))
