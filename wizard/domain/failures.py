"""Why a validation failed, as a key for each reason that AWS's messages are known to give.

AWS returns a message without a code and does not document its messages. Therefore patterns are
matched. Titles, remedies and cures of the keys are in `words/remedies.py`.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from wizard.domain.refusals import ARN, LOGIN_REFUSED

# The key of a message that no pattern matches.
OTHER: Final = "other"

# Patterns of AWS's messages and the key of each. The first match applies.
_PATTERNS: Final[Sequence[tuple[str, str]]] = (
    (LOGIN_REFUSED, "login-refused"),
    (r"scheduled for deletion", "secret-deleted"),
    (r"secret.*no value", "secret-empty"),
    (r"secret.*(not found|does not exist)", "secret-missing"),
    (r"secret.*(decrypt|kms|key of)", "secret-key"),
    (r"secret.*(denies|denied|not authorized|access to)", "secret-denied"),
    (r"username|accessToken|JSON", "secret-format"),
    (r"registry of account.*grant|registry policy", "no-grant"),
    (r"\brole\b.*(not found|does not exist)", "role-missing"),
    (r"\brole\b.*(assume|trust)|assume", "role-trust"),
    (r"\brole\b", "role-permissions"),
    (r"reach|time[d]?.?out|connect|resolve|HTTP 5\d\d|answered HTTP", "unreachable"),
)

FAILURE_KEYS: Final = (*(key for _pattern, key in _PATTERNS), OTHER)


@lru_cache(maxsize=2048)
def failure_key(failure: str) -> str:
    """Return the key of the reason in AWS's message about a failed validation.

    ARNs are ignored, because the name of a role or secret may contain any word. Cached: many rules
    fail with the same message.
    """
    message = ARN.sub("*", failure)
    for pattern, key in _PATTERNS:
        if re.search(pattern, message, flags=re.IGNORECASE | re.DOTALL):
            return key
    return OTHER
