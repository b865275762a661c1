"""The plan of a rotation over accounts, the credential, and the start.

The rules are those that were chosen in a list of the fleet. Or the query string names an operation
whose failures are retried.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.forms.fleet_rotation import FleetRotationForm
from wizard.models import FleetVerb
from wizard.services import fleet_operations
from wizard.views import typed_credentials
from wizard.views.fleet_operations import rotation_rows
from wizard.views.fleet_operations.rotation_rows import Plan
from wizard.views.fleet_operations.starting import answer_started, answer_with
from wizard.web import ConsoleRequest, takes


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(
    FleetRotationForm,
    typed_credentials.GO,
    *rotation_rows.FIELDS,
    many=rotation_rows.REPEATED_FIELDS,
)
def fleet_rotate(request: ConsoleRequest) -> HttpResponse:
    """Show which secrets would get the credential; a POST of the plan starts it.

    A POST of a list, which has a selection, is answered with the plan, and so is a choice in it.
    """
    answer = rotation_rows.answer_to_list(request)
    if answer is not None:
        return answer
    plan = rotation_rows.plan_of(request)
    kept = typed_credentials.kept_credential(request, request.POST.get("sealed_credential", ""))
    if request.method != "POST" or rotation_rows.is_question(request):
        return _show(request, plan, FleetRotationForm(kept=kept))
    form = FleetRotationForm(request.POST, kept=kept)
    if form.is_valid() and fleet_operations.is_started(operation_id=form.id()):
        return answer_with(form.id())
    if not form.is_valid() or not plan.can_start:
        return _show(request, plan, form, status=422)
    if typed_credentials.is_test(request):
        return _test(request, plan, form)
    operation = fleet_operations.start(
        operation_id=form.id(),
        verb=FleetVerb.ROTATE,
        accounts=plan.accounts,
        actor=request.user,
        asked=fleet_operations.asked_for_rotation(plan.upstream),
        credential=form.credential(),
    )
    return answer_started(form.id(), operation)


@sensitive_variables()
def _test(request: ConsoleRequest, plan: Plan, form: FleetRotationForm) -> HttpResponse:
    """Test the typed credential at the upstream, and show the form with it."""
    test = typed_credentials.test_typed(
        request,
        form.credential(),
        target=plan.accounts[0].first_target,
        hosts=[plan.upstream],
    )
    shown = _show(request, plan, form.tested(test.ciphertext), test=test)
    return typed_credentials.with_key(shown, request, test)


@sensitive_variables()
def _show(
    request: ConsoleRequest,
    plan: Plan,
    form: FleetRotationForm,
    *,
    status: int = 200,
    test: typed_credentials.TypedTest | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "title": _("Rotate a credential in several accounts"),
        "plan": plan,
        "chosen": plan.chosen,
        "wrong": plan.errors,
        "action": rotation_rows.own_url(request),
        "names": rotation_rows.name_choices(plan),
        "most_rules": fleet_operations.MOST_RULES,
        "most_accounts": fleet_operations.MOST_ACCOUNTS,
        "may_test": typed_credentials.may_test(),
        "tested": test.judged if test else None,
        "listing": rotation_rows.listing_of_plan(request, plan),
    }
    status = 422 if plan.errors else status
    return render(request, "fleet_operations/rotate.html", context, status=status)
