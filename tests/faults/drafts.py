"""A complete draft that makes a secret and a rule, as the fault tests confirm it."""

from dataclasses import replace

from tests.wizard.conftest import TARGET
from wizard.domain.credentials import Credential
from wizard.drafting.drafts import RuleDraft
from wizard.drafting.plans import Step

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
