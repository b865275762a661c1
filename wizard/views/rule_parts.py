"""A rule on its page: its members; its secret and role with their state and what to use instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from wizard.domain import IamRole, Rule, Secret, Target
from wizard.domain.prefixes import ROOT
from wizard.drafting.steps import ReviewRow
from wizard.services.fanout import Answer
from wizard.services.rule_context import RuleContext
from wizard.views.rows import RuleRow
from wizard.web import place_url
from wizard.words import SECRET_NOTES, TRUST_NOTES, ErrorView, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rule's secret or role: its state, its problem, or the error of reading it.

    `url` is its page in the console, `iam_url` that of a role in AWS's. `offers` are ARNs that the
    rule can have instead.
    """

    title: str
    name: str = ""
    url: str = ""
    iam_url: str = ""
    note: str = ""
    is_good: bool = False
    error: ErrorView | None = None
    offers: Sequence[str] = ()


def parts_of(rule: Rule, around: RuleContext, target: Target) -> list[Part]:
    """Return the secret and the role, as far as the rule has them."""
    parts = []
    if around.secret is not None:
        parts.append(_secret_part(around.secret, around.successors, target))
    if around.role is not None:
        parts.append(_role_part(rule, around.role))
    return parts


def _secret_part(answer: Answer[Secret], successors: Sequence[Secret], target: Target) -> Part:
    title, secret = _("Secret"), answer.value
    if secret is None:
        offers = [successor.arn for successor in successors]
        return Part(title=title, error=_error_of(answer), offers=offers)
    query = urlencode({"secret": secret.short_name})
    return Part(
        title=title,
        name=secret.name,
        url=f"{place_url('secret-list', target)}?{query}",
        note=_secret_note(secret),
        is_good=secret.problem is None,
    )


def _secret_note(secret: Secret) -> str:
    if secret.problem:
        return str(SECRET_NOTES[secret.problem])
    if secret.primary_region:
        return _("Exists, replica of %(region)s") % {"region": secret.primary_region}
    return _("exists")


def _role_part(rule: Rule, answer: Answer[IamRole]) -> Part:
    title, role = _("IAM role"), answer.value
    if role is None:
        return Part(title=title, error=_error_of(answer))
    if role.arn != rule.custom_role_arn:  # guard: I9
        text = _("No role has the ARN %(arn)s. The role with this name has the ARN %(other)s.")
        note = text % {"arn": rule.custom_role_arn, "other": role.arn}
        return Part(
            title=title, name=role.name, iam_url=_iam_url(role), note=note, offers=[role.arn]
        )
    return Part(
        title=title,
        name=role.name,
        iam_url=_iam_url(role),
        note=str(TRUST_NOTES.get(role.trust, _("trusts pull through cache"))),
        is_good=role.trust not in TRUST_NOTES,
    )


def _iam_url(role: IamRole) -> str:
    """Return the address of the role in the IAM console."""
    return f"https://console.aws.amazon.com/iam/home#/roles/details/{quote(role.name, safe='')}"


def _error_of(answer: Answer[IamRole] | Answer[Secret]) -> ErrorView | None:
    return error_view(answer.error) if answer.error else None


def fields_of(row: RuleRow) -> list[ReviewRow]:
    """Return the rule's members that AWS returned; the kind of upstream is in words."""
    rule = row.rule
    rows = [
        (_("Amazon ECR repository prefix"), rule.ecr_repository_prefix),
        (_("Upstream registry URL"), rule.upstream_registry_url),
        # AWS leaves the member out when no prefix was given.
        (_("Upstream repository prefix"), rule.upstream_repository_prefix or ROOT),
        (_("Secret ARN"), rule.credential_arn),
        (_("Role ARN"), rule.custom_role_arn),
        (_("Registry ID"), rule.registry_id),
    ]
    kind = ReviewRow(label=_("Upstream registry"), value=row.registry_label)
    found = [ReviewRow(label=label, value=value, copyable=True) for label, value in rows if value]
    return [*found[:2], kind, *found[2:]]


def told(answer: Answer[Any]) -> dict[str, Any]:
    """What a section shows of AWS's answer: its `value`, or the `error` in its place."""
    return {
        "value": answer.value,
        "error": error_view(answer.error) if answer.error else None,
    }
