"""The form of a clean-up, which makes its preview."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wizard.domain.errors import AwsError
from wizard.forms.cleanup import UNTAGGED, CleanUpForm
from wizard.services import cleanups, rules
from wizard.services.cleanups import Choice
from wizard.views.cleanups.titles import cleanup_url
from wizard.web import ConsoleRequest, at_target, see_other, takes
from wizard.words import error_view

_USUAL_DAYS = 90


@require_http_methods(["GET", "HEAD", "POST"])
@takes(CleanUpForm)
@at_target
def cleanup_create(request: ConsoleRequest) -> HttpResponse:
    """Ask which images to delete, and show the preview of it.

    `rule` or `repository` in the query string fill in the form.
    """
    context: dict[str, Any] = {"error": None}
    prefixes: list[str] = []
    try:
        found = rules.read_rules(target=request.target)
        prefixes = sorted(rule.ecr_repository_prefix for rule in found)
        form = _form(request, prefixes)
        if form.is_valid():
            cleanup = cleanups.plan(
                cleanup_id=form.id(),
                target=request.target,
                choice=_choice(form),
                actor=request.user,
            )
            return see_other(cleanup_url(cleanup))
    except AwsError as error:
        form = _form(request, prefixes)
        context["error"] = error_view(error)
    status = context["error"].status if context["error"] else 422 if form.is_bound else 200
    context |= {"form": form, "repository": str(form["repository"].value() or "")}
    return render(request, "cleanups/create.html", context, status=status)


def _form(request: ConsoleRequest, prefixes: list[str]) -> CleanUpForm:
    if request.method == "POST":
        return CleanUpForm(request.POST, prefixes=prefixes)
    rule, repository = (request.GET.get(name, "") for name in ("rule", "repository"))
    initial = {"of_rule": rule, "repository": repository, "unpulled_days": _USUAL_DAYS}
    return CleanUpForm(prefixes=prefixes, initial=initial)


def _choice(form: CleanUpForm) -> Choice:
    data = form.cleaned_data
    return Choice(
        ecr_repository_prefix="" if data["repository"] else data["of_rule"],
        repository=data["repository"],
        pushed_days=data["pushed_days"],
        unpulled_days=data["unpulled_days"],
        untagged_only=data["tagged"] == UNTAGGED,
        kept_tags=data["kept_tags"],
    )
