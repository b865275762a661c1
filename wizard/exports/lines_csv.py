"""Lines of an export as CSV for spreadsheets, with formulas neutralised."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields

from wizard.exports.cells import plain_cell
from wizard.exports.listed import Listed, ListedRule


def render(lines: Sequence[Listed], kind: type[Listed] = ListedRule) -> str:
    """Return a header and one line per row, in the format of RFC 4180."""
    return "".join(stream(lines, kind))


def stream(lines: Iterable[Listed], kind: type[Listed]) -> Iterator[str]:
    """Yield the header and each line."""
    yield _line(field.name for field in fields(kind))
    for line in lines:
        yield _line(plain_cell(cell) for cell in astuple(line))


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
