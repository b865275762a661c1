"""`ptcconsole run`: its processes, output and handling of signals, and requests of a browser."""

import base64
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import pytest

from ptcconsole.commands.run import console_environment
from tests.ptcconsole.runner import Browser, Run, descendants
from tests.ptcconsole.runner import started as started_with

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

# What a person may have configured for real work; none of it may reach the simulation.
REAL = {
    "AWS_ACCESS_KEY_ID": "REAL-access-key",
    "AWS_SECRET_ACCESS_KEY": "REAL-secret-key",
    "AWS_SESSION_TOKEN": "REAL-session-token",
    "AWS_PROFILE": "REAL-profile",
    "AWS_ENDPOINT_URL_ECR": "http://127.0.0.1:9/REAL",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/REAL/token",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/REAL",
    "DATABASE_URL": "postgres://REAL@127.0.0.1:9/console",
    "CACHE_URL": "redis://127.0.0.1:9/REAL",
    "SECRET_KEY": "REAL-secret-key-of-the-production-console-that-is-long",
    "CONSOLE_ENV": "production",
    "ALLOWED_HOSTS": "REAL.example.com",
    "HTTP_PROXY": "http://127.0.0.1:9/REAL",
    "GUNICORN_CMD_ARGS": "--workers 9 --name REAL",
}


def started(
    data_dir: Path, *, environment: Mapping[str, str] | None = None, arguments: tuple[str, ...] = ()
) -> AbstractContextManager[Run]:
    """Start `ptcconsole run` on this data folder, in the environment of the tests and this one."""
    whole = {**os.environ, **(environment or {}), "DATA_DIR": str(data_dir)}
    return started_with(*arguments, environment=whole)


def _simulated_ecr(run: Run) -> "ECRClient":
    return boto3.client(
        "ecr",
        endpoint_url=run.value("AWS endpoint"),
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",
        region_name="us-east-2",
    )


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("console") / "data"


@pytest.fixture(scope="module")
def console(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A console started by a person with real credentials and settings of their own."""
    home = tmp_path_factory.mktemp("home")
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text("[REAL-profile]\naws_access_key_id = REAL\n")
    with started(data_dir, environment={**REAL, "HOME": str(home)}) as run:
        yield run


def test_the_first_four_lines_say_where_everything_is(console: Run) -> None:
    first, second, third, fourth, fifth = console.lines[:5]
    assert re.fullmatch(r"Console: http://127\.0\.0\.1:\d+/", first)
    assert re.fullmatch(r"Sign in: http://127\.0\.0\.1:\d+/sign-in/[\w-]{43}/", second)
    assert re.fullmatch(r"AWS endpoint: http://127\.0\.0\.1:\d+", third)
    assert fourth == third.replace("AWS endpoint: http://", "Registry: ")
    assert fifth == ""


def test_the_words_for_a_pull_reach_the_demo_rules(console: Run, tmp_path: Path) -> None:
    ecr, registry = _simulated_ecr(console), console.value("Registry")
    (login,) = ecr.get_authorization_token()["authorizationData"]
    credential = base64.b64decode(login["authorizationToken"]).decode()
    image = next(line.split()[-1] for line in console.lines if "docker pull" in line)
    options = ["--insecure-policy", "copy", "--src-tls-verify=false", "--src-creds", credential]
    command = ["skopeo", *options, f"docker://{image}", f"dir:{tmp_path}"]
    subprocess.run(command, check=True, capture_output=True)
    name = image.removeprefix(f"{registry}/").partition(":")[0]
    (details,) = ecr.describe_images(repositoryName=name)["imageDetails"]
    assert details["imageTags"] == ["3.10"]
    ecr.close()


def test_the_words_for_the_aws_cli_reach_the_demo_rules(console: Run) -> None:
    exports = dict(
        line.strip().removeprefix("export ").split("=", 1)
        for line in console.lines
        if line.strip().startswith("export ")
    )
    example = next(line for line in console.lines if line.strip().startswith("aws ecr"))
    ecr = boto3.client(
        "ecr",
        endpoint_url=exports["AWS_ENDPOINT_URL"],
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
        region_name=example.split()[-1],
    )
    rules = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert "docker-hub" in {rule["ecrRepositoryPrefix"] for rule in rules}
    ecr.close()


def test_the_sign_in_link_works_once_and_looking_does_not_use_it_up(console: Run) -> None:
    link, browser, late = console.value("Sign in"), Browser(), Browser()
    for _ in range(2):
        page = browser.get(link)
        assert page.status == 200
        assert "<button" in page.text
    late_page = late.get(link)

    signed_in = browser.press(page, link)
    assert (signed_in.status, signed_in.headers["Location"]) == (303, "/")
    home = browser.get(console.value("Console"))
    assert home.headers["Location"] == "/123456789012/us-east-2/rules/"
    rules = browser.get(console.value("Console") + "123456789012/us-east-2/rules/").text
    assert rules.count("status-valid") >= 8
    assert rules.count("status-failed") >= 4

    assert late.press(late_page, link).status == 410
    assert "sessionid" not in late.cookies
    assert Browser().get(link).status == 410


def test_a_person_without_the_link_is_asked_to_sign_in(console: Run) -> None:
    answer = Browser().get(console.value("Console"))
    assert (answer.status, answer.headers["Location"]) == (302, "/sign-in/?next=/")


def test_nothing_of_the_persons_own_settings_reaches_the_children(console: Run) -> None:
    children = descendants(console.process.pid)
    # The simulated AWS, gunicorn and its one worker, the background worker.
    assert len(children) == 4
    for pid, command in children.items():
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        # The home folder stays; boto3 is told to read no file in it.
        leaked = [item for item in variables if b"REAL" in item]
        assert leaked == [], command


def test_the_console_signs_with_made_up_credentials_and_reads_no_file(tmp_path: Path) -> None:
    made = console_environment(REAL, tmp_path, "http://127.0.0.1:5000")
    aws = {name: value for name, value in made.items() if name.startswith("AWS_")}
    assert aws == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert made["ENV_FILE"] == "/dev/null"


def test_only_the_person_can_read_the_data(console: Run, data_dir: Path) -> None:
    for path in (data_dir, *data_dir.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (data_dir / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_second_console_on_the_same_data_is_refused(console: Run, data_dir: Path) -> None:
    with started(data_dir) as second:
        code, errors = second.wait()
    assert code == 2
    assert second.lines == []
    assert "Another console is running on the data in" in errors


@pytest.mark.parametrize(("option", "variable"), [("--port", "PORT"), ("--aws-port", "AWS_PORT")])
def test_a_taken_port_is_said_with_the_variable_to_change(
    tmp_path: Path, option: str, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(tmp_path / "data", arguments=(option, str(port))) as run:
            code, errors = run.wait()
    assert code == 2
    assert run.lines == []
    assert f"Port {port} on 127.0.0.1 cannot be used: Address already in use." in errors
    assert f"make run {variable}=" in errors
    assert "Traceback" not in errors


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for tests that only stop what runs on it.

    An empty database is not new, so that the demo's history is not made, which takes seconds.
    """
    folder = tmp_path_factory.mktemp("stopped") / "data"
    folder.mkdir(mode=0o700)
    (folder / "console.sqlite3").touch()
    return folder


def _stops(run: Run, number: signal.Signals) -> None:
    """Everything ends at the signal, and that is no failure."""
    children = descendants(run.process.pid)
    assert run.stop(number) == (0, "")
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.parametrize(
    ("stop_with", "then_with", "prefix"),
    [
        (signal.SIGTERM, signal.SIGINT, "quay"),
        pytest.param(signal.SIGHUP, signal.SIGTERM, "kubernetes", marks=pytest.mark.thorough),
    ],
)
def test_a_stop_signal_stops_everything_and_a_second_start_finds_all_again(
    stopped: Path, stop_with: signal.Signals, then_with: signal.Signals, prefix: str
) -> None:
    """People, sessions and rules, whichever signal stopped the console before."""
    browser = Browser()
    with started(stopped) as first:
        link = first.value("Sign in")
        browser.press(browser.get(link), link)
        _simulated_ecr(first).delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
        _stops(first, stop_with)
    with started(stopped) as second:
        assert browser.get(second.value("Console")).headers["Location"].endswith("/rules/")
        assert urlsplit(second.value("Sign in")).path != urlsplit(link).path
        prefixes = _prefixes(second)
        assert "docker-hub" in prefixes
        assert prefix not in prefixes
        _stops(second, then_with)


def _prefixes(run: Run) -> set[str]:
    rules = _simulated_ecr(run).describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return {rule["ecrRepositoryPrefix"] for rule in rules}


def _opened_by(pid: int) -> Iterator[str]:
    for path in Path(f"/proc/{pid}/fd").iterdir():
        # The process goes on, and may close a file between the two calls.
        with suppress(FileNotFoundError):
            yield os.readlink(path)


def test_what_a_killed_console_left_keeps_its_data(stopped: Path) -> None:
    """The second start has other ports, and would run on the same data.

    Each child process has the lock open, so each one alone keeps it; the last one is tried.
    """
    with started(stopped) as run:
        children = descendants(run.process.pid)
        for pid, command in children.items():
            assert str(stopped / "lock") in _opened_by(pid), command
        run.process.kill()
        run.process.wait()
        *others, left = children
        for pid in others:
            os.kill(pid, signal.SIGKILL)
        try:
            with started(stopped) as second:
                code, errors = second.wait()
        finally:
            os.kill(left, signal.SIGKILL)
    assert code == 2
    assert "Another console is running on the data in" in errors
    assert "pgrep" in errors


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("ptcconsole.fakeaws", "The simulated AWS"),
        pytest.param("gunicorn", "The console", marks=pytest.mark.thorough),
        pytest.param("ptcconsole worker", "The background worker", marks=pytest.mark.thorough),
    ],
)
def test_when_one_part_ends_the_other_is_stopped_and_it_is_said(
    stopped: Path, words: str, name: str
) -> None:
    with started(stopped) as run:
        children = descendants(run.process.pid)
        victim = next(pid for pid, command in children.items() if words in command)
        os.kill(victim, signal.SIGKILL)
        code, errors = run.wait()
    assert code == 1
    assert f"{name} stopped by itself (signal 9), so everything was stopped." in errors
    assert "Traceback" not in errors
