"""The search of a long list of choices: narrows what a select shows, not what its field accepts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.forms.boundfield import BoundField

# Shorter lists are read faster than searched.
SEARCH_FROM: Final = 20
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was typed, and how many of all choices have all of its words in their names."""

    words: str
    matches: int
    total: int


def search_choices(field: BoundField, words: str) -> Search | None:
    """Let the select show the choices that match, and the one that is chosen.

    Returns None for a list that is not searched: it is short, or could not be read.
    """
    widget: Any = field.field.widget
    choices = list(getattr(widget, "choices", ()))
    total = sum(1 for value, _label in _flat(choices) if value)
    if total <= SEARCH_FROM:
        return None
    words = " ".join(words.split())[:_LONGEST]
    wanted, chosen = words.lower().split(), str(field.value() or "")

    def is_match(label: Any) -> bool:
        return all(word in str(label).lower() for word in wanted)

    def is_shown(value: Any, label: Any) -> bool:
        return not value or str(value) == chosen or is_match(label)

    widget.choices = list(_narrowed(choices, is_shown))
    matches = sum(1 for value, label in _flat(choices) if value and is_match(label))
    return Search(words=words, matches=matches, total=total)


def _flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    """Yield value and label of each choice, also of those in groups."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield value, label


def _narrowed(choices: Any, is_shown: Any) -> Iterator[tuple[Any, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            inside = [each for each in label if is_shown(*each)]
            if inside:
                yield value, inside
        elif is_shown(value, label):
            yield value, label
