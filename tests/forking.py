"""Modules that are run in processes of their own, without starting Python and Django for each.

A process sets Django up once, and has no connection and no thread. Each module is run in a fork of
it, as `python -m MODULE WORDS` does, and may end itself as it likes.
"""

import atexit
import json
import os
import runpy
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 300


class _Started:
    """The process that is forked, which is another one for each environment."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None

    def of(self, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
        # pytest keeps the name of the test there.
        wanted = {name: text for name, text in environment.items() if not name.startswith("PYTEST")}
        if self.process is None or self.process.poll() is not None or wanted != self.environment:
            self.end()
            self.environment = wanted
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                cwd=ROOT,
                env=wanted,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self.process

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


_STARTED = _Started()
atexit.register(_STARTED.end)


def end_of(module: str, *words: str, environment: Mapping[str, str]) -> int:
    """Run the module to its end; its exit code, or the number of the signal below zero."""
    process = _STARTED.of(environment)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([module, *words]) + "\n")
    process.stdin.flush()
    if not select.select([process.stdout], [], [], SECONDS)[0]:
        _STARTED.end()
        raise TimeoutError(f"{module} has not ended")
    return int(process.stdout.readline())


def main() -> None:
    import django

    django.setup()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        module, *words = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.argv = [module, *words]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            sys.exit()
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    main()
