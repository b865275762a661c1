"""The audit trail as CSV for spreadsheets, generated line by line to bound memory.

Facts are cells with JSON.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from typing import Any

from wizard.exports.audit_listed import ListedAudit
from wizard.exports.cells import plain_cell


def render(lines: Iterable[ListedAudit]) -> Iterator[str]:
    """Yield a header and one line per row, in the format of RFC 4180."""
    yield _line(field.name for field in fields(ListedAudit))
    for line in lines:
        yield _line(_cell(value) for value in astuple(line))


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, dict | list):
        return plain_cell(json.dumps(value, sort_keys=True, ensure_ascii=False))
    return plain_cell(str(value))
