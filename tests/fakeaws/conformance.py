"""Compares responses with botocore's service model: members, types, patterns, errors.

It parses the raw response, because an AWS client drops unknown members.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from ptcconsole.fakeaws.constraints import violations

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html, with the names that
# the services of the query protocol have for the same.
COMMON_ERRORS = frozenset(
    {
        *("AccessDeniedException", "AccessDenied"),
        *("ExpiredTokenException", "ExpiredToken"),
        *("ThrottlingException", "Throttling"),
        *("UnrecognizedClientException", "InvalidClientTokenId"),
        *("ValidationException", "ValidationError"),
        *("InternalFailure", "SerializationException"),
    }
)


@dataclass
class Recorder:
    """Records the violations in a client's responses, through its events."""

    answers: int = 0
    complaints: list[str] = field(default_factory=list)

    def listen_to(self, client: Any) -> Any:
        """Register the recorder with the client and return the client."""
        client.meta.events.register("provide-client-params", self._sending)
        client.meta.events.register("before-parse", self._received)
        return client

    def _sending(self, params: dict[str, Any], **_: Any) -> None:
        self._params = params

    def _received(
        self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any
    ) -> None:
        self.answers += 1
        status, body = response_dict["status_code"], response_dict["body"]
        found = list(_complaints(operation_model, status, body, response_dict["headers"]))
        if status == 200 and operation_model.input_shape is not None:
            sent = violations(operation_model.input_shape, self._params)
            found += [f"sent: {broken.path}: {broken.constraint}" for broken in sent]
        self.complaints += [f"{operation_model.name}: {complaint}" for complaint in found]


def code_of(error: Shape) -> str:
    """What the error is called on the wire."""
    return str(error.metadata.get("error", {}).get("code", error.name))


def status_of(error: Shape) -> int:
    """The HTTP status that the model gives the error, or else its protocol."""
    is_servers = error.name in ("ServerException", "InternalServiceError")
    return int(error.metadata.get("error", {}).get("httpStatusCode", 500 if is_servers else 400))


def _complaints(operation: OperationModel, status: int, body: bytes, headers: Any) -> Iterator[str]:
    if not headers.get("x-amzn-requestid"):
        yield "no request id"
    is_json = operation.service_model.metadata["protocol"] == "json"
    if status != 200:
        code, message = _json_error(body) if is_json else _xml_error(body)
        modelled = {code_of(error): status_of(error) for error in operation.error_shapes}
        if code not in modelled.keys() | COMMON_ERRORS:
            yield f"{code} is no error of the operation"
        if modelled.get(code, status) != status:
            yield f"{code} has status {status}"
        if not message:
            yield f"{code} has no message"
    elif operation.output_shape is not None:
        shape = operation.output_shape
        value = json.loads(body) if is_json else _xml_value(shape, _result(operation, body))
        yield from _of_value(shape, value)


def _of_value(shape: StructureShape, value: Any) -> Iterator[str]:
    yield from _unknown(shape, value, "")
    for broken in violations(shape, value):
        yield f"{broken.path} is {broken.value!r}: {broken.constraint}"


def _unknown(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, member in value.items():
            if name not in shape.members:
                yield f"{path}.{name} is no member"
            elif member is None:
                yield f"{path}.{name} is null"
            else:
                yield from _unknown(shape.members[name], member, f"{path}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for member in value:
            yield from _unknown(shape.member, member, f"{path}[]")


def _json_error(body: bytes) -> tuple[str, str]:
    members = json.loads(body)
    return members["__type"].rpartition("#")[2], members.get("message") or members.get("Message")


def _xml_error(body: bytes) -> tuple[str, str]:
    (error,) = _tree(body).iter("Error")
    return error.findtext("Code", ""), error.findtext("Message", "")


def _result(operation: OperationModel, body: bytes) -> ElementTree.Element:
    (result,) = _tree(body).iter(f"{operation.name}Result")
    return result


def _tree(body: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", body.decode()))


def _xml_value(shape: Shape, element: ElementTree.Element) -> Any:
    """The element as the value that it stands for; what the shape does not have stays a text."""
    if isinstance(shape, StructureShape):
        return {
            child.tag: _xml_value(shape.members[child.tag], child)
            if child.tag in shape.members
            else child.text
            for child in element
        }
    if isinstance(shape, ListShape):
        return [_xml_value(shape.member, child) for child in element]
    text = element.text or ""
    match shape.type_name:
        case "integer" | "long":
            return int(text)
        case "boolean":
            return {"true": True, "false": False}[text]
        case _:
            return text
