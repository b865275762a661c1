"""Executes the faults that change requests and responses: truncated, garbled, endless pages."""

import io
import json
import uuid
from typing import Any

from moto.core.utils import get_service_model
from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws.calls import AwsCall
from ptcconsole.fakeaws.faults import Fault, FaultKind

# An upstream registry that no client knows.
FUTURE_REGISTRY = "future-registry"

_TOKEN_NAMES = ("nextToken", "NextToken")


def prepare(fault: Fault | None, call: AwsCall, request: Request) -> None:
    """Change the request so that the service can answer it."""
    if fault is not None and fault.kind is FaultKind.ENDLESS_PAGES:
        # The token of the previous page was made up by `tamper` and is removed.
        members = json.loads(request.get_data(as_text=True) or "{}")
        members.pop(_token_name(call), None)
        body = json.dumps(members).encode()
        request.environ["wsgi.input"] = io.BytesIO(body)
        request.environ["CONTENT_LENGTH"] = str(len(body))


def tamper(fault: Fault | None, call: AwsCall, answer: Response) -> Response:
    """Change a successful response."""
    if fault is None or answer.status_code >= 400:
        return answer
    match fault.kind:
        case FaultKind.MALFORM_ANSWER:
            body = answer.get_data()
            answer.set_data(body[: len(body) // 2])
        case FaultKind.GARBLE_ANSWER:
            answer.set_data(fault.message or "")
        case FaultKind.UNKNOWN_REGISTRY:
            kind = fault.message or FUTURE_REGISTRY
            _change_json(answer, lambda members: _future_registries(members, kind))
        case FaultKind.ENDLESS_PAGES:
            # A new token each time, because clients stop at a repeated one.
            token = {_token_name(call): uuid.uuid4().hex}
            _change_json(answer, lambda members: members | token)
    return answer


def _token_name(call: AwsCall) -> str:
    """Return the operation's name for the pagination token."""
    shape = get_service_model(call.service).operation_model(call.operation).output_shape
    names = shape.members if shape is not None else {}
    return next((name for name in _TOKEN_NAMES if name in names), _TOKEN_NAMES[0])


def _future_registries(members: dict[str, Any], kind: str) -> dict[str, Any]:
    for rule in members.get("pullThroughCacheRules", []):
        rule["upstreamRegistry"] = kind
    return members


def _change_json(answer: Response, change: Any) -> None:
    answer.set_data(json.dumps(change(json.loads(answer.get_data(as_text=True)))))
