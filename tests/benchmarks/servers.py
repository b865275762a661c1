"""Starts what is measured: the AWS stub, and consoles under a real gunicorn."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import create_default_context
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.client import Visitor
from tests.scan.certificate import Certificate, make_certificate

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-2"
THREADS = 8
_KEYS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
CONSOLE = "ptcconsole.wsgi"
PRODUCTION = {
    "CONSOLE_ENV": "production",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "BEHIND_TLS_PROXY": "true",
    "AUDIT_KEY": "a" * 64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StubAws:
    """The running stub; `certificate` is what its clients trust, when it speaks TLS."""

    url: str
    certificate: Certificate | None = None

    def set(self, **settings: Any) -> None:
        """Change its settings, all others to their defaults, and forget what was asked and made."""
        self._ask("/settings", json.dumps(settings).encode())

    def seen(self) -> dict[str, Any]:
        """Return the calls that it received since."""
        seen: dict[str, Any] = json.loads(self._ask("/seen"))
        return seen

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        trusted = self.certificate.certificate if self.certificate else None
        context = create_default_context(cafile=trusted) if trusted else None
        with urllib.request.urlopen(self.url + path, body, context=context) as answer:
            content: bytes = answer.read()
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A data folder with a migrated database and a signed-in person, to start consoles with."""

    environment: Mapping[str, str]
    cookies: Mapping[str, str]

    @property
    def is_production(self) -> bool:
        return self.environment["CONSOLE_ENV"] == "production"

    @contextmanager
    def serving(self, application: str = CONSOLE, **changed: str) -> Iterator["Server"]:
        """A gunicorn of one worker; yields it when it listens."""
        # The console's configuration prepares workers, which needs the console's models.
        configuration = ["--config", "python:ptcconsole.gunicorn_conf"]
        command = [
            *(sys.executable, "-m", "gunicorn", *(configuration if application == CONSOLE else ())),
            *("--bind", "127.0.0.1:0", "--workers", "1"),
            *("--worker-class", "gthread", "--threads", str(THREADS), "--no-control-socket"),
            application,
        ]
        environment = {**self.environment, **changed}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                host = _listening(process)
                yield Server(host=host, process_id=process.pid, site=self)
            finally:
                process.terminate()

    def manage(self, *words: str) -> str:
        """The output of a management command."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running gunicorn."""

    host: str
    process_id: int
    site: Site

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def visitor(self) -> Visitor:
        """Return a signed-in HTTP client."""
        is_secure = self.site.is_production
        return Visitor(self.host, cookies=dict(self.site.cookies), is_behind_proxy=is_secure)

    @property
    def worker_id(self) -> int:
        """The process that does the work; gunicorn's first one only watches it."""
        path = Path(f"/proc/{self.process_id}/task/{self.process_id}/children")
        return int(path.read_text(encoding="ascii").split()[0])

    def proportional_bytes(self) -> int:
        """The worker's memory, what it shares counted by its part (PSS)."""
        rollup = Path(f"/proc/{self.worker_id}/smaps_rollup").read_text(encoding="ascii")
        found = re.search(r"^Pss: +(\d+) kB", rollup, flags=re.M)
        assert found is not None
        return int(found[1]) * 1024


@contextmanager
def stub_aws(*, with_tls: bool = False) -> Iterator[StubAws]:
    """Run the AWS stub in a separate process."""
    with _running("tests.benchmarks.stub_aws", with_tls=with_tls) as stub:
        yield stub


@contextmanager
def fleet_aws(*, with_tls: bool = False) -> Iterator[StubAws]:
    """Run the AWS stub of many accounts in a separate process."""
    with _running("tests.benchmarks.fleet_aws", with_tls=with_tls) as stub:
        yield stub


@contextmanager
def _running(module: str, *, with_tls: bool) -> Iterator[StubAws]:
    with tempfile.TemporaryDirectory(prefix="ptcconsole-bench-") as folder:
        files = make_certificate(Path(folder)) if with_tls else None
        command = [sys.executable, "-m", module]
        command += [str(files.certificate), str(files.key)] if files else []
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                yield StubAws(url=process.stdout.readline().strip(), certificate=files)
            finally:
                process.terminate()


@contextmanager
def furnished(aws: StubAws, **changed: str) -> Iterator[Site]:
    """A data folder, migrated, with an administrator who is signed in."""
    with tempfile.TemporaryDirectory(prefix="ptcconsole-bench-") as folder:
        environment = {**client_environment(aws), **_settings(folder), **changed}
        site = Site(environment=environment, cookies={})
        site.manage("migrate", "--verbosity", "0")
        if site.is_production:
            site.manage("collectstatic", "--no-input", "--verbosity", "0")
        link = site.manage("signinlink", "bench").strip()
        with site.serving() as server:
            visitor = server.visitor()
            visitor.get(link)
            answer = visitor.post(link, {})
            assert answer.status in (302, 303), answer.status
            cookies = dict(visitor.cookies)
        yield Site(environment=environment, cookies=cookies)


@contextmanager
def console(**settings: Any) -> Iterator[tuple[StubAws, Server, Visitor]]:
    """Yield an AWS stub with those settings, a console that uses it, and a signed-in client."""
    with ExitStack() as stack:
        aws = stack.enter_context(stub_aws())
        aws.set(**settings)
        site = stack.enter_context(furnished(aws))
        server = stack.enter_context(site.serving())
        yield aws, server, server.visitor()


def client_environment(aws: StubAws) -> dict[str, str]:
    """What a client of the stub is started with: boto3, the AWS CLI, the console."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    trusted = {"AWS_CA_BUNDLE": str(aws.certificate.certificate)} if aws.certificate else {}
    return {
        **kept,
        **_KEYS,
        **trusted,
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def wait_for_answer(host: str, path: str, *, seconds: float = 30) -> None:
    """Request the page until it is there; a server that listens may still be loading."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            if Visitor(host, is_behind_proxy=True).get(path).status == 200:
                return
        except OSError:
            time.sleep(0.005)
    raise TimeoutError(f"no answer at {path}")


def _settings(folder: str) -> dict[str, str]:
    return {
        "CONSOLE_ENV": "local",
        "ENV_FILE": os.devnull,
        "DATA_DIR": folder,
        "SECRET_KEY": "benchmark-" * 8,
        "LOG_LEVEL": "ERROR",
    }


def _listening(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if "Listening at:" in line:
            return urlsplit(line.split("Listening at:")[1].split()[0]).netloc
    raise RuntimeError("the server did not start")
