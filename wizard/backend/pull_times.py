"""The ECR API: IAM principals whose pulls do not change the last recorded pull time of images."""

from typing import Any, Final

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.members import member, wrong_type
from wizard.domain import Target
from wizard.domain.errors import UnexpectedAwsError
from wizard.domain.facts import storable_text

_LIST: Final = "ListPullTimeUpdateExclusions"
# A registry has at most 100 exclusions.
MAX_PAGES: Final = 20


def list_exclusions(target: Target) -> list[str]:
    """Return the ARNs of the excluded principals; boto3 has no paginator for them."""
    client, token, arns = clients.ecr(target), "", list[str]()
    for _page in range(MAX_PAGES):
        more: dict[str, Any] = {"nextToken": token} if token else {}
        answer = call(client.list_pull_time_update_exclusions, **more)
        arns += _texts(member(answer, "pullTimeUpdateExclusions", _LIST))
        token = answer.get("nextToken") or ""
        if not token:
            return sorted(set(arns))
    words = f"The list does not end after {MAX_PAGES} pages."
    raise UnexpectedAwsError(  # guard: F16
        words, code="MalformedAnswer", operation=_LIST, region=target.region
    )


def register_exclusion(target: Target, principal_arn: str) -> None:
    """Exclude a role or user; raises PullTimeExclusionExists, or QuotaExceeded at the 101st."""
    client = clients.ecr(target)
    call(client.register_pull_time_update_exclusion, principalArn=principal_arn)


def deregister_exclusion(target: Target, principal_arn: str) -> None:
    """End an exclusion; raises PullTimeExclusionNotFound."""
    client = clients.ecr(target)
    call(client.deregister_pull_time_update_exclusion, principalArn=principal_arn)


def _texts(items: Any) -> list[str]:
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise wrong_type("pullTimeUpdateExclusions", _LIST)  # guard: F15
    return [storable_text(item) for item in items]
