"""Recognises refusals that are due to the clock of the console's server, and by how much it is off.

AWS accepts a signature within five minutes of its own time. The refusal has the code of a wrong
signature; its message or the Date header of the response contains AWS's time.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from wizard.domain.clocks import CLOCK_TOLERANCE

# The codes that AWS also uses for a signature that is too old or of the future.
_CODES: Final = frozenset(
    {
        *("InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired"),
        *("RequestTimeTooSkewed", "RequestInTheFuture", "AuthFailure", "InvalidSignature"),
    }
)
_ONLY_OF_CLOCKS: Final = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
# Signature expired: 20261129T100000Z is now earlier than 20261129T101000Z (20261129T101500Z - 5
# min.). Signature not yet current: 20261129T103000Z is still later than 20261129T102000Z
# (20261129T101500Z + 5 min.). The time in parentheses is AWS's.
_TIMES: Final = re.compile(
    r"Signature (?:expired|not yet current): (\d{8}T\d{6}Z) .*\((\d{8}T\d{6}Z) [-+] \d+ min",
    re.DOTALL,
)


def clock_error(code: str, message: str, metadata: Mapping[str, Any]) -> str:
    """Return the message about the clock; empty if the refusal has another reason."""
    if code not in _CODES:
        return ""
    skew = _skew_of_message(message) or skew_of_answer(metadata)
    if skew is not None and abs(skew) >= CLOCK_TOLERANCE:
        return f"{_words(skew)} {message}"
    return message or code if code in _ONLY_OF_CLOCKS else ""


def _skew_of_message(message: str) -> timedelta | None:
    """Return how far our clock is ahead of AWS's, by the times in the message."""
    found = _TIMES.search(message)
    return _moment(found[1]) - _moment(found[2]) if found else None


def skew_of_answer(metadata: Mapping[str, Any]) -> timedelta | None:
    """Return how far our clock is ahead of AWS's, by the Date header of the response."""
    try:
        theirs = parsedate_to_datetime(metadata["HTTPHeaders"]["date"])
        return datetime.now(UTC) - theirs
    except (LookupError, TypeError, ValueError):
        return None


def _words(skew: timedelta) -> str:
    minutes = round(abs(skew) / timedelta(minutes=1))
    direction = "ahead of" if skew > timedelta() else "behind"
    return f"The clock of the console's server is {minutes} minutes {direction} AWS's."


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
