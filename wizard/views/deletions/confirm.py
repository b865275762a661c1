"""The question before the selected rules are deleted, and the request that deletes them."""

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wizard.domain import Role, Target, grouped_account_id
from wizard.forms.confirm import DeletionForm
from wizard.models import DeletedRule, Deletion
from wizard.services import deletions
from wizard.services.deletions import RuleName, Selection
from wizard.views.deletions import results, titles
from wizard.views.deletions.came_from import list_before, list_url
from wizard.views.deletions.flashes import offer_orphans, tell_gone, tell_unread
from wizard.views.selection import (
    SELECTION_FIELDS,
    nothing_selected,
    selected_names,
    without_selection,
)
from wizard.web import (
    ConsoleRequest,
    at_account,
    permitted_regions,
    redirects_scripts,
    see_other,
    takes,
)
from wizard.words import error_view

# How many rules can be deleted at once.
MOST = 200


@require_POST
@takes(DeletionForm, *SELECTION_FIELDS, many=["rule"])
@redirects_scripts
@at_account
def rules_delete(request: ConsoleRequest) -> HttpResponseBase:
    """Confirm the selected rules (`rule` = `region/prefix`, repeated), then delete them.

    Rules of a Region that cannot be read are not deleted, and this is reported. Raises the error of
    that Region if no other rule is selected.
    """
    names = _names(request)
    if not names:
        return nothing_selected(request, _back_url(request, names))
    if len(names) > MOST:
        text = _("Select at most %(number)d rules to delete.")
        messages.warning(request, text % {"number": MOST})
        return see_other(_back_url(request, names))
    is_confirmed = "confirmation" in request.POST
    form = DeletionForm(request.POST if is_confirmed else None)
    if is_confirmed and form.is_valid() and (known := _known(request, form)):
        return see_other(titles.deletion_url(known))
    selection = deletions.find_rules(names=names)
    if not selection.rules:
        raise next(iter(selection.unread.values()))
    if not form.is_valid():
        return _ask(request, selection, form)
    return see_other(_delete(request, selection, form) or _back_url(request, names))


def _names(request: ConsoleRequest) -> set[RuleName]:
    """Return the selection; entries of unknown or foreign Regions are ignored."""
    codes = {region.code for region in permitted_regions(request, Role.OPERATOR)}
    names = set()
    for entry in selected_names(request):
        region, slash, prefix = entry.partition("/")
        if slash and prefix and region in codes:
            target = Target(account_id=request.account_id, region=region)
            names.add(RuleName(target=target, ecr_repository_prefix=prefix))
    return names


def _known(request: ConsoleRequest, form: DeletionForm) -> Deletion | None:
    """Return the deletion that the same form has started."""
    return deletions.find_deletion(deletion_id=form.id(), account_id=request.account_id)


def _ask(request: ConsoleRequest, selection: Selection, form: DeletionForm) -> HttpResponse:
    codes = {name.target.region for name, _rule in selection.rules}
    codes.update(target.region for target in selection.unread)
    regions = {region.code: region for region in permitted_regions(request, Role.OPERATOR)}
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
        "next": list_before(request),
        "back_url": list_before(request) or list_url(request.account_id, codes),
        "progress_url": titles.progress_url(request.account_id, form["deletion_id"].value()),
        "target_regions": sorted(codes),
    }
    return render(request, "rules/delete_many.html", context, status=422 if form.is_bound else 200)


def _delete(request: ConsoleRequest, selection: Selection, form: DeletionForm) -> str:
    """Delete the rules; return the address of the results.

    It is empty if no rule exists any more, and for one rule that is deleted: then a message says
    so on the list.
    """
    tell_unread(request, selection.unread)  # guard: F3
    present = [(name, rule) for name, rule in selection.rules if rule is not None]
    if not present:
        messages.info(request, _("The selected rules no longer exist."))
        return ""
    deletion = deletions.start(
        deletion_id=form.id(), account_id=request.account_id, rules=present, actor=request.user
    )
    if deletion is None:
        known = deletions.get_deletion(deletion_id=form.id(), account_id=request.account_id)
        return titles.deletion_url(known)
    rows = list(deletion.rules.all())
    deletions.delete_all(deletion, rows)
    if len(rows) == 1 and rows[0].is_gone:
        _tell_one(request, rows[0], present[0][0])
        return ""
    return titles.deletion_url(deletion)


def _tell_one(request: ConsoleRequest, row: DeletedRule, name: RuleName) -> None:
    tell_gone(request, name)
    offer_orphans(request, deletions.left_secrets(results.secrets_of([row])))


def _back_url(request: ConsoleRequest, names: set[RuleName]) -> str:
    before = without_selection(list_before(request))
    return before or list_url(request.account_id, {name.target.region for name in names})
