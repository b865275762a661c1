"""Recognises responses that are not AWS's, or are damaged, before botocore parses them.

For botocore, a JSON response without members and a page of a proxy with HTTP 200 are both a success
without members, and a page with HTTP 403 is a refusal by AWS. Neither says what became of the call.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from wizard.backend.connections import host_of, proxy_refusal
from wizard.domain import errors
from wizard.domain.facts import storable_text

# botocore repeats calls that are answered so, and translates them without the body.
_SERVER_ERRORS: Final = range(500, 600)
_CLIENT_ERRORS: Final = range(400, 500)
_THROTTLED: Final = "TooManyRequestsException"
_REQUEST_ID: Final = "x-amzn-requestid"
UNREADABLE: Final = "MalformedAnswer"


def check_answer(*, operation_model: Any, response_dict: dict[str, Any], **_others: Any) -> None:
    """Handle botocore's event before it parses a response; the arguments have its names.

    Raises UnexpectedAwsError for a damaged response of AWS, AnswerOfAnother for one without AWS's
    request ID, and ProxyUnreachable for a proxy that asks for a password. A page with HTTP 429
    becomes a response that botocore knows as throttling, so that the call is repeated.
    """
    status, headers = response_dict["status_code"], response_dict["headers"]
    if status in _SERVER_ERRORS or _is_readable(operation_model, response_dict):
        return
    operation, words = operation_model.name, _words(status, headers)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response_dict["body"] = _throttling(operation_model, f"The answer is {words}.")
        return
    if request_id := storable_text(str(headers.get(_REQUEST_ID, ""))):
        raise errors.UnexpectedAwsError(
            f"The answer cannot be read ({words}).",
            code=UNREADABLE,
            operation=operation,
            request_id=request_id,
            was_not_made=status in _CLIENT_ERRORS,
        )
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        raise proxy_refusal(operation)
    raise errors.AnswerOfAnother(f"The answer is {words}.", code=UNREADABLE, operation=operation)


def _is_readable(operation_model: Any, response: Mapping[str, Any]) -> bool:
    """Whether the body is an answer in the protocol of the service."""
    is_error = response["status_code"] >= HTTPStatus.MULTIPLE_CHOICES
    shape = operation_model.output_shape
    if not is_error and (shape is None or not shape.members):
        return True
    protocol = operation_model.service_model.resolved_protocol
    if protocol == "query":
        return _is_xml(response["body"])
    if protocol != "json":  # of a source of credentials
        return True
    members = _json(response["body"])
    return "__type" in members if is_error else not members.keys().isdisjoint(shape.members)


def _json(body: bytes) -> Mapping[str, Any]:
    """Return the members of a JSON object; none for another text."""
    try:
        members = json.loads(body.decode())
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _is_xml(body: bytes) -> bool:
    """Whether the body is a response of the query protocol, whose root is named `...Response`."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - botocore parses it in the same way
    except (ElementTree.ParseError, ValueError, LookupError):
        return False
    return root.tag.endswith("Response")


def _throttling(operation_model: Any, words: str) -> bytes:
    """Return the body of a throttling error in the protocol of the service."""
    if operation_model.service_model.resolved_protocol == "json":
        return json.dumps({"__type": _THROTTLED, "message": words}).encode()
    return (
        f"<ErrorResponse><Error><Code>{_THROTTLED}</Code><Message>{escape(words)}</Message>"
        "</Error></ErrorResponse>"
    ).encode()


def _words(status: int, headers: Mapping[str, str]) -> str:
    """Return the status, the kind of the body, and the host of a redirect."""
    kind = str(headers.get("content-type", "")).partition(";")[0].strip()
    encoding = str(headers.get("content-encoding", "")).strip()
    target = host_of(headers.get("location", ""))
    parts = [
        f"HTTP {status}",
        *filter(None, (kind, encoding)),
        *([f"to {target}"] if target else []),
    ]
    return storable_text(", ".join(parts))[:200]
