"""Creating a rule in many accounts and Regions, and copying rules there: the form, and its plan.

Nothing is stored before the start: the plan's page sends the answers once more. Then it is planned
again, for the accounts that were shown.
"""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wizard import tasks
from wizard.forms.fleet_operations import ALL, PlannedForm
from wizard.services import fleet_operations
from wizard.views.fleet_operations.creation_accounts import accounts_context, found_accounts
from wizard.views.fleet_operations.creation_answers import (
    FORMS,
    Answers,
    Errors,
    answered,
    prefilled,
    typed_again,
)
from wizard.views.fleet_operations.creation_rows import plan_context
from wizard.views.fleet_operations.rows import detail_url
from wizard.web import ConsoleRequest, see_other, takes

# What is sent with the plan and belongs to it alone.
_OF_PLAN: Final = ("csrfmiddlewaretoken", "to", "operation_id", "planned")


@require_http_methods(["GET", "HEAD", "POST"])
@takes(*FORMS, PlannedForm, "to")
def fleet_create(request: ConsoleRequest) -> HttpResponse:
    """Ask for the rule and the places, show the plan, and start it."""
    if request.method != "POST":
        return _show(request, typed_again(request, prefilled(request.GET)))
    to = request.POST.get("to")
    if to in ("filter", "change"):
        return _show(request, typed_again(request, request.POST))
    answers = answered(request)
    if not answers.is_valid:
        return _show(request, answers, status=422)
    return _start(request, answers) if to == "start" else _show_plan(request, answers)


def _start(request: ConsoleRequest, answers: Answers) -> HttpResponse:
    form = PlannedForm(request.POST)
    if not form.is_valid():
        return _show_plan(request, answers, status=422)
    operation_id, rules = form.id(), answers.rules()
    plan = fleet_operations.plan_creation(
        rules=rules,
        account_ids=form.cleaned_data["planned"],
        regions=answers.places.codes(),
        user=request.user,
    )
    if fleet_operations.is_started(operation_id=operation_id):
        return see_other(detail_url(operation_id))
    if not plan.started or plan.is_too_large:
        return _show_plan(request, answers, status=422)
    operation = fleet_operations.start(
        operation_id=operation_id,
        verb=answers.verb,
        accounts=plan.started,
        actor=request.user,
        asked=fleet_operations.asked_for(rules),
    )
    if operation is not None:
        tasks.begin_parts(operation_id)
    return see_other(detail_url(operation_id))


def _show_plan(request: ConsoleRequest, answers: Answers, *, status: int = 200) -> HttpResponse:
    given = answers.places.cleaned_data
    found = found_accounts(request, given["q"], given["owner"])
    chosen = [each.account_id for each in found] if given["scope"] == ALL else given["accounts"]
    rules = answers.rules()
    plan = fleet_operations.plan_creation(
        rules=rules, account_ids=chosen, regions=answers.places.codes(), user=request.user
    )
    context = plan_context(plan, rules) | {
        "title": answers.title,
        "form": PlannedForm(initial={"planned": " ".join(chosen)}),
        "is_copy": answers.form is None,
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
