"""The download formats of rules: one module per format, one row each in FORMATS."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from wizard.exports import rules_csv, rules_json
from wizard.exports.listed import ListedRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: the word on its download link, its media type and its rendering function."""

    label: str
    content_type: str
    render: Callable[[Sequence[ListedRule]], str]


FORMATS: Final = {
    "csv": Format(label="CSV", content_type="text/csv; charset=utf-8", render=rules_csv.render),
    "json": Format(label="JSON", content_type="application/json", render=rules_json.render),
}
