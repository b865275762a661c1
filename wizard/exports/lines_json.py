"""Lines of an export as JSON: a list of objects with the columns as keys."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from wizard.exports.listed import Listed, ListedRule


def render(lines: Sequence[Listed], _kind: type[Listed] = ListedRule) -> str:
    return json.dumps([asdict(line) for line in lines], indent=2, ensure_ascii=False) + "\n"
