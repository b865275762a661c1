"""Starting the wizard: with an empty draft, as a clone of a rule, or to replace a rule."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wizard.domain import Role, Rule, RuleDraft, Step
from wizard.domain.registries import REGISTRIES, UpstreamRegistry
from wizard.drafting import store
from wizard.services import rules
from wizard.views.wizard import progress
from wizard.web import ConsoleRequest, at_target, place_url, regions_of, see_other, takes


@require_POST
@takes("registry", "upstream", "prefix")
@at_target
def draft_create(request: ConsoleRequest) -> HttpResponse:
    """Add rule: create a draft and redirect to its first open step.

    With `registry`, a registry that needs no other input, the first step is answered. So it is with
    `upstream`, the URL of a registry. `prefix` is then suggested.
    """
    if upstream := request.POST.get("upstream", ""):
        return _begin_for(request, upstream, request.POST.get("prefix", ""))
    wanted = request.POST.get("registry", "")
    for registry in REGISTRIES:
        if registry.name == wanted and not registry.inputs:
            return _begin_with(request, registry)
    return _begin_empty(request)


def _begin_empty(request: ConsoleRequest) -> HttpResponse:
    draft = store.create_draft(owner_id=request.user.pk, target=request.target)
    return see_other(progress.step_url(draft, draft.plan.first))


def _begin_for(request: ConsoleRequest, upstream: str, prefix: str) -> HttpResponse:
    """Begin with an upstream, and with a prefix that the step checks as if it were typed."""
    target = request.target
    rule = Rule(
        ecr_repository_prefix=prefix,
        upstream_registry_url=upstream,
        registry_id=target.account_id,
    )
    owner_id = request.user.pk
    try:
        draft = RuleDraft.of_rule(
            rule, draft_id=store.new_draft_id(), owner_id=owner_id, target=target
        )
    except KeyError:
        return _begin_empty(request)
    # The person has answered nothing yet, so the draft is no work to continue.
    store.add_draft(draft, is_listed=False)
    return see_other(progress.step_url(draft, draft.next_open_step))


def _begin_with(request: ConsoleRequest, registry: UpstreamRegistry) -> HttpResponse:
    draft = RuleDraft(
        draft_id=store.new_draft_id(), owner_id=request.user.pk, target=request.target
    ).with_answers(Step.SOURCE, {"registry": registry.name})
    # The person has answered nothing yet, so the draft is no work to continue.
    store.add_draft(draft, is_listed=False)
    return see_other(progress.step_url(draft, draft.next_open_step))


@require_POST
@takes("replace", "regions")
@at_target
def rule_clone(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Clone or, with `replace`, replace the rule: create a draft and redirect to its first page."""
    return begin_from_rule(request, ecr_repository_prefix, is_replacement="replace" in request.POST)


def begin_from_rule(
    request: ConsoleRequest,
    ecr_repository_prefix: str,
    *,
    is_replacement: bool = False,
    fragment: str = "",
) -> HttpResponse:
    """Create a draft with all answers of a rule of `request.target` and redirect to its review.

    A replacement starts at the first step. There, another upstream can be chosen for a rule whose
    upstream the wizard does not know. With `regions` in the form, codes with spaces between them,
    the review shows the plan for a copy to these. `fragment` is a part of the review.
    """
    rule = rules.get_rule(target=request.target, ecr_repository_prefix=ecr_repository_prefix)
    is_known = rule.upstream_inputs is not None
    if not is_known and not is_replacement:
        text = _("The wizard doesn't support the upstream %(url)s, so you can't clone the rule.")
        messages.error(request, text % {"url": rule.upstream_registry_url})
        place = {"ecr_repository_prefix": ecr_repository_prefix}
        return see_other(place_url("rule-detail", request.target, **place))
    build = RuleDraft.of_rule if is_known else RuleDraft.of_prefixes
    draft = build(
        rule, draft_id=store.new_draft_id(), owner_id=request.user.pk, target=request.target
    )
    progress.tell_of_role_left(request, rule)
    draft = draft.replacing(rule) if is_replacement else _copied(request, draft.cloning())
    begin = draft.plan.first if is_replacement else draft.next_open_step
    store.add_draft(draft)
    return see_other(f"{progress.step_url(draft, begin)}{fragment}")


def _copied(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft:
    """Return the draft with the Regions of the request in which the person may create rules."""
    allowed = {region.code for region in regions_of(request, Role.OPERATOR)}
    wanted = dict.fromkeys(request.POST.get("regions", "").split())
    regions = [code for code in wanted if code in allowed and code != draft.target.region]
    return replace(draft, further_regions=tuple(regions))
