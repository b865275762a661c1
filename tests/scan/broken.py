"""A small web application with a vulnerability for each of the scanner's modules.

`python -m tests.scan.broken CERTIFICATE KEY` is used to show that the scanner finds what it is
configured to find. It listens on loopback only and ends with its test.
"""

import html
import sqlite3
import ssl
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tests.scan.certificate import HOST

# What the scanner has to find: the module that looks, where, and what it calls that.
HOLES = (
    ("csp", "/", "Content Security Policy Configuration"),
    ("http_headers", "/", "Clickjacking Protection"),
    ("http_headers", "/", "MIME Type Confusion"),
    ("http_headers", "/", "HTTP Strict Transport Security (HSTS)"),
    ("cookieflags", "/", "HttpOnly Flag cookie"),
    ("cookieflags", "/", "Secure Flag cookie"),
    ("csrf", "/book", "Cross Site Request Forgery"),
    ("xss", "/echo", "Reflected Cross Site Scripting"),
    ("permanentxss", "/book", "Stored Cross Site Scripting"),
    ("redirect", "/leave", "Open Redirect"),
    ("crlf", "/name", "CRLF Injection"),
    ("sql", "/item", "SQL Injection"),
)

PAGES = ("/echo?word=hello", "/book", "/leave?to=/book", "/name?name=ada", "/item?id=1")
_INDEX = "".join(f'<p><a href="{page}">{page}</a></p>' for page in PAGES)
_BOOK_FORM = """<form method="post" action="/book">
<input name="entry" value="hello"><button>Write</button></form>
"""


class Handler(BaseHTTPRequestHandler):
    """Every page has one vulnerability, and none has a security header."""

    protocol_version = "HTTP/1.1"
    entries: list[str] = []

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        pages: dict[str, Callable[[dict[str, str]], None]] = {
            "/": self._index,
            "/echo": self._echo,
            "/book": self._book,
            "/leave": self._leave,
            "/name": self._name,
            "/item": self._item,
        }
        pages.get(address.path, self._nowhere)(query)

    def do_POST(self) -> None:
        """The guest book takes any entry from anybody, without a token."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(
            "utf-8", "replace"
        )
        self.entries.extend(parse_qs(body).get("entry", []))
        self._book({})

    def _index(self, _query: dict[str, str]) -> None:
        self._answer(_INDEX, {"Set-Cookie": "session=0123456789"})

    def _echo(self, query: dict[str, str]) -> None:
        self._answer(f"<p>{query.get('word', '')}</p>")

    def _book(self, _query: dict[str, str]) -> None:
        self._answer(_BOOK_FORM + "".join(f"<p>{entry}</p>" for entry in self.entries))

    def _leave(self, query: dict[str, str]) -> None:
        """Leads wherever it is told to; what would split the header is left out here."""
        place = query.get("to", "/").partition("\r")[0].partition("\n")[0]
        self._answer("", {"Location": place}, status=302)

    def _name(self, query: dict[str, str]) -> None:
        """Writes what it is given into a header, line ends and all."""
        name = unquote(query.get("name", ""))
        body = b"<p>noted</p>"
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Type: text/html\r\n"
        self.wfile.write(f"{head}X-Name: {name}\r\n\r\n".encode("utf-8", "replace") + body)

    def _item(self, query: dict[str, str]) -> None:
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE item (id INTEGER, name TEXT)")
        database.execute("INSERT INTO item VALUES (1, 'first')")
        try:
            rows = database.execute(f"SELECT name FROM item WHERE id = {query.get('id', '0')}")
            self._answer("".join(f"<p>{html.escape(str(name))}</p>" for (name,) in rows))
        except sqlite3.Error as error:
            self._answer(f"<p>sqlite3.OperationalError: {html.escape(str(error))}</p>", status=500)
        finally:
            database.close()

    def _nowhere(self, _query: dict[str, str]) -> None:
        self._answer("<p>nothing here</p>", status=404)

    def _answer(
        self, text: str, headers: dict[str, str] | None = None, *, status: int = 200
    ) -> None:
        body = f"<!doctype html><title>Broken</title>{text}".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        """Say nothing about each request."""


def main(certificate: str, key: str) -> None:
    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print(f"https://{HOST}:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
