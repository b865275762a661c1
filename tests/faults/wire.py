"""A console in separate processes, and an HTTP client that records everything it receives."""

import http.client
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, in the form in which Django's test client has them for `Person`."""

    status_code: int
    headers: list[tuple[str, str]]
    content: bytes
    request: Mapping[str, str]
    redirect_chain: list[tuple[str, int]]

    def getvalue(self) -> bytes:
        return self.content


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_more: Any) -> None:
        return None


@dataclass
class WireClient:
    """An HTTP client with cookies; `seen` is everything except the request bodies that it sent."""

    base_url: str
    seen: list[bytes] = field(default_factory=list)
    jar: CookieJar = field(default_factory=CookieJar)

    def get(
        self, url: str, *, follow: bool = False, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self._ask("GET", url, None, headers or {}, follow=follow)

    def post(
        self,
        url: str,
        data: Mapping[str, Any] | bytes,
        *,
        follow: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        body = data if isinstance(data, bytes) else urlencode(data, doseq=True).encode()
        return self._ask("POST", url, body, headers or {}, follow=follow)

    def forget(self, cookie: str) -> None:
        """Delete every cookie of that name."""
        for each in [each for each in self.jar if each.name == cookie]:
            self.jar.clear(each.domain, each.path, each.name)

    def _ask(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, follow: bool
    ) -> Answer:
        answer = self._send(method, url, body, headers, [])
        chain: list[tuple[str, int]] = []
        while follow and answer.status_code in (301, 302, 303, 307, 308):
            location = dict(answer.headers)["Location"]
            chain.append((location, answer.status_code))
            url = urljoin(url, location)
            answer = self._send("GET", url, None, {}, chain)
        return answer

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        chain: list[tuple[str, int]],
    ) -> Answer:
        # `Person` gives the page's path as the referrer; a browser sends the whole address.
        sent = {name: self._whole(name, value) for name, value in headers.items()}
        request = urllib.request.Request(
            urljoin(self.base_url, url), data=body, headers=sent, method=method
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.jar),
            _NoRedirects,
        )
        try:
            response: Any = opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            content, lines = response.read(), list(response.headers.items())
        told = "\n".join([f"{method} {url}", *(f"{name}: {value}" for name, value in lines)])
        self.seen.append(f"{told}\n\n".encode() + content)
        parts = urlsplit(url)
        return Answer(
            status_code=response.status,
            headers=lines,
            content=content,
            request={"PATH_INFO": parts.path, "QUERY_STRING": parts.query},
            redirect_chain=list(chain),
        )

    def _whole(self, name: str, value: str) -> str:
        return urljoin(self.base_url, value) if name.lower() == "referer" else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Where a running console answers, and where it leaves things."""

    url: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def database(self) -> Path:
        return self.folder / "console.sqlite3"

    @property
    def log(self) -> Path:
        """All that its processes write to standard output and error."""
        return self.folder / "output.log"

    def manage(self, *words: str, **variables: str) -> str:
        """Run manage.py beside it; return what it prints, which goes into the log too."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        with self.log.open("ab") as log:
            log.write(done.stdout)
        assert done.returncode == 0, done.stdout.decode()
        return done.stdout.decode()


@contextmanager
def running_console(folder: Path, settings: str, **variables: str) -> Iterator[Console]:
    """Serve the console with its data in `folder`, on this process's simulated AWS."""
    (folder / "tmp").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        console = Console(
            url=f"http://127.0.0.1:{listener.getsockname()[1]}",
            folder=folder,
            environment=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": settings,
                "CONSOLE_ENV": "local",
                "ENV_FILE": os.devnull,
                "DATA_DIR": str(folder),
                "DATABASE_URL": f"sqlite:///{folder / 'console.sqlite3'}",
                "TMPDIR": str(folder / "tmp"),
                "PYTHONUNBUFFERED": "1",
                **variables,
            },
        )
        console.manage("migrate", "--verbosity", "0")
        with console.log.open("ab") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn"),
                    *("--config", "python:ptcconsole.gunicorn_conf"),
                    *("--bind", f"fd://{listener.fileno()}"),
                    *("--worker-class", "gthread", "--threads", "4", "--log-level", "debug"),
                    *("--access-logfile", "-", "--no-control-socket", "--graceful-timeout", "1"),
                    "ptcconsole.wsgi",
                ],
                cwd=ROOT,
                env=console.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(listener.fileno(),),
            )
    try:
        _wait(console)
        yield console
    finally:
        process.terminate()
        process.wait()


def _wait(console: Console) -> None:
    """The socket is open, so the question waits until gunicorn is ready."""
    connection = http.client.HTTPConnection(urlsplit(console.url).netloc, timeout=START_SECONDS)
    connection.request("GET", "/sign-in/")
    status = connection.getresponse().status
    connection.close()
    assert status == 200, console.log.read_text(errors="replace")[-3000:]
