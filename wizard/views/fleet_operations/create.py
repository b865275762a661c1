"""Creating a rule in many accounts and Regions, and copying rules there: the form, and its plan.

Nothing is stored before the start: the plan's page sends the answers once more. Then it is planned
again, for the accounts that were shown. The credential of new secrets is typed into the plan's page
and goes nowhere else but into the operation.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.forms.fleet_creation import FleetCreationForm
from wizard.forms.fleet_operations import ALL, PlannedForm
from wizard.services import fleet_operations
from wizard.services.fleet_operations import CreationPlan
from wizard.views import typed_credentials
from wizard.views.fleet_operations import create_again
from wizard.views.fleet_operations.creation_accounts import accounts_context, found_accounts
from wizard.views.fleet_operations.creation_answers import (
    FORMS,
    OF_CREDENTIAL,
    Answers,
    Errors,
    answered,
    prefilled,
    typed_again,
)
from wizard.views.fleet_operations.creation_rows import creation_context
from wizard.views.fleet_operations.retried import RETRY
from wizard.views.fleet_operations.starting import answer_started, answer_with
from wizard.web import ConsoleRequest, takes

# What is sent with the plan and belongs to it alone.
_OF_PLAN: Final = (
    *("csrfmiddlewaretoken", "to", "operation_id", "planned"),
    *(typed_credentials.GO, *OF_CREDENTIAL),
)


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(*FORMS, FleetCreationForm, typed_credentials.GO, "to")
def fleet_create(request: ConsoleRequest) -> HttpResponse:
    """Ask for the rule and the places, show the plan, and start it.

    Or the query string names an operation whose failures are retried with a credential.
    """
    if RETRY in request.GET:
        return create_again.answer(request)
    if request.method != "POST":
        return _show(request, typed_again(request, prefilled(request.GET)))
    to = request.POST.get("to")
    if to in ("filter", "change"):
        return _show(request, typed_again(request, request.POST))
    answers = answered(request)
    if not answers.is_valid:
        return _show(request, answers, status=422)
    if to == "start" or typed_credentials.is_test(request):
        return _start(request, answers)
    return _show_plan(request, answers, _planned(request, answers))


@sensitive_variables()
def _start(request: ConsoleRequest, answers: Answers) -> HttpResponse:
    form = _sent_form(request, answers)
    if not form.is_valid() and not form.cleaned_data.get("planned"):
        return _show_plan(request, answers, _planned(request, answers), status=422)
    plan = _planned(request, answers, form.cleaned_data["planned"])
    if not form.is_valid():
        return _show_plan(request, answers, plan, form=form, status=422)
    operation_id = form.id()
    if fleet_operations.is_started(operation_id=operation_id):
        return answer_with(operation_id)
    if not plan.started or plan.is_too_large:
        return _show_plan(request, answers, _planned(request, answers), status=422)
    credential = form.credential() if isinstance(form, FleetCreationForm) else None
    if isinstance(form, FleetCreationForm) and typed_credentials.is_test(request):
        return _test(request, answers, plan, form)
    rules = answers.rules()
    operation = fleet_operations.start(
        operation_id=operation_id,
        verb=answers.verb,
        accounts=plan.started,
        actor=request.user,
        asked=fleet_operations.asked_for(rules, makes_secrets=answers.makes_secrets),
        credential=credential,
    )
    return answer_started(operation_id, operation)


@sensitive_variables()
def _sent_form(request: ConsoleRequest, answers: Answers) -> PlannedForm:
    if not answers.makes_secrets:
        return PlannedForm(request.POST)
    sealed = request.POST.get("sealed_credential", "")
    return FleetCreationForm(request.POST, kept=typed_credentials.kept_credential(request, sealed))


@sensitive_variables()
def _test(
    request: ConsoleRequest, answers: Answers, plan: CreationPlan, form: FleetCreationForm
) -> HttpResponse:
    """Test the typed credential at the upstream, and show the plan with it."""
    test = typed_credentials.test_typed(
        request,
        form.credential(),
        target=plan.started[0].first_target,
        hosts=[each.upstream_registry_url for each in answers.rules()],
    )
    shown = _show_plan(request, answers, plan, form=form.tested(test.ciphertext), test=test)
    return typed_credentials.with_key(shown, request, test)


def _planned(
    request: ConsoleRequest, answers: Answers, chosen: Sequence[str] | None = None
) -> CreationPlan:
    """Return the plan of the chosen accounts; those of the answers if no plan was shown."""
    if chosen is None:
        given = answers.places.cleaned_data
        found = found_accounts(request, given["q"], given["owner"])
        is_all = given["scope"] == ALL
        chosen = [each.account_id for each in found] if is_all else given["accounts"]
    return fleet_operations.plan_creation(
        rules=answers.rules(),
        account_ids=chosen,
        regions=answers.places.codes(),
        user=request.user,
    )


@sensitive_variables()
def _show_plan(
    request: ConsoleRequest,
    answers: Answers,
    plan: CreationPlan,
    *,
    form: PlannedForm | None = None,
    status: int = 200,
    test: typed_credentials.TypedTest | None = None,
) -> HttpResponse:
    if form is None:
        planned = {"planned": " ".join(each.account_id for each in plan.accounts)}
        kind = FleetCreationForm if answers.makes_secrets else PlannedForm
        form = kind(initial=planned)
    context: dict[str, Any] = creation_context(plan, answers.rules()) | {
        "title": answers.title,
        "form": form,
        "action": request.path,
        "is_copy": answers.form is None,
        "asks_credential": answers.makes_secrets,
        "may_test": typed_credentials.may_test(),
        "tested": test.judged if test else None,
        "kept": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in _OF_PLAN
            for value in values
        ],
    }
    return render(request, "fleet_operations/create_plan.html", context, status=status)


def _show(request: ConsoleRequest, answers: Answers, *, status: int = 200) -> HttpResponse:
    context = accounts_context(request, answers.places) | {
        "title": answers.title,
        "form": Errors(answers),
        "wrong": status != 200,
        "rule": answers.form,
        "copied": answers.copied,
        "places": answers.places,
        "is_copy": answers.form is None,
    }
    return render(request, "fleet_operations/create.html", context, status=status)
