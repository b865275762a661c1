"""The HTTP side of AssumeRole: checks the service model, then the role's trust policy."""

from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse

from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.constraints import violations
from ptcconsole.fakeaws.sts.models import TrustCheckingBackend


class TrustingNobodyResponse(TokenResponse):
    """moto's STS, with trust policies enforced."""

    def assume_role(self) -> ActionResult:
        self._check_constraints()
        backend = sts_backends[self.current_account][self.partition]
        assert isinstance(backend, TrustCheckingBackend)  # noqa: S101 - `install()` was called
        role_arn = self._get_param("RoleArn")
        external_id = self._get_param("ExternalId")
        if not backend.may_assume(role_arn, access_key_id=self.access_key, external_id=external_id):
            _, caller_arn, _ = backend.get_caller_identity(self.access_key, self.region)
            raise Refused(
                "AccessDenied",
                f"User: {caller_arn} is not authorized to perform: sts:AssumeRole on resource: "
                f"{role_arn}",
                status=403,
            )
        return super().assume_role()

    def _check_constraints(self) -> None:
        shape = get_service_model("sts").operation_model("AssumeRole").input_shape
        for broken in violations(shape, dict(self.params)):
            raise Refused("ValidationError", broken.as_validation_error)
