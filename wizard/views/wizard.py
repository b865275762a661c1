"""The wizard: one URL per step, a redirect after each POST, and Create on POST only."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from wizard import tasks
from wizard.domain.credentials import Credential
from wizard.domain.errors import UnknownStep
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
from wizard.forms.operation import CredentialForm
from wizard.models import Operation
from wizard.services import rules
from wizard.services.operations import lookups
from wizard.services.operations.confirming import (
    AlreadyConfirmed,
    Confirmed,
    ReviewAgain,
    StepOpen,
    confirm,
    reviewed,
)
from wizard.views import consequences, progress, review
from wizard.views.choices import choices_of
from wizard.views.further_regions import chosen_regions, further_regions, tell_left_out
from wizard.views.operation_sections import batch_url
from wizard.views.preview import preview_of
from wizard.web.answers import local_url
from wizard.web.posted import takes
from wizard.web.requests import ConsoleRequest, at_target, load_own_draft
from wizard.words.errors import error_view


@require_POST
@takes()
@at_target
def draft_create(request: ConsoleRequest) -> HttpResponse:
    """Add rule: create a draft and redirect to its first step."""
    draft = store.create_draft(owner_id=request.user.pk, target=request.target)
    return _see_other(progress.step_url(draft, draft.plan.first))


@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(by_url=lambda step, **_parts: _form_of(step))
@at_target
def draft_step(request: ConsoleRequest, draft_id: str, step: str) -> HttpResponse:
    """Show a step; on POST, save its answers and redirect to the next step."""
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
@sensitive_post_parameters("access_token")
@require_POST
@takes(FurtherRegionsForm, CredentialForm, "shown")
@at_target
def draft_confirm(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Create: make the secret and the rule, once, and show what came of it.

    Regions that were ticked but not looked at yet are planned first, on the review.
    """
    # Read before the draft: a failed attempt that ends in between has changed the draft as well.
    settled = lookups.settled_operation(draft_id=draft_id, target=request.target)
    draft = load_own_draft(request, draft_id)
    if settled is not None:
        return _see_other(batch_url(settled))
    form = CredentialForm(request.POST, is_needed=True)
    result = confirm(
        draft=draft,
        shown=request.POST.get("shown", ""),
        chosen=chosen_regions(request, draft),
        credential=_unsealed(request, draft),
        typed=form.credential() if form.is_valid() else None,
        actor=request.user,
    )
    match result:
        case ReviewAgain():
            return _review_again(request, draft, result)
        case StepOpen(step=Step.REVIEW):
            return _show_review(request, draft, form)
        case StepOpen():
            _save_changed(draft, result.draft)
            return _see_other(progress.step_url(draft, result.step))
        case AlreadyConfirmed():
            return _see_other(batch_url(result.operation))
        case Confirmed():
            tell_left_out(request, result.left_out)  # guard: F6
            return _confirmed(result)


@require_http_methods(["GET", "HEAD", "POST"])
@takes("next", "keep")
@at_target
def draft_cancel(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Cancel the wizard: after a question, discard the draft or keep it."""
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
@takes("replace")
@at_target
def rule_clone(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """A new draft with all answers of an existing rule, at the review, which offers Regions.

    With `replace` the new rule takes the old one's place, and the steps are walked through.
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
    is_replacement = "replace" in request.POST
    draft = draft.replacing(rule) if is_replacement else draft.cloning()
    begin = draft.plan.first if is_replacement else draft.next_open_step
    store.add_draft(draft)
    return _see_other(progress.step_url(draft, begin))


def _form_of(step: str) -> type[StepForm] | None:
    """Return the form of the step in the URL, or None."""
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
    """Seal a typed credential; return the draft with it, and the key for the cookie."""
    credential = form.credential()
    if credential is not None:
        ciphertext, key = sealed.seal(credential)
        return replace(draft, sealed_credential=ciphertext), key
    if not draft.makes_secret:
        return replace(draft, sealed_credential=""), ""
    return draft, ""


def _show_review(
    request: ConsoleRequest, draft: RuleDraft, credential_form: CredentialForm | None = None
) -> HttpResponse:
    found, error = choices_of(draft, draft.plan.before(Step.REVIEW) or Step.DESTINATION)
    refusal = progress.refusal_for(draft, Step.REVIEW)
    further = further_regions(request, draft, rules=found or (), credential_form=credential_form)
    exists = further is not None and further.exists
    others = [rule for rule in found or () if not (exists and draft.makes(rule))]
    context = {
        "wizard": progress.wizard_view(request, draft, Step.REVIEW, refusal=refusal),
        "form": credential_form,
        "shown": reviewed(draft, exists=exists),
        "place": review.place(draft),  # guard: W7
        "rule_count": None if exists else review.rule_count(draft, found),
        "further": further,
        "regions_url": progress.regions_url(draft),
        "sections": review.sections(draft),
        "calls": [] if exists else consequences.calls(draft),
        "breakages": consequences.breakages(draft),
        "cli_commands": "" if exists else consequences.cli_commands(draft),
        "preview": preview_of(
            draft, draft.cache_prefix, draft.upstream_prefix, rules=others, error=error
        ),
    }
    status = 422 if credential_form else 200
    return render(request, PAGES[Step.REVIEW].template, context, status=status)


def _review_again(request: ConsoleRequest, draft: RuleDraft, result: ReviewAgain) -> HttpResponse:
    if result.is_stale:
        messages.warning(request, _("The answers were changed elsewhere. Check them once more."))
    if result.is_rule_gone:
        messages.warning(request, _("The rule of this Region was changed. Check the plan again."))
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
        response = _see_other(batch_url(creation.operation))
    if not draft.sealed_credential:
        sealed.forget_key_cookie(response, path=progress.draft_path(draft))
    return response


def _save_changed(before: RuleDraft, after: RuleDraft) -> None:
    if after != before:
        store.save_draft(after)


@sensitive_variables()
def _unsealed(request: ConsoleRequest, draft: RuleDraft) -> Credential | None:
    """Return the draft's credential; None if it has none, or the key is missing or expired."""
    if not draft.sealed_credential:
        return None
    return sealed.unseal(draft.sealed_credential, sealed.read_key(request))


def _without_stale_credential(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft:
    """Return the draft without a sealed credential that cannot be decrypted any more."""
    if _unsealed(request, draft) is not None:
        return draft
    return replace(draft, sealed_credential="")


def _nearest(draft: RuleDraft, step: Step) -> Step:
    """Return the first open step, for a request for a step that is not reachable."""
    is_first = step in (Step.SOURCE, Step.UPSTREAM)
    return draft.plan.first if is_first else draft.next_open_step


def _already_created(request: ConsoleRequest, operation: Operation) -> HttpResponse:
    messages.info(request, _("This draft was already created; nothing was done again."))
    return _see_other(batch_url(operation))


def _list_url(target: Target) -> str:
    return reverse("rule-list", kwargs={"account_id": target.account_id, "region": target.region})


def _see_other(url: str) -> HttpResponse:
    """Redirect with 303, so that reloading the page does not repeat the POST."""
    return HttpResponseRedirect(url, status=303)
