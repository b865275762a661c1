"""Which AWS operation a request is: read from its signature, its target header, path or form.

Answers for naming and counting calls. Refuses to check signatures and to know what an operation
does.
"""

import re
import threading
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs

from werkzeug.wrappers import Request

_CREDENTIAL = re.compile(
    r"Credential=(?P<access_key>[^/]+)/[0-9]{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)

_APP_ID = re.compile(r"(?:^| )app/(\S+)")

# The services that name the operation in the path: `/listRegions` is ListRegions.
_NAMED_BY_PATH = frozenset({"account"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCall:
    """One call: signing name of the service, operation, Region, and whose key signed it.

    `speaks_json` tells JSON services from those of the older query protocol; `app_id` is what the
    client calls itself, as AWS's SDKs let every application do, and empty for most.
    """

    service: str
    operation: str
    region: str
    access_key: str
    speaks_json: bool
    app_id: str = ""


def read_call(request: Request) -> AwsCall | None:
    """The call that a signed request is; None when it is not signed."""
    match = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    if match is None:
        return None
    target = request.headers.get("X-Amz-Target", "")
    by_path = match["service"] in _NAMED_BY_PATH
    operation = _from_path(request) if by_path else target.rpartition(".")[2] or _action(request)
    return AwsCall(
        service=match["service"],
        operation=operation,
        region=match["region"],
        access_key=match["access_key"],
        speaks_json=by_path or bool(target),
        app_id=_app_id(request),
    )


def _app_id(request: Request) -> str:
    match = _APP_ID.search(request.headers.get("User-Agent", ""))
    return match[1] if match else ""


def _from_path(request: Request) -> str:
    name = request.path.strip("/")
    return name[:1].upper() + name[1:]


def _action(request: Request) -> str:
    form = parse_qs(request.get_data(as_text=True))
    return form.get("Action", [""])[0]


class CallCounter:
    """How many times each operation was called, whatever became of it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: Counter[str] = Counter()
        self._of_apps: Counter[tuple[str, str]] = Counter()

    def count(self, call: AwsCall) -> None:
        """One more."""
        with self._changed:
            self._counts[call.operation] += 1
            self._of_apps[call.app_id, call.operation] += 1
            self._changed.notify_all()

    def wait_for(self, operation: str, count: int, patience: float) -> bool:
        """Wait until an operation was called so often. False when patience (seconds) ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: self._counts[operation] >= count, patience)

    def clear(self) -> None:
        """Begin again at nothing."""
        with self._changed:
            self._counts.clear()

    def as_dict(self) -> dict[str, int]:
        """The counts so far, by operation."""
        with self._changed:
            return dict(self._counts)

    def forget_apps(self) -> None:
        """Count the calls of applications from nothing, which `clear` does not."""
        with self._changed:
            self._of_apps.clear()

    def of_app(self, app_id: str) -> dict[str, int]:
        """The counts of one application, by operation."""
        with self._changed:
            return {name: count for (app, name), count in self._of_apps.items() if app == app_id}
