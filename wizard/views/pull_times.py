"""A Region's pull-time update exclusions: the list, a new one, and the end of one."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wizard.domain import PRINCIPAL_ARN_MAX, PrincipalArn
from wizard.domain.errors import AwsError, InvalidIdentifier
from wizard.forms.pull_times import ExclusionForm
from wizard.services import pull_times
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes
from wizard.words import error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionRow:
    """An excluded principal; of an ARN of another form, type and account are empty."""

    arn: str
    kind: str
    account_id: str

    @classmethod
    def of(cls, arn: str) -> "ExclusionRow":
        try:
            found = PrincipalArn.parse(arn)
        except InvalidIdentifier:
            return cls(arn=arn, kind="", account_id="")
        kind = _("IAM role") if found.resource.startswith("role/") else _("IAM user")
        return cls(arn=arn, kind=kind, account_id=found.account_id)


@require_safe
@at_target
def exclusion_list(request: ConsoleRequest) -> HttpResponse:
    """List the excluded principals of the Region."""
    context: dict[str, Any] = {"error": None}
    status = 200
    try:
        arns = pull_times.list_exclusions(target=request.target)
    except AwsError as error:
        context["error"] = error_view(error)
        status = context["error"].status
    else:
        rows = [ExclusionRow.of(arn) for arn in arns]
        context["listing"] = listing_of(
            request, rows, table="exclusions", searched=lambda row: (row.arn, row.kind)
        )
    return render(request, "pull_times/list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(ExclusionForm)
@at_target
def exclusion_register(request: ConsoleRequest) -> HttpResponse:
    """Exclude a principal."""
    given = request.GET.get("principal_arn", "")[:PRINCIPAL_ARN_MAX]
    form = ExclusionForm(request.POST or None, initial={"principal_arn": given})
    context: dict[str, Any] = {"form": form, "error": None}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "pull_times/register.html", context, status=status)
    arn = form.cleaned_data["principal_arn"]
    try:
        is_new = pull_times.register_exclusion(target=request.target, principal_arn=arn)
    except AwsError as error:
        context["error"] = error_view(error)
        return render(request, "pull_times/register.html", context, status=context["error"].status)
    text = (
        _("Added exclusion %(arn)s (%(region)s).")
        if is_new
        else _("%(arn)s (%(region)s) was already excluded.")
    )
    return _told(request, text, arn)


@require_POST
@takes("principal_arn")
@at_target
def exclusion_deregister(request: ConsoleRequest) -> HttpResponse:
    """End the exclusion of a principal."""
    arn = request.POST.get("principal_arn", "")
    is_done = pull_times.deregister_exclusion(target=request.target, principal_arn=arn)
    text = (
        _("Deleted exclusion %(arn)s (%(region)s).")
        if is_done
        else _("%(arn)s (%(region)s) was no longer excluded.")
    )
    return _told(request, text, arn)


def _told(request: ConsoleRequest, text: str, arn: str) -> HttpResponse:
    messages.success(request, text % {"arn": arn, "region": request.target.region})
    return see_other(place_url("exclusion-list", request.target))
