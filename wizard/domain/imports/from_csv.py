"""Rules in CSV, with the columns of the console's export; other columns are left out."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

from wizard.domain.imports.found import (
    MEMBERS,
    FoundRule,
    ImportProblem,
    Spot,
    Value,
    found_rule,
)
from wizard.domain.texts import gettext_noop as _

_COLUMNS: Final = (*MEMBERS, "account_id", "region")
_NOT_READ: Final = "not-read"


def read(text: str, *, most: int | None = None) -> list[FoundRule]:
    """Return the rules; raises ImportProblem."""
    head = text.lstrip("\n").partition("\n")[0]
    separator = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return list(islice(_rules(rows), most))
    except csv.Error:
        words = _("This is not valid CSV: a quoted value is not closed, or too long.")
        raise ImportProblem(words, Spot(max(rows.line_num, 1), 1)) from None


def _rules(rows: "Iterator[list[str]]") -> Iterator[FoundRule]:
    names: list[str] = []
    line = 1
    for row in rows:
        start, line = line, getattr(rows, "line_num", line) + 1
        if not any(cell.strip() for cell in row):
            continue
        if not names:
            names = [cell.strip().lower() for cell in row]
            _check(names, Spot(start, 1))
            continue
        if len(row) != len(names):
            words = _("The row doesn't have as many values as the first row has names.")
            raise ImportProblem(words, Spot(start, 1))
        cells = dict(zip(names, row, strict=True))
        if cells.get("status") != _NOT_READ:
            spot = Spot(start, 1)
            known = (name for name in names if name in _COLUMNS)
            yield found_rule(spot, {name: Value(cells[name].strip(), spot) for name in known})


def _check(names: list[str], spot: Spot) -> None:
    for name in ("ecr_repository_prefix", "upstream_registry_url"):
        if name not in names:
            raise ImportProblem(
                _("The first row doesn't contain the column %(name)s."), spot, name=name
            )
    for name in _COLUMNS:
        if names.count(name) > 1:
            raise ImportProblem(_("The first row has the column %(name)s twice."), spot, name=name)
