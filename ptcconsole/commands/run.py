"""`ptcconsole run`, or `make run`: the console and its simulated AWS, for one person to try.

It runs three child processes: the simulated AWS, the console and the background worker. They start
in this order, do not get the person's own AWS credentials and settings, and stop together.
"""

import argparse
import json
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from ptcconsole.commands import loopback
from ptcconsole.commands.children import ENDPOINT_LINE, child_process
from ptcconsole.commands.ends import NotStarted
from ptcconsole.commands.loopback import ANSWER_SECONDS, HOST
from ptcconsole.locations import default_data_dir, install_command, kept_key

HOME_REGION: Final = "us-east-2"

# The only environment variables that are passed to the child processes. So no AWS credential,
# profile or endpoint, no database, proxy, gunicorn or Django setting of the person reaches them.
KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PYTHONWARNINGS")
SETTINGS: Final = ("LOG_LEVEL", "LANGUAGE_CODE", "TIME_ZONE")

# Placeholder credentials. The simulation accepts any key.
CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
}

# How long ECR does not see a new secret. AWS needs some ten seconds.
SECRET_DELAY_SECONDS: Final = 5


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="of the console; 0: any free one")
    parser.add_argument("--aws-port", type=int, default=0, help="of the simulated AWS; 0: any")


def run(options: argparse.Namespace) -> int:
    """Run until stopped by a signal."""
    if find_spec("moto") is None:
        raise NotStarted(
            "The simulated AWS is not installed. It is the extra `demo`:\n"
            f"  {install_command('demo')}\n"
            "To use your own AWS account, run `ptcconsole live`, which does not need it."
        )
    with loopback.until_stopped():
        _run(options.port, options.aws_port, _data_dir())
    return 0


def _data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or default_data_dir()).resolve()


def _run(port: int, aws_port: int, data_dir: Path) -> NoReturn:
    with ExitStack() as stack:
        listener = stack.enter_context(loopback.listener(port))
        _refuse_taken_aws_port(aws_port)
        lock = stack.enter_context(loopback.sole_use(data_dir))
        aws = stack.enter_context(
            child_process("The simulated AWS", *_aws_command(aws_port, data_dir), lock=lock)
        )
        endpoint = aws.read_endpoint()
        environment = console_environment(os.environ, data_dir, endpoint)
        environment["SIMULATED_UPSTREAMS"] = _upstreams(endpoint)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        is_first = not (data_dir / "console.sqlite3").exists()
        history = ["--with-history"] if is_first else []
        link = loopback.prepare_database(environment, url, *history)
        console = stack.enter_context(loopback.console(listener, environment, lock))
        worker = stack.enter_context(loopback.worker(environment, lock))
        loopback.wait_for_answer(url, console)
        _tell(url, link, endpoint, data_dir)
        loopback.wait_for_an_end(aws, console, worker)


def console_environment(
    environment: Mapping[str, str], data_dir: Path, endpoint: str
) -> dict[str, str]:
    """Return the console's complete environment: local, simulated, placeholder credentials."""
    return {
        **_base_environment(environment),
        "LOG_LEVEL": "WARNING",
        **{name: environment[name] for name in SETTINGS if name in environment},
        "ENV_FILE": os.devnull,
        "CONSOLE_ENV": "local",
        "SIMULATED_AWS": "true",
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": kept_key(data_dir / "secret_key"),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": HOME_REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **CREDENTIALS,
    }


def _base_environment(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: environment[name] for name in KEPT if name in environment}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def _refuse_taken_aws_port(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise NotStarted(loopback.taken(port, "--aws-port", error)) from error


def _aws_command(port: int, data_dir: Path) -> tuple[list[str], dict[str, str]]:
    options = ["--port", str(port), "--data-dir", str(data_dir / "aws"), "--demo"]
    delay = ["--secret-delay", str(SECRET_DELAY_SECONDS)]
    command = [sys.executable, "-m", "ptcconsole.fakeaws", *options, *delay]
    return command, _base_environment(os.environ)


def _upstreams(endpoint: str) -> str:
    """Return where the simulation has its upstream registries, as the console's setting."""
    connection = HTTPConnection(urlsplit(endpoint).netloc, timeout=ANSWER_SECONDS)
    with closing(connection):
        connection.request("GET", "/_fakeaws/upstreams")
        base_urls = json.load(connection.getresponse())
    return ",".join(f"{host}={url}" for host, url in sorted(base_urls.items()))


def _tell(url: str, link: str, endpoint: str, data_dir: Path) -> None:
    registry = urlsplit(endpoint).netloc
    print(f"Console: {url}/\nSign in: {link}\n{ENDPOINT_LINE}{endpoint}\nRegistry: {registry}")
    print(_cli_words(endpoint))
    print(_pull_words(registry))
    print(
        f"\nThe data is in {data_dir}, also for the next start.\nCtrl-C stops everything.",
        flush=True,
    )


def _cli_words(endpoint: str) -> str:
    exports = {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}
    lines = [f"  export {name}={value}" for name, value in exports.items()]
    return "\n".join(
        [
            "",
            "The AWS is simulated: nothing leaves this machine. To look at it with the AWS CLI:",
            *lines,
            "  unset AWS_PROFILE AWS_SESSION_TOKEN",
            f"  aws ecr describe-pull-through-cache-rules --region {HOME_REGION}",
        ]
    )


def _pull_words(registry: str) -> str:
    login = f"docker login --username AWS --password-stdin {registry}"
    return "\n".join(
        [
            "",
            "With the same variables, an image is pulled through a rule:",
            f"  aws ecr get-login-password --region {HOME_REGION} | {login}",
            f"  docker pull {registry}/kubernetes/pause:3.10",
        ]
    )
