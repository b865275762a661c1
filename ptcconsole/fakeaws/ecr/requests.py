"""Checks requests to ECR: service model, the caller's registry, permissions that members imply."""

import json
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.ecr.responses import ECRResponse
from moto.sts.models import sts_backends

from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.constraints import violations
from ptcconsole.fakeaws.ecr.exceptions import InvalidParameterException
from ptcconsole.fakeaws.iam import permissions


class CheckedResponse(ECRResponse):
    """moto's ECR operations, with requests that are checked before they are carried out."""

    def _require(self, implied: list[tuple[str, str]], *more: tuple[str, str]) -> None:
        """Check the permissions that the operation needs besides its own. Raises Refused."""
        arn = self._caller_arn()
        permissions.require(self.access_key, arn, *implied, *more, region=self.region)

    def _caller_arn(self) -> str:
        account = sts_backends[self.current_account][self.partition]
        _, arn, _ = account.get_caller_identity(self.access_key, self.region)
        return str(arn)

    def call_action(self) -> TYPE_RESPONSE:
        """Check the request against the service model, for moto's own operations too."""
        self._check_constraints()
        self._check_registry(_read_json(self.body))
        return super().call_action()

    def _check_constraints(self) -> None:
        shape = get_service_model("ecr").operation_model(self._get_action()).input_shape
        for violation in violations(shape, _read_json(self.body)):
            if violation.wrong_type:
                text = f"{violation.path}: {violation.constraint}"
                raise Refused("SerializationException", text)
            broken = InvalidParameterException.broken(violation.path, violation.constraint)
            raise Refused(broken.code, broken.message)

    def _arguments(self) -> dict[str, Any]:
        """Return the request's members in snake_case."""
        return {camelcase_to_underscores(name): each for name, each in self._members().items()}

    def _members(self) -> dict[str, Any]:
        """Return the request's members; those that the service model does not know are ignored."""
        shape = get_service_model("ecr").operation_model(self._get_action()).input_shape
        request = _read_json(self.body)
        request.pop("registryId", None)
        return {name: request[name] for name in shape.members if request.get(name) is not None}

    def _check_registry(self, request: dict[str, Any]) -> None:
        """Refuse another account's registry; what its policies would allow is not simulated."""
        registry_id = request.get("registryId")
        if registry_id in (None, self.current_account):
            return
        action = f"ecr:{self._get_action()}"
        repository = request.get("repositoryName")
        place = f"arn:{self.partition}:ecr:{self.region}:{registry_id}"
        resource = f"{place}:repository/{repository}" if repository else "*"
        raise Refused(
            "AccessDeniedException",
            f"User: {self._caller_arn()} is not authorized to perform: {action} on resource: "
            f"{resource} because no resource-based policy allows the {action} action",
        )


def _read_json(body: str) -> Any:
    try:
        return json.loads(body or "{}")
    except ValueError:
        raise Refused("SerializationException", "The request is not JSON") from None
