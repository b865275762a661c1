"""Deleting the rules that were selected in a table: asked once, told rule by rule."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from wizard.domain.identifiers import SECRET_NAME_PREFIX
from wizard.domain.rules import Rule
from wizard.domain.targets import Target
from wizard.forms.confirm import ConfirmForm
from wizard.messages import error_view
from wizard.services import deletion, places
from wizard.services.deletion import Deletion, LeftSecrets, RuleName
from wizard.views.posted import takes
from wizard.views.requests import ConsoleRequest, at_account

MOST = 200


@require_POST
@takes(ConfirmForm, many=["rule"])
@at_account
def rules_delete(request: ConsoleRequest) -> HttpResponseBase:
    """Confirm the selected rules (`rule` = `region/prefix`, repeated), then delete them."""
    names = _names(request)
    if not names:
        messages.warning(request, _("Select the rules to delete first."))
        return _back(request, names)
    found = deletion.find_rules(names=names)
    form = ConfirmForm(request.POST if "confirmation" in request.POST else None)
    if not form.is_valid():
        return _ask(request, found, form)
    present = [(name, rule) for name, rule in found if rule is not None]
    outcomes = deletion.delete_rules(names=[name for name, _rule in present])
    _tell(request, outcomes)
    gone = {outcome.name for outcome in outcomes if outcome.error is None}
    deleted = [(name, rule) for name, rule in present if name in gone]
    offer_orphans(request, deletion.left_secrets(deleted=deleted))
    return _back(request, names)


def _names(request: ConsoleRequest) -> set[RuleName]:
    """The selection; an entry of no Region of the service is left out."""
    codes = {region.code for region in places.list_regions()}
    names = set()
    for entry in request.POST.getlist("rule")[:MOST]:
        region, slash, prefix = entry.partition("/")
        if slash and prefix and region in codes:
            target = Target(account_id=request.account_id, region=region)
            names.add(RuleName(target=target, ecr_repository_prefix=prefix))
    return names


def _ask(
    request: ConsoleRequest, found: list[tuple[RuleName, Rule | None]], form: ConfirmForm
) -> HttpResponse:
    context = {
        "found": [{"name": name, "rule": rule} for name, rule in found],
        "form": form,
        "back_url": _url_of(request, {name for name, _rule in found}),
    }
    return render(request, "rules/delete_many.html", context, status=422 if form.is_bound else 200)


def _tell(request: ConsoleRequest, outcomes: Iterable[Deletion]) -> None:
    gone = [outcome for outcome in outcomes if outcome.error is None]
    if gone:
        text = ngettext(
            "%(number)d rule is deleted. Its repositories and images stay.",
            "%(number)d rules are deleted. Their repositories and images stay.",
            len(gone),
        )
        messages.success(request, text % {"number": len(gone)})
    for outcome in outcomes:
        if outcome.error is not None:
            view = error_view(outcome.error)
            details = {
                "prefix": outcome.name.ecr_repository_prefix,
                "region": outcome.name.target.region,
                "title": view.title,
                "message": view.message,
                "request_id": view.request_id,
            }
            text = _(
                "Rule %(prefix)s in %(region)s was not deleted. %(title)s: %(message)s"
                " (request ID %(request_id)s)"
            )
            messages.error(request, text % details)


def offer_orphans(request: ConsoleRequest, left: LeftSecrets) -> None:
    """Name each secret that nobody uses now, with the way to delete it, and what is not known."""
    for target in left.unknown:
        text = _("The rules of %(region)s could not be read: its secrets count as in use.")
        messages.warning(request, text % {"region": target.region})
    for orphan in left.orphans:
        url = reverse(
            "secret-delete",
            kwargs={
                "account_id": orphan.target.account_id,
                "region": orphan.target.region,
                "secret": orphan.name.removeprefix(SECRET_NAME_PREFIX),
            },
        )
        text = _("No rule in {region} uses the secret {name} any more.")
        link = format_html('<a href="{}">{}</a>', url, _("Delete the secret"))
        words = format_html(text, region=orphan.target.region, name=orphan.name)
        messages.info(request, format_html("{} {}", words, link))


def _back(request: ConsoleRequest, names: set[RuleName]) -> HttpResponse:
    return HttpResponseRedirect(_url_of(request, names), status=303)


def _url_of(request: ConsoleRequest, names: set[RuleName]) -> str:
    """The Region's list when all rules are of one, else that of all Regions."""
    regions = {name.target.region for name in names}
    if len(regions) != 1:
        return reverse("rule-overview", kwargs={"account_id": request.account_id})
    kwargs = {"account_id": request.account_id, "region": regions.pop()}
    return reverse("rule-list", kwargs=kwargs)
