"""The formats of the log: one line per record, without control characters and credentials.

A newline or an escape sequence in user input could otherwise forge log lines or control the
terminal. The lines of a traceback are kept, each with a bar in front. As JSON, a record is one
object in one line, made of the same texts. Libraries that log whole
requests are limited to WARNING. The texts of exceptions that passed through AWS's libraries are
left out, because they may contain a request, a header or the output of a credential program. As a
second line of defence, the server's own AWS credentials are removed, and everything after the name
of a credential.
"""

import json
import logging
import re
import traceback
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from wizard.domain import request_ids
from wizard.domain.known_credentials import secret_values
from wizard.domain.redaction import REDACTED, without_values

# Unicode categories of line breaks, control characters and bidirectional formatting.
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SUSPECT = re.compile(r"[^\x20-\x7e]")
_BAR = "  | "
_CONTINUED = f"\n{_BAR}"


# Loggers that stay at WARNING whatever LOG_LEVEL is: at DEBUG they log whole requests or responses.
TALKATIVE = (
    *("botocore", "boto3", "s3transfer", "urllib3", "requests", "requests_hardened"),
    *("requests_oauthlib", "oauthlib", "mozilla_django_oidc", "josepy", "axes"),
)
# Loggers without a handler: they repeat addresses that are secrets, not always masked.
SILENT: Final = ("apprise",)
# The packages whose exceptions are logged without their text.
_PACKAGES: Final = ("botocore", "boto3", "urllib3", "s3transfer", "requests")
_WITHOUT_TEXT: Final = re.compile(rf"/(?:{'|'.join(_PACKAGES)})/|/http/client\.py$")
# The name of a credential, as in JSON, the text of a dict, a header or a form.
_NAMED = re.compile(
    r"((?:Secret(?:String|Binary)|access[_-]?token|client[_-]?secret|(?:id|refresh)[_-]?token"
    r"|secret[_-]?access[_-]?key|session[_-]?token|x-amz-security-token|authorization"
    r"|passw(?:or)?d|(?:set-)?cookie)[\\\"'\]]*\s*[:=])(?=\s*[^\s]).*",
    re.IGNORECASE | re.DOTALL,
)
_SCHEME = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}")
# A one-time link, which may still be valid when its request is refused.
_LINK = re.compile(r"(/sign-in/)[A-Za-z0-9_-]{20,}")
# Tokens with the prefixes of Docker Hub, GitHub and GitLab, and this console's, whose prefix
# also begins names of rules.
_SHAPED = re.compile(
    r"\b(dckr_[op]at_|gh[pousr]_|github_pat_|gl(?:pat|dt|rt)-|ptc_(?=[A-Za-z0-9_-]{32}))"
    r"[A-Za-z0-9_-]{8,}"
)


def redacted(text: str) -> str:
    """Return the text without what is or looks like a credential."""
    text = without_values(text, secret_values(text))  # guard: S9
    text = _NAMED.sub(rf"\1 {REDACTED}", text)
    text = _SCHEME.sub(rf"\1 {REDACTED}", text)
    text = _LINK.sub(rf"\1{REDACTED}", text)  # guard: S3
    return _SHAPED.sub(rf"\1{REDACTED}", text)


class Redact(logging.Filter):
    """A filter for handlers that removes credentials from every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(_message(record)), ()  # guard: S3
        if record.exc_info and not record.exc_text:
            written = OneLineFormatter().formatException(record.exc_info)
            record.exc_text = "\n".join(redacted(line) for line in written.split("\n"))
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # logging would write the raw arguments to stderr.
        return f"A message that does not fit its arguments, from {record.pathname}"


def escaped(text: str) -> str:
    """Return the text with control and format characters escaped, such as `\\x1b`."""
    return _SUSPECT.sub(_written_out, text)


class OneLineFormatter(logging.Formatter):
    """A formatter that escapes line breaks in every field.

    The names of its methods are those of logging.Formatter.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # guard: D3
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # guard: D3
        told = traceback.TracebackException(*ei)
        for each in _chain(told):
            if _is_of_a_library(each):  # guard: S9
                _drop_text(each)
        return _behind_bars("".join(told.format()).removesuffix("\n"))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return _behind_bars(super().formatStack(stack_info))


class JsonFormatter(OneLineFormatter):
    """A formatter of one JSON object per line, of the texts that the line format has.

    All characters outside of ASCII are escaped, by JSON. Control characters are escaped before
    that, so that they are harmless also where somebody prints a member of the object.
    """

    def format(self, record: logging.LogRecord) -> str:
        members = {
            "time": _rfc3339(record.created),
            "level": record.levelname,
            "logger": escaped(record.name),
            "message": escaped(_message(record)),  # guard: D3
            "request_id": request_ids.current(),
            "exception": self._exception_of(record),
            "stack": _without_bars(self.formatStack(record.stack_info or "")),
        }
        return json.dumps({name: text for name, text in members.items() if text})

    def _exception_of(self, record: logging.LogRecord) -> str:
        """Return the traceback as `Redact` has left it, or as the line format has it."""
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return _without_bars(record.exc_text or "")


def _rfc3339(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _chain(told: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    """Yield an exception and those that it has as cause, context or group."""
    waiting = [told]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [other for other in (each.__cause__, each.__context__) if other]
        waiting += getattr(each, "exceptions", None) or []


def _is_of_a_library(told: traceback.TracebackException) -> bool:
    module = str(getattr(told.exc_type, "__module__", ""))
    if module.startswith("wizard."):
        return False
    passed = any(_WITHOUT_TEXT.search(frame.filename) for frame in told.stack)
    return passed or module.partition(".")[0] in _PACKAGES


def _drop_text(told: traceback.TracebackException) -> None:
    told._str = "(text left out)"  # type: ignore[attr-defined]
    told.__notes__ = []


def _behind_bars(text: str) -> str:
    lines = (escaped(line) for line in text.split("\n"))
    return f"{_BAR}{_CONTINUED.join(lines)}"


def _without_bars(text: str) -> str:
    return "\n".join(line.removeprefix(_BAR) for line in text.split("\n"))


def _written_out(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in _CATEGORIES:
        return character
    return character.encode("unicode_escape").decode("ascii")
