"""The wizard: one URL per step, each POST answered by a redirect, Create on POST only."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wizard import tasks
from wizard.domain.credentials import Credential
from wizard.domain.errors import DraftNotFound, DraftOfAnotherPerson, UnknownStep
from wizard.domain.grants import Role
from wizard.domain.regions import Target
from wizard.drafting import sealed, store
from wizard.drafting.drafts import RuleDraft
from wizard.drafting.interrupted import keep_typed_answers
from wizard.drafting.plans import Step
from wizard.drafting.steps.authentication import AuthenticationForm
from wizard.drafting.steps.base import StepForm
from wizard.drafting.steps.further_regions import FurtherRegionsForm
from wizard.drafting.steps.pages import PAGES
from wizard.drafting.steps.prefix import PrefixStepForm
from wizard.models import Operation
from wizard.services import places, rules
from wizard.services.operations import lookups
from wizard.services.operations.confirming import (
    AlreadyConfirmed,
    Confirmed,
    ReviewAgain,
    StepOpen,
    confirm,
)
from wizard.views import consequences, progress, review
from wizard.views.choices import choices_of
from wizard.views.further_regions import chosen_regions, further_regions
from wizard.views.operation_sections import batch_url, sections_of
from wizard.views.preview import preview_of
from wizard.web.answers import local_url
from wizard.web.posted import takes
from wizard.web.requests import ConsoleRequest, at_target, load_own_draft, targets_of
from wizard.words.errors import error_view


@require_POST
@takes()
@at_target
def draft_create(request: ConsoleRequest) -> HttpResponse:
    """Add rule: begin a draft and go to its first step."""
    draft = store.create_draft(owner_id=request.user.pk, target=request.target)
    return _see_other(progress.step_url(draft, draft.plan.first))


@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(by_url=lambda step, **_parts: _form_of(step))
@at_target
def draft_step(request: ConsoleRequest, draft_id: str, step: str) -> HttpResponse:
    """Show a step, or take its answers and go on."""
    operation = lookups.settled_operation(draft_id=draft_id, target=request.target)
    draft = load_own_draft(request, draft_id)
    if operation is not None:  # guard: W8
        return _already_created(request, operation)
    if step not in list(Step):
        raise UnknownStep(step)
    asked, was_reached = Step(step), draft.with_any_credential.is_reachable(Step(step))
    draft = _without_stale_credential(request, draft)
    if not draft.is_reachable(asked):  # guard: W3
        if request.method == "POST" and was_reached and asked is not Step.REVIEW:
            parts = {"account_id": request.target.account_id, "region": request.target.region}
            typed_into = {**parts, "draft_id": draft_id, "step": step}
            keep_typed_answers(request, request.user, typed_into)  # guard: W6
        return _see_other(progress.step_url(draft, _nearest(draft, asked)))
    if asked is Step.REVIEW:
        return _show_review(request, draft)
    if request.method == "POST":
        return _answer(request, draft, asked)
    return _show(request, draft, asked)


@sensitive_variables()
@require_POST
@takes(FurtherRegionsForm, "shown")
@at_target
def draft_confirm(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Create: make the secret and the rule, once, and show what came of it.

    Regions that were ticked but not looked at yet are planned first, on the review.
    """
    # Read before the draft: a failed attempt that ends in between has changed the draft as well.
    settled = lookups.settled_operation(draft_id=draft_id, target=request.target)
    draft = load_own_draft(request, draft_id)
    if settled is not None:
        return _see_other(_operation_url(settled))
    result = confirm(
        draft=draft,
        shown=request.POST.get("shown", ""),
        chosen=chosen_regions(request, draft),
        credential=_unsealed(request, draft),
        actor=request.user,
    )
    match result:
        case ReviewAgain():
            return _review_again(request, draft, result)
        case StepOpen():
            _save_changed(draft, result.draft)
            return _see_other(progress.step_url(draft, result.step))
        case AlreadyConfirmed():
            return _see_other(_operation_url(result.operation))
        case Confirmed():
            return _confirmed(result)


@require_http_methods(["GET", "HEAD", "POST"])
@takes("next", "keep")
@at_target
def draft_cancel(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Leave the wizard: ask first, then discard the draft, or keep it for later."""
    draft = load_own_draft(request, draft_id)
    if request.method != "POST":
        context = {"draft": draft, "back_url": progress.step_url(draft, draft.next_open_step)}
        return render(request, "wizard/cancel.html", context)
    wanted = local_url(request, request.POST.get("next", ""))
    response = _see_other(wanted or _list_url(draft.target))
    if "keep" in request.POST:
        messages.info(request, _("The draft is kept. Continue it under Open drafts."))
        return response
    store.discard_draft(draft)
    sealed.forget_key_cookie(response, path=progress.draft_path(draft))
    return response


@require_POST
@takes("region")
@at_target
def draft_copy(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Same rule in another Region: a new draft there with the answers that still hold."""
    draft = load_own_draft(request, draft_id)
    region = places.region_named(request.POST.get("region", ""))
    target = Target(account_id=request.target.account_id, region=region.code)
    copy = draft.copied_to(target, draft_id=store.new_draft_id())
    store.add_draft(copy)
    return _see_other(progress.step_url(copy, copy.next_open_step))


@require_POST
@takes("replace")
@at_target
def rule_clone(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """A new draft with the answers of a rule that exists; its prefix is left to choose.

    With `replace` the new rule is to take the old one's place.
    """
    rule = rules.get_rule(target=request.target, ecr_repository_prefix=ecr_repository_prefix)
    try:
        draft = RuleDraft.of_rule(
            rule,
            draft_id=store.new_draft_id(),
            owner_id=request.user.pk,
            target=request.target,
        )
    except KeyError:
        text = _("The upstream %(url)s is none that the wizard knows; it cannot be cloned.")
        messages.error(request, text % {"url": rule.upstream_registry_url})
        return _see_other(_list_url(request.target))
    progress.tell_of_role_left(request, rule)
    begin = draft.next_open_step
    if "replace" in request.POST:
        draft, begin = draft.replacing(rule), draft.plan.first
    store.add_draft(draft)
    return _see_other(progress.step_url(draft, begin))


@require_safe
@at_target
def operation_detail(request: ConsoleRequest, operation_id: Any) -> HttpResponse:
    """What a Create did: each AWS change and what came of it."""
    operation = lookups.get_operation(operation_id=operation_id, target=request.target)
    (section,) = sections_of(request, [operation])
    draft = _draft_of(request, operation)
    context = {
        "operation": operation,
        "section": section,
        "steps": section.steps,
        "error": section.error,
        "batch_url": "" if lookups.is_alone(operation) else batch_url(operation),
        "draft": draft,
        "draft_url": progress.step_url(draft, draft.next_open_step) if draft else None,
        "another_regions": [
            places.region_named(target.region)
            for target in targets_of(request, Role.OPERATOR)
            if target != request.target
        ],
    }
    return render(request, "wizard/operation.html", context)


def _form_of(step: str) -> type[StepForm] | None:
    """The form of the step that the URL names; None when there is no such step."""
    return PAGES[Step(step)].form if step in list(Step) else None


def _show(
    request: ConsoleRequest, draft: RuleDraft, step: Step, form: StepForm | None = None
) -> HttpResponse:
    page = PAGES[step]
    choices, choices_error = choices_of(draft, step)
    shown = page.form(draft=draft, choices=choices) if form is None else form
    refusal = progress.refusal_for(draft, step)
    if refusal is not None and form is None:
        progress.put_at_field(shown, refusal)
    context = {
        "wizard": progress.wizard_view(request, draft, step, refusal=refusal),
        "form": shown,
        "choices_error": error_view(choices_error) if choices_error else None,
        "help_links": draft.registry.token_links if draft.registry else (),
        "policies": review.policies(draft) if step is Step.PERMISSIONS else [],
    }
    if isinstance(shown, PrefixStepForm):
        cache, upstream = shown.typed_prefixes()
        context["preview"] = preview_of(draft, cache, upstream, rules=choices, error=choices_error)
        context["preview_url"] = progress.preview_url(draft, step)
    return render(request, page.template, context, status=200 if form is None else 422)


@sensitive_variables()
def _answer(request: ConsoleRequest, draft: RuleDraft, step: Step) -> HttpResponse:
    choices, _error = choices_of(draft, step)
    form = PAGES[step].form(request.POST, draft=draft, choices=choices)
    if not form.is_valid():
        return _show(request, draft, step, form)
    answered = draft.with_answers(step, form.answers())
    key = ""
    if isinstance(form, AuthenticationForm):
        answered, key = _with_credential(answered, form)
    store.save_draft(answered)  # guard: W10
    response = _see_other(progress.next_url(request, answered, step))
    if key:
        sealed.set_key_cookie(response, key, path=progress.draft_path(answered))
    return response


@sensitive_variables()
def _with_credential(draft: RuleDraft, form: AuthenticationForm) -> tuple[RuleDraft, str]:
    """Seal a typed credential into the draft: (draft, key for the cookie)."""
    credential = form.credential()
    if credential is not None:
        ciphertext, key = sealed.seal(credential)
        return replace(draft, sealed_credential=ciphertext), key
    if not draft.makes_secret:
        return replace(draft, sealed_credential=""), ""
    return draft, ""


def _show_review(request: ConsoleRequest, draft: RuleDraft) -> HttpResponse:
    found, error = choices_of(draft, draft.plan.before(Step.REVIEW) or Step.DESTINATION)
    refusal = progress.refusal_for(draft, Step.REVIEW)
    context = {
        "wizard": progress.wizard_view(request, draft, Step.REVIEW, refusal=refusal),
        "shown": draft.fingerprint,
        "place": review.place(draft),  # guard: W7
        "rule_count": review.rule_count(draft, found),
        "further": further_regions(request, draft),
        "regions_url": progress.regions_url(draft),
        "sections": review.sections(draft),
        "calls": consequences.calls(draft),
        "breakages": consequences.breakages(draft),
        "cli_commands": consequences.cli_commands(draft),
        "preview": preview_of(
            draft, draft.cache_prefix, draft.upstream_prefix, rules=found, error=error
        ),
    }
    return render(request, PAGES[Step.REVIEW].template, context)


def _draft_of(request: ConsoleRequest, operation: Operation) -> RuleDraft | None:
    """The draft behind an operation, while it is kept and this person's."""
    try:
        return store.load_draft(
            draft_id=operation.draft_id, owner_id=request.user.pk, target=request.target
        )
    except (DraftNotFound, DraftOfAnotherPerson):
        return None


def _review_again(request: ConsoleRequest, draft: RuleDraft, result: ReviewAgain) -> HttpResponse:
    if result.is_stale:
        messages.warning(request, _("The answers were changed elsewhere. Check them once more."))
    _save_changed(draft, result.draft)
    return _see_other(progress.step_url(draft, Step.REVIEW))


def _confirmed(result: Confirmed) -> HttpResponse:
    """Keep the draft as Create left it, and show what came of it."""
    draft, creation = result.draft, result.creation
    tasks.finish_in_background(creation.operation.batch_id)
    store.save_draft(draft)
    if creation.error is None:
        store.close_draft(draft)
    if creation.error is not None and result.is_alone:
        response = _see_other(progress.step_url(draft, progress.step_of(draft, creation.error)))
    else:
        response = _see_other(_operation_url(creation.operation))
    if not draft.sealed_credential:
        sealed.forget_key_cookie(response, path=progress.draft_path(draft))
    return response


def _save_changed(before: RuleDraft, after: RuleDraft) -> None:
    if after != before:
        store.save_draft(after)


@sensitive_variables()
def _unsealed(request: ConsoleRequest, draft: RuleDraft) -> Credential | None:
    """The draft's credential; None when it has none, or its key is gone or expired."""
    if not draft.sealed_credential:
        return None
    return sealed.unseal(draft.sealed_credential, sealed.read_key(request))


def _without_stale_credential(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft:
    """The draft without a sealed credential that cannot be opened: its step is open again."""
    if _unsealed(request, draft) is not None:
        return draft
    return replace(draft, sealed_credential="")


def _nearest(draft: RuleDraft, step: Step) -> Step:
    """Where to send somebody who asked for a step that is not open: the first one that is."""
    is_first = step in (Step.SOURCE, Step.UPSTREAM)
    return draft.plan.first if is_first else draft.next_open_step


def _already_created(request: ConsoleRequest, operation: Operation) -> HttpResponse:
    messages.info(request, _("This draft was already created; nothing was done again."))
    return _see_other(_operation_url(operation))


def _operation_url(operation: Operation) -> str:
    if not lookups.is_alone(operation):
        return batch_url(operation)
    return reverse(
        "operation-detail",
        kwargs={
            "account_id": operation.account_id,
            "region": operation.region,
            "operation_id": operation.pk,
        },
    )


def _list_url(target: Target) -> str:
    return reverse("rule-list", kwargs={"account_id": target.account_id, "region": target.region})


def _see_other(url: str) -> HttpResponse:
    """303: the browser asks for the next page, and Reload repeats nothing."""
    return HttpResponseRedirect(url, status=303)
