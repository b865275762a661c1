"""The audit trail as JSON lines: an object with the columns as keys in each line.

ASCII only, so that no character in a text can be taken for the end of a line.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from wizard.exports.audit_listed import ListedAudit


def render(lines: Iterable[ListedAudit]) -> Iterator[str]:
    """Each line when it is asked for."""
    for line in lines:
        yield json.dumps(asdict(line)) + "\n"
