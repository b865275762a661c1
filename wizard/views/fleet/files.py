"""Lists of the fleet as files, streamed, so that a file of any length takes little memory."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Final

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from wizard.exports import FORMATS, Listed
from wizard.views.downloads import Download

_PIECE: Final = 64 * 1024


def downloads() -> list[Download]:
    """Return the formats of the menu."""
    return [Download(name=name, label=each.label) for name, each in FORMATS.items()]


def asked_format(request: HttpRequest) -> str:
    """Return the format that the query string asks for; empty for a page."""
    asked = request.GET.get("format", "")
    return asked if asked in FORMATS else ""


def fleet_file(
    lines: Iterable[Listed], kind: type[Listed], *, format_name: str, content: str
) -> StreamingHttpResponse:
    """Return the lines as an attachment; its name has what it contains and the time in UTC."""
    export = FORMATS[format_name]
    pieces = _in_pieces(export.stream(lines, kind))
    response = StreamingHttpResponse(pieces, content_type=export.content_type)
    stamp = timezone.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"pull-through-cache-{content}-{stamp}.{format_name}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield the texts in pieces of some size, because each piece costs a system call."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(piece).encode()
            piece, size = [], 0
    yield "".join(piece).encode()
