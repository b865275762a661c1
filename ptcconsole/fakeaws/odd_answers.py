"""Answers that are not AWS's, or not whole: what proxies, firewalls and lost connections send.

`odd_answer` returns the bytes of a form. They are sent instead of the service's response, and the
connection is closed after them.
"""

import gzip
from collections.abc import Callable, Mapping
from types import MappingProxyType

from werkzeug.wrappers import Response

from ptcconsole.fakeaws.calls import AwsCall

_HTML = b"<html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
_XML_ERROR = (
    b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not here</Message></Error>"
    b"</ErrorResponse>"
)
_JSON_ERROR = b'{"__type":"AccessDeniedException","message":"Not here"}'


def odd_answer(form: str, call: AwsCall, answer: Response) -> bytes:
    """Return a response of a form of FORMS; `answer` is the service's own response."""
    return _FORMS[form](call, answer)


def _message(status: str, *headers: str, body: bytes = b"", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if not any(each.startswith("Transfer-Encoding") for each in headers):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _page(status: str, *headers: str) -> Callable[[AwsCall, Response], bytes]:
    """A web page of something between the caller and AWS."""
    sent = _message(status, "Content-Type: text/html", *headers, body=_HTML)
    return lambda _call, _answer: sent


def _fixed(status: str, body: bytes = b"", *headers: str) -> Callable[[AwsCall, Response], bytes]:
    return lambda _call, _answer: _message(status, *headers, body=body)


def _head(answer: Response) -> list[str]:
    """Return the headers of the service's response, without those of its length."""
    return [f"{name}: {value}" for name, value in answer.headers if name != "Content-Length"]


def _of_answer(
    change: Callable[[bytes], bytes], *headers: str, length: Callable[[bytes], int] | None = None
) -> Callable[[AwsCall, Response], bytes]:
    """The service's response with another body, and possibly with a wrong length."""

    def made(_call: AwsCall, answer: Response) -> bytes:
        whole = answer.get_data()
        claimed = length(whole) if length else None
        return _message(answer.status, *_head(answer), *headers, body=change(whole), length=claimed)

    return made


def _continued(_call: AwsCall, answer: Response) -> bytes:
    """An interim response, then the service's."""
    final = _message(answer.status, *_head(answer), body=answer.get_data())
    return b"HTTP/1.1 100 Continue\r\n\r\n" + final


def _in_the_other_protocol(call: AwsCall, _answer: Response) -> bytes:
    kind = "text/xml" if call.speaks_json else "application/x-amz-json-1.1"
    body = _XML_ERROR if call.speaks_json else _JSON_ERROR
    return _message("400 Bad Request", f"Content-Type: {kind}", body=body)


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _chunk(body: bytes, *, claimed: int = 0) -> bytes:
    return f"{claimed or len(body):x}\r\n".encode() + body + b"\r\n"


_CHUNKED = "Transfer-Encoding: chunked"
_GZIPPED = "Content-Encoding: gzip"

_FORMS: Mapping[str, Callable[[AwsCall, Response], bytes]] = MappingProxyType(
    {
        # Bodies that are not what the service answers, with HTTP 200.
        "empty": _of_answer(lambda _body: b""),
        "no content": _fixed("204 No Content"),
        "sign-in page": _page("200 OK"),
        "truncated": _of_answer(_half),
        "list": _of_answer(lambda _body: b"[]"),
        "text": _of_answer(lambda _body: b'"ok"'),
        "null": _of_answer(lambda _body: b"null"),
        "byte-order mark": _of_answer(lambda body: b"\xef\xbb\xbf" + body),
        "not UTF-8": _of_answer(lambda _body: b'{"message":"\xff\xfe'),
        "gzip": _of_answer(gzip.compress, _GZIPPED),
        "broken gzip": _of_answer(lambda body: _half(gzip.compress(body)), _GZIPPED),
        # Other statuses, without an error of AWS.
        "redirect": _page("302 Found", "Location: https://login.example.com/"),
        "temporary redirect": _fixed("307 Temporary Redirect", b"", "Location: /elsewhere"),
        "bad request": _fixed("400 Bad Request"),
        "other protocol": _in_the_other_protocol,
        "blocked": _page("403 Forbidden"),
        "proxy sign-in": _page("407 Proxy Authentication Required"),
        "too many requests": _page("429 Too Many Requests"),
        "bad gateway": _page("502 Bad Gateway"),
        "gateway timeout": _page("504 Gateway Timeout"),
        # Connections.
        "continue": _continued,
        "too short": _of_answer(_half, length=len),
        "too long": _of_answer(lambda body: body, length=lambda body: len(body) // 2),
        "chunks without end": _of_answer(_chunk, _CHUNKED),
        "chunks of another length": _of_answer(
            lambda body: _chunk(body, claimed=len(body) + 100), _CHUNKED
        ),
        "no HTTP": lambda _call, _answer: b"SSH-2.0-OpenSSH_9.2\r\n",
    }
)
FORMS = frozenset(_FORMS)
