"""The audit trail as JSON lines: one object per line, with the columns as keys.

ASCII only, because some readers split lines at U+2028 and similar characters.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from wizard.exports.audit_listed import ListedAudit


def render(lines: Iterable[ListedAudit]) -> Iterator[str]:
    """Yield one line per row."""
    for line in lines:
        yield json.dumps(asdict(line)) + "\n"
