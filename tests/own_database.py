"""The console's commands on a database of a test's own, each in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AUDIT_KEY = "seals-the-audit-trail-of-databases-that-tests-keep-" * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDatabase:
    """A data folder, with SQLite in it unless there is a `url`; `more` are further settings."""

    folder: Path
    url: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def sqlite(self) -> Path:
        return self.folder / "console.sqlite3"

    @property
    def environment(self) -> Mapping[str, str]:
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        return {
            **aws,
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "CONSOLE_ENV": "local",
            "SECRET_KEY": "signs-sessions-" * 5,
            "AUDIT_KEY": AUDIT_KEY,
            "DATA_DIR": str(self.folder),
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
            **({"DATABASE_URL": self.url} if self.url else {}),
            **self.more,
        }

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start Python with these words."""
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> str:
        """Run Python with these words; return what it prints when it ends with this exit code."""
        process = self.start(*words)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == code, output
        return output

    def manage(self, *words: str, code: int = 0) -> str:
        """Run a command of `manage.py`."""
        return self.run("manage.py", *words, code=code)
