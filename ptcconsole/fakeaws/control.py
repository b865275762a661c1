"""The client's side of `/_fakeaws/`: what tests and the runner ask of a simulated AWS.

Answers for one method per page of `hooks`, over HTTP, so that it works on a server in another
process too. Refuses to import moto.
"""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

import urllib3


class Which(TypedDict, total=False):
    """The calls that a fault is meant for, and how many of them; nothing given means every call.

    `service` is the signing name (`ecr`, `iam`, ...), `operation` the API's name of it,
    `access_key` the id of the key that signs.
    """

    service: str
    operation: str
    region: str
    access_key: str
    times: int


class FakeAwsControl:
    """Steers the simulated AWS at a URL. The fault ordered last is the one that a call meets."""

    def __init__(self, url: str) -> None:
        self._control_url = url

    @property
    def url(self) -> str:
        """The endpoint URL for AWS clients."""
        return self._control_url

    def refuse(self, **which: Unpack[Which]) -> None:
        """Access denied."""
        self._order("refuse", which)

    def throttle(self, *, share: float = 1, seed: int = 0, **which: Unpack[Which]) -> None:
        """Rate exceeded, for a share (0 to 1) of the calls; the same seed draws the same ones."""
        self._order("throttle", which, share=share, seed=seed)

    def expire_credentials(self, **which: Unpack[Which]) -> None:
        """The caller's session token is expired."""
        self._order("expire", which)

    def fail(
        self,
        *,
        code: str | None = None,
        message: str | None = None,
        status: int | None = None,
        **which: Unpack[Which],
    ) -> None:
        """The service's own HTTP 500, or any error named by its code (400 if no status)."""
        self._order("fail", which, code=code, message=message, status=status)

    def unreachable(self, **which: Unpack[Which]) -> None:
        """The connection is closed without an answer, and nothing is done."""
        self._order("unreachable", which)

    def lose_answer(self, **which: Unpack[Which]) -> None:
        """The call is done, but the connection is closed without an answer."""
        self._order("lose-answer", which)

    def hold(self, **which: Unpack[Which]) -> None:
        """The call waits, not yet done, until `release`, `clear_faults` or `reset`."""
        self._order("hold", which)

    def slow(self, seconds: float, **which: Unpack[Which]) -> None:
        """The call is done after some seconds."""
        self._order("slow", which, seconds=seconds)

    def malform_answer(self, **which: Unpack[Which]) -> None:
        """The call is done and answered with HTTP 200, but half of the body is missing."""
        self._order("malform-answer", which)

    def cut_answer(self, **which: Unpack[Which]) -> None:
        """The call is done, but the connection breaks off in the middle of the answer."""
        self._order("cut-answer", which)

    def garble_answer(self, body: str, **which: Unpack[Which]) -> None:
        """The call is done and answered with HTTP 200 and this body instead of its own."""
        self._order("garble-answer", which, message=body)

    def unknown_registry(self, kind: str | None = None, **which: Unpack[Which]) -> None:
        """Rules are described as of a kind that no client knows; `future-registry` if not given."""
        self._order("unknown-registry", which, message=kind)

    def endless_pages(self, **which: Unpack[Which]) -> None:
        """Each page of a list names a next one, with the same contents. For JSON services."""
        self._order("endless-pages", which)

    def latency(self, seconds: Mapping[str, float], *, others: float = 0) -> None:
        """How long every call takes on its way, by Region; replaces the whole table."""
        self._send("POST", "latency", {"seconds": dict(seconds), "others": others})

    def hide_new_secrets(self, times: int) -> None:
        """ECR does not find a secret that is made from now on, the first times that it looks."""
        self._send("POST", "new-secrets", {"times": times})

    def switch_off_region(self, region: str) -> None:
        """An opt-in Region that the account has not enabled: AWS knows no caller there."""
        self._send("POST", "regions", {region: False})

    def switch_on_region(self, region: str) -> None:
        """The Region answers again."""
        self._send("POST", "regions", {region: True})

    def keys_of(self, account_id: str) -> dict[str, str]:
        """An access key of any account, in the names that boto3 has for its parts."""
        keys: dict[str, str] = self._send("POST", f"keys/{account_id}")
        return keys

    def release(self) -> None:
        """Let all held calls go on, and hold no more; other faults stay."""
        self._send("POST", "release")

    def clear_faults(self) -> None:
        """No more faults, latency, hidden secrets and Regions that are off; held calls go on."""
        self._send("DELETE", "faults")

    def calls(self) -> dict[str, int]:
        """How many times each operation was called, whatever became of the call."""
        counts: dict[str, int] = self._send("GET", "calls")
        return counts

    def calls_of_app(self, app_id: str) -> dict[str, int]:
        """The same for one application, since the last `reset`: `clear_calls` does not touch it."""
        counts: dict[str, int] = self._send("GET", f"apps/{app_id}/calls")
        return counts

    def wait_for_call(self, operation: str, count: int = 1) -> None:
        """Return once the operation was called so often. Raises TimeoutError after 10 seconds."""
        if not self._send("GET", f"calls/{operation}?count={count}")["called"]:
            raise TimeoutError(f"{operation} was not called {count} times")

    def clear_calls(self) -> None:
        """Count from nothing again."""
        self._send("DELETE", "calls")

    def map_upstream(self, host: str, url: str) -> None:
        """Have an upstream host answered for by a registry on this machine."""
        self._send("POST", "upstreams", {host: url})

    def upstreams(self) -> dict[str, str]:
        """Where each upstream host is answered for."""
        base_urls: dict[str, str] = self._send("GET", "upstreams")
        return base_urls

    def reset(self) -> None:
        """As new: no state, no faults, no counts, upstreams at the pretend registry."""
        self._send("POST", "reset")

    def _order(self, kind: str, which: Which, **details: Any) -> None:
        self._send("POST", "faults", {"kind": kind, **which, **details})

    def _send(self, method: str, page: str, body: Any = None) -> Any:
        # A connection of its own for each: nothing is left open when a test ends.
        with urllib3.PoolManager(retries=False) as http:
            answer = http.request(method, f"{self.url}/_fakeaws/{page}", json=body)
        if answer.status != 200:
            raise ValueError(f"{method} {page}: HTTP {answer.status}: {answer.data.decode()}")
        return answer.json()
