"""Pages of lists, with opaque tokens that only the same kind of list accepts."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from botocore.paginate import TokenDecoder, TokenEncoder

Item = TypeVar("Item")

MOST_BY_DEFAULT = 100


class InvalidToken(ValueError):
    """A token that this list did not return."""


class Page(NamedTuple, Generic[Item]):
    """The items of a page, and the token of the next page if there is one."""

    items: list[Item]
    next_token: str | None


def page_of(
    items: Sequence[Item], *, kind: str, token: str | None = None, size: int = MOST_BY_DEFAULT
) -> Page[Item]:
    """Return a page of the items. Raises InvalidToken."""
    start = decoded(token, kind=kind) if token is not None else 0
    end = start + size
    return Page(list(items[start:end]), encoded(end, kind=kind) if end < len(items) else None)


def encoded(position: int, *, kind: str) -> str:
    """Return the token of the page that starts at this position."""
    return str(TokenEncoder().encode({kind: position}))


def decoded(token: str, *, kind: str) -> int:
    """Return the position that a token stands for. Raises InvalidToken."""
    try:
        return int(TokenDecoder().decode(token)[kind])
    except (ValueError, TypeError, KeyError):
        raise InvalidToken(token) from None
