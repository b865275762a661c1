"""Static files for the consoles of production that tests start.

They are collected once, as `collectstatic` does it, and copied to where a console looks for them.
A console that starts compares them with its sources, as at a second start.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

from tests.faults.marks import ROOT
from tests.faults.production import VARIABLES

_SHARED: Final = ROOT / ".data" / "tests"


def collect_into(data: Path) -> None:
    """Put the static files into the data folder of a console."""
    shutil.copytree(_collected(), data / "static")


@cache
def _collected() -> Path:
    """The files, made anew if their sources have changed since another process made them."""
    _SHARED.mkdir(mode=0o700, parents=True, exist_ok=True)
    fixed = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "BEHIND_TLS_PROXY": "true"}
    with (_SHARED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
            cwd=ROOT,
            env={**fixed, **VARIABLES, "DATA_DIR": str(_SHARED)},
            check=True,
        )
    return _SHARED / "static"
