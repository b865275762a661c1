"""The HTTP side of AssumeRole and AssumeRoleWithWebIdentity.

Requests are checked against the service model, then against the role's trust policy and its longest
session. Conditions about the claims of a web identity are not evaluated.
"""

import base64
import binascii
import json
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse

from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.checks import CHECKS, Check
from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.constraints import violations
from ptcconsole.fakeaws.iam import permissions
from ptcconsole.fakeaws.iam.roles import role_as_seen
from ptcconsole.fakeaws.sts.models import TrustCheckingBackend, too_long, trusts_provider

_NO_JWT = (
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)
_DEFAULT_SECONDS = 3600


class TrustingNobodyResponse(TokenResponse):
    """moto's STS, with trust policies enforced."""

    def assume_role(self) -> ActionResult:
        self._check_constraints("AssumeRole")
        backend = sts_backends[self.current_account][self.partition]
        assert isinstance(backend, TrustCheckingBackend)  # noqa: S101 - `install()` was called
        role_arn = self._get_param("RoleArn")
        external_id = self._get_param("ExternalId")
        self._require_permission(backend, role_arn, external_id)
        if not backend.may_assume(role_arn, access_key_id=self.access_key, external_id=external_id):
            _, caller_arn, _ = backend.get_caller_identity(self.access_key, self.region)
            raise Refused(
                "AccessDenied",
                f"User: {caller_arn} is not authorized to perform: sts:AssumeRole on resource: "
                f"{role_arn}",
                status=403,
            )
        _refuse(backend.duration_problem(role_arn, self._seconds, access_key_id=self.access_key))
        return super().assume_role()

    def assume_role_with_web_identity(self) -> ActionResult:
        self._check_constraints("AssumeRoleWithWebIdentity")
        role_arn = self._get_param("RoleArn")
        claims = _claims(self._get_param("WebIdentityToken"))
        if not trusts_provider(role_arn):
            message = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
            raise Refused("AccessDenied", message, status=403)
        if float(claims.get("exp", CLOCK.time() + 1)) <= CLOCK.time():
            raise Refused("ExpiredTokenException", "Token expired: it is past its expiration date")
        _refuse(too_long(role_as_seen(role_arn), self._seconds))
        return super().assume_role_with_web_identity()

    def _require_permission(
        self, backend: TrustCheckingBackend, role_arn: str, external_id: str | None
    ) -> None:
        """Check the caller's own policies, which a trust in the caller itself makes needless."""
        _, caller_arn, _ = backend.get_caller_identity(self.access_key, self.region)
        is_named = Check.IAM in CHECKS and backend.is_named(
            role_arn, access_key_id=self.access_key, external_id=external_id
        )
        permissions.require(
            self.access_key,
            caller_arn,
            ("sts:AssumeRole", role_arn),
            code="AccessDenied",
            status=403,
            region=self.region,
            checks=() if is_named else (Check.IAM,),
        )

    @property
    def _seconds(self) -> int:
        return int(self._get_int_param("DurationSeconds", _DEFAULT_SECONDS))

    def _check_constraints(self, operation: str) -> None:
        shape = get_service_model("sts").operation_model(operation).input_shape
        for broken in violations(shape, dict(self.params)):
            raise Refused("ValidationError", broken.as_validation_error)


def _refuse(duration_problem: str) -> None:
    if duration_problem:
        raise Refused("ValidationError", duration_problem)


def _claims(token: str) -> dict[str, Any]:
    """Return the claims of a JWT, whose signature is not verified. Raises Refused."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        raise Refused("InvalidIdentityToken", _NO_JWT) from None
    if not isinstance(claims, dict):
        raise Refused("InvalidIdentityToken", _NO_JWT)
    return claims
