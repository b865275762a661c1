"""What a person or an API token may do: roles, grants of roles at places, and scopes of tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# The lifetime of an API token in days.
DEFAULT_TOKEN_DAYS: Final = 90
MOST_TOKEN_DAYS: Final = 365


class Role(StrEnum):
    """A role at an account and Region. The value is also the name of Django's group."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        """Whether this role includes the permissions of `other`."""
        return self.rank >= other.rank


class Scope(StrEnum):
    """A scope of API tokens."""

    RULES_READ = "rules:read"
    RULES_VALIDATE = "rules:validate"
    AUDIT_READ = "audit:read"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where a grant applies: an account and a Region; empty means all of them."""

    account_id: str = ""
    region: str = ""


Grants = dict[Place, Role]
EVERYWHERE: Final = Place()


def combined_grants(several: Iterable[Grants]) -> Grants:
    """Combine grants: the highest role at each place."""
    result: Grants = {}
    for grants in several:
        for place, role in grants.items():
            held = result.get(place)
            result[place] = role if held is None or role.includes(held) else held
    return result


def parse_group_grants(text: str) -> dict[str, Grants]:
    """Parse comma-separated `group=role`, `group=role@account` or `group=role@account/region`.

    Raises ValueError with the invalid entry.
    """
    found: dict[str, Grants] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        group, _equals, grant = entry.rpartition("=")
        if not group:
            raise ValueError(entry)
        place, role = _grant(entry, grant)
        found[group] = combined_grants([found.get(group, {}), {place: role}])
    return found


def _grant(entry: str, grant: str) -> tuple[Place, Role]:
    name, at, where = grant.partition("@")
    account_id, slash, region = where.partition("/")
    if name not in list(Role):
        raise ValueError(entry)
    if at and not (len(account_id) == 12 and account_id.isdecimal() and account_id.isascii()):
        raise ValueError(entry)
    if slash and not region:
        raise ValueError(entry)
    if at and Role(name) is Role.ADMINISTRATOR:
        raise ValueError(f"{entry}: administrators are administrators everywhere")
    return Place(account_id=account_id, region=region), Role(name)
