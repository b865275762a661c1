"""The download formats of rules and results: one module per format, one row each in FORMATS."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from wizard.exports import lines_csv, lines_json
from wizard.exports.listed import Listed


class Render(Protocol):
    """Renders lines as text; `kind` names the columns also without a line."""

    def __call__(self, lines: Sequence[Listed], kind: type[Listed] = ..., /) -> str: ...


class Stream(Protocol):
    """Renders lines one after the other, so that a file of any length takes little memory."""

    def __call__(self, lines: Iterable[Listed], kind: type[Listed], /) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: the word on its download link, its media type and its rendering functions."""

    label: str
    content_type: str
    render: Render
    stream: Stream


FORMATS: Final = {
    "csv": Format(
        label="CSV",
        content_type="text/csv; charset=utf-8",
        render=lines_csv.render,
        stream=lines_csv.stream,
    ),
    "json": Format(
        label="JSON",
        content_type="application/json",
        render=lines_json.render,
        stream=lines_json.stream,
    ),
}
