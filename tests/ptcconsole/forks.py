"""Many commands of the installed console, without starting Python and Django for each.

A process of the installed venv sets Django up once. Each command is run in a fork of it, with its
own arguments, output and exit code, as if a person had started it.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """
import json, os, sys
import django
from ptcconsole.commands import main
os.environ["DJANGO_SETTINGS_MODULE"] = "ptcconsole.settings"
django.setup()
for line in sys.stdin:
    words, out, err = json.loads(line)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT, 0o600), 1)
        os.dup2(os.open(err, os.O_WRONLY | os.O_CREAT, 0o600), 2)
        sys.argv = ["ptcconsole", *words]
        sys.exit(main(words))
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass
class Forks:
    process: subprocess.Popen[str]
    folder: Path
    count: int = 0

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end."""
        self.count += 1
        out, err = (self.folder / f"{self.count}.{name}" for name in ("out", "err"))
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([words, str(out), str(err)]) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return subprocess.CompletedProcess(words, code, out.read_text(), err.read_text())


@contextmanager
def forks_of(installed: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[Forks]:
    """Start the process of the installed venv, in the folder and with this environment alone."""
    outputs = folder / "outputs"
    outputs.mkdir()
    with subprocess.Popen(
        [installed / "python", "-c", _PROGRAM],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Forks(process, outputs)
        assert process.stdin is not None
        process.stdin.close()
