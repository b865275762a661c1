"""Rules as CSV for spreadsheets, with formulas neutralised."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields

from wizard.exports.cells import plain_cell
from wizard.exports.listed import ListedRule


def render(rules: Sequence[ListedRule]) -> str:
    """Return a header and one line per rule, in the format of RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(field.name for field in fields(ListedRule))
    writer.writerows([plain_cell(cell) for cell in astuple(rule)] for rule in rules)
    return text.getvalue()
