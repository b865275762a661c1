"""Errors that are not in the service models: access denied, throttling, expired token and others.

This module has their codes, statuses and wire formats. `faults` and `front_door` decide when they
occur.
"""

import json
import re
import uuid
from dataclasses import dataclass, replace
from html import unescape
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from ptcconsole.fakeaws.calls import AwsCall

_XML = (
    "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message>"
    "</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
)
_EC2_XML = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>{request_id}</RequestID></Response>"
)

JSON = "application/x-amz-json-1.1"

_MOTO_ERROR = re.compile(
    "<Errors>.*<Code>(?P<code>.*?)</Code>.*<Message>(?P<message>.*?)</Message>", re.DOTALL
)

_WRONG_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)

# Error codes of the query protocol, by those of the JSON protocol.
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


class Refused(Exception):
    """Carries an AwsError to the front door, which sends it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = AwsError(code=code, message=message, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialect:
    """The codes and HTTP statuses that a service uses for the common errors."""

    denied: tuple[str, int]
    throttled: tuple[str, int]
    expired: tuple[str, int]
    unknown_caller: tuple[str, int]
    wrong_signature: tuple[str, int]
    failed: str


_JSON = _Dialect(
    denied=("AccessDeniedException", 400),
    throttled=("ThrottlingException", 400),
    expired=("ExpiredTokenException", 400),
    unknown_caller=("UnrecognizedClientException", 400),
    wrong_signature=("InvalidSignatureException", 400),
    failed="InternalFailure",
)
_QUERY = _Dialect(
    denied=("AccessDenied", 403),
    throttled=("Throttling", 400),
    expired=("ExpiredToken", 403),
    unknown_caller=("InvalidClientTokenId", 403),
    wrong_signature=("SignatureDoesNotMatch", 403),
    failed="InternalFailure",
)
_DIALECTS = {
    "ecr": replace(_JSON, failed="ServerException"),
    "secretsmanager": replace(_JSON, failed="InternalServiceError"),
    "kms": replace(_JSON, failed="KMSInternalException"),
    "organizations": replace(
        _JSON, throttled=("TooManyRequestsException", 400), failed="ServiceException"
    ),
    "account": _Dialect(
        denied=("AccessDeniedException", 403),
        throttled=("TooManyRequestsException", 429),
        expired=("ExpiredTokenException", 403),
        unknown_caller=("UnrecognizedClientException", 403),
        wrong_signature=("InvalidSignatureException", 403),
        failed="InternalServerException",
    ),
    "iam": replace(_QUERY, failed="ServiceFailure"),
    "ec2": _Dialect(
        denied=("UnauthorizedOperation", 403),
        throttled=("RequestLimitExceeded", 503),
        expired=("RequestExpired", 400),
        unknown_caller=("AuthFailure", 401),
        wrong_signature=("AuthFailure", 401),
        failed="InternalError",
    ),
}


def _dialect(call: AwsCall) -> _Dialect:
    return _DIALECTS.get(call.service, _JSON if call.speaks_json else _QUERY)


def access_denied(call: AwsCall, caller_arn: str) -> AwsError:
    """Access denied to every resource, in IAM's wording."""
    action = f"{call.service}:{call.operation}"
    message = (
        f"User: {caller_arn} is not authorized to perform: {action} on resource: * because no "
        f"identity-based policy allows the {action} action"
    )
    return denied(call, message)


def denied(call: AwsCall, message: str) -> AwsError:
    """Access denied with IAM's message, which EC2 precedes with a sentence of its own."""
    code, status = _dialect(call).denied
    if call.service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    return AwsError(code=code, message=message, status=status)


def throttled(call: AwsCall, *, code: str | None = None, status: int | None = None) -> AwsError:
    """Throttling, by default with the code and status of the service."""
    usual, usual_status = _dialect(call).throttled
    return AwsError(code=code or usual, message="Rate exceeded", status=status or usual_status)


def expired_token(call: AwsCall) -> AwsError:
    """The caller's session token has expired."""
    code, status = _dialect(call).expired
    message = "The security token included in the request is expired"
    return AwsError(code=code, message=message, status=status)


def server_error(call: AwsCall) -> AwsError:
    """An internal error, with the code of the service."""
    message = "The request processing has failed because of an unknown error"
    code = _dialect(call).failed
    if call.operation == "SimulatePrincipalPolicy":
        # Its model has no ServiceFailure, which IAM's other operations have.
        code = "InternalFailure"
    return AwsError(code=code, message=message, status=500)


def unknown_operation(call: AwsCall) -> AwsError:
    """An operation that is not simulated. A 4xx status, because clients retry a 5xx."""
    code = "UnknownOperationException" if call.speaks_json else "InvalidAction"
    message = f"The simulated AWS does not know the operation {call.operation} of {call.service}"
    return AwsError(code=code, message=message)


def unknown_caller(call: AwsCall) -> AwsError:
    """Unknown credentials; also the answer of a Region that does not exist or is not enabled."""
    code, status = _dialect(call).unknown_caller
    message = "The security token included in the request is invalid."
    return AwsError(code=code, message=message, status=status)


def wrong_signature(call: AwsCall, message: str = _WRONG_SIGNATURE) -> AwsError:
    """A signature that is not that of the access key, or not of this time."""
    code, status = _dialect(call).wrong_signature
    return AwsError(code=code, message=message, status=status)


def missing_signature(call: AwsCall | None) -> AwsError:
    """A request without a signature."""
    if call is None or call.speaks_json:
        code, message = "MissingAuthenticationTokenException", "Missing Authentication Token"
    else:
        code, message = "MissingAuthenticationToken", "Request is missing Authentication Token"
    return AwsError(code=code, message=message, status=403)


def new_request_id() -> str:
    """Return a new request ID."""
    return str(uuid.uuid4())


def render(error: AwsError, call: AwsCall | None) -> Response:
    """Return the response in the protocol of the call, with a request ID."""
    request_id = new_request_id()
    if call is None or call.speaks_json:
        body = json.dumps({"__type": error.code, "message": error.message})
        content_type = JSON
    else:
        body = (_EC2_XML if call.service == "ec2" else _XML).format(
            kind="Sender" if error.status < 500 else "Receiver",
            code=escape(error.code),
            message=escape(error.message),
            request_id=request_id,
        )
        content_type = "text/xml"
    response = Response(body, status=error.status, content_type=content_type)
    response.headers["x-amzn-requestid"] = request_id
    return response


def is_denial(error: AwsError) -> bool:
    """Whether the error is an access denial by IAM."""
    return error.code in ("AccessDenied", "AccessDeniedException")


def from_moto(call: AwsCall, answer: Response) -> AwsError | None:
    """Parse an error in moto's own XML; None for a response in the protocol of the service."""
    body = answer.get_data(as_text=True)
    match = _MOTO_ERROR.search(body)
    if match is None:
        return None
    code, message = unescape(match["code"]), unescape(match["message"])
    if call.speaks_json:
        return AwsError(code=_JSON_CODES.get(code, code), message=message)
    return AwsError(code=code, message=message, status=answer.status_code)
