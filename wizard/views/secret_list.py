"""The list of a Region's secrets, with the rules that use them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain.errors import AwsError
from wizard.services import secrets
from wizard.services.missing_secrets import missing_secrets
from wizard.views.secret_look_up import look_up_form, looked_up
from wizard.views.secret_next_step import next_step
from wizard.views.secret_rows import secrets_listing
from wizard.web import ConsoleRequest, at_target
from wizard.words import error_view


@require_safe
@at_target
def secret_list(request: ConsoleRequest) -> HttpResponse:
    """List the Region's secrets that ECR can use, with state, age and rules.

    `secret` in the query string is one to look up, because AWS's list can be behind. It comes first
    until the list is sorted.
    """
    target, form = request.target, look_up_form(request)
    context: dict[str, Any] = {"error": None, "rules_error": None, "look_up": form}
    try:
        fresh = looked_up(request, form)
        found = secrets.list_secret_uses(target=target, fresh=fresh)
    except AwsError as error:
        context["error"] = error_view(error)
        return render(request, "secrets/list.html", context, status=context["error"].status)
    listed = [use.secret for use in found.uses]
    context |= {
        "listing": secrets_listing(request, found.uses, first=fresh),
        "rules_error": error_view(found.rules_error) if found.rules_error else None,
        "missing": missing_secrets(target=target, rules=found.rules, listed=listed),
        "fresh": fresh,
    }
    if fresh is not None and "changed" in request.GET:
        context["next_step"] = next_step(request, fresh)
    return render(request, "secrets/list.html", context)
