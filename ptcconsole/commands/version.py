"""`ptcconsole version`: the versions that a report of an error should name."""

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version

from ptcconsole import __version__

_NAMED = ("django", "boto3", "botocore", "gunicorn", "psycopg", "redis", "moto")


def add_options(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace) -> int:
    print(f"ptcconsole {__version__}")
    print(f"python {platform.python_version()}")
    for name in _NAMED:
        print(f"{name} {_version_of(name)}")
    return 0


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
