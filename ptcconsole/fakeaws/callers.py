"""Who calls: access keys, signatures, session tokens, and the time of a request.

What AWS issued is checked always: the signature of an access key, token and end of a session. A key
that AWS did not issue is anybody's, unless the check of keys is ordered. Of anybody's calls only
the time is checked, and only while AWS's clock is not this machine's.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from moto.iam.models import get_account_id_from, iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition
from werkzeug.wrappers import Request

from ptcconsole.fakeaws import aws_errors
from ptcconsole.fakeaws.aws_errors import AwsError
from ptcconsole.fakeaws.calls import AwsCall
from ptcconsole.fakeaws.checks import CHECKS, Check
from ptcconsole.fakeaws.clock import CLOCK

# The caller of an access key that IAM did not issue.
ANYBODY_ID = "AIDAIOSFODNN7EXAMPLE"
ANYBODY_ARN = "arn:aws:iam::123456789012:user/console"

# The key of AWS's documentation is anybody's too. With the check of keys, its secret must be right.
EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE"
EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's documented example

_TOLERANCE = timedelta(minutes=5)
_TIME = "%Y%m%dT%H%M%SZ"
_PARTS = re.compile(
    r"Credential=[^/]+/(?P<scope>[^,]+), *SignedHeaders=(?P<headers>[^,]+), *"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """An access key that AWS issued; token and end if it belongs to a session."""

    secret: str
    token: str | None = None
    ends: datetime | None = None


def rejection(call: AwsCall, request: Request) -> AwsError | None:
    """Return why a signed call is refused before its service sees it, or None."""
    key = _issued(call)
    if key is None and Check.KEYS in CHECKS:
        return aws_errors.unknown_caller(call)
    if key is None:
        return _mistimed(call, request) if CLOCK.skew else None
    if key.token is not None and request.headers.get("X-Amz-Security-Token") != key.token:
        return aws_errors.unknown_caller(call)
    if key.ends is not None and key.ends.timestamp() <= CLOCK.time():
        return aws_errors.expired_token(call)
    mistimed = _mistimed(call, request)
    if mistimed is not None:
        return mistimed
    return None if _is_signed_with(key.secret, request) else aws_errors.wrong_signature(call)


def caller_arn(call: AwsCall) -> str:
    """Return the ARN that GetCallerIdentity returns to the caller."""
    account = sts_backends[get_account_id_from(call.access_key)]
    backend = account[get_partition(call.region)]
    _, arn, _ = backend.get_caller_identity(call.access_key, call.region)
    return arn


def _issued(call: AwsCall) -> _Key | None:
    account_id, partition = get_account_id_from(call.access_key), get_partition(call.region)
    session = sts_backends[account_id][partition].get_assumed_role_from_access_key(call.access_key)
    if session is not None:
        # moto's time has no time zone; it is UTC.
        ends = session.expiration.replace(tzinfo=UTC)
        return _Key(secret=session.secret_access_key, token=session.session_token, ends=ends)
    key = iam_backends[account_id][partition].access_keys.get(call.access_key)
    if key is not None:
        return _Key(secret=key.secret_access_key)
    is_example = call.access_key == EXAMPLE_KEY and Check.KEYS in CHECKS
    return _Key(secret=EXAMPLE_SECRET) if is_example else None


def _mistimed(call: AwsCall, request: Request) -> AwsError | None:
    """Return the error for a request that is more than five minutes early or late, or None."""
    try:
        sent = datetime.strptime(request.headers.get("X-Amz-Date", ""), _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    now = CLOCK.stamp()
    if sent < now - _TOLERANCE:
        return aws_errors.wrong_signature(
            call,
            f"Signature expired: {sent:{_TIME}} is now earlier than {now - _TOLERANCE:{_TIME}} "
            f"({now:{_TIME}} - 5 min.)",
        )
    if sent > now + _TOLERANCE:
        return aws_errors.wrong_signature(
            call,
            f"Signature not yet current: {sent:{_TIME}} is still later than "
            f"{now + _TOLERANCE:{_TIME}} ({now:{_TIME}} + 5 min.)",
        )
    return None


def _is_signed_with(secret: str, request: Request) -> bool:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    parts = _PARTS.search(request.headers.get("Authorization", ""))
    if parts is None:
        return False
    digest = hashlib.sha256("\n".join(_canonical(request, parts["headers"])).encode()).hexdigest()
    text = "\n".join(
        ["AWS4-HMAC-SHA256", request.headers.get("X-Amz-Date", ""), parts["scope"], digest]
    )
    key = f"AWS4{secret}".encode()
    for step in (*parts["scope"].split("/"), text):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.compare_digest(key.hex(), parts["signature"])


def _canonical(request: Request, signed_headers: str) -> Iterator[str]:
    yield request.method
    yield quote(request.path, safe="/-_.~")
    query = sorted(parse_qsl(request.query_string.decode(), keep_blank_values=True))
    yield "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    for name in signed_headers.split(";"):
        yield f"{name}:{' '.join(request.headers.get(name, '').split())}"
    yield ""
    yield signed_headers
    yield hashlib.sha256(request.get_data()).hexdigest()
