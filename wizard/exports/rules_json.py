"""Rules as JSON: a list of objects with the columns as keys."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from wizard.exports.listed import ListedRule


def render(rules: Sequence[ListedRule]) -> str:
    return json.dumps([asdict(rule) for rule in rules], indent=2, ensure_ascii=False) + "\n"
