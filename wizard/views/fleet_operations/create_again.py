"""The retry of new rules whose secrets are created as well: what failed, and the credential again.

The operation keeps its credential only while it is in progress.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from wizard.forms.fleet_creation import FleetCreationForm
from wizard.services import fleet_operations
from wizard.services.fleet_operations import CreationInAccount, CreationPlan, Finding
from wizard.views import typed_credentials
from wizard.views.fleet_operations.creation_rows import creation_context
from wizard.views.fleet_operations.retried import RETRY, retried_operation
from wizard.views.fleet_operations.rows import detail_url
from wizard.views.fleet_operations.starting import answer_started, answer_with
from wizard.web import ConsoleRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What failed of an operation. Nothing has while it is in progress.

    `upstreams` are the hosts for which the credential is, `shown` is the plan on the page.
    """

    operation_id: uuid.UUID
    upstreams: Sequence[str]
    plan: CreationPlan
    shown: Mapping[str, Any]


@sensitive_variables()
def answer(request: ConsoleRequest) -> HttpResponse:
    """Show what failed, with a form for the credential; a POST starts it.

    Raises FleetOperationNotFound, also for an operation that creates no secrets.
    """
    failed = _failed(request)
    if request.method != "POST":
        return _show(request, failed, FleetCreationForm())
    sealed = request.POST.get("sealed_credential", "")
    kept = typed_credentials.kept_credential(request, sealed)
    form = FleetCreationForm(request.POST, kept=kept)
    operation_id = form.id() if form.is_valid() else None
    if operation_id and fleet_operations.is_started(operation_id=operation_id):
        return answer_with(operation_id)
    if operation_id is None or not failed.plan.started:
        return _show(request, failed, form, status=422)
    if typed_credentials.is_test(request):
        return _test(request, failed, form)
    started = fleet_operations.retry(
        operation=fleet_operations.get_operation(operation_id=failed.operation_id),
        operation_id=operation_id,
        actor=request.user,
        credential=form.credential(),
    )
    return answer_started(operation_id, started)


def _failed(request: ConsoleRequest) -> Failed:
    operation = retried_operation(request, fleet_operations.makes_secrets)
    found = fleet_operations.failed_rules(operation=operation, user=request.user)
    accounts = [
        CreationInAccount(
            account_id=each.account_id,
            is_usable=True,
            found=dict.fromkeys(each.rules, Finding.CREATE),
        )
        for each in found
        if operation.finished_at is not None
    ]
    rules, plan = fleet_operations.rules_of(operation), CreationPlan(accounts=accounts)
    return Failed(
        operation_id=operation.pk,
        upstreams=[each.upstream_registry_url for each in rules],
        plan=plan,
        shown=creation_context(plan, rules),
    )


@sensitive_variables()
def _test(request: ConsoleRequest, failed: Failed, form: FleetCreationForm) -> HttpResponse:
    test = typed_credentials.test_typed(
        request,
        form.credential(),
        target=failed.plan.started[0].first_target,
        hosts=failed.upstreams,
    )
    shown = _show(request, failed, form.tested(test.ciphertext), test=test)
    return typed_credentials.with_key(shown, request, test)


@sensitive_variables()
def _show(
    request: ConsoleRequest,
    failed: Failed,
    form: FleetCreationForm,
    *,
    status: int = 200,
    test: typed_credentials.TypedTest | None = None,
) -> HttpResponse:
    context = {
        **failed.shown,
        "title": _("Create rules in several accounts"),
        "form": form,
        "action": f"{request.path}?{RETRY}={failed.operation_id}",
        "is_retry": True,
        "asks_credential": True,
        "may_test": typed_credentials.may_test(),
        "tested": test.judged if test else None,
        "detail_url": detail_url(failed.operation_id),
    }
    return render(request, "fleet_operations/create_plan.html", context, status=status)
