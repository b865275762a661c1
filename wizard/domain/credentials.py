"""Upstream credentials and the secrets that hold them; a credential never shows itself."""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What an upstream registry is shown. Its text form hides the token."""

    username: str
    access_token: str = field(repr=False)

    def secret_string(self) -> str:
        """The JSON that ECR reads, by the user guide: keys `username` and `accessToken`."""
        return json.dumps({"username": self.username, "accessToken": self.access_token})


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret as ListSecrets tells it: never its value."""

    arn: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role as ListRoles tells it."""

    arn: str
    name: str
    path: str
