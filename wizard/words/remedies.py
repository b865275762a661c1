"""Remedies for failed validations, derived from AWS's message.

AWS returns a message without a code and does not document its messages. Therefore patterns are
matched, and AWS's message is always shown too. A message without a match has a general remedy.
"""

import re
from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.words.texts import Text

# The first match applies.
_REMEDIES: Final[Sequence[tuple[str, Text]]] = (
    (
        r"refused the login|requires authentication|unauthori[sz]ed|invalid credential|HTTP 40[13]",
        _(
            "Put a user name and an access token that the upstream registry accepts into the"
            " rule's secret. Tokens expire: Chainguard's live 30 days."
        ),
    ),
    (
        r"scheduled for deletion",
        _("Restore the rule's secret in Secrets Manager, or give the rule another one."),
    ),
    (
        r"secret.*(not found|does not exist|no value)",
        _("Make the secret again, with a value, or give the rule another one."),
    ),
    (
        r"secret.*(decrypt|kms|key of)",
        _(
            "Pull through cache reads secrets under the key aws/secretsmanager only. Give the rule"
            " such a secret."
        ),
    ),
    (
        r"secret.*(denies|denied|not authorized|access to)",
        _("Let ECR read the secret: look at the secret's resource policy."),
    ),
    (
        r"username|accessToken|JSON",
        _("Store the secret as JSON with the keys username and accessToken."),
    ),
    (
        r"\brole\b|assume",
        _(
            "Check that the rule's IAM role exists and that its trust policy lets"
            " pullthroughcache.ecr.amazonaws.com assume it."
        ),
    ),
    (
        r"reach|time[d]?.?out|connect|resolve|HTTP 5\d\d|answered HTTP",
        _("Look at the upstream registry's own status page, then validate again."),
    ),
)
_ANY: Final = _("Check the rule's upstream URL and credentials, then validate again.")


def failure_remedy(failure: str) -> Text:
    """Return the remedy for AWS's message."""
    for pattern, remedy in _REMEDIES:
        if re.search(pattern, failure, flags=re.IGNORECASE | re.DOTALL):
            return remedy
    return _ANY
