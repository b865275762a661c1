"""Finds the references to images in a Jenkinsfile.

A Jenkinsfile is a program in Groovy. It is scanned for the places where the plugins for Docker and
Kubernetes take an image, and not run: what it puts together from parts is told and left as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from wizard.domain.converter.limits import MOST_OCCURRENCES
from wizard.domain.converter.literals import SHOWN, is_reference, literal
from wizard.domain.converter.reading import Fixed, Kind, Occurrence, Places, Reading, Role
from wizard.domain.texts import gettext_noop as _

# Comments, strings and braces; a string without its end goes to the end of the line or the text.
_TOKEN: Final = re.compile(
    r"""//[^\n]*+ | /\*(?:(?!\*/).)*+(?:\*/)?
      | (?P<long>'{3}|"{3})(?P<lines>(?:\\.|(?!(?P=long)).)*+)(?:(?P=long))?
      | (?P<quote>['"])(?P<text>(?:\\.|(?!(?P=quote))[^\n\\])*+)(?P<closed>(?P=quote))?
      | (?P<brace>[{}])""",
    re.VERBOSE | re.DOTALL,
)
_BEFORE: Final = 60
_MOST_BLOCKS: Final = 1_000  # within each other
_MOST_IN_BLOCK: Final = 100  # of a block with a registry of its own, which has one
_SHORTEST: Final = len("image a") - 1
# What stands before a string that is an image.
_IMAGE: Final = re.compile(
    r"(?:\bimage\s*[:=(]?|(?<![.\w])docker\s*\(?|\bdocker\s*\.\s*image\s*\(?)\s*\Z"
)
_REGISTRY: Final = re.compile(r"\bwithRegistry\s*\(?\s*(?:url\s*:\s*)?\Z")
_REGISTRY_URL: Final = re.compile(r"\bregistryUrl\s*[:=(]?\s*\Z")
# An image that is no string: the value of a variable.
_VARIABLE: Final = re.compile(
    r"\bdocker\s*\.\s*image\s*\(\s*(?P<a>[A-Za-z_][\w.]*)\s*[,)+]"
    r"|^[ \t]*image[ \t]+(?P<b>[A-Za-z_][\w.]*)[ \t]*\r?$",
    re.MULTILINE,
)
_YAML_IMAGE: Final = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?image:[ \t]+(["']?)(?P<image>[^\s"'#]+)\1[ \t]*(?:\#.*)?\r?$""",
    re.MULTILINE,
)
_HOST: Final = re.compile(r"(?:https?://)?([^/\s]+)")

SCANNED: Final = _("A Jenkinsfile is a program. It was scanned for images, not run.")


def read_jenkinsfile(text: str) -> Reading:
    """Return the references in a Jenkinsfile."""
    scan = _Scan(text, Places(text))
    scan.run()
    found = sorted(scan.found, key=lambda each: (each.line, each.column))
    return Reading(kind=Kind.JENKINSFILE, occurrences=tuple(found), notes=(SCANNED,))


@dataclass(slots=True)
class _Block:
    """What is between braces: the registry of the block around, that of `registryUrl`, and the
    images directly in it, by their numbers.
    """

    registry: str
    url: str = ""
    images: tuple[int, ...] = ()


@dataclass(slots=True)
class _Scan:
    text: str
    places: Places
    found: list[Occurrence] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=lambda: [_Block("")])
    registry: str = ""  # of the block that begins next
    beyond: int = 0  # blocks deeper than the most, which count as parts of the deepest

    def run(self) -> None:
        last = 0
        for token in _TOKEN.finditer(self.text):
            start = token.start()
            if start - last > _SHORTEST:
                self._variables(last, start)
            before, last = last, token.end()
            if token.lastgroup == "brace":
                self._brace(token["brace"])
                continue
            code = self.text[max(before, start - _BEFORE) : start]
            if token["long"]:
                self.found.extend(self._of_yaml(token))
                self._string(token, "lines", code)
            elif token["quote"]:
                self._string(token, "text", code)
            if len(self.found) > MOST_OCCURRENCES:
                break
        self._variables(last, len(self.text))
        while self.blocks:
            self._close()

    def _brace(self, brace: str) -> None:
        if self.beyond or (brace == "{" and len(self.blocks) > _MOST_BLOCKS):
            self.beyond += 1 if brace == "{" else -1
        elif brace == "{":
            registry = self.registry or self.blocks[-1].registry
            self.blocks.append(_Block(registry))
            self.registry = ""
        elif len(self.blocks) > 1:
            self._close()

    def _close(self) -> None:
        """End a block. A registry that it names is that of the images in it."""
        block = self.blocks.pop()
        for number in block.images if block.url else ():
            self.found[number] = _in_registry(self.found[number], block.url)

    def _string(self, token: re.Match[str], group: str, code: str) -> None:
        """Take a string by what stands before it."""
        if not any(word in code for word in ("image", "docker", "egistry")):
            return
        if _REGISTRY.search(code):
            self.registry = _host(token[group])
        elif _REGISTRY_URL.search(code):
            self.blocks[-1].url = _host(token[group])
        elif _IMAGE.search(code) and not re.search(r"\s", token[group]) and token[group]:
            found = self._image(token, group, "docker" if "docker" in code else "image")
            block = self.blocks[-1]
            if len(block.images) < _MOST_IN_BLOCK:
                block.images += (len(self.found),)
            self.found.append(_in_registry(found, block.registry) if block.registry else found)

    def _image(self, token: re.Match[str], group: str, place: str) -> Occurrence:
        following = self.text[token.end() : token.end() + _BEFORE].lstrip()
        found = _image(self.places, token.start(group), token[group], place)
        if following.startswith("+") and not found.fixed:
            return replace(found, slots=(), fixed=Fixed.VARIABLE)
        return found

    def _of_yaml(self, token: re.Match[str]) -> Iterator[Occurrence]:
        """Return the images of containers in a string of several lines."""
        start, end = token.span("lines")
        for image in _YAML_IMAGE.finditer(self.text, start, end):
            yield _image(self.places, image.start("image"), image["image"], "yaml")

    def _variables(self, start: int, end: int) -> None:
        """Take the images between two strings, which are variables."""
        for found in _VARIABLE.finditer(self.text, start, end):
            group = found.lastgroup or 0
            line, column = self.places(found.start(group))
            name = found[group][:SHOWN]
            self.found.append(
                Occurrence(
                    reference=name, line=line, column=column, place="docker", fixed=Fixed.VARIABLE
                )
            )


def _host(url: str) -> str:
    """Return the host in the address of a registry; what is not one is a variable or nothing."""
    found = _HOST.match(url.strip())
    return found[1] if found else ""


def _image(places: Places, start: int, text: str, place: str) -> Occurrence:
    """Return the occurrence of an image; if its tag alone has a variable, the slot is the rest."""
    name, dollar, _rest = text.partition("$")
    if not dollar:
        return literal(places, start, start + len(text), text, place=place)
    bare, _colon, tag = name.rpartition(":")
    found = literal(places, start, start + len(bare), bare, place=place)
    if found.fixed or "/" in tag:
        return replace(found, reference=text[:SHOWN], slots=(), fixed=Fixed.VARIABLE)
    return replace(found, slots=tuple(replace(each, role=Role.REPOSITORY) for each in found.slots))


def _in_registry(found: Occurrence, registry: str) -> Occurrence:
    """Return an image of a block with a registry: Jenkins puts its host in front of the name."""
    if found.fixed:
        return found
    reference = found.reference
    if not reference.startswith(f"{registry}/"):
        reference = f"{registry}/{reference}"
    known = reference if is_reference(reference) else found.reference
    return replace(found, reference=known, slots=(), fixed=Fixed.VARIABLE)
