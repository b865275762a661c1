"""Rules as CSV for spreadsheets, which must not take a cell for a formula."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields

from wizard.exports.listed import ListedRule

# How spreadsheets recognise a formula, or a cell that becomes one after trimming.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(rules: Sequence[ListedRule]) -> str:
    """A header and a line per rule, RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(field.name for field in fields(ListedRule))
    writer.writerows([_plain(cell) for cell in astuple(rule)] for rule in rules)
    return text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
