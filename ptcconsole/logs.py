"""How the log is written: one line per record, whatever a field of it holds, and no credential.

A newline or an escape sequence in a name that somebody typed would otherwise forge lines, or steer
the terminal that shows them. A traceback keeps its lines, each behind a bar that no record has.
Libraries that write whole requests into the log are kept from it by their level; should one of them
do it all the same, what follows the name of a credential is cut off.
"""

import logging
import re
import unicodedata
from typing import Any

# What begins a new line, moves the cursor, or turns the reading direction around.
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SUSPECT = re.compile(r"[^\x20-\x7e]")
_CONTINUED = "\n  | "


# Whatever the level of the root is, these stay here: at DEBUG they log requests or answers whole.
TALKATIVE = (
    *("botocore", "boto3", "s3transfer", "urllib3", "requests"),
    *("requests_oauthlib", "oauthlib", "mozilla_django_oidc", "josepy", "axes"),
)
REDACTED = "[redacted]"
# A name that a credential may follow, as in JSON, a dictionary's text, a header or a form.
_NAMED = re.compile(
    r"((?:Secret(?:String|Binary)|access[_-]?token|client[_-]?secret|(?:id|refresh)[_-]?token"
    r"|secret[_-]?access[_-]?key|session[_-]?token|x-amz-security-token|authorization"
    r"|passw(?:or)?d|(?:set-)?cookie)[\\\"'\]]*\s*[:=])(?=\s*[^\s]).*",
    re.IGNORECASE | re.DOTALL,
)
_SCHEME = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}")
# A one-time link may still be good when the request for it is refused.
_LINK = re.compile(r"(/sign-in/)[A-Za-z0-9_-]{20,}")
# What Docker Hub, GitHub, GitLab and this console put before every token of theirs.
_SHAPED = re.compile(
    r"\b(dckr_[op]at_|gh[pousr]_|github_pat_|gl(?:pat|dt|rt)-|ptc_)[A-Za-z0-9_-]{8,}"
)


def redacted(text: str) -> str:
    """The text without what looks like a credential; nothing after its name is kept."""
    text = _NAMED.sub(rf"\1 {REDACTED}", text)
    text = _SCHEME.sub(rf"\1 {REDACTED}", text)
    text = _LINK.sub(rf"\1{REDACTED}", text)  # guard: S3
    return _SHAPED.sub(rf"\1{REDACTED}", text)


class Redact(logging.Filter):
    """Lets every record pass, without the credentials in it; for the handlers."""

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
        # logging would write the arguments to stderr as they are.
        return f"A message that does not fit its arguments, from {record.pathname}"


def escaped(text: str) -> str:
    """The text with each control and format character written out, such as `\\x1b`."""
    return _SUSPECT.sub(_written_out, text)


class OneLineFormatter(logging.Formatter):
    """Formats like logging's own, and lets no field begin a line of its own."""

    # The names of these methods are logging's own.

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # guard: D3
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # guard: D3
        return _behind_bars(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return _behind_bars(super().formatStack(stack_info))


def _behind_bars(text: str) -> str:
    lines = (escaped(line) for line in text.split("\n"))
    return f"  | {_CONTINUED.join(lines)}"


def _written_out(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in _CATEGORIES:
        return character
    return character.encode("unicode_escape").decode("ascii")
