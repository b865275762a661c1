"""The HTTP side of IAM where moto differs: deletions of service-linked roles that failed."""

from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse

from ptcconsole.fakeaws.iam.models import AccurateBackend


class AccurateResponse(IamResponse):
    """moto's IAM, with deletions that can fail."""

    def get_service_linked_role_deletion_status(self) -> ActionResult:
        backend = iam_backends[self.current_account][self.partition]
        assert isinstance(backend, AccurateBackend)  # noqa: S101 - `install()` was called
        reason = backend.failed_deletions.get(self._get_param("DeletionTaskId"))
        if reason is None:
            return super().get_service_linked_role_deletion_status()
        return ActionResult({"Status": "FAILED", "Reason": {"Reason": reason}})
