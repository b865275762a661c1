"""What AWS's message of a failed validation says about the upstream registry's login.

AWS does not document the messages, so they are recognised by words that any of them may have.
"""

import re
from typing import Final

LOGIN_REFUSED: Final = (
    r"refused the login|requires authentication|unauthori[sz]ed|invalid credential|HTTP 40[13]"
)
ARN: Final = re.compile(r"arn:[\w-]+:\S+")


def is_login_refused(failure: str) -> bool:
    """Whether the upstream refused the credentials. The names in ARNs do not count."""
    message = ARN.sub("*", failure)
    return re.search(LOGIN_REFUSED, message, flags=re.IGNORECASE | re.DOTALL) is not None
