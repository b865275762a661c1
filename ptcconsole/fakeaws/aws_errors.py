"""Errors that no service model holds: refused, throttled, expired, unknown operation.

Answers for their codes, statuses and wire form in AWS's two protocols. Refuses to know when they
happen (`faults`, `front_door`).
"""

import json
import re
import uuid
from dataclasses import dataclass
from html import unescape
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from ptcconsole.fakeaws.calls import AwsCall

_XML = (
    "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message>"
    "</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
)

_MOTO_ERROR = re.compile(
    "<Errors>.*<Code>(?P<code>.*?)</Code>.*<Message>(?P<message>.*?)</Message>", re.DOTALL
)

# What services of the query protocol say, in the words of the JSON services.
_JSON_CODES = {
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsError:
    """Code, message and HTTP status of one error."""

    code: str
    message: str
    status: int = 400


def access_denied(call: AwsCall, caller_arn: str) -> AwsError:
    """The caller lacks the permission, in IAM's own wording."""
    action = f"{call.service}:{call.operation}"
    message = (
        f"User: {caller_arn} is not authorized to perform: {action} on resource: * because no "
        f"identity-based policy allows the {action} action"
    )
    if call.speaks_json:
        return AwsError(code="AccessDeniedException", message=message)
    return AwsError(code="AccessDenied", message=message, status=403)


def throttled(call: AwsCall) -> AwsError:
    """Too many calls."""
    code = "ThrottlingException" if call.speaks_json else "Throttling"
    return AwsError(code=code, message="Rate exceeded")


def expired_token(call: AwsCall) -> AwsError:
    """The session of the caller's credentials is over."""
    message = "The security token included in the request is expired"
    if call.speaks_json:
        return AwsError(code="ExpiredTokenException", message=message)
    return AwsError(code="ExpiredToken", message=message, status=403)


def server_error(call: AwsCall) -> AwsError:
    """The service itself failed; each names that in its own way."""
    code = {"ecr": "ServerException", "secretsmanager": "InternalServiceError"}.get(
        call.service, "InternalFailure"
    )
    message = "The request processing has failed because of an unknown error"
    return AwsError(code=code, message=message, status=500)


def unknown_operation(call: AwsCall) -> AwsError:
    """Neither moto nor we have it. A 4xx, for clients try again after a 500."""
    code = "UnknownOperationException" if call.speaks_json else "InvalidAction"
    message = f"The simulated AWS does not know the operation {call.operation} of {call.service}"
    return AwsError(code=code, message=message)


def unknown_region(call: AwsCall) -> AwsError:
    """A Region that does not exist, or is not enabled: AWS does not know the caller there."""
    message = "The security token included in the request is invalid."
    if call.speaks_json:
        return AwsError(code="UnrecognizedClientException", message=message)
    return AwsError(code="InvalidClientTokenId", message=message, status=403)


def missing_signature() -> AwsError:
    """The request is not signed."""
    message = "Missing Authentication Token"
    return AwsError(code="MissingAuthenticationTokenException", message=message, status=403)


def render(error: AwsError, *, as_json: bool) -> Response:
    """The answer in the protocol that the caller speaks, with a request id of its own."""
    request_id = str(uuid.uuid4())
    if as_json:
        body = json.dumps({"__type": error.code, "message": error.message})
        content_type = "application/x-amz-json-1.1"
    else:
        body = _XML.format(
            kind="Sender" if error.status < 500 else "Receiver",
            code=escape(error.code),
            message=escape(error.message),
            request_id=request_id,
        )
        content_type = "text/xml"
    response = Response(body, status=error.status, content_type=content_type)
    response.headers["x-amzn-requestid"] = request_id
    return response


def from_moto(call: AwsCall, answer: Response) -> AwsError | None:
    """The error in moto's own XML envelope; None for an answer in the service's protocol."""
    body = answer.get_data(as_text=True)
    match = _MOTO_ERROR.search(body)
    if match is None:
        return None
    code, message = unescape(match["code"]), unescape(match["message"])
    if call.speaks_json:
        return AwsError(code=_JSON_CODES.get(code, code), message=message)
    return AwsError(code=code, message=message, status=answer.status_code)
