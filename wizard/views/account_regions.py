"""The Regions of an account: which are in use, and which are closed to it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from wizard.domain import Region, Role, grouped_account_id
from wizard.forms.account_regions import AccountRegionsForm
from wizard.models import ClosedRegion
from wizard.services import access, places, rules
from wizard.services.accounts import listed_regions, set_regions
from wizard.services.closed_regions import closed_regions
from wizard.services.last_known import regions_with_rules
from wizard.web import (
    ConsoleRequest,
    at_account,
    permitted_targets,
    place_url,
    regions_of,
    see_other,
    takes,
)
from wizard.words import error_view


@require_http_methods(["GET", "HEAD", "POST"])
@takes(AccountRegionsForm)
@at_account
def account_regions(request: ConsoleRequest) -> HttpResponse:
    """Show the Regions in use; an administrator chooses them."""
    numbers = regions_with_rules(account_id=request.account_id)
    closed = _closed(request)
    form = None
    if access.is_administrator(user=request.user):
        form = AccountRegionsForm(
            request.POST if request.method == "POST" else None,
            offered=places.list_regions(),
            notes={
                **{code: _rules_text(number) for code, number in numbers.items()},
                **{row.region: _("Closed to this account") for row in closed},
            },
            initial={"regions": listed_regions(request.account_id)},
        )
        if form.is_valid():
            return _save(request, form)
    in_use = {region.code for region in places.regions_in_use(request.account_id)}
    context: dict[str, Any] = {
        "form": form,
        "account": grouped_account_id(request.account_id),
        "in_use": regions_of(request, Role.VIEWER),
        "is_own": bool(listed_regions(request.account_id)),
        "of_all": places.regions_in_use(),
        "is_every": len(places.regions_in_use()) == len(places.list_regions()),
        "unused": [
            {
                "region": places.region_named(target.region),
                "rules": _rules_text(numbers[target.region]),
                "url": place_url("rule-list", target),
            }
            for target in permitted_targets(request, Role.VIEWER)
            if target.region in numbers and target.region not in in_use
        ],
        "closed": [
            {"region": places.region_named(row.region), "row": row, "error": error_view(row.error)}
            for row in closed
        ],
    }
    status = 422 if form and form.errors else 200
    return render(request, "account_regions/page.html", context, status=status)


@require_POST
@takes()
@at_account
def closed_regions_check(request: ConsoleRequest) -> HttpResponse:
    """Ask the closed Regions again now, and tell which are open."""
    targets = [row.target for row in _closed(request)]
    answers = list(rules.read_everywhere(targets=targets))
    opened = sorted(each.target.region for each in answers if each.error is None)
    if opened:
        text = ngettext(
            "%(number)d Region is open again: %(regions)s.",
            "%(number)d Regions are open again: %(regions)s.",
            len(opened),
        )
        labels = ", ".join(places.region_label(code) for code in opened)
        messages.success(request, text % {"number": len(opened), "regions": labels})
    else:
        messages.info(request, _("All closed Regions are still closed."))
    return see_other(reverse("account-regions", kwargs={"account_id": request.account_id}))


def _closed(request: ConsoleRequest) -> list[ClosedRegion]:
    """Return the closed Regions that the person may look at."""
    own = {target.region for target in permitted_targets(request, Role.VIEWER)}
    found = closed_regions(account_id=request.account_id)
    return [row for row in found if row.region in own]


def _save(request: ConsoleRequest, form: AccountRegionsForm) -> HttpResponse:
    codes = form.cleaned_data["regions"]
    chosen: list[Region] = [places.region_named(code) for code in codes]
    if set_regions(account_id=request.account_id, regions=chosen):
        in_use = places.regions_in_use(request.account_id)
        text = ngettext(
            "Saved. %(number)d Region is in use in this account.",
            "Saved. %(number)d Regions are in use in this account.",
            len(in_use),
        )
        messages.success(request, text % {"number": len(in_use)})
    else:
        messages.info(request, _("Nothing was changed. These Regions were already in use."))
    return see_other(request.path)


def _rules_text(number: int) -> str:
    return ngettext("%(number)d rule", "%(number)d rules", number) % {"number": number}
