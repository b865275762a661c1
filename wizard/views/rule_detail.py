"""The page of a rule: its members, pull URI, validations, secret, role and repositories."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import Rule
from wizard.domain.errors import InvalidImage
from wizard.domain.images import PullUri, pull_uri
from wizard.domain.registries import UpstreamRegistry
from wizard.drafting.steps import ReviewRow
from wizard.models import ValidationResult
from wizard.services import rules, validation
from wizard.services.fanout import Answer
from wizard.services.rule_context import RuleContext, get_rule_context
from wizard.views.audit_lines import rule_history
from wizard.views.rows import RuleRow
from wizard.web import ConsoleRequest, at_target
from wizard.words import SECRET_NOTES, TRUST_NOTES, ErrorView, error_view, image_text

_BAR, _GAP, _HEIGHT = 10, 4, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One validation in the timeline, oldest on the left."""

    x: int
    y: int
    height: int
    is_valid: bool
    result: ValidationResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The validations as bars with their duration as height; sizes in SVG units."""

    width: int
    height: int
    bars: list[Bar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rule's secret or role: its state, its problem, or the error of reading it."""

    title: str
    name: str
    note: str
    is_good: bool
    error: ErrorView | None


@require_safe
@at_target
def rule_detail(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Show the rule; `image` in the query string is an image to show the pull URI of."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    results = validation.history(target=target, rule=rule)
    around = get_rule_context(target=target, rule=rule)
    registry = rule.registry
    image = request.GET.get("image", "").strip()[:400] or _example(rule, registry)
    pull, image_error = _pull(image, rule, request)
    context = {
        "row": RuleRow(target=target, rule=rule, validation=results[0] if results else None),
        "fields": _fields(rule),
        "image": image,
        "pull": pull,
        "image_error": image_error,
        "official_namespace": registry.official_namespace if registry else "",
        "results": results,
        "timeline": _timeline_of(results),
        "parts": _parts(around),
        "repositories": _told(around.repositories),
        "sharing_rules": around.sharing_rules,
        "history": rule_history(target, ecr_repository_prefix),
    }
    return render(request, "rules/detail.html", context)


def _told(answer: Answer[Any]) -> dict[str, Any]:
    """What a section shows of AWS's answer: its `value`, or the `error` in its place."""
    return {
        "value": answer.value,
        "error": error_view(answer.error) if answer.error else None,
    }


def _timeline_of(results: list[ValidationResult]) -> Timeline:
    """Return the bars for results, which are newest first."""
    longest = max((result.duration_ms or 0 for result in results), default=0) or 1
    bars = []
    for number, result in enumerate(reversed(results)):
        height = 8 + round((_HEIGHT - 8) * (result.duration_ms or 0) / longest)
        bars.append(
            Bar(
                x=number * (_BAR + _GAP),
                y=_HEIGHT - height,
                height=height,
                is_valid=result.is_valid,
                result=result,
            )
        )
    return Timeline(width=max(len(bars) * (_BAR + _GAP) - _GAP, 0), height=_HEIGHT, bars=bars)


def _pull(image: str, rule: Rule, request: ConsoleRequest) -> tuple[PullUri | None, str]:
    if not image:
        return None, ""
    try:
        return pull_uri(image, rule=rule, target=request.target), ""
    except InvalidImage as error:
        return None, image_text(error)


def _example(rule: Rule, registry: UpstreamRegistry | None) -> str:
    """Return an example image that the rule covers."""
    if registry is None:
        return ""
    upstream = (rule.upstream_repository_prefix or "ROOT").rstrip("/")
    if upstream == "ROOT" or registry.example_image.startswith(f"{upstream}/"):
        return registry.example_image
    return f"{upstream}/{registry.example_image.rpartition('/')[2]}"


def _fields(rule: Rule) -> list[ReviewRow]:
    """Return the rule's members that AWS returned."""
    rows = [
        (_("Namespace"), rule.ecr_repository_prefix),
        (_("Upstream registry URL"), rule.upstream_registry_url),
        (_("Upstream registry"), rule.upstream_registry),
        (_("Upstream namespace"), rule.upstream_repository_prefix),
        (_("Secret ARN"), rule.credential_arn),
        (_("Role ARN"), rule.custom_role_arn),
        (_("Registry ID"), rule.registry_id),
    ]
    return [ReviewRow(label=label, value=value, copyable=True) for label, value in rows if value]


def _parts(around: RuleContext) -> list[Part]:
    parts = []
    if around.secret is not None:
        secret = around.secret.value
        problem = secret.problem if secret else None
        parts.append(
            Part(
                title=_("Secret"),
                name=secret.name if secret else "",
                note=_secret_note(around),
                is_good=secret is not None and problem is None,
                error=error_view(around.secret.error) if around.secret.error else None,
            )
        )
    if around.role is not None:
        role = around.role.value
        note = TRUST_NOTES.get(role.trust) if role else None
        parts.append(
            Part(
                title=_("IAM role"),
                name=role.name if role else "",
                note=str(note or _("trusts pull through cache")) if role else "",
                is_good=role is not None and note is None,
                error=error_view(around.role.error) if around.role.error else None,
            )
        )
    return parts


def _secret_note(around: RuleContext) -> str:
    secret = around.secret.value if around.secret else None
    if secret is None:
        return ""
    if secret.problem:
        return str(SECRET_NOTES[secret.problem])
    if secret.primary_region:
        return _("exists, a replica of %(region)s") % {"region": secret.primary_region}
    return _("exists")
