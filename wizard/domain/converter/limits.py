"""What the converter refuses before it reads: by size, by encoding, and what is no text.

A refused file is not read at all. Its message repeats nothing of the file.
"""

import re
from dataclasses import dataclass
from typing import Final

from wizard.domain.converter.reading import Places, Problem
from wizard.domain.texts import gettext_noop as _

MOST_BYTES: Final = 1_000_000
# A page shows a row for each; a list of all pods of a large cluster has some thousands.
MOST_OCCURRENCES: Final = 10_000
# Levels of mappings and sequences in YAML and JSON. Manifests have up to about 20.
DEEPEST: Final = 100
# Nodes that YAML's aliases may stand for, all together.
MOST_NODES: Final = 500_000
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_UTF_32: Final = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_UTF_16: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}

TOO_LARGE: Final = _("The file is too large. You can convert up to 1 MB.")
NO_TEXT: Final = _("This isn't text. It contains a control character.")
NOT_UTF_8: Final = _("The file isn't text in UTF-8 or UTF-16. Save it in UTF-8, then try again.")
TOO_MANY: Final = _("There are too many images. Only the first 10,000 are shown.")
TOO_DEEP: Final = _("The file is nested too deeply. It can have up to 100 levels.")
TOO_MANY_NODES: Final = _("The file's aliases refer to each other so often that it can't be read.")


class Refused(Exception):
    """The file is not read at all, because of a limit."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.problem = Problem(message=message, line=line, column=column)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of an uploaded file, and what encodes it again to the same bytes."""

    text: str
    encoding: str = "utf-8"

    def encoded(self, text: str) -> bytes:
        """Return an edited text as the bytes of a file in the same encoding."""
        return text.encode(self.encoding)


def decoded(content: bytes) -> Decoded:
    """Return the text of an uploaded file, with its byte order mark. Raises Refused."""
    if len(content) > MOST_BYTES:
        raise Refused(TOO_LARGE)
    encoding = _UTF_16.get(content[:2], "utf-8")
    if content.startswith(_UTF_32):
        raise Refused(NOT_UTF_8)
    try:
        return Decoded(content.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, errors="replace")
        raise Refused(NOT_UTF_8, *Places(before)(len(before))) from None


def check(text: str) -> None:
    """Raise Refused for what is too large or no text."""
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        raise Refused(TOO_LARGE)
    if found := _CONTROL.search(text):
        raise Refused(NO_TEXT, *Places(text)(found.start()))
