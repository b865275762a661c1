"""What the form of a wizard step offers, read from AWS when its page is shown."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from wizard.domain import RuleDraft, Step
from wizard.domain.errors import AwsError
from wizard.drafting.steps import PAGES, Choices
from wizard.services import places, roles, rules, secrets

_READERS: Final[Mapping[Choices, Callable[[RuleDraft], Iterable[Any]]]] = {
    Choices.NONE: lambda _draft: (),
    Choices.SECRETS: lambda draft: secrets.list_secrets(target=draft.target),
    Choices.ROLES: lambda _draft: roles.list_roles(),
    Choices.RULES: lambda draft: rules.list_rules(target=draft.target),
    Choices.REGIONS: lambda _draft: places.list_regions(),
}


def choices_of(draft: RuleDraft, step: Step) -> tuple[list[Any] | None, AwsError | None]:
    """Return what the step's form offers, or None and the error when AWS does not answer."""
    try:
        return list(_READERS[PAGES[step].choices](draft)), None
    except AwsError as error:
        return None, error
