"""Deletion of one rule, or of the rules that were selected in a table, once it is confirmed."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from wizard.domain import SECRET_NAME_PREFIX, Role, Target, grouped_account_id
from wizard.domain.errors import AwsError
from wizard.forms.confirm import ConfirmForm
from wizard.services import deletion, rules
from wizard.services.deletion import Deletion, LeftSecrets, RuleName, Selection
from wizard.views.selection import (
    SELECTION_FIELDS,
    nothing_selected,
    selected_names,
    without_selection,
)
from wizard.web import (
    ConsoleRequest,
    at_account,
    at_target,
    local_url,
    place_url,
    regions_of,
    see_other,
    takes,
)
from wizard.words import error_line, error_view

# How many rules can be deleted at once.
MOST = 200
# How many deleted rules a flash names.
MOST_NAMED = 5


@require_http_methods(["GET", "HEAD", "POST"])
@takes(ConfirmForm, "next")
@at_target
def rule_delete(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Delete a rule after a typed confirmation; tell what remains."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rules.delete_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
        name = RuleName(target=target, ecr_repository_prefix=ecr_repository_prefix)
        messages.success(request, _gone_text([name]))
        _offer_orphans(request, deletion.left_secrets(deleted=[(name, rule)]))
        return see_other(_list_before(request) or place_url("rule-list", target))
    context = {
        "next": _list_before(request),
        "prefix": rule.ecr_repository_prefix,
        "account": grouped_account_id(target.account_id),
        "form": form,
    }
    return render(request, "rules/delete.html", context, status=422 if form.is_bound else 200)


@require_POST
@takes(ConfirmForm, *SELECTION_FIELDS, many=["rule"])
@at_account
def rules_delete(request: ConsoleRequest) -> HttpResponseBase:
    """Confirm the selected rules (`rule` = `region/prefix`, repeated), then delete them.

    Rules of a Region that cannot be read are not deleted, and this is reported. Raises the error of
    that Region if no other rule is selected.
    """
    names = _names(request)
    if not names:
        return nothing_selected(request, _url_of(request, {name.target for name in names}))
    if len(names) > MOST:
        text = _("Select at most %(number)d rules to delete.")
        messages.warning(request, text % {"number": MOST})
        return _back(request, names)
    selection = deletion.find_rules(names=names)
    if not selection.rules:
        raise next(iter(selection.unread.values()))
    form = ConfirmForm(request.POST if "confirmation" in request.POST else None)
    if not form.is_valid():
        return _ask(request, selection, form)
    present = [(name, rule) for name, rule in selection.rules if rule is not None]
    outcomes = deletion.delete_rules(names=[name for name, _rule in present])
    _tell(request, outcomes)
    _tell_unread(request, selection.unread)  # guard: F3
    gone = {outcome.name for outcome in outcomes if outcome.error is None}
    deleted = [(name, rule) for name, rule in present if name in gone]
    _offer_orphans(request, deletion.left_secrets(deleted=deleted))
    return _back(request, names)


def _names(request: ConsoleRequest) -> set[RuleName]:
    """Return the selection; entries of unknown or foreign Regions are ignored."""
    codes = {region.code for region in regions_of(request, Role.OPERATOR)}
    names = set()
    for entry in selected_names(request):
        region, slash, prefix = entry.partition("/")
        if slash and prefix and region in codes:
            target = Target(account_id=request.account_id, region=region)
            names.add(RuleName(target=target, ecr_repository_prefix=prefix))
    return names


def _ask(request: ConsoleRequest, selection: Selection, form: ConfirmForm) -> HttpResponse:
    targets = {name.target for name, _rule in selection.rules} | set(selection.unread)
    regions = {region.code: region for region in regions_of(request, Role.OPERATOR)}
    context = {
        "found": [
            {"name": name, "rule": rule, "region": regions[name.target.region]}
            for name, rule in selection.rules
        ],
        "account": grouped_account_id(request.account_id),
        "unread": [
            {"region": regions[target.region], "error": error_view(error)}
            for target, error in selection.unread.items()
        ],
        "form": form,
        "next": _list_before(request),
        "back_url": _list_before(request) or _url_of(request, targets),
    }
    return render(request, "rules/delete_many.html", context, status=422 if form.is_bound else 200)


def _tell(request: ConsoleRequest, outcomes: Iterable[Deletion]) -> None:
    gone = [outcome.name for outcome in outcomes if outcome.error is None]
    if gone:
        messages.success(request, _gone_text(gone))
    for outcome in outcomes:
        if outcome.error is not None:
            details = {
                "prefix": outcome.name.ecr_repository_prefix,
                "region": outcome.name.target.region,
                "error": error_line(outcome.error),
            }
            text = _("Rule %(prefix)s in %(region)s was not deleted. %(error)s")
            messages.error(request, text % details)


def _gone_text(gone: Sequence[RuleName]) -> str:
    """Return which rules were deleted: the first ones by name and Region."""
    named = [f"{name.ecr_repository_prefix} ({name.target.region})" for name in gone[:MOST_NAMED]]
    if len(gone) == 1:
        text = _("Deleted rule %(rules)s. Its repositories and images aren't deleted.")
        return text % {"rules": named[0]}
    rest = len(gone) - len(named)
    if rest:
        named.append(ngettext("%(number)d more", "%(number)d more", rest) % {"number": rest})
    text = _("Deleted %(number)d rules: %(rules)s. Their repositories and images aren't deleted.")
    return text % {"number": len(gone), "rules": ", ".join(named)}


def _tell_unread(request: ConsoleRequest, unread: Mapping[Target, AwsError]) -> None:
    for target, error in unread.items():
        details = {"region": target.region, "error": error_line(error)}
        text = _(
            "The rules selected in %(region)s weren't deleted because the console couldn't"
            " read the Region. %(error)s"
        )
        messages.error(request, text % details)


def _offer_orphans(request: ConsoleRequest, left: LeftSecrets) -> None:
    """Flash each unused secret with a link to delete it, and the Regions where this is unknown."""
    for target in left.unknown:
        text = _(
            "The console couldn't read the rules in %(region)s, so it treats the secrets"
            " there as in use."
        )
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
        text = _("No rule in {region} uses the secret {name}.")
        link = format_html('<a href="{}">{}</a>', url, _("Delete the secret"))
        words = format_html(text, region=orphan.target.region, name=orphan.name)
        messages.info(request, format_html("{} {}", words, link))


def _back(request: ConsoleRequest, names: set[RuleName]) -> HttpResponse:
    before = without_selection(_list_before(request))
    return see_other(before or _url_of(request, {name.target for name in names}))


def _list_before(request: ConsoleRequest) -> str:
    """Return the list of rules from which the person came, with its filter; empty for others."""
    sent_from = request.POST.get("next") or request.headers.get("Referer", "")
    parts = urlsplit(local_url(request, sent_from))
    try:
        match = resolve(parts.path)
    except Resolver404:
        return ""
    is_list = match.url_name in ("rule-list", "rule-overview")
    if not is_list or match.kwargs.get("account_id") != request.account_id:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _url_of(request: ConsoleRequest, targets: set[Target]) -> str:
    """Return the list of the Region if there is only one, else that of all Regions."""
    regions = {target.region for target in targets}
    if len(regions) != 1:
        return reverse("rule-overview", kwargs={"account_id": request.account_id})
    return place_url("rule-list", Target(account_id=request.account_id, region=regions.pop()))
