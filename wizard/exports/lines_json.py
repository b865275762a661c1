"""Lines of an export as JSON: a list of objects with the columns as keys."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from wizard.exports.listed import Listed, ListedRule


def render(lines: Sequence[Listed], _kind: type[Listed] = ListedRule) -> str:
    return json.dumps([asdict(line) for line in lines], indent=2, ensure_ascii=False) + "\n"


def stream(lines: Iterable[Listed], _kind: type[Listed]) -> Iterator[str]:
    """Yield the list with an object in each line."""
    before = "[\n"
    for line in lines:
        yield before + json.dumps(asdict(line), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"
