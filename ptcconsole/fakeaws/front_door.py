"""The WSGI application: control pages, call counter, faults, then moto.

It turns every result of moto into a response that an AWS client understands.
"""

import io
import logging
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from moto.backends import SERVICE_NAMES
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws import (
    aws_errors,
    callers,
    hooks,
    image_registry,
    region_services,
    tampering,
)
from ptcconsole.fakeaws.audience import AUDIENCE
from ptcconsole.fakeaws.aws_errors import AwsError, Refused
from ptcconsole.fakeaws.calls import AwsCall, CallCounter, read_call
from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.faults import Fault, FaultBoard, FaultKind
from ptcconsole.fakeaws.iam import permissions
from ptcconsole.fakeaws.latency import Latency
from ptcconsole.fakeaws.odd_answers import odd_answer
from ptcconsole.fakeaws.regions import REGIONS, region_names

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The services of moto that are available, by signing name.
SERVICES: tuple[SERVICE_NAMES, ...] = (
    *("ecr", "iam", "kms", "organizations", "secretsmanager", "sts"),
)

# The only operations of these services that are available: for KMS keys of secrets, and Regions.
_ONLY = {
    "kms": frozenset(
        {
            *("CreateAlias", "CreateKey", "DescribeKey", "DisableKey", "EnableKey"),
            *("ListAliases", "ListKeys", "ScheduleKeyDeletion"),
        }
    ),
    **{service: frozenset(calls) for service, calls in region_services.OPERATIONS.items()},
}

# The operations that need no signature, because they are how a caller gets credentials.
UNSIGNED = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})

_READING = ("Describe", "Get", "List", "BatchGet", "Validate", "Simulate")

# moto's CORS headers would let any web page read the simulated secrets, and a person who tries the
# console may have typed a real one.
_NOT_FOR_WEB_PAGES = Response("The simulated AWS answers no web pages.", status=403)

_log = logging.getLogger(__name__)


class FrontDoor:
    """The WSGI application. `guarded` runs each changing call and saves the state after it."""

    def __init__(
        self,
        *,
        counter: CallCounter,
        faults: FaultBoard,
        latency: Latency,
        pages: hooks.Hooks,
        guarded: Callable[[Callable[[], Response]], Response],
    ) -> None:
        self._counter = counter
        self._faults = faults
        self._latency = latency
        self._pages = pages
        self._guarded = guarded
        # moto's own dispatcher would read its 180 folders on every request.
        self._apps: dict[str, WSGIApplication] = {
            service: create_backend_app(service) for service in SERVICES
        }
        self._moto_pages = create_backend_app("moto_api")

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        if "Origin" in request.headers:
            return _NOT_FOR_WEB_PAGES(environ, start_response)
        # The body is read here, because its form names the operation, and restored for moto.
        environ["wsgi.input"] = io.BytesIO(request.get_data())
        answer = self._answer(request)
        if isinstance(answer, Response):
            answer.date = CLOCK.stamp()
        return answer(environ, start_response)

    def _answer(self, request: Request) -> "WSGIApplication":
        if request.path.startswith(f"{hooks.PREFIX}/"):
            return self._pages.answer(request)
        if request.path.startswith("/moto-api/"):
            return self._moto_pages
        if request.path.startswith(image_registry.PREFIX):
            if image_registry.may_store(request):
                return self._guarded(lambda: image_registry.answer(request))
            return image_registry.answer(request)
        call = read_call(request)
        if call is None or not (call.access_key or call.operation in UNSIGNED):
            return aws_errors.render(aws_errors.missing_signature(call), call)
        self._counter.count(call)
        return self._answer_call(call, request)

    def _answer_call(self, call: AwsCall, request: Request) -> Response:
        fault = self._faults.take(call)
        time.sleep(self._latency.of(call.region) + (fault.seconds if fault else 0))
        if fault is not None and fault.kind is FaultKind.UNREACHABLE:
            return _hang_up(request)
        error = _ordered_error(fault, call) or _unanswerable(call)
        if error is None and call.access_key:
            error = callers.rejection(call, request)
        if error is None and call.access_key:
            with AUDIENCE.hearing(call.app_id):
                error = permissions.denial(call, request.get_data(as_text=True))
        if error is not None:
            return aws_errors.render(error, call)
        if fault is not None and fault.kind is FaultKind.ANSWER_ODDLY:
            answer = self._ask_service(call, request) if fault.is_executed else Response("{}")
            return _send(odd_answer(fault.message or "", call, answer), request)
        tampering.prepare(fault, call, request)
        answer = self._ask_service(call, request)
        if fault is not None and fault.kind is FaultKind.LOSE_ANSWER:
            return _hang_up(request)
        if fault is not None and fault.kind is FaultKind.CUT_ANSWER:
            return _cut_off(answer, request)
        return tampering.tamper(fault, call, answer)

    def _ask_service(self, call: AwsCall, request: Request) -> Response:
        if call.operation.startswith(_READING):
            return self._ask_moto(call, request)
        return self._guarded(lambda: self._ask_moto(call, request))

    def _ask_moto(self, call: AwsCall, request: Request) -> Response:
        try:
            if call.service in region_services.OPERATIONS:
                return region_services.answer(call, request)
            with AUDIENCE.hearing(call.app_id), self._faults.consulted():
                app = self._apps[call.service]
                answer = Response.from_app(app, request.environ, buffered=True)
        except Refused as refused:
            return aws_errors.render(refused.error, call)
        except NotImplementedError:
            return aws_errors.render(aws_errors.unknown_operation(call), call)
        except Exception:  # noqa: BLE001 - any failure of moto becomes an AWS error
            _log.exception("%s of %s failed", call.operation, call.service)
            return aws_errors.render(aws_errors.server_error(call), call)
        return _in_the_callers_protocol(call, answer)


def _in_the_callers_protocol(call: AwsCall, answer: Response) -> Response:
    """Translate moto's XML for unauthorised calls into the protocol of the call.

    The content type is also the protocol's; moto's Secrets Manager has none of its own.
    """
    if call.speaks_json:
        answer.content_type = aws_errors.JSON
    if answer.status_code < 400:
        return answer
    error = aws_errors.from_moto(call, answer)
    if error is None:
        return answer
    if aws_errors.is_denial(error):
        error = aws_errors.access_denied(call, callers.caller_arn(call))
    return aws_errors.render(error, call)


def _unanswerable(call: AwsCall) -> AwsError | None:
    if call.service not in {*SERVICES, *_ONLY}:
        return aws_errors.unknown_operation(call)
    known = get_service_model(call.service).operation_names
    if call.operation not in _ONLY.get(call.service, known):
        return aws_errors.unknown_operation(call)
    # The credentials of one partition are unknown in the others: China, GovCloud, ISO.
    own = REGIONS.of(get_account_id_from(call.access_key))
    if call.region not in region_names() or not own.is_on(call.region):
        return aws_errors.unknown_caller(call)
    return None


def _ordered_error(fault: Fault | None, call: AwsCall) -> AwsError | None:
    if fault is None:
        return None
    match fault.kind:
        case FaultKind.REFUSE:
            return aws_errors.access_denied(call, callers.caller_arn(call))
        case FaultKind.THROTTLE | FaultKind.LIMIT_RATE:
            return aws_errors.throttled(call, code=fault.code, status=fault.status)
        case FaultKind.EXPIRE:
            return aws_errors.expired_token(call)
        case FaultKind.FAIL:
            return _failure(fault, call)
        case _:
            return None


def _failure(fault: Fault, call: AwsCall) -> AwsError:
    if fault.code is None:
        return aws_errors.server_error(call)
    return AwsError(
        code=fault.code, message=fault.message or fault.code, status=fault.status or 400
    )


def _cut_off(answer: Response, request: Request) -> Response:
    """Send the headers of the whole response and half of its body, then close the connection."""
    body = answer.get_data()
    connection: socket.socket = request.environ["werkzeug.socket"]

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        connection.shutdown(socket.SHUT_RDWR)

    return Response(half(), status=answer.status_code, headers=answer.headers)


def _send(answer: bytes, request: Request) -> Response:
    """Send these bytes and close the connection."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.sendall(answer)
    return _hang_up(request)


def _hang_up(request: Request) -> Response:
    """Close the connection without a response, as if the Region were unreachable."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response()
