"""Operations on a template in the list of operations: titles, addresses and states."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import ngettext

from wizard.models import (
    OperationState,
    TemplateChange,
    TemplateOperation,
    TemplateState,
    TemplateVerb,
)
from wizard.services import template_operations

INTERRUPTED: Final = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOperationRow:
    """An operation in the list, with its rows in the person's Regions."""

    operation: TemplateOperation
    changes: list[TemplateChange]

    @property
    def name(self) -> str:
        return self.operation.prefix

    @property
    def prefixes(self) -> list[str]:
        return [self.name]

    @property
    def title(self) -> str:
        return title_of(self.operation, self.changes)

    @property
    def url(self) -> str:
        return operation_url(self.operation)

    @property
    def regions(self) -> list[str]:
        return [each.region for each in self.changes]

    @property
    def started_at(self) -> datetime:
        return self.operation.created_at

    @property
    def actor(self) -> User:
        return self.operation.actor

    @property
    def states(self) -> set[str]:
        """Return the states by which the list is filtered."""
        if self.operation.is_running:
            return {OperationState.RUNNING}
        if is_cut_off(self.operation, self.changes):
            return {INTERRUPTED}
        return {
            OperationState.SUCCEEDED if each.is_done else OperationState.FAILED
            for each in self.changes
        }

    @property
    def status(self) -> str:
        """The name of the icon; a warning if only a part succeeded."""
        icons = {
            OperationState.RUNNING: "pending",
            INTERRUPTED: "warning",
            OperationState.SUCCEEDED: "valid",
            OperationState.FAILED: "failed",
        }
        found = {icons[state] for state in self.states}
        return found.pop() if len(found) == 1 else "warning"


def interrupted_template_operations(
    account_id: str, regions: Collection[str]
) -> list[TemplateOperationRow]:
    """Return the operations whose process died, with a change in these Regions."""
    found = template_operations.unsettled_operations(account_id=account_id, regions=regions)
    return _rows(found, regions)


def newest_template_operations(
    account_id: str, regions: Collection[str], state: str = ""
) -> list[TemplateOperationRow]:
    """Return the newest operations in these Regions; with `state`, those in it."""
    found = template_operations.newest_operations(account_id=account_id, regions=regions)
    return [row for row in _rows(found, regions) if not state or state in row.states]


def _rows(
    found: Iterable[TemplateOperation], regions: Collection[str]
) -> list[TemplateOperationRow]:
    return [
        TemplateOperationRow(
            operation=each,
            changes=[row for row in each.changes.all() if row.region in regions],
        )
        for each in found
    ]


def is_cut_off(operation: TemplateOperation, changes: Collection[TemplateChange]) -> bool:
    """Whether its process died, or a call has no result."""
    if operation.is_running:
        return False
    return operation.is_interrupted or any(each.state == TemplateState.RUNNING for each in changes)


def operation_url(operation: TemplateOperation, name: str = "template-operation-detail") -> str:
    """Return the address of an operation's page, or another of its addresses."""
    parts = {"account_id": operation.account_id, "template_operation_id": operation.pk}
    return reverse(name, kwargs=parts)


def title_of(operation: TemplateOperation, changes: Collection[TemplateChange]) -> str:
    """Return what the operation does, and how far it is, in one line."""
    total = len(changes)
    done = sum(each.is_done for each in changes)
    names = {"prefix": operation.prefix, "done": done, "all": total}
    if operation.verb == TemplateVerb.DELETE:
        text = ngettext(
            "Template %(prefix)s deleted in %(done)d of %(all)d Region",
            "Template %(prefix)s deleted in %(done)d of %(all)d Regions",
            total,
        )
    else:
        text = ngettext(
            "Template %(prefix)s copied to %(done)d of %(all)d Region",
            "Template %(prefix)s copied to %(done)d of %(all)d Regions",
            total,
        )
    return text % names
