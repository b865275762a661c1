"""The command `ptcconsole`: one subcommand for each thing that is done with an installed console.

A subcommand is a module of this package with `add_options(parser)` and `run(options)`, which
returns the exit code. Only the module of the subcommand that is called is imported, because the
simulated AWS and Django are slow to import, and the simulated AWS may not be installed.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

from ptcconsole.commands.ends import FAILED, REFUSED, NotStarted, Stopped

# In the order in which people meet them.
SUMMARIES: Final[Mapping[str, str]] = {
    "run": "try the console on a simulated AWS, on this machine only",
    "live": "use your own AWS account from this machine, with boto3's credentials",
    "setup": "write settings with fresh keys, and files for a deployment",
    "migrate": "create or update the tables of the database",
    "serve": "serve the console to a team, behind a proxy",
    "worker": "run the background worker",
    "doctor": "check everything that the console needs",
    "manage": "run any other command of the console, such as signinlink",
    "version": "print the versions of the console and of what it runs on",
}
# These are commands of Django's command line, which reads their options.
_DJANGO: Final = frozenset({"migrate", "worker", "doctor", "manage"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that the arguments name; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except NotStarted as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except Stopped as end:
        print(end, file=sys.stderr)
        return FAILED


def _run(words: Sequence[str]) -> int:
    name = words[0] if words else ""
    if name in _DJANGO:
        return int(_module("manage").run(words[1:] if name == "manage" else words))
    options = _parser(name).parse_args(words)
    return int(_module(options.command).run(options))


def _parser(chosen: str) -> argparse.ArgumentParser:
    """Return the parser of all subcommands; only the chosen one has its options."""
    parser = argparse.ArgumentParser(
        prog="ptcconsole", description="A console for Amazon ECR pull through cache rules."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in SUMMARIES.items():
        each = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name == chosen:
            _module(name).add_options(each)
    return parser


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{name}")
