"""Lines of an export as CSV for spreadsheets, with formulas neutralised."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields

from wizard.exports.cells import plain_cell
from wizard.exports.listed import Listed, ListedRule


def render(lines: Sequence[Listed], kind: type[Listed] = ListedRule) -> str:
    """Return a header and one line per row, in the format of RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(field.name for field in fields(kind))
    writer.writerows([plain_cell(cell) for cell in astuple(line)] for line in lines)
    return text.getvalue()
