"""Compressed answers: Django's GZipMiddleware, with each piece of a streamed page sent at once.

Django 5.2 lets gzip buffer a stream until some 16 KB are full, which would hold a Region's section
back. From Django 6.0 on its middleware flushes each piece itself, and this module can go.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

# zlib writes gzip's header and trailer with this window size.
_GZIP: Final = 16 + zlib.MAX_WBITS
# A quality of zero means "not acceptable", which Django does not read.
_REFUSED: Final = re.compile(r"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)")


class CompressionMiddleware(GZipMiddleware):
    """Compresses responses if the browser accepts it.

    Streamed downloads are left to Django's middleware, because they need no early first line.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if _REFUSED.search(request.headers.get("Accept-Encoding", "")):
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        if not isinstance(response, StreamingHttpResponse) or not _is_page(response):
            return super().process_response(request, response)
        pieces: Any = response.streaming_content  # never asynchronous under WSGI
        super().process_response(request, response)
        if response.headers.get("Content-Encoding") == "gzip":
            response.streaming_content = _compressed(pieces)
        return response


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """One gzip stream in which each piece can be read as soon as it has arrived."""
    gzip = zlib.compressobj(wbits=_GZIP)
    for piece in pieces:
        yield gzip.compress(piece) + gzip.flush(zlib.Z_SYNC_FLUSH)
    yield gzip.flush()


def _is_page(response: StreamingHttpResponse) -> bool:
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return is_html and not response.has_header("Content-Encoding")
