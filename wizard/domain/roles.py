"""What a person may do: three roles, each including the one before."""

from enum import StrEnum


class Role(StrEnum):
    """A role at an account and Region. The value is also the name of Django's group."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        """Whether who has this role may do what `other` may."""
        return self.rank >= other.rank
