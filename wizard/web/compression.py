"""Compressed answers: pages with Brotli for browsers that accept it, all else by Django's gzip.

Brotli sees the whole page where gzip sees 32 KB, and pages of many Regions repeat their names all
over. Each piece of a streamed page is sent at once. Django 5.2 lets gzip buffer a stream until some
16 KB are full, which would hold a Region's section back.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import brotli
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

# zlib writes gzip's header and trailer with this window size.
_GZIP: Final = 16 + zlib.MAX_WBITS
# As fast as gzip's default, with a window of 512 KB.
_BROTLI: Final = {"mode": brotli.MODE_TEXT, "quality": 5, "lgwin": 19}
# Shorter pages are not compressed, as by Django's middleware.
_SHORT: Final = 200
_ACCEPTED: Final = re.compile(r"\bbr\b")
# A quality of zero means "not acceptable", which Django does not read.
_REFUSED: Final = re.compile(r"\b(gzip|br)\s*;\s*q=0(?:\.0*)?\s*(?:,|$)")


class CompressionMiddleware(GZipMiddleware):
    """Compresses responses if the browser accepts it.

    Streamed downloads are left to Django's middleware, because they need no early first line.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        wanted = request.headers.get("Accept-Encoding", "")
        refused = _REFUSED.findall(wanted)
        if _ACCEPTED.search(wanted) and "br" not in refused and _is_page(response):
            return _with_brotli(response)
        if "gzip" in refused:
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        if not isinstance(response, StreamingHttpResponse) or not _is_page(response):
            return super().process_response(request, response)
        pieces: Any = response.streaming_content  # never asynchronous under WSGI
        super().process_response(request, response)
        if response.headers.get("Content-Encoding") == "gzip":
            response.streaming_content = _gzipped(pieces)
        return response


def _with_brotli(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, StreamingHttpResponse):
        pieces: Any = response.streaming_content
        response.streaming_content = _brotlied(pieces)
        del response.headers["Content-Length"]
    elif isinstance(response, HttpResponse):
        if len(response.content) < _SHORT:
            return response
        response.content = brotli.compress(response.content, **_BROTLI)
        response.headers["Content-Length"] = str(len(response.content))
    patch_vary_headers(response, ("Accept-Encoding",))
    response.headers["Content-Encoding"] = "br"
    return response


def _brotlied(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """One Brotli stream in which each piece can be read as soon as it has arrived."""
    stream = brotli.Compressor(**_BROTLI)
    for piece in pieces:
        yield stream.process(piece) + stream.flush()
    yield stream.finish()


def _gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """One gzip stream in which each piece can be read as soon as it has arrived."""
    gzip = zlib.compressobj(wbits=_GZIP)
    for piece in pieces:
        yield gzip.compress(piece) + gzip.flush(zlib.Z_SYNC_FLUSH)
    yield gzip.flush()


def _is_page(response: HttpResponseBase) -> bool:
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return is_html and not response.has_header("Content-Encoding")
