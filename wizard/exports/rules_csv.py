"""Rules as CSV for spreadsheets, which must not take a cell for a formula."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields

from wizard.exports.cells import plain_cell
from wizard.exports.listed import ListedRule


def render(rules: Sequence[ListedRule]) -> str:
    """A header and a line per rule, RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(field.name for field in fields(ListedRule))
    writer.writerows([plain_cell(cell) for cell in astuple(rule)] for rule in rules)
    return text.getvalue()
