"""Titles, outcomes and addresses of deletions."""

from collections.abc import Collection, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import grouped_account_id
from wizard.models import DeletedRule, Deletion
from wizard.services import places
from wizard.views.operations.titles import Outcome


def deletion_url(deletion: Deletion, name: str = "deletion-detail") -> str:
    """Return the address of a deletion's page, or another of its addresses."""
    parts = {"account_id": deletion.account_id, "deletion_id": deletion.pk}
    return reverse(name, kwargs=parts)


def progress_url(account_id: str, deletion_id: object) -> str:
    """Return where the progress of a deletion is shown; its ID is chosen beforehand."""
    parts = {"account_id": account_id, "deletion_id": deletion_id}
    return reverse("deletion-progress", kwargs=parts)


def is_unsettled(deletion: Deletion, rows: Collection[DeletedRule]) -> bool:
    """Whether its process died, or a call has no result."""
    if deletion.is_running:
        return False
    return deletion.is_interrupted or any(each.is_unknown for each in rows)


def title_of(deletion: Deletion, rows: Collection[DeletedRule]) -> str:
    """Return what became of the rules, in one line."""
    numbers = {"done": sum(each.is_gone for each in rows), "all": len(rows)}
    if deletion.is_running:
        return ngettext("Deleting %d rule", "Deleting %d rules", len(rows)) % len(rows)
    if is_unsettled(deletion, rows):
        return _("Interrupted: %(done)d of %(all)d rules deleted") % numbers
    if numbers["done"] == numbers["all"]:
        return ngettext("%d rule deleted", "%d rules deleted", len(rows)) % len(rows)
    return _("%(done)d of %(all)d rules deleted") % numbers


def place_of(rows: Sequence[DeletedRule], account_id: str) -> str:
    """Return the Region, if there is one only, and the account."""
    account, codes = grouped_account_id(account_id), {each.region for each in rows}
    if len(codes) > 1:
        return _("Account %(account)s") % {"account": account}
    names = {"region": places.region_named(codes.pop()).label, "account": account}
    return _("%(region)s, account %(account)s") % names


def outcome_of(deletion: Deletion, rows: Collection[DeletedRule]) -> Outcome | None:
    """Return what is gone and what is not, in a sentence; None while a process works on it."""
    if deletion.is_running:
        return None
    if is_unsettled(deletion, rows):
        text = _(
            "The console stopped while it deleted the rules. Retry compares the rules with AWS,"
            " and deletes those that still exist."
        )
        return Outcome(kind="warning", text=text)
    left = sum(not each.is_gone for each in rows)
    if not left:
        text = _("The rules are deleted. Their repositories and images aren't deleted.")
        return Outcome(kind="success", text=text)
    text = ngettext("%d rule was not deleted.", "%d rules were not deleted.", left) % left
    return Outcome(kind="error", text=text)
