"""`python -m ptcconsole.fakeaws`: its output, its error messages, and its state after a restart."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import moto
import pytest

from ptcconsole.fakeaws.__main__ import main
from ptcconsole.fakeaws.control import FakeAwsControl
from tests.fakeaws.refusals import refusal_of

COMMAND = (sys.executable, "-m", "ptcconsole.fakeaws")
PREVIOUS_LAYOUT = json.dumps({"format": 1, "moto": moto.__version__}).encode() + b"\nsomething"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "unchecked"}


@dataclass(frozen=True, slots=True)
class Running:
    """A started program: its process, the lines it printed, and its endpoint."""

    process: "subprocess.Popen[str]"
    lines: list[str]
    url: str

    def client(self, service: str, region: str = "us-east-2", **keys: str) -> Any:
        """A client for its AWS."""
        return boto3.client(  # type: ignore[call-overload]
            service, region_name=region, endpoint_url=self.url, **(KEYS | keys)
        )


@contextmanager
def running(*arguments: str, stop_with: int = signal.SIGTERM) -> Iterator[Running]:
    """The program, from its ready line to its clean end."""
    command = (*COMMAND, *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _ready(process)
        finally:
            process.send_signal(stop_with)
    assert process.returncode == 0


def _ready(process: "subprocess.Popen[str]") -> Running:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith("AWS endpoint: "):
            return Running(process, lines, line.removeprefix("AWS endpoint: ").strip())
    raise AssertionError(f"It ended with {lines}")


def _refused(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run((*COMMAND, *arguments), check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    "stop_with", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.thorough)]
)
def test_it_says_where_it_is_and_stops_cleanly(tmp_path: Path, stop_with: int) -> None:
    ready_file = tmp_path / "ready"
    with running("--ready-file", str(ready_file), stop_with=stop_with) as program:
        assert program.lines == [f"AWS endpoint: {program.url}"]
        assert program.url.startswith("http://127.0.0.1:")
        assert program.client("sts").get_caller_identity()["Account"] == "123456789012"
        assert FakeAwsControl(program.url).calls() == {"GetCallerIdentity": 1}
    assert not ready_file.exists()


def test_the_ready_file_names_the_endpoint(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready"
    with running("--ready-file", str(ready_file)) as program:
        program.client("sts").get_caller_identity()
        assert ready_file.read_text() == f"{program.url}\n"


def test_a_port_that_is_taken_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = _refused("--port", str(port))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == f"Cannot listen on 127.0.0.1:{port}: Address already in use.\n"


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_cannot_be_one_is_refused(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before it changes anything of its process, so this one will do."""
    with pytest.raises(SystemExit, match="2"):
        main(["--port", port])
    assert f"argument --port: {port} is not a port" in capsys.readouterr().err


def test_a_folder_that_cannot_be_used_is_said_plainly(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    refused = _refused("--data-dir", str(in_the_way))
    assert refused.returncode == 2
    assert refused.stderr == f"Cannot use {in_the_way}: File exists.\n"


@pytest.mark.parametrize(
    "host",
    [
        *("0.0.0.0", "aws.example.com"),
        *(pytest.param(host, marks=pytest.mark.thorough) for host in ("::", "192.0.2.1")),
    ],
)
def test_a_host_that_others_can_reach_is_refused(host: str) -> None:
    refused = _refused("--host", host)
    assert refused.returncode == 2
    assert refused.stderr == f"{host} is not an address of this machine's loopback interface.\n"


def _fill(program: Running) -> None:
    secrets = program.client("secretsmanager")
    secret = secrets.create_secret(
        Name="ecr-pullthroughcache/x",
        SecretString='{"username": "demo", "accessToken": "demo-access-token"}',
    )
    ecr = program.client("ecr")
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="gh", upstreamRegistryUrl="ghcr.io", credentialArn=secret["ARN"]
    )
    program.client("ecr", "eu-west-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    program.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
    key = program.client("kms").create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="own-key", SecretString="x", KmsKeyId=key)
    FakeAwsControl(program.url).keys_of("210987654321")


def _contents(program: Running) -> list[Any]:
    return [
        program.client("ecr").describe_pull_through_cache_rules()["pullThroughCacheRules"],
        program.client("ecr", "eu-west-1").describe_pull_through_cache_rules()[
            "pullThroughCacheRules"
        ],
        [secret["ARN"] for secret in program.client("secretsmanager").list_secrets()["SecretList"]],
        [role["Arn"] for role in program.client("iam").list_roles()["Roles"]],
        [key["KeyArn"] for key in program.client("kms").list_keys()["Keys"]],
    ]


def test_state_outlives_a_stop_and_can_be_changed_after_it(tmp_path: Path) -> None:
    data_dir = ("--data-dir", str(tmp_path / "data"))
    with running(*data_dir) as program:
        _fill(program)
        before = _contents(program)
    with running(*data_dir) as program:
        assert _contents(program) == before
        ecr = program.client("ecr")
        assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="gh")["isValid"]
        ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="gh")
        secrets = program.client("secretsmanager")
        taken = refusal_of(secrets.create_secret, Name="ecr-pullthroughcache/x", SecretString="y")
        assert taken.code == "ResourceExistsException"
        key = secrets.describe_secret(SecretId="own-key")["KmsKeyId"]
        program.client("kms").disable_key(KeyId=key.rpartition("/")[2])


def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    data_dir = ("--data-dir", str(tmp_path))
    with subprocess.Popen((*COMMAND, *data_dir), stdout=subprocess.PIPE, text=True) as process:
        program = _ready(process)
        _fill(program)
        before = _contents(program)
        process.kill()
    with running(*data_dir) as program:
        assert _contents(program) == before


def test_only_the_owner_can_read_the_state_file(tmp_path: Path) -> None:
    with running("--data-dir", str(tmp_path)) as program:
        _fill(program)
        (file,) = tmp_path.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_reset_is_saved_too(tmp_path: Path) -> None:
    with running("--data-dir", str(tmp_path)) as program:
        _fill(program)
        FakeAwsControl(program.url).reset()
    with running("--data-dir", str(tmp_path)) as program:
        assert _contents(program) == [[], [], [], [], []]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b'{"format": 2, "moto": "1.0.0"}\nsomething', "was written by another version"),
        pytest.param(PREVIOUS_LAYOUT, "was written by another version", marks=pytest.mark.thorough),
        pytest.param(b"", "was written by another version", marks=pytest.mark.thorough),
        (None, "cannot be read"),
    ],
)
def test_a_state_file_that_cannot_be_read_is_set_aside(
    tmp_path: Path, file: bytes | None, reason: str
) -> None:
    if file is None:
        with running("--data-dir", str(tmp_path)) as program:
            _fill(program)
        file = (tmp_path / "aws.state").read_bytes()[:200]
    (tmp_path / "aws.state").write_bytes(file)
    with running("--data-dir", str(tmp_path), "--demo") as program:
        aside = tmp_path / "aws.set-aside"
        assert program.lines[0] == (
            f"The saved AWS state {reason}; it was moved to {aside} and a new one begins."
        )
        assert aside.read_bytes() == file
        assert len(_contents(program)[0]) > 1


def test_the_demo_fills_a_new_state_and_leaves_an_old_one_alone(tmp_path: Path) -> None:
    arguments = ("--demo", "--data-dir", str(tmp_path))
    with running(*arguments) as program:
        rules, *_ = _contents(program)
        assert "docker-hub" in [rule["ecrRepositoryPrefix"] for rule in rules]
        ecr = program.client("ecr")
        ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub")
        before = _contents(program)
    with running(*arguments) as program:
        assert _contents(program) == before


def test_ecr_sees_a_new_secret_after_the_delay(tmp_path: Path) -> None:
    with running("--data-dir", str(tmp_path), "--secret-delay", "0.5") as program:
        name = "ecr-pullthroughcache/new"
        arn = program.client("secretsmanager").create_secret(Name=name, SecretString="x")["ARN"]
        ecr = program.client("ecr")
        rule = {"ecrRepositoryPrefix": "gh", "upstreamRegistryUrl": "ghcr.io", "credentialArn": arn}
        refusals = 0
        while not ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]:
            try:
                ecr.create_pull_through_cache_rule(**rule)
            except ecr.exceptions.SecretNotFoundException:
                refusals += 1
        assert refusals > 0


def test_nothing_is_written_without_a_folder(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as process:
        _fill(_ready(process))
        process.terminate()
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []
