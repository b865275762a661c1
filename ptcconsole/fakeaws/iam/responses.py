"""The HTTP side of IAM where moto differs: simulations, deletions that failed."""

from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from moto.sts.models import sts_backends

from ptcconsole.fakeaws import policies
from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.constraints import violations
from ptcconsole.fakeaws.iam import permissions
from ptcconsole.fakeaws.iam.models import AccurateBackend
from ptcconsole.fakeaws.iam.roles import boundary_of, role_as_seen
from ptcconsole.fakeaws.iam.simulation import Simulation, documents_of_principal
from ptcconsole.fakeaws.organizations.models import organizations_of
from ptcconsole.fakeaws.variety import VARIETY

_RESULTS_PER_PAGE = 100


class AccurateResponse(IamResponse):
    """moto's IAM, with deletions that can fail, and SimulatePrincipalPolicy."""

    def simulate_principal_policy(self) -> ActionResult:
        shape = get_service_model("iam").operation_model("SimulatePrincipalPolicy").input_shape
        for broken in violations(shape, dict(self.params)):
            raise Refused("ValidationError", broken.as_validation_error)
        arn = self._get_param("PolicySourceArn")
        backend = iam_backends[self.current_account][self.partition]
        documents = documents_of_principal(backend, arn)
        sts = sts_backends[self.current_account][self.partition]
        _, caller_arn, _ = sts.get_caller_identity(self.access_key, self.region)
        wanted = ("iam:SimulatePrincipalPolicy", arn)
        permissions.require(self.access_key, caller_arn, wanted, code="AccessDenied", status=403)
        context = {
            entry["ContextKeyName"]: entry["ContextKeyValues"][0]
            for entry in self._get_param("ContextEntries") or []
        }
        role = role_as_seen(arn)
        simulation = Simulation(
            documents=documents,
            context=context,
            levels=[
                [policies.without_conditions(document) for _, document in level]
                for level in organizations_of(self.current_account).control_policies()
            ],
            boundary=boundary_of(role) if role is not None else None,
        )
        resources = self._get_param("ResourceArns") or ["*"]
        results = list(simulation.results(self._get_param("ActionNames"), resources))
        begin = int(self._get_param("Marker") or 0)
        size = VARIETY.page_size(int(self._get_param("MaxItems") or _RESULTS_PER_PAGE))
        page = results[begin : begin + size]
        answer = {"EvaluationResults": page, "IsTruncated": begin + size < len(results)}
        if answer["IsTruncated"]:
            answer["Marker"] = str(begin + size)
        return ActionResult(answer)

    def get_service_linked_role_deletion_status(self) -> ActionResult:
        backend = iam_backends[self.current_account][self.partition]
        assert isinstance(backend, AccurateBackend)  # noqa: S101 - `install()` was called
        reason = backend.failed_deletions.get(self._get_param("DeletionTaskId"))
        if reason is None:
            return super().get_service_linked_role_deletion_status()
        return ActionResult({"Status": "FAILED", "Reason": {"Reason": reason}})
