"""Identifies and counts calls: service and Region from the signature, operation from the request.

`callers` verifies the signatures.
"""

import re
import threading
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qs, parse_qsl

from werkzeug.wrappers import Request

_CREDENTIAL = re.compile(
    r"Credential=(?P<access_key>[^/]+)/[0-9]{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)

_APP_ID = re.compile(r"(?:^| )app/(\S+)")

# Services of the REST protocol, with the operation in the path: `/listRegions` is ListRegions.
_NAMED_BY_PATH = frozenset({"account"})


# The versions of the query protocol's APIs, which an unsigned request has in its form.
_SERVICE_OF_VERSION = MappingProxyType(
    {"2011-06-15": "sts", "2010-05-08": "iam", "2016-11-15": "ec2"}
)
_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCall:
    """One call: the service's signing name, the operation, the Region and the access key.

    `speaks_json` distinguishes JSON services from those of the query protocol. `app_id` is the
    application ID in the user agent of AWS's SDKs, usually empty.
    """

    service: str
    operation: str
    region: str
    access_key: str
    speaks_json: bool
    app_id: str = ""


def read_call(request: Request) -> AwsCall | None:
    """Identify the call of a request; None for one that is neither signed nor a known API's.

    The access key of an unsigned call is empty. Its service follows from the version of the API.
    """
    match = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    if match is None:
        return _unsigned(request)
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


def _unsigned(request: Request) -> AwsCall | None:
    target = request.headers.get("X-Amz-Target", "")
    form = dict(parse_qsl(request.get_data(as_text=True)))
    service = _SERVICE_OF_VERSION.get(form.get("Version", ""))
    if service is None and not target:
        return None
    return AwsCall(
        service=service or "",
        operation=form.get("Action", ""),
        region=_DEFAULT_REGION,
        access_key="",
        speaks_json=bool(target),
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
    """Counts calls by operation, including failed ones."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: Counter[str] = Counter()
        self._of_apps: Counter[tuple[str, str]] = Counter()

    def count(self, call: AwsCall) -> None:
        """Count a call."""
        with self._changed:
            self._counts[call.operation] += 1
            self._of_apps[call.app_id, call.operation] += 1
            self._changed.notify_all()

    def wait_for(self, operation: str, count: int, patience: float) -> bool:
        """Wait for the number of calls; return False after `patience` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._counts[operation] >= count, patience)

    def clear(self) -> None:
        """Reset the counts by operation."""
        with self._changed:
            self._counts.clear()

    def as_dict(self) -> dict[str, int]:
        """Return the counts by operation."""
        with self._changed:
            return dict(self._counts)

    def forget_apps(self) -> None:
        """Reset the counts by application, which `clear` keeps."""
        with self._changed:
            self._of_apps.clear()

    def of_app(self, app_id: str) -> dict[str, int]:
        """Return the counts of one application by operation."""
        with self._changed:
            return {name: count for (app, name), count in self._of_apps.items() if app == app_id}
