"""The HTTP side of Secrets Manager: requests and responses conform to the service model."""

import json
import re
from typing import Any

from botocore.model import ListShape, Shape, StructureShape
from moto.core.common_types import TYPE_RESPONSE
from moto.core.utils import get_service_model
from moto.secretsmanager.models import secretsmanager_backends
from moto.secretsmanager.responses import SecretsManagerResponse, _validate_filters

from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.constraints import violations
from ptcconsole.fakeaws.lags import LAGS, LagKind
from ptcconsole.fakeaws.secretsmanager.models import StrictNamesBackend, replica_arn

# moto checks it itself, with AWS's wording, which differs from that of other members.
_CHECKED_BY_MOTO = frozenset({"ClientRequestToken"})

MOST_BYTES = 65_536
_TOO_LONG = (
    "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member "
    f"must have length less than or equal to {MOST_BYTES}"
)

_SAYING_WHERE = re.compile(r"^An error occurred \(\w+\) when calling the \w+ operation: ")


class ModelledResponse(SecretsManagerResponse):
    """moto's Secrets Manager, conforming to the service model."""

    @property
    def _secrets(self) -> StrictNamesBackend:
        backend = secretsmanager_backends[self.current_account][self.region]
        assert isinstance(backend, StrictNamesBackend)  # noqa: S101 - `install()` was called
        return backend

    def list_secrets(self) -> str:
        filters = self._get_param("Filters", if_none=[])
        _validate_filters(filters)
        secrets, next_token = self._secrets.list_secrets(
            filters=filters,
            max_results=self._get_int_param("MaxResults"),
            next_token=self._get_param("NextToken"),
            include_planned_deletion=self._get_param("IncludePlannedDeletion", if_none=False),
            sort_order=self._get_param("SortOrder"),
            sort_by=self._get_param("SortBy"),
        )
        return json.dumps({"SecretList": secrets, "NextToken": next_token})

    def call_action(self) -> TYPE_RESPONSE:
        operation = get_service_model("secretsmanager").operation_model(self._get_action())
        self._check_constraints(operation.input_shape)
        self._secrets.delete_what_is_due()
        status, headers, body = super().call_action()
        members = _read(body)
        if members is None:
            return status, headers, body
        if status >= 400:
            # moto answers some errors with 404; the protocol uses 400 for all client errors.
            raise Refused(members["__type"], _tidy(members["message"]))
        for secret in members.get("SecretList", [members]):
            _place(secret, self.region)
            _age(secret)
        if operation.name == "DescribeSecret":
            _report_progress(members)
        return status, headers, json.dumps(_modelled(operation.output_shape, members))

    def _check_constraints(self, shape: StructureShape) -> None:
        members = json.loads(self.body or "{}")
        for broken in violations(shape, members):
            if broken.path not in _CHECKED_BY_MOTO:
                raise Refused("ValidationException", broken.as_validation_error)
        # The model counts characters, the service bytes.
        if len(str(members.get("SecretString", "")).encode()) > MOST_BYTES:
            raise Refused("ValidationException", _TOO_LONG)


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


def _age(secret: dict[str, Any]) -> None:
    """Make the times of a secret older by the time that has passed."""
    for name in ("CreatedDate", "LastChangedDate"):
        if secret.get(name):
            secret[name] -= CLOCK.passed


def _report_progress(secret: dict[str, Any]) -> None:
    """Report replicas as InProgress while they lag; counts the read."""
    for replica in secret.get("ReplicationStatus") or ():
        if LAGS[LagKind.REPLICAS].hides(replica_arn(secret["ARN"], replica["Region"])):
            replica["Status"] = "InProgress"
            del replica["StatusMessage"]


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
