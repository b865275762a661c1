"""What runs the command of an installed console as a person does."""

import os
import subprocess
from pathlib import Path


def run(
    installed: Path, home: Path, *words: str, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run the command as a person does: outside the checkout, with nothing of the tests."""
    return subprocess.run(
        [installed / "ptcconsole", *words],
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), **more},
        capture_output=True,
        text=True,
        check=False,
    )
