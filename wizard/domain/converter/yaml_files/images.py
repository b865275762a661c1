"""Collects the references of a YAML file: with the slots that hold them, or why they are fixed.

A reference stands in one scalar or in several, one for each of its parts. A scalar of which only
the tag is an expression is converted by its literal name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wizard.domain.converter import limits
from wizard.domain.converter.reading import Fixed, Occurrence, Places, Quoting, Role, Slot
from wizard.domain.converter.yaml_files.nodes import Scalar
from wizard.domain.errors import InvalidImage
from wizard.domain.images import parse_reference

_LONGEST_SHOWN: Final = 200
# No reference is as long, or has as many expressions. Nothing longer is searched for them, because
# an expression that does not end is looked for once for each of its beginnings.
_LONGEST: Final = 1_000
_MOST_EXPRESSIONS: Final = 10
# Expressions of templates: of Helm, Argo, Jinja and GitHub, of Tekton and GitLab.
_TEMPLATED: Final = r"\$?\{\{.*?\}\}|\$\[\[.*?\]\]|\$\([^()]*\)|<%.*?%>"
# Variables of compose, GitLab, Flux and shells. A default is kept, unless it has a variable itself.
_VARIABLE: Final = (
    r"\$\{[^{}:?+=-]*+(?::?-(?P<default>[^{}$]*+)(?=\}))?+(?:[^{}]|\{[^{}]*+\})*+\}|\$[A-Za-z_]\w*"
)
_EXPRESSION: Final = re.compile(rf"(?P<templated>{_TEMPLATED})|{_VARIABLE}", re.DOTALL)
# What has begun as an expression and is none of the above.
_UNCLEAR: Final = re.compile(r"(?P<brackets>\{\{|\}\}|\$\[\[|<%)|\$")
# Stands for an expression while a text is taken apart; no reference has it.
_STAND_IN: Final = "\0"
_PROPERTY: Final = re.compile(r"[&!][^\s]*|#[^\r\n]*|\s+")
_ESCAPES: Final = {
    Quoting.DOUBLE: re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)"),
    Quoting.SINGLE: re.compile("''"),
}
_BARE_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a scalar: the text, the offset where it starts, and where it ends.

    `is_verbatim` says that each character of the value is one of the text, without escapes.
    """

    value: str
    start: int
    end: int
    quoting: Quoting
    is_verbatim: bool


class Images:
    """The references that were found so far in a text."""

    def __init__(self, text: str, places: Places) -> None:
        self.text = text
        self.places = places
        self._found: list[tuple[int, Occurrence]] = []
        self._notes: dict[str, None] = {}

    def note(self, note: str) -> None:
        """Keep a note, once."""
        self._notes[note] = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the notes in the order in which they were made."""
        return tuple(self._notes)

    @property
    def is_full(self) -> bool:
        """Whether there are more than a page can show, so that nothing more need be read."""
        return len(self._found) > limits.MOST_OCCURRENCES

    @property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """Return the references in the order of the text."""
        ordered = sorted(self._found, key=lambda found: found[0])
        return tuple(occurrence for _, occurrence in ordered)

    def add(
        self,
        scalar: Scalar,
        place: str,
        *,
        prefix: str = "",
        fixed: Fixed | None = None,
        is_certain: bool = True,
    ) -> None:
        """Add a scalar that is a reference, after a prefix such as `docker://`.

        Unless it is certain to be one, it is left out if it cannot be one.
        """
        if self.is_full:
            return
        content = _content_of(self.text, scalar)
        value = content.value[len(prefix) :]
        named = _literal_name(value)
        if named is Fixed.INVALID and not is_certain:
            return
        if fixed is not None or isinstance(named, Fixed):
            self._add_fixed(content, place, value, named if isinstance(named, Fixed) else fixed)
            return
        reference, length = named
        is_whole = length == len(value)
        slot = _slot(
            self.text,
            content,
            Role.REFERENCE if is_whole else Role.REPOSITORY,
            start=len(prefix),
            end=len(prefix) + length,
        )
        if slot is None:
            self._add_fixed(content, place, value, Fixed.INVALID)
        else:
            self._add(content.start, reference, place, (slot,))

    def add_parts(
        self,
        place: str,
        *,
        repository: Scalar,
        registry: Scalar | None = None,
        tag: Scalar | None = None,
        digest: Scalar | None = None,
    ) -> bool:
        """Add a reference of which each part has a scalar. Tell whether it is one."""
        if self.is_full:
            return True
        named = _content_of(self.text, repository)
        before = _text_of(self.text, registry).rstrip("/")
        name = f"{before}/{named.value}" if before else named.value
        if expression := expression_in(name):
            self._add_fixed(named, place, name, expression)
            return True
        reference = name + self._version(tag, digest)
        if not _is_reference(reference):
            return False
        slots = []
        if registry is not None and not _has_no_colon(self.text, registry):
            host = _content_of(self.text, registry)
            slots.append(_slot(self.text, host, Role.REGISTRY, end=len(host.value.rstrip("/"))))
        slots.append(_slot(self.text, named, Role.REPOSITORY, end=_name_length(named.value)))
        told = tuple(slot for slot in slots if slot is not None)
        if len(told) < len(slots):
            self._add_fixed(named, place, reference, Fixed.INVALID)
        else:
            self._add(named.start, reference, place, told)
        return True

    def _version(self, tag: Scalar | None, digest: Scalar | None) -> str:
        """Return tag and digest as far as they are literal."""
        tagged, digested = _text_of(self.text, tag), _text_of(self.text, digest)
        tagged = "" if expression_in(tagged) else tagged
        digested = "" if expression_in(digested) else digested
        if _BARE_DIGEST.fullmatch(digested):
            digested = f"sha256:{digested}"
        return (f":{tagged}" if tagged else "") + (f"@{digested}" if digested else "")

    def add_fixed(self, scalar: Scalar, place: str, fixed: Fixed, text: str = "") -> None:
        """Add a reference that cannot be converted."""
        content = _content_of(self.text, scalar)
        self._add_fixed(content, place, text or content.value, fixed)

    def add_templated(self, start: int, place: str) -> None:
        """Add what is a template without quotes, which YAML takes for a mapping."""
        end = self.text.find("}}", start, start + _LONGEST)
        shown = self.text[start : end + 2] if end >= 0 else "{{"
        self._add(start, _shortened(shown), place, (), Fixed.TEMPLATED)

    def _add_fixed(self, content: Content, place: str, value: str, fixed: Fixed | None) -> None:
        self._add(content.start, _shortened(value), place, (), fixed)

    def _add(
        self,
        offset: int,
        reference: str,
        place: str,
        slots: Sequence[Slot],
        fixed: Fixed | None = None,
    ) -> None:
        if self.is_full:
            return
        line, column = self.places(offset)
        occurrence = Occurrence(
            reference=reference,
            slots=tuple(slots),
            line=line,
            column=column,
            place=_shortened(place),
            fixed=fixed,
        )
        self._found.append((offset, occurrence))


def expression_in(text: str) -> Fixed | None:
    """Return what kind of expression a text has."""
    unclear = _UNCLEAR.search(text)
    if unclear is None and "$" not in text:
        return None
    found = None if _is_too_long(text) else _EXPRESSION.search(text)
    templated = found["templated"] if found else unclear and unclear["brackets"]
    return Fixed.TEMPLATED if templated else Fixed.VARIABLE


def _is_too_long(text: str) -> bool:
    return len(text) > _LONGEST or len(_UNCLEAR.findall(text)) > _MOST_EXPRESSIONS


def _literal_name(value: str) -> tuple[str, int] | Fixed:
    """Return the reference that a value is, and how many characters of it are literal.

    Of `nginx:${TAG:-1.2}` this is `nginx:1.2`, and 5. The kind of the expression is returned if the
    name has one.
    """
    fixed = expression_in(value)
    if fixed is None:
        return (value, len(value)) if _is_reference(value) else Fixed.INVALID
    if _is_too_long(value):
        return fixed
    plain = _EXPRESSION.sub(_STAND_IN, value)
    length = _name_length(plain)
    name, rest = plain[:length], plain[length:]
    if _STAND_IN in name or not rest or not _is_reference(name):
        return fixed
    with_defaults = _EXPRESSION.sub(lambda found: found["default"] or _STAND_IN, value)
    return (with_defaults if _is_reference(with_defaults) else name), length


def _name_length(value: str) -> int:
    """Return where the name ends: before the tag or the digest."""
    last = value.rfind("/") + 1
    found = re.search(r"[:@]", value[last:])
    return last + found.start() if found else len(value)


def _is_reference(text: str) -> bool:
    try:
        parse_reference(text)
    except InvalidImage:
        return False
    return True


def _content_of(text: str, scalar: Scalar) -> Content:
    """Return where the content of a scalar stands."""
    start, end = _after_properties(text, scalar), scalar.end
    if scalar.is_null:
        quoting = Quoting.YAML if scalar.value else Quoting.ABSENT
        return Content("", start, start + len(scalar.value), quoting, is_verbatim=True)
    if scalar.style in ("|", ">"):
        return _block(text, scalar, start)
    if scalar.style:
        quoting = Quoting.DOUBLE if scalar.style == '"' else Quoting.SINGLE
        start, end = start + 1, end - 1
    else:
        quoting = Quoting.YAML
    return Content(scalar.value, start, end, quoting, text[start:end] == scalar.value)


def _block(text: str, scalar: Scalar, start: int) -> Content:
    """Return the content of a block scalar, which is verbatim if it has one line."""
    value = scalar.value.strip()
    header = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)").match(text, start)
    begin = header.end() if header else start
    raw = text[begin : scalar.end]
    begin += len(raw) - len(raw.lstrip())
    end = begin + len(raw.strip())
    return Content(value, begin, end, Quoting.PLAIN, text[begin:end] == value)


def _after_properties(text: str, scalar: Scalar) -> int:
    """Return the offset after tag, anchor and the comments between them and the content."""
    offset = scalar.start
    while (
        scalar.has_properties
        and offset < scalar.end
        and (found := _PROPERTY.match(text, offset, scalar.end))
    ):
        offset = found.end()
    return offset


def _has_no_colon(text: str, scalar: Scalar) -> bool:
    """Tell whether nothing can be written there, as after the key in `{registry, tag: 1}`."""
    before = text[max(0, scalar.start - _LONGEST_SHOWN) : scalar.start]
    return scalar.start == scalar.end and not before.rstrip().endswith(":")


def _text_of(text: str, scalar: Scalar | None) -> str:
    return "" if scalar is None or scalar.is_null else _content_of(text, scalar).value


def _slot(text: str, content: Content, role: Role, *, end: int, start: int = 0) -> Slot | None:
    """Return the slot of some characters of a value; None if they cannot be told in the text."""
    if start == 0 and end == len(content.value):
        if content.quoting is Quoting.PLAIN and not content.is_verbatim:
            return None
        return Slot(role=role, start=content.start, end=content.end, quoting=content.quoting)
    offsets = _offsets(text, content)
    if offsets is None:
        return None
    return Slot(role=role, start=offsets[start], end=offsets[end], quoting=content.quoting)


def _offsets(text: str, content: Content) -> Sequence[int] | None:
    """Return the offset of each character of the value in the text, and the one of its end."""
    if content.is_verbatim:
        return range(content.start, content.end + 1)
    raw = text[content.start : content.end]
    if content.quoting not in _ESCAPES or "\n" in raw or "\r" in raw:
        return None
    offsets: list[int] = []
    last = 0
    for found in _ESCAPES[content.quoting].finditer(raw):
        offsets += range(content.start + last, content.start + found.start() + 1)
        last = found.end()
    offsets += range(content.start + last, content.end + 1)
    return offsets if len(offsets) == len(content.value) + 1 else None


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
