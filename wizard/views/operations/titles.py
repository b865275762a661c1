"""Titles, headings and addresses of operations and batches."""

from collections.abc import Collection, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.models import Operation, OperationState


def batch_url(operation: Operation) -> str:
    """Return the address of the page of the operation's batch."""
    kwargs = {"account_id": operation.account_id, "batch_id": operation.batch_id}
    return reverse("batch-detail", kwargs=kwargs)


def operation_url(operation: Operation) -> str:
    """Return the address of the operation's section on that page."""
    return f"{batch_url(operation)}#region-{operation.region}"


def is_running(batch: Collection[Operation]) -> bool:
    """Whether a worker holds one of the operations."""
    return any(each.is_under_way for each in batch)


def title_of(batch: Sequence[Operation]) -> str:
    """Return the result of the batch in one line."""
    return _title_of_one(batch[0]) if len(batch) == 1 else _title_of_many(batch)


def heading_of(batch: Sequence[Operation]) -> str:
    """Return the heading of the page; for several Regions it contains the prefix."""
    title = title_of(batch)
    return title if len(batch) == 1 else f"{title}: {batch[0].ecr_repository_prefix}"


def outcome_of(batch: Sequence[Operation]) -> str:
    """Return where the rule exists now; empty if an operation did not succeed."""
    if any(each.state != OperationState.SUCCEEDED for each in batch):
        return ""
    first, every = batch[0], len(batch)
    names = {"prefix": first.ecr_repository_prefix, "region": first.region, "number": every}
    if every > 1:
        return _("The rule %(prefix)s now exists in %(number)d Regions.") % names
    if first.found_as_asked:
        text = _(
            "The rule %(prefix)s already existed in %(region)s exactly as specified."
            " Nothing was created."
        )
        return text % names
    return _("The rule %(prefix)s now exists in %(region)s.") % names


def _title_of_one(operation: Operation) -> str:
    if operation.is_interrupted:
        return _("The creation of the rule was interrupted")
    if operation.found_as_asked:
        return _("The rule exists exactly as specified")
    titles = {
        OperationState.SUCCEEDED: _("Rule replaced") if operation.replaced else _("Rule created"),
        OperationState.FAILED: _("The rule was not created"),
        OperationState.UNTRIED: _("The rule was not created"),
        OperationState.CLEANED: _("Cleaned up"),
    }
    return titles.get(OperationState(operation.state), _("Creating the rule"))


def _title_of_many(batch: Sequence[Operation]) -> str:
    every, states = len(batch), [each.state for each in batch]
    done = states.count(OperationState.SUCCEEDED)
    numbers = {"done": done, "all": every}
    if is_running(batch):
        return _("Creating the rule in %d Regions") % every
    if any(each.is_interrupted for each in batch):
        return _("Interrupted: the rule was created in %(done)d of %(all)d Regions") % numbers
    if done == 0:
        is_cleaned = states.count(OperationState.CLEANED) == every
        return _("Cleaned up") if is_cleaned else _("The rule was not created")
    made = done - sum(each.found_as_asked for each in batch)
    if done == every and made:
        return ngettext("Rule created in %d Region", "Rule created in %d Regions", made) % made
    if done == every:
        return _("The rule exists in %d Regions") % done
    if made == done:
        return _("Rule created in %(done)d of %(all)d Regions") % numbers
    return _("The rule exists in %(done)d of %(all)d Regions") % numbers
