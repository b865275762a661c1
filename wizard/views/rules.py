"""The rules of a Region: the list, and Validate."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wizard import draft_store
from wizard.domain.errors import AwsError, InvalidIdentifier
from wizard.domain.identifiers import RoleArn, SecretArn
from wizard.domain.prefixes import ROOT, is_root
from wizard.domain.rules import Rule
from wizard.domain.targets import Target
from wizard.drafts import RuleDraft
from wizard.forms.confirm import ConfirmForm
from wizard.messages import error_view
from wizard.models import ValidationResult
from wizard.services import rules, validation
from wizard.views.progress import step_url
from wizard.views.requests import ConsoleRequest, at_target


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule as the table shows it, with the last validation the console remembers."""

    rule: Rule
    validation: ValidationResult | None

    @property
    def anchor(self) -> str:
        """An element id: prefixes may hold slashes and dots."""
        return f"rule-{self.rule.ecr_repository_prefix.encode().hex()}"

    @property
    def registry_label(self) -> str:
        registry = self.rule.registry
        if registry is None:
            return self.rule.upstream_registry or _("Unknown")
        label = _(registry.label)
        return f"{label} ({_(registry.choice_label)})" if registry.choice_label else label

    @property
    def credential(self) -> str:
        """The secret's or the role's name; an ARN the console cannot read, whole."""
        try:
            if self.rule.credential_arn:
                return SecretArn.parse(self.rule.credential_arn).name
            if self.rule.custom_role_arn:
                return RoleArn.parse(self.rule.custom_role_arn).name
        except InvalidIdentifier as error:
            return error.value
        return ""

    @property
    def upstream_prefix_display(self) -> str:
        prefix = self.rule.upstream_repository_prefix
        return ROOT if prefix is None or is_root(prefix) else prefix

    @property
    def status(self) -> str:
        if self.validation is None:
            return "not-validated"
        return "valid" if self.validation.is_valid else "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraftRow:
    """An unfinished draft on the list, with the step it goes on at."""

    draft: RuleDraft
    updated_at: datetime
    url: str

    @property
    def registry_label(self) -> str:
        return _(self.draft.registry.label) if self.draft.registry else ""


@require_safe
@at_target
def rule_list(request: ConsoleRequest) -> HttpResponse:
    """Every rule of the Region; when AWS does not tell, why, which is not the same as none."""
    try:
        found = rules.list_rules(target=request.target)
    except AwsError as error:
        view = error_view(error)
        return render(
            request,
            "rules/list.html",
            {"rows": [], "rule_count": None, "error": view},
            status=view.status,
        )
    rows = _rows(request.target, found)
    return render(
        request, "rules/list.html", {"rows": rows, "rule_count": len(rows), "error": None}
    )


@require_POST
@at_target
def rule_validate(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Let ECR try the rule, remember its answer, and show the rule with it."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    result = validation.validate_rule(target=target, rule=rule, actor=request.user)
    row = RuleRow(rule=rule, validation=result)
    if request.htmx:
        return render(request, "rules/_rule_row.html", {"row": row})
    _tell(request, result)
    return HttpResponseRedirect(f"{_list_url(target)}#{row.anchor}", status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@at_target
def rule_delete(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Delete a rule once it is confirmed by typing; say what stays."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rules.delete_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
        text = _("Rule %(prefix)s is deleted. Its repositories and images stay.")
        messages.success(request, text % {"prefix": ecr_repository_prefix})
        return HttpResponseRedirect(_list_url(target), status=303)
    context = {"row": RuleRow(rule=rule, validation=None), "form": form}
    return render(request, "rules/delete.html", context, status=422 if form.is_bound else 200)


def _list_url(target: Target) -> str:
    return reverse("rule-list", kwargs={"account_id": target.account_id, "region": target.region})


def _open_drafts(request: ConsoleRequest) -> list[OpenDraftRow]:
    found = draft_store.list_open_drafts(owner_id=request.user.pk, target=request.target)
    return [
        OpenDraftRow(draft=draft, updated_at=updated_at, url=step_url(draft, draft.next_open_step))
        for draft, updated_at in found
    ]


def _rows(target: Target, found: list[Rule]) -> list[RuleRow]:
    latest = validation.latest_results(target=target, rules=found)
    return [RuleRow(rule=rule, validation=latest.get(rule.ecr_repository_prefix)) for rule in found]


def _tell(request: ConsoleRequest, result: ValidationResult) -> None:
    prefix = result.ecr_repository_prefix
    if result.is_valid:
        messages.success(request, _("Rule %(prefix)s is valid.") % {"prefix": prefix})
        return
    text = _("Validation of rule %(prefix)s failed: %(reason)s")
    messages.error(request, text % {"prefix": prefix, "reason": result.failure})
