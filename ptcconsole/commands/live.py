"""`ptcconsole live`: the console on your own AWS account, on loopback, for one person.

Credentials and the Region that opens first are boto3's own: the environment, a profile, AWS SSO, a
role of the machine. The console and its worker get the whole environment of the shell, migrate
their database, and stop together.
"""

import argparse
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from ptcconsole.commands import loopback
from ptcconsole.commands.ends import NotStarted
from ptcconsole.commands.loopback import HOST
from ptcconsole.locations import kept_key, live_data_dir


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="of the console; 0: any free one")


def run(options: argparse.Namespace) -> int:
    """Run until stopped by a signal."""
    with loopback.until_stopped():
        _run(options.port, Path(os.environ.get("DATA_DIR") or live_data_dir()).resolve())
    return 0


def _run(port: int, data_dir: Path) -> NoReturn:
    with ExitStack() as stack:
        listener = stack.enter_context(loopback.listener(port))
        lock = stack.enter_context(loopback.sole_use(data_dir))
        _refuse_data_of_a_simulation(data_dir)
        environment = console_environment(os.environ, data_dir)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        link = loopback.prepare_database(environment, url)
        console = stack.enter_context(loopback.console(listener, environment, lock))
        worker = stack.enter_context(loopback.worker(environment, lock))
        loopback.wait_for_answer(url, console)
        _tell(url, link, data_dir)
        loopback.wait_for_an_end(console, worker)


def console_environment(environment: Mapping[str, str], data_dir: Path) -> dict[str, str]:
    """Return the console's environment: that of the shell, local, with a key that is kept.

    A file with settings is read only if ENV_FILE names it: the one of a checkout or of the person
    may be for a production console.
    """
    return {
        "LOG_LEVEL": "WARNING",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": kept_key(data_dir / "secret_key"),
        **environment,
        "CONSOLE_ENV": "local",
        "SIMULATED_AWS": "false",
        "DATA_DIR": str(data_dir),
        "PYTHONUNBUFFERED": "1",
    }


def _refuse_data_of_a_simulation(data_dir: Path) -> None:
    if (data_dir / "aws").exists():
        raise NotStarted(
            f"{data_dir} has the data of a simulated AWS. Set the environment variable DATA_DIR to"
            " another folder, or leave it unset."
        )


def _tell(url: str, link: str, data_dir: Path) -> None:
    print(f"Console: {url}/\nSign in: {link}")
    print(
        f"\nThis is live AWS: what you create and delete is real. The data is in {data_dir}."
        "\nCtrl-C stops everything.",
        flush=True,
    )
