"""The plan of an import as a page, and applying it."""

import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from wizard import tasks
from wizard.domain.errors import InvalidIdentifier, InvalidRule
from wizard.domain.imports import ImportProblem, read_rules
from wizard.services import operations, places
from wizard.services.imports import Finding, PlannedRule, Refusal, plan_import
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes
from wizard.words import (
    REFUSED_SECRETS,
    Text,
    error_view,
    identifier_text,
    invalid_rule_text,
    members_text,
)

_WORDS: Final[Mapping[Finding, tuple[str, Text]]] = {
    Finding.CREATE: ("pending", gettext_lazy("Create")),
    Finding.EXISTS: ("valid", gettext_lazy("Exists, nothing to do")),
    Finding.DIFFERENT: ("warning", gettext_lazy("Exists with a difference")),
    Finding.REFUSED: ("failed", gettext_lazy("Can't be created")),
}
_REASONS: Final[Mapping[Refusal, Text]] = {
    Refusal.EXPRESSION: gettext_lazy(
        "You can import literal values only. These are expressions: %(names)s."
    ),
    Refusal.ACCOUNT: gettext_lazy(
        "The rule belongs to account %(account)s. This console works in another account."
    ),
    Refusal.REGION: gettext_lazy("Pull through cache doesn't exist in this Region."),
    Refusal.NOT_IN_USE: gettext_lazy("This Region isn't in use in the account."),
    Refusal.ROLE: gettext_lazy("You aren't an operator in this Region."),
    Refusal.TWICE: gettext_lazy("The text has another rule with this prefix in this Region."),
    Refusal.OWN_UPSTREAM: gettext_lazy("The upstream is this private registry itself."),
    Refusal.FULL: gettext_lazy("The Region has as many rules as AWS allows."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A rule of the plan; `key` is empty if it is not created."""

    plan: PlannedRule
    region: Text
    code: str
    status: str
    word: Text
    reason: Text
    key: str = ""


def show_plan(request: ConsoleRequest, plans: Sequence[PlannedRule]) -> HttpResponse:
    """Show what applying does, rule by rule. Nothing is changed."""
    counts = Counter(plan.finding for plan in plans)
    made = [plan for plan in plans if plan.finding is Finding.CREATE]
    context: dict[str, Any] = {
        "rows": [_row(plan) for plan in plans],
        "counts": [(*_WORDS[each], counts[each]) for each in Finding if counts[each]],
        "made": made,
        "is_done": counts[Finding.EXISTS] == len(plans),
        "content": _content(made),
        "import_id": uuid.uuid4(),
    }
    return render(request, "imports/plan.html", context)


@require_POST
@takes("content", "import_id", many=["rule"])
@at_target
def import_apply(request: ConsoleRequest) -> HttpResponse:
    """Plan once more, and let the background create the chosen rules that can be created.

    A form that was sent before leads to its import, whose rules exist by now or are being created.
    """
    page, chosen = place_url("rule-import", request.target), set(request.POST.getlist("rule"))
    try:
        import_id = uuid.UUID(request.POST.get("import_id", ""))
        found = read_rules(request.POST.get("content", ""))
    except (ImportProblem, ValueError):
        messages.error(request, _("The plan is incomplete. Show it again."))
        return see_other(page)
    known = operations.imported_rules(import_id=import_id, account_id=request.account_id)
    if chosen and chosen <= known:  # guard: W1
        return see_other(_import_url(request, import_id))
    chosen -= known
    plans = plan_import(found, here=request.target, actor=request.user)
    made = [each for each in plans if each.finding is Finding.CREATE and each.key in chosen]
    unread = [each for each in plans if each.refusal is Refusal.UNREAD and each.key in chosen]
    if unread:
        _tell_unread(request, unread)
    if not made:
        if not unread:
            text = _("Nothing was created: select at least one rule of the plan.")
            messages.warning(request, text)
        return see_other(page)
    left = len(chosen) - len(made) - len(unread)
    if left:
        text = ngettext(
            "%(number)d rule was left out, because the plan has changed.",
            "%(number)d rules were left out, because the plan has changed.",
            left,
        )
        messages.warning(request, text % {"number": left})
    rules = [(each.target, each.rule) for each in made]
    operations.begin_import(import_id=import_id, rules=rules, actor=request.user)
    regions = {each.target.region for each in made}
    inserted = operations.operations_of_import(
        import_id=import_id, account_id=request.account_id, regions=regions
    )
    for batch_id in {each.batch_id for each in inserted}:
        tasks.finish_in_background(batch_id)
    return see_other(_import_url(request, import_id))


def _tell_unread(request: ConsoleRequest, unread: Sequence[PlannedRule]) -> None:
    """Flash which chosen rules were left out, because their Regions have failed since the plan."""
    text = ngettext(
        "%(number)d rule was left out, because its Region could not be read: %(regions)s.",
        "%(number)d rules were left out, because Regions could not be read: %(regions)s.",
        len(unread),
    )
    regions = ", ".join(sorted({each.target.region for each in unread}))
    messages.warning(request, text % {"number": len(unread), "regions": regions})


def _import_url(request: ConsoleRequest, import_id: uuid.UUID) -> str:
    parts = {"account_id": request.account_id, "import_id": import_id}
    return reverse("import-detail", kwargs=parts)


def _row(plan: PlannedRule) -> PlanRow:
    status, word = _WORDS[plan.finding]
    return PlanRow(
        plan=plan,
        region=_region(plan.target.region),
        code=plan.target.region,
        status=status,
        word=word,
        reason=_reason(plan),
        key=plan.key if plan.finding is Finding.CREATE else "",
    )


def _region(code: str) -> str:
    """Return the name of a Region; the code of one that is not known."""
    known = {region.code: region.name for region in places.list_regions()}
    return known.get(code, code)


def _reason(plan: PlannedRule) -> Text:
    """Return why the rule is not created; empty for one that is."""
    if plan.finding is Finding.DIFFERENT:
        return _("Different: %(names)s. To change it, edit or replace the rule.") % {
            "names": members_text(plan.names)
        }
    if plan.problem is not None:
        return REFUSED_SECRETS[plan.problem]
    if isinstance(plan.error, InvalidRule):
        return invalid_rule_text(plan.error.member, plan.rule)
    if isinstance(plan.error, InvalidIdentifier):
        return identifier_text(plan.error)
    if plan.refusal is Refusal.UNREAD:
        return error_view(plan.error).title if plan.error else _("AWS didn't answer. Try again.")
    text = str(_REASONS[plan.refusal]) if plan.refusal else ""
    names = {"names": members_text(plan.names), "account": plan.found.account_id}
    return text % names


def _content(made: Sequence[PlannedRule]) -> str:
    """Return the rules to be created as JSON, with the names of the console's export.

    What is not set is left out, so that all rules that an account can have fit into one form.
    """
    rules = [
        {
            "region": each.target.region,
            "ecr_repository_prefix": each.rule.ecr_repository_prefix,
            "upstream_registry_url": each.rule.upstream_registry_url,
            "upstream_repository_prefix": each.rule.upstream_repository_prefix,
            "credential_arn": each.rule.credential_arn,
            "custom_role_arn": each.rule.custom_role_arn,
        }
        for each in made
    ]
    given = [{name: value for name, value in rule.items() if value} for rule in rules]
    return json.dumps(given, separators=(",", ":"))
