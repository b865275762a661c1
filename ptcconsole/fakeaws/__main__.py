"""`python -m ptcconsole.fakeaws`: the command line of the simulated AWS.

It listens on loopback only.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from ptcconsole.fakeaws.demo import seed
from ptcconsole.fakeaws.loopback import NotLoopback
from ptcconsole.fakeaws.server import FakeAws

_STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM}


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted. Return 0 after a clean stop, 2 if it cannot start."""
    options = _parser().parse_args(arguments)
    # Blocked before the first thread starts, so that only `sigwait` receives the signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    # The simulation must not use an AWS profile of the person who starts it.
    os.environ.pop("AWS_PROFILE", None)
    try:
        fake = FakeAws(host=options.host, port=options.port, data_dir=options.data_dir)
        fake.start()
    except NotLoopback as error:
        return _refuse(f"{error}.")
    except OSError as error:
        what = f"use {error.filename}" if error.filename else f"listen on {_address(options)}"
        return _refuse(f"Cannot {what}: {os.strerror(error.errno or 0)}.")
    try:
        _announce(fake, options)
        signal.sigwait(_STOP_SIGNALS)
    finally:
        fake.stop()
    if options.ready_file:
        options.ready_file.unlink(missing_ok=True)
    return 0


def _announce(fake: FakeAws, options: argparse.Namespace) -> None:
    if fake.notice:
        print(fake.notice, flush=True)
    if options.demo and fake.is_new:
        seed(fake.url)
    if options.secret_delay:
        fake.lag("new-secrets", seconds=options.secret_delay)
    print(f"AWS endpoint: {fake.url}", flush=True)
    if options.ready_file:
        half_written = options.ready_file.with_suffix(".tmp")
        half_written.write_text(f"{fake.url}\n")
        half_written.replace(options.ready_file)


def _address(options: argparse.Namespace) -> str:
    return f"{options.host}:{options.port}"


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ptcconsole.fakeaws", description="A simulated AWS on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=_port, default=0, help="port to listen on; 0: any free one")
    parser.add_argument("--data-dir", type=Path, help="folder to keep the state in; none: nowhere")
    parser.add_argument("--demo", action="store_true", help="begin a new state with demo contents")
    parser.add_argument(
        "--secret-delay",
        type=float,
        default=0,
        metavar="SECONDS",
        help="how long ECR does not see a new secret, as in AWS; 0: not at all",
    )
    parser.add_argument("--ready-file", type=Path, help="file to write the endpoint URL to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
