"""What the form of a wizard step offers, read from AWS when its page is shown."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from wizard.domain import RuleDraft, Step
from wizard.domain.errors import AwsError
from wizard.drafting.steps import PAGES, Choices
from wizard.services import places, roles, rules, secrets

_READERS: Final[Mapping[Choices, Callable[[RuleDraft, str], Iterable[Any]]]] = {
    Choices.NONE: lambda _draft, _typed: (),
    Choices.SECRETS: lambda draft, typed: secrets.list_secrets(
        target=draft.target, also=[draft.existing_secret_arn, typed]
    ),
    Choices.ROLES: lambda draft, _typed: roles.list_roles(draft.target.account_id),
    Choices.RULES: lambda draft, _typed: rules.list_rules(target=draft.target),
    Choices.REGIONS: lambda _draft, _typed: places.list_regions(),
}


def choices_of(
    draft: RuleDraft, step: Step, *, typed: str = ""
) -> tuple[list[Any] | None, AwsError | None]:
    """Return what the step's form offers, or None and the error when AWS does not answer.

    `typed` is an ARN that is looked up if AWS's list lacks it.
    """
    try:
        return list(_READERS[PAGES[step].choices](draft, typed)), None
    except AwsError as error:
        return None, error
