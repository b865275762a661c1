"""A complete draft with a new secret and a rule, which the fault tests confirm."""

from collections.abc import Collection
from dataclasses import replace

from django.contrib.auth.models import User

from tests.wizard.conftest import TARGET
from wizard.domain import Credential, RuleDraft, Spread, Step
from wizard.services.operations import confirming
from wizard.services.operations.confirming import AlreadyConfirmed, Confirmed
from wizard.services.operations.running import Creation

CREDENTIAL = Credential(username="me", access_token="canary-token")
SECRET_NAME = "ecr-pullthroughcache/hub"
PREFIX = "hub"


def docker_hub(draft_id: str = "draft", owner_id: int = 1) -> RuleDraft:
    empty = RuleDraft(draft_id=draft_id, owner_id=owner_id, target=TARGET)
    answered = empty.with_answers(Step.SOURCE, {"registry": "docker-hub"})
    answers = {"credential_source": "create", "secret_name": SECRET_NAME, "username": "me"}
    answered = answered.with_answers(Step.AUTHENTICATION, answers)
    answered = answered.with_answers(Step.DESTINATION, {"ecr_repository_prefix": PREFIX})
    return replace(answered, sealed_credential="sealed")


def confirm(
    draft: RuleDraft,
    *,
    actor: User,
    credential: Credential | None = None,
    regions: Collection[str] = (),
    spread: Spread = Spread.EACH,
) -> Creation:
    """Press Create on the draft's review, with these further Regions."""
    draft = replace(draft, further_regions=tuple(regions), spread=spread)
    result = confirming.confirm(
        draft=draft, shown=draft.fingerprint, chosen=draft, credential=credential, actor=actor
    )
    if isinstance(result, AlreadyConfirmed):
        return Creation(operation=result.operation, is_ours=False)
    assert isinstance(result, Confirmed), result
    return result.creation
