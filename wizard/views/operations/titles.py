"""Titles, headings and addresses of operations and batches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from wizard.domain import grouped_account_id
from wizard.models import Operation, OperationState
from wizard.services import places

# How many Regions a sentence names.
MOST_NAMED: Final = 6
_INTERRUPTED: Final = "interrupted"

# What is said of Regions in which the rule does not exist, by state, in this order.
_LEFT: Final[Mapping[str, Any]] = {
    OperationState.FAILED: ngettext_lazy(
        "The rule was not created in %(number)d Region: %(regions)s.",
        "The rule was not created in %(number)d Regions: %(regions)s.",
        "number",
    ),
    OperationState.UNTRIED: ngettext_lazy(
        "%(number)d Region was not tried: %(regions)s.",
        "%(number)d Regions were not tried: %(regions)s.",
        "number",
    ),
    _INTERRUPTED: ngettext_lazy(
        "The operation was interrupted in %(number)d Region: %(regions)s.",
        "The operation was interrupted in %(number)d Regions: %(regions)s.",
        "number",
    ),
}


def batch_url(operation: Operation, name: str = "batch-detail") -> str:
    """Return the address of the page of the operation's batch, or another of its addresses."""
    kwargs = {"account_id": operation.account_id, "batch_id": operation.batch_id}
    return reverse(name, kwargs=kwargs)


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
    """Return the result with the prefix of the rule, for the heading and the breadcrumbs."""
    return f"{title_of(batch)}: {batch[0].ecr_repository_prefix}"


def page_title_of(batch: Sequence[Operation]) -> str:
    """Return the heading; for one Region it contains the Region."""
    heading = heading_of(batch)
    return f"{heading} ({batch[0].region})" if len(batch) == 1 else heading


def place_of(batch: Sequence[Operation]) -> str:
    """Return the Region, if there is one only, and the account."""
    account = grouped_account_id(batch[0].account_id)
    if len(batch) > 1:
        return _("Account %(account)s") % {"account": account}
    names = {"region": places.region_named(batch[0].region).label, "account": account}
    return _("%(region)s, account %(account)s") % names


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a batch has come to, in one sentence; `kind` is that of an alert."""

    kind: str
    text: str


def outcome_of(batch: Sequence[Operation]) -> Outcome | None:
    """Return what exists now and what does not; None while a worker goes on, or after clean-up."""
    by_state: dict[str, list[str]] = {}
    for each in batch:
        state = _INTERRUPTED if each.is_interrupted else each.state
        by_state.setdefault(state, []).append(each.region)
    if is_running(batch) or OperationState.CLEANED in by_state:
        return None
    if set(by_state) == {OperationState.SUCCEEDED}:
        return Outcome(kind="success", text=_success(batch))
    if len(batch) == 1:
        return None
    lines = [
        str(text % {"number": len(regions), "regions": _listed(regions)})
        for state, text in _LEFT.items()
        if (regions := by_state.get(state))
    ]
    is_failed = _INTERRUPTED not in by_state
    return Outcome(kind="error" if is_failed else "warning", text=" ".join(lines))


def _success(batch: Sequence[Operation]) -> str:
    first, found = batch[0], sum(each.found_as_asked for each in batch)
    names: dict[str, object] = {"prefix": first.ecr_repository_prefix}
    if len(batch) == 1:
        names["region"] = places.region_named(first.region).label
        if found:
            text = _(
                "A rule identical to %(prefix)s already exists in %(region)s. Nothing was created."
            )
        else:
            text = _("Created rule %(prefix)s in %(region)s.")
        return text % names
    made = len(batch) - found
    names |= {"number": made, "found": found}
    if not made:
        text = _(
            "Rules identical to %(prefix)s already exist in %(found)d Regions. Nothing was created."
        )
        return text % names
    text = ngettext(
        "Created rule %(prefix)s in %(number)d Region.",
        "Created rule %(prefix)s in %(number)d Regions.",
        made,
    )
    if not found:
        return text % names
    existed = ngettext(
        "An identical rule already existed in %(found)d Region.",
        "Identical rules already existed in %(found)d Regions.",
        found,
    )
    return f"{text} {existed}" % names


def _listed(regions: Sequence[str]) -> str:
    """Return the codes of the first Regions."""
    named = ", ".join(sorted(regions)[:MOST_NAMED])
    return named if len(regions) <= MOST_NAMED else f"{named}, ..."


def _title_of_one(operation: Operation) -> str:
    if operation.is_interrupted:
        return _("The creation of the rule was interrupted")
    if operation.found_as_asked:
        return _("An identical rule already exists")
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
