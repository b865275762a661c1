"""The HTTP side of Secrets Manager: requests and responses conform to the service model."""

import json
import re
from typing import Any

from botocore.model import ListShape, Shape, StructureShape
from moto.core.common_types import TYPE_RESPONSE
from moto.core.utils import get_service_model
from moto.secretsmanager.responses import SecretsManagerResponse

from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.constraints import violations

# moto checks it itself, with AWS's wording, which differs from that of other members.
_CHECKED_BY_MOTO = frozenset({"ClientRequestToken"})

_SAYING_WHERE = re.compile(r"^An error occurred \(\w+\) when calling the \w+ operation: ")


class ModelledResponse(SecretsManagerResponse):
    """moto's Secrets Manager, conforming to the service model."""

    def call_action(self) -> TYPE_RESPONSE:
        operation = get_service_model("secretsmanager").operation_model(self._get_action())
        self._check_constraints(operation.input_shape)
        status, headers, body = super().call_action()
        members = _read(body)
        if members is None:
            return status, headers, body
        if status >= 400:
            # moto answers some errors with 404; the protocol uses 400 for all client errors.
            raise Refused(members["__type"], _tidy(members["message"]))
        for secret in members.get("SecretList", [members]):
            _place(secret, self.region)
        return status, headers, json.dumps(_modelled(operation.output_shape, members))

    def _check_constraints(self, shape: StructureShape) -> None:
        for broken in violations(shape, json.loads(self.body or "{}")):
            if broken.path not in _CHECKED_BY_MOTO:
                raise Refused("ValidationException", broken.as_validation_error)


def _read(body: Any) -> dict[str, Any] | None:
    """Return the members of a JSON response; None for moto's XML errors."""
    try:
        members = json.loads(body)
    except ValueError:
        return None
    return members if isinstance(members, dict) else None


def _tidy(message: str) -> str:
    """Return the message on one line, without the prefix that botocore adds."""
    return _SAYING_WHERE.sub("", " ".join(message.split()))


def _place(secret: dict[str, Any], region: str) -> None:
    """Correct the members about replication; moto returns those of the primary for replicas."""
    primary = secret.get("PrimaryRegion", region)
    if primary != region:
        secret["KmsKeyId"] = secret["ReplicationStatus"] = None
    elif secret.get("ReplicationStatus"):
        secret["PrimaryRegion"] = region


def _modelled(shape: Shape | None, value: Any) -> Any:
    """Return the value without nulls and without members that the shape lacks."""
    if isinstance(shape, StructureShape):
        return {
            name: _modelled(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [_modelled(shape.member, member) for member in value]
    return value
