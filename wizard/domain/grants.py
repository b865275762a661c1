"""Grants as values: which role where, and how the setting for single sign-on writes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from wizard.domain.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where a grant holds: an account and Region; an empty one of the two means all of them."""

    account_id: str = ""
    region: str = ""


Grants = dict[Place, Role]
EVERYWHERE: Final = Place()


def combined(several: Iterable[Grants]) -> Grants:
    """The grants of several groups together: at each place the highest role."""
    result: Grants = {}
    for grants in several:
        for place, role in grants.items():
            held = result.get(place)
            result[place] = role if held is None or role.includes(held) else held
    return result


def parse_group_grants(text: str) -> dict[str, Grants]:
    """Read `group=role` or `group=role@account` or `group=role@account/region`, by commas.

    Raises ValueError with the entry that is wrong.
    """
    found: dict[str, Grants] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        group, _equals, grant = entry.rpartition("=")
        if not group:
            raise ValueError(entry)
        place, role = _grant(entry, grant)
        found[group] = combined([found.get(group, {}), {place: role}])
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
