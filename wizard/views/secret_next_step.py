"""The rules that use a secret, and the next step after a change of it: to validate them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from wizard.domain import Role, Secret, Target
from wizard.services import secrets
from wizard.web import ConsoleRequest, permitted_targets, place_url


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUser:
    """A rule that uses a secret or a replica of it."""

    target: Target
    prefix: str

    @classmethod
    def at(cls, target: Target, region: str, prefix: str) -> "SecretUser":
        return cls(target=replace(target, region=region), prefix=prefix)

    @property
    def region(self) -> str:
        return self.target.region

    @property
    def name(self) -> str:
        """Return `region/prefix`, as forms name rules."""
        return f"{self.target.region}/{self.prefix}"

    @property
    def url(self) -> str:
        return place_url("rule-detail", self.target, ecr_repository_prefix=self.prefix)

    @property
    def validate_url(self) -> str:
        return place_url("rule-validate", self.target, ecr_repository_prefix=self.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do after the change of a secret: validate these rules, one alone or all together.

    `users` are those that the person may validate.
    """

    secret: Secret
    users: Sequence[SecretUser]
    validate_url: str

    @property
    def only(self) -> SecretUser | None:
        return self.users[0] if len(self.users) == 1 else None


def next_step(request: ConsoleRequest, secret: Secret) -> NextStep:
    """Return the next step after the change of a secret."""
    workable = set(permitted_targets(request, Role.OPERATOR))
    found = secrets.known_users(target=request.target, secret=secret)
    users = [SecretUser.at(request.target, *user) for user in found]
    return NextStep(
        secret=secret,
        users=[user for user in users if user.target in workable],
        validate_url=reverse(
            "bulk-validation-create", kwargs={"account_id": request.target.account_id}
        ),
    )
