"""The retry of replaced rules: what failed, and the typed confirmation again."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wizard.forms.fleet_changes import FleetReplacementForm
from wizard.services import fleet_operations
from wizard.services.fleet_operations import ChangeFinding, ChangeInAccount, ChangePlan
from wizard.views.fleet_operations.change_rows import change_context
from wizard.views.fleet_operations.retried import RETRY, retried_operation
from wizard.views.fleet_operations.rows import detail_url
from wizard.views.fleet_operations.starting import answer_started, answer_with
from wizard.web import ConsoleRequest


def answer(request: ConsoleRequest) -> HttpResponse:
    """Show what failed and ask for the confirmation; a POST starts it.

    Raises FleetOperationNotFound, also for an operation that deletes no rules.
    """
    operation = retried_operation(request, fleet_operations.deletes_rules)
    form = FleetReplacementForm(request.POST if request.method == "POST" else None)
    is_sent = form.is_valid()
    if is_sent and fleet_operations.is_started(operation_id=form.id()):
        return answer_with(form.id())
    failed = fleet_operations.failed_rules(operation=operation, user=request.user)
    accounts = [
        ChangeInAccount(
            account_id=each.account_id,
            # Each of them may have to be deleted.
            found=dict.fromkeys(each.rules, ChangeFinding.REPLACE),
        )
        for each in failed
        if operation.finished_at is not None
    ]
    if not is_sent or not accounts:
        return _show(request, operation.pk, ChangePlan(accounts=accounts), form)
    started = fleet_operations.retry(
        operation=operation, operation_id=form.id(), actor=request.user, is_confirmed=True
    )
    return answer_started(form.id(), started)


def _show(
    request: ConsoleRequest, operation_id: uuid.UUID, plan: ChangePlan, form: FleetReplacementForm
) -> HttpResponse:
    context = change_context(plan) | {
        "title": _("Change rules in several accounts"),
        "form": form,
        "wrong": form.errors,
        "is_retry": True,
        "action": f"{request.path}?{RETRY}={operation_id}",
        "detail_url": detail_url(operation_id),
    }
    status = 422 if form.is_bound else 200
    return render(request, "fleet_operations/replace_plan.html", context, status=status)
