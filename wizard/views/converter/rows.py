"""The rows of a converted file, and the rules that its images need."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from wizard.domain.converter import Converted, Finding, Mapped, NeededRule
from wizard.words import Text, unconverted_text

_RIGHTLY_LEFT: Final = frozenset({Finding.THROUGH, Finding.OWN, Finding.UPSTREAM})
_RIGHTLY_FIXED: Final = frozenset({"built", "selector"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRow:
    """A reference of the file; `status` names its icon, `reason` is why it stays as it is."""

    line: int
    column: int
    place: str
    old: str
    new: str
    prefix: str
    status: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededRow:
    """A rule that would be needed, how many references need it, and one of them."""

    rule: NeededRule
    number: int
    example: str


def row_of(line: Converted) -> ReferenceRow:
    """Return the row of a reference."""
    where, mapped = line.occurrence, line.mapped
    return ReferenceRow(
        line=where.line,
        column=where.column,
        place=where.place,
        old=where.reference,
        new=line.new,
        prefix=mapped.rule.ecr_repository_prefix if mapped and mapped.rule else "",
        status="valid" if line.new else "pending" if is_settled(line) else "warning",
        reason=unconverted_text(line),
    )


def is_settled(line: Converted) -> bool:
    """Whether a reference rightly stays as it is."""
    if line.mapped is None:
        return line.occurrence.fixed is not None and line.occurrence.fixed.value in _RIGHTLY_FIXED
    return line.mapped.finding in _RIGHTLY_LEFT


def needed_rows(found: Iterable[Mapped | None]) -> list[NeededRow]:
    """Return the rules that references need, in the order in which they first need them."""
    rows: dict[NeededRule, NeededRow] = {}
    for each in found:
        if each is None or each.needed is None or each.reference is None:
            continue
        row = rows.get(each.needed)
        rows[each.needed] = NeededRow(
            rule=each.needed,
            number=row.number + 1 if row else 1,
            example=row.example if row else str(each.reference),
        )
    return list(rows.values())
