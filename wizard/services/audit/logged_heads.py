"""Heads of the audit trail in the console's log, in both of its formats.

Text that a person typed must not imitate a head. In the line format it is always behind the name of
the logger, or behind a bar in a traceback; in the JSON format it is inside of a string.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from wizard.services.audit.verdict import Head

# With any prefix, such as journald's.
_LINE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ ([\w.]+): (.*)$")
_HEAD: Final = re.compile(r"audit head (\d+) ([0-9a-f]{64})")
# What journald and the runtimes of containers put in front of a JSON object.
_PREFIXES: Final = ("]: ", " F ")


def last_logged_head(lines: Iterable[str]) -> Head | None:
    """Return the head with the highest sequence in a log; of equal ones the last."""
    found: Head | None = None
    for head in _logged_heads(lines):
        if found is None or head.sequence >= found.sequence:
            found = head
    return found


def _logged_heads(lines: Iterable[str]) -> Iterator[Head]:
    for line in lines:
        logger, message = _record_of(line.rstrip())
        head = _HEAD.fullmatch(message) if logger == "wizard.audit" else None
        if head is not None:
            yield Head(sequence=int(head[1]), seal=head[2])


def _record_of(line: str) -> tuple[str, str]:
    """Return the logger and the message of a line; empty texts for one that begins no record."""
    prefix, brace, rest = line.partition("{")
    if _LINE.search(prefix):
        record = _LINE.search(line)
        return (record[1], record[2]) if record else ("", "")
    if not brace or "|" in prefix or not (prefix == "" or prefix.endswith(_PREFIXES)):
        return "", ""
    try:
        members = json.loads(f"{brace}{rest}")
    except (ValueError, RecursionError):
        return "", ""
    return str(members.get("logger", "")), str(members.get("message", ""))
