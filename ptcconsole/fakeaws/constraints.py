"""Checks requests against botocore's service model: type, required, length, pattern, enum.

The services decide which error a violation becomes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A violated constraint; `wrong_type` if the value does not have the type of the shape."""

    path: str
    value: Any
    constraint: str
    wrong_type: bool = False

    @property
    def as_validation_error(self) -> str:
        """Return the message in the wording that most AWS services use."""
        path = self.path[:1].lower() + self.path[1:]
        return (
            f"1 validation error detected: Value '{self.value}' at '{path}' failed to satisfy "
            f"constraint: {self.constraint}"
        )


def violations(shape: Shape, value: Any, path: str = "") -> Iterator[Violation]:
    """Yield the violated constraints of the shape, outermost first."""
    if not _has_type(shape, value):
        text = f"Member must be of type {shape.type_name}"
        yield Violation(path=path, value=value, constraint=text, wrong_type=True)
    elif isinstance(shape, StructureShape):
        yield from _of_structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _of_length(shape, value, path)
        for position, member in enumerate(value, start=1):
            yield from violations(shape.member, member, f"{path}.{position}.member")
    elif isinstance(shape, MapShape):
        for key, member in value.items():
            yield from violations(shape.key, key, f"{path}.{key}")
            yield from violations(shape.value, member, f"{path}.{key}")
    elif isinstance(shape, StringShape):
        yield from _of_length(shape, value, path)
        yield from _of_text(shape, value, path)
    elif shape.type_name in ("integer", "long"):
        yield from _of_number(shape, value, path)


def _has_type(shape: Shape, value: Any) -> bool:
    if isinstance(value, bool) and shape.type_name != "boolean":
        return False
    return isinstance(value, _PYTHON_TYPES[shape.type_name])


def _of_structure(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[Violation]:
    for name, member in shape.members.items():
        inner_path = f"{path}.{name}" if path else name
        if value.get(name) is not None:
            yield from violations(member, value[name], inner_path)
        elif name in shape.required_members:
            yield Violation(path=inner_path, value=None, constraint="Member must not be null")


def _of_length(shape: Shape, value: str | list[Any], path: str) -> Iterator[Violation]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        text = f"Member must have length greater than or equal to {least}"
        yield Violation(path=path, value=value, constraint=text)
    if most is not None and len(value) > most:
        text = f"Member must have length less than or equal to {most}"
        yield Violation(path=path, value=value, constraint=text)


def _of_text(shape: StringShape, value: str, path: str) -> Iterator[Violation]:
    pattern = shape.metadata.get("pattern")
    # AWS matches the whole string; Python's `$` would accept a trailing line break.
    if pattern is not None and not _matches(pattern, value):
        text = f"Member must satisfy regular expression pattern: {pattern}"
        yield Violation(path=path, value=value, constraint=text)
    if shape.enum and value not in shape.enum:
        text = f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        yield Violation(path=path, value=value, constraint=text)


def _matches(pattern: str, value: str) -> bool:
    """Whether the value has the pattern; one in Java's dialect that Python lacks is not checked."""
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True


def _of_number(shape: Shape, value: int, path: str) -> Iterator[Violation]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        text = f"Member must have value greater than or equal to {least}"
        yield Violation(path=path, value=value, constraint=text)
    if most is not None and value > most:
        text = f"Member must have value less than or equal to {most}"
        yield Violation(path=path, value=value, constraint=text)
