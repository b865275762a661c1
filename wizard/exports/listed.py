"""A rule as an export lists it: everything as text, in the order of the columns."""

from dataclasses import dataclass
from typing import Final

# The status of a line that stands for a Region whose rules could not be read.
NOT_READ: Final = "not-read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRule:
    """One line of an export; empty where AWS or the console knows nothing.

    With the status NOT_READ it is no rule: nothing is known of the Region, and `failure` says why.
    """

    account_id: str
    region: str
    ecr_repository_prefix: str = ""
    upstream_registry: str = ""
    upstream_registry_url: str = ""
    upstream_repository_prefix: str = ""
    credential_arn: str = ""
    custom_role_arn: str = ""
    created_at: str = ""
    status: str
    validated_at: str = ""
    failure: str = ""
    # Set where the Region did not answer: when the rule was last read.
    last_known_at: str = ""
