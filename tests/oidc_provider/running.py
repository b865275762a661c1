"""Starts and controls the provider for tests, and signs in to it as a browser does."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a password at the provider"
CLIENT_ID = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningProvider:
    """A running provider. `secret` is the console's client secret."""

    url: str
    secret: str

    @property
    def issuer(self) -> str:
        return f"{self.url}/o"

    def order(self, **orders: Any) -> None:
        answer = requests.post(f"{self.url}/control/", json=orders, timeout=30)
        assert answer.status_code == 204, answer.text

    def add_person(self, name: str = "alice", *groups: str) -> None:
        """Create a person who can log in, or change the groups of an existing one."""
        self.order(people={name: {"password": PASSWORD, "groups": list(groups)}})

    def lie(self, **lies: Any) -> None:
        """Make false claims from now on; without arguments, correct ones again."""
        self.order(lies=lies)


@contextmanager
def running_provider() -> Iterator[RunningProvider]:
    with tempfile.TemporaryDirectory(prefix="oidc-provider-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.oidc_provider", folder],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening"), line
            _word, port, secret = line.split()
            yield RunningProvider(url=f"http://127.0.0.1:{port}", secret=secret)
        finally:
            process.terminate()
            process.communicate()


class ProviderBrowser:
    """The part of a browser that keeps the provider's cookies."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def go(self, url: str, name: str = "alice") -> str:
        """Follow redirects, log in if asked, and return the console's address."""
        answer = self.session.get(url, allow_redirects=False, timeout=30)
        for _ in range(6):
            if answer.status_code == 200:
                answer = self._log_in(answer, name)
            where = urljoin(answer.url, answer.headers["Location"])
            if "/single-sign-on/callback/" in where:
                return where
            answer = self.session.get(where, allow_redirects=False, timeout=30)
        raise AssertionError(f"lost at {answer.url}")

    def _log_in(self, page: requests.Response, name: str) -> requests.Response:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert found, page.text
        data = {"csrfmiddlewaretoken": found[1], "username": name, "password": PASSWORD}
        return self.session.post(page.url, data, allow_redirects=False, timeout=30)
