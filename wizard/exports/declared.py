"""Rules as infrastructure as code: what the formats that declare rules are rendered from.

A secret is named by its ARN, or by its name if it does not exist yet. A value is never contained.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRule:
    """A rule with its members as AWS returned them; empty if AWS omits the member.

    Terraform compares each member with what AWS returns, so an absent upstream prefix and `ROOT`
    are not the same here. `secret_name` is the name of a secret that does not exist yet. A rule
    that does not exist yet, as on the review of the wizard, is not imported. `last_known_at` is
    set if the Region did not answer.
    """

    region: str
    ecr_repository_prefix: str
    upstream_registry_url: str
    upstream_registry: str = ""
    upstream_repository_prefix: str = ""
    credential_arn: str = ""
    custom_role_arn: str = ""
    secret_name: str = ""
    exists: bool = True
    last_known_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The rules of a file, where they are from, and the Regions that could not be read."""

    account_id: str
    made_at: str
    rules: Sequence[DeclaredRule]
    unread: Sequence[tuple[str, str]] = ()

    @property
    def regions(self) -> list[str]:
        """Return the Regions of the rules."""
        return sorted({rule.region for rule in self.rules})

    @property
    def notes(self) -> list[str]:
        """Return what a reader has to know, a line each."""
        made = f"Pull through cache rules of account {self.account_id}, at {self.made_at}."
        known = [
            f"{each.region} did not answer. {each.ecr_repository_prefix} is as known at"
            f" {each.last_known_at}."
            for each in self.rules
            if each.last_known_at
        ]
        missing = [
            f"{region} could not be read, so its rules are missing: {reason}"
            for region, reason in self.unread
        ]
        return [_one_line(text) for text in (made, *known, *missing)]


def _one_line(text: str) -> str:
    """Return the text for a comment: line breaks and control characters would end it."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def unique_names(wanted: Iterable[str], separator: str) -> list[str]:
    """Return the names in their order; the second of two equal ones gets a number, and so on.

    They are compared without case.
    """
    used, names = set[str](), list[str]()
    for name in wanted:
        candidates = (name if number == 1 else f"{name}{separator}{number}" for number in count(1))
        free = next(each for each in candidates if each.lower() not in used)
        used.add(free.lower())
        names.append(free)
    return names
