"""The base class of all errors that are shown to a person, and the words each of them has."""

from collections.abc import Iterator
from typing import ClassVar, TypeVar

Kind = TypeVar("Kind", bound="ConsoleError")


class ConsoleError(Exception):
    """An error that is shown to a person.

    Each subclass has its own `title` and `remedy`, marked for translation and translated where they
    are shown, the HTTP `status` of a page that shows it, and the form `field` whose value can solve
    it, if there is one. A system check reports a subclass that lacks any of the first three.
    """

    title: ClassVar[str]
    remedy: ClassVar[str]
    status: ClassVar[int]
    field: ClassVar[str] = ""


def descendants(kind: type[Kind]) -> Iterator[type[Kind]]:
    """All subclasses of an error, at any depth."""
    for subclass in kind.__subclasses__():
        yield subclass
        yield from descendants(subclass)
