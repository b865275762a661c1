"""Previews while a step is filled in; they do not write the draft.

Without JavaScript, the page shows the same when it is loaded and after Next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import Rule, RuleDraft, Step, plan_for
from wizard.domain.errors import AwsError, UnknownStep
from wizard.domain.namespaces import (
    Meeting,
    NamespaceExample,
    Overlap,
    meetings,
    namespace_example,
)
from wizard.domain.prefixes import MAX_LENGTH, ROOT, free_prefix, is_root, prefix_problem
from wizard.domain.registries import REGISTRIES, UpstreamRegistry, registries_of
from wizard.drafting.steps import PAGES, PrefixStepForm
from wizard.views.wizard.choices import choices_of
from wizard.views.wizard.progress import StepState, StepView, wizard_view
from wizard.web import ConsoleRequest, at_target, load_own_draft
from wizard.words import (
    ErrorView,
    error_view,
    overlap_text,
    prefix_text,
    root_text,
    root_warning,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewNotice:
    """What an existing rule or the choice of no prefix means; `kind` is that of an alert."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The effect of a rule with these prefixes.

    `example` is None if a prefix is invalid; `problem` is the reason. `in_use` says which rule has
    the cache prefix already, and which prefix is free instead. `remaining` is the number of
    characters left for the cache prefix, None for "No prefix". `rules_error` is set if the rules of
    the Region could not be read.
    """

    example: NamespaceExample | None
    problem: str
    in_use: str
    remaining: int | None
    notices: list[PreviewNotice]
    official_namespace: str
    rules_error: ErrorView | None = None


@require_safe
@at_target
def draft_preview(request: ConsoleRequest, draft_id: str, step: str) -> HttpResponse:
    """Return the preview for the typed prefixes, as a fragment."""
    draft = load_own_draft(request, draft_id)
    page = PAGES.get(Step(step)) if step in list(Step) else None
    if page is None or not issubclass(page.form, PrefixStepForm):
        raise UnknownStep(step)
    rules, error = choices_of(draft, Step(step))
    form = page.form(request.GET, draft=draft, choices=rules)
    cache_prefix, upstream_prefix = form.typed_prefixes()
    preview = preview_of(draft, cache_prefix, upstream_prefix, rules=rules, error=error)
    return render(request, "wizard/_preview.html", {"preview": preview})


@require_safe
@at_target
def draft_plan(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Return the step list for the chosen registry, as a fragment."""
    draft = load_own_draft(request, draft_id)
    registry = _chosen(request.GET.get("registry", ""), request.GET.get("ecr_access", ""))
    if registry is not None:
        first = plan_for(registry).first
        draft = replace(draft, answers={first: {"registry": registry.name}})
    wizard = wizard_view(request, draft, draft.plan.first, refusal=None)
    # With this choice, no step is answered yet.
    unanswered = [_unvisited(step) for step in wizard.steps]
    return render(request, "wizard/step.html#plan", {"wizard": replace(wizard, steps=unanswered)})


def _unvisited(step: StepView) -> StepView:
    is_active = step.state is StepState.ACTIVE
    return replace(step, url=None, state=step.state if is_active else StepState.UNVISITED)


def preview_of(
    draft: RuleDraft,
    cache_prefix: str,
    upstream_prefix: str,
    *,
    rules: Iterable[Rule] | None,
    error: AwsError | None,
) -> Preview:
    """Return the preview of the draft's rule with these prefixes."""
    problem = _problem(cache_prefix, upstream_prefix)
    is_root = cache_prefix == ROOT
    others = _others(draft, rules or ())
    met = [] if problem else meetings(cache_prefix, others)
    return Preview(
        example=None if problem else _example(draft, cache_prefix, upstream_prefix),
        problem=problem,
        in_use=next((_in_use(each, others) for each in met if each.is_refused), ""),
        remaining=None if is_root else MAX_LENGTH - len(cache_prefix),
        notices=[] if problem else _notices(cache_prefix, met),
        official_namespace=draft.registry.official_namespace if draft.registry else "",
        rules_error=error_view(error) if error else None,
    )


def _problem(cache_prefix: str, upstream_prefix: str) -> str:
    for prefix in filter(None, (cache_prefix or " ", upstream_prefix)):
        problem = prefix_problem(prefix)
        if problem is not None:
            return prefix_text(problem)
    return ""


def _example(draft: RuleDraft, cache_prefix: str, upstream_prefix: str) -> NamespaceExample | None:
    if draft.registry is None:
        return None
    return namespace_example(
        registry=draft.registry,
        upstream_registry_url=draft.upstream_registry_url,
        cache_prefix=cache_prefix,
        upstream_prefix=upstream_prefix,
        target=draft.target,
    )


def _others(draft: RuleDraft, rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules of the Region without the one that the draft replaces."""
    replaced = draft.replaces.ecr_repository_prefix if draft.replaces else None
    return [rule for rule in rules if rule.ecr_repository_prefix != replaced]


def _in_use(meeting: Meeting, rules: Iterable[Rule]) -> str:
    """Return which rule has the prefix, and a prefix that is free."""
    text = overlap_text(meeting)
    if is_root(meeting.prefix):
        return text
    free = free_prefix(meeting.prefix, (rule.ecr_repository_prefix for rule in rules))
    return f"{text} {_('%(prefix)s is free.') % {'prefix': free}}"


def _notices(prefix: str, met: Iterable[Meeting]) -> list[PreviewNotice]:
    """Return the rules that overlap the prefix without having it, and the warning of no prefix."""
    told = [meeting for meeting in met if not meeting.is_refused]
    if not is_root(prefix):
        return [_notice(overlap_text(meeting)) for meeting in told]
    warning = PreviewNotice(text=root_warning(), kind="warning")
    beside = [each for each in told if each.overlap is Overlap.ROOT]
    if len(beside) < 2:
        return [warning, *(_notice(overlap_text(meeting)) for meeting in told)]
    # A Region can have 50 rules: one notice names all of them.
    return [warning, _notice(root_text(each.rule.ecr_repository_prefix for each in beside))]


def _notice(text: str) -> PreviewNotice:
    return PreviewNotice(text=text, kind="info")


def _chosen(key: str, access: str) -> UpstreamRegistry | None:
    """Return the entry of a tile; if two share it, the one with this access, else the first."""
    entries = registries_of(key)
    named = [entry for entry in REGISTRIES if entry.name == access and entry in entries]
    return next(iter([*named, *entries]), None)
