"""The cures of failed rules as a page offers them: buttons, policies, and what to ask for.

Which cures a reason has is the table of `words/remedies.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from wizard.domain import SECRET_NAME_PREFIX, Role, Rule, Target
from wizard.services import access, places
from wizard.views.cure_policies import CurePolicy, policy_of
from wizard.web import ConsoleRequest, place_url
from wizard.words import CURE_LABELS, CURE_REQUESTS, Cure, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A rule to cure.

    `secret_name` is the full name of its secret, empty if unknown. A replica gets its value in
    another Region, `secret_region`.
    """

    target: Target
    rule: Rule
    secret_name: str = ""
    secret_region: str = ""

    @property
    def page(self) -> str:
        """Return the address of the rule's page, which the cures lead back to."""
        return self._url("rule-detail")

    @property
    def secret_place(self) -> Target:
        """Return where the secret's value is written."""
        return replace(self.target, region=self.secret_region or self.target.region)

    def _url(self, name: str) -> str:
        prefix = self.rule.ecr_repository_prefix
        return place_url(name, self.target, ecr_repository_prefix=prefix)

    def url_of(self, cure: Cure) -> str:
        """Return the address behind a cure's button; empty if the rule does not have it."""
        return _URLS[cure](self) if cure in _URLS else ""

    def secret_url(self, name: str) -> str:
        short = self.secret_name.removeprefix(SECRET_NAME_PREFIX)
        is_named = short not in ("", self.secret_name) and self.rule.credential_arn
        # AWS tells the Region of a replica's primary. It may be one that the console does not know.
        known = {region.code for region in places.list_regions()}
        if not is_named or self.secret_place.region not in known:
            return ""
        return place_url(name, self.secret_place, secret=short)

    def edit_url(self, arn: str | None) -> str:
        return self._url("rule-edit") if arn else ""

    def validate_url(self) -> str:
        return self._url("rule-validate")


_URLS: Final[Mapping[Cure, Callable[[Patient], str]]] = {
    Cure.REPLACE_TOKEN: lambda patient: patient.secret_url("secret-replace-value"),
    Cure.RESTORE_SECRET: lambda patient: patient.secret_url("secret-take-back"),
    Cure.CHOOSE_SECRET: lambda patient: patient.edit_url(patient.rule.credential_arn),
    Cure.CHOOSE_ROLE: lambda patient: patient.edit_url(patient.rule.custom_role_arn),
    Cure.VALIDATE: lambda patient: patient.validate_url(),
}
# Cures that are done by the button itself; the others open a page.
_POSTS: Final = frozenset({Cure.RESTORE_SECRET, Cure.VALIDATE})
# Pages of the rule itself, which always lead back to it.
_EDITS: Final = frozenset({Cure.CHOOSE_SECRET, Cure.CHOOSE_ROLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class CureButton:
    """A button: a link, or a form that is sent with `next_url` as the page to come back to."""

    cure: Cure
    label: Text
    url: str
    next_url: str
    is_primary: bool = False

    @property
    def is_post(self) -> bool:
        return self.cure in _POSTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Cures:
    """What a page offers: buttons for who may use them, else `requests` to ask an operator for.

    Everybody may see the policies. `begins_with_policy` says that a policy is the first cure.
    """

    buttons: list[CureButton]
    policies: list[CurePolicy]
    requests: list[Text]
    begins_with_policy: bool


def cures_of(
    request: ConsoleRequest, cures: Iterable[Cure], patient: Patient, *, is_ill: bool = True
) -> Cures:
    """Return the cures that this rule has, in order.

    The first one is the primary button if `is_ill`, which is a rule that needs one of them.
    """
    buttons, policies, requests = [], [], []
    offered: list[Cure] = []
    for cure in cures:
        if policy := policy_of(cure, rule=patient.rule, target=patient.target):
            policies.append(policy)
        elif url := patient.url_of(cure):
            if _may(request, cure, patient):
                label, back = CURE_LABELS[cure], "" if cure in _EDITS else patient.page
                buttons.append(CureButton(cure=cure, label=label, url=url, next_url=back))
            elif cure in CURE_REQUESTS:
                requests.append(CURE_REQUESTS[cure])
        else:
            continue
        offered.append(cure)
    begins_with_policy = bool(policies) and offered[0] == policies[0].anchor
    if is_ill and buttons and not begins_with_policy:
        buttons[0] = replace(buttons[0], is_primary=True)
    return Cures(
        buttons=buttons,
        policies=policies,
        requests=requests,
        begins_with_policy=begins_with_policy,
    )


def _may(request: ConsoleRequest, cure: Cure, patient: Patient) -> bool:
    is_of_secret = cure in (Cure.REPLACE_TOKEN, Cure.RESTORE_SECRET)
    place = patient.secret_place if is_of_secret else patient.target
    return access.may(user=request.user, role=Role.OPERATOR, target=place)
