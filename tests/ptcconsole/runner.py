"""What starts a console with the command `ptcconsole`, and talks to it as a browser does."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
COMMAND = (sys.executable, "-m", "ptcconsole")


@dataclass
class Run:
    """A started runner: its process and what it printed until it was ready."""

    process: subprocess.Popen[str]
    lines: list[str]

    def value(self, label: str) -> str:
        return next(
            line.removeprefix(f"{label}: ") for line in self.lines if line.startswith(label)
        )

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """Send the signal to the runner; return its exit code and what it said to stderr."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, errors


@contextmanager
def started(
    *arguments: str,
    command: Sequence[str] = (*COMMAND, "run"),
    environment: Mapping[str, str],
    cwd: Path = ROOT,
) -> Iterator[Run]:
    """Start a runner and read what it prints until it is ready or has ended.

    The environment is complete: nothing of the tests' own is added.
    """
    process = subprocess.Popen(
        [*command, "--port", "0", *arguments],
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
    watchdog.start()
    try:
        lines = _lines_until_ready(process)
        # It is up; from here on every test has a limit of its own.
        watchdog.cancel()
        yield Run(process, lines)
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def _lines_until_ready(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith("Ctrl-C"):
            break
    return lines


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Browser:
    """A minimal HTTP client: keeps cookies and follows no redirect."""

    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, *, language: str = "en") -> Answer:
        return self._ask("GET", url, language=language)

    def press(self, page: Answer, url: str) -> Answer:
        """Send the page's one form, the way its button does."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert found is not None
        return self._ask("POST", url, urlencode({"csrfmiddlewaretoken": found[1]}))

    def _ask(
        self, method: str, url: str, body: str | None = None, *, language: str = "en"
    ) -> Answer:
        address = urlsplit(url)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Accept-Language": language}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(address.netloc, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, address.path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return Answer(response.status, dict(response.headers), text)


def descendants(pid: int) -> dict[int, str]:
    """Command lines of all processes below one, by process id."""
    found: dict[int, str] = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        # The processes live on, and one may end before it is looked at.
        with suppress(FileNotFoundError, ProcessLookupError):
            found[int(child)] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            found.update(descendants(int(child)))
    return found
