"""The duration of the unit and flow tests on two cores. Measured once, because it takes minutes."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

from tests.benchmarks.figures import Figure, seconds_of
from tests.benchmarks.servers import ROOT

TESTS = ("tests/wizard", "tests/flows", "tests/ptcconsole")
_SLEEP = re.compile(r"\bsleep\((\d*\.?\d+)\)")


def measure() -> Iterator[Figure]:
    command = [
        *(sys.executable, "-m", "pytest", "-q", *TESTS),
        *("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"),
    ]
    environment = {**os.environ, "CONSOLE_ENV": "local", "ENV_FILE": os.devnull}

    def run() -> None:
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

    yield Figure(
        number=17,
        name="Unit and flow tests (once)",
        value=seconds_of(run),
        unit="s",
        target=120,
        rule="at most 120 s",
    )
    yield Figure(
        number=17,
        name="Longest sleep in a test",
        value=max(_sleeps(), default=0.0),
        unit="s",
        target=0.1,
        rule="at most 0.1 s",
    )


def _sleeps() -> Iterator[float]:
    for path in (ROOT / "tests").rglob("*.py"):
        if "benchmarks" not in path.parts:
            yield from map(float, _SLEEP.findall(path.read_text(encoding="utf-8")))
