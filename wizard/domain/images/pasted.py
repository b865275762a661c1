"""Finds the reference in what people paste: a command, a line of a file, the address of a page."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from wizard.domain.registries import REGISTRIES

# Quotes of the shell, of YAML and JSON, of Markdown, and those that word processors make of them.
_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"
# `docker pull nginx`; the words before name the program, with or without sudo and `image`.
_PULL: Final = re.compile(r"(?:^|\s)pull\s+(?P<rest>\S.*)", re.DOTALL)
_FROM: Final = re.compile(r"from\s+(?P<rest>\S.*)", re.IGNORECASE | re.DOTALL)
# `image: nginx`, `- image: nginx`, `"image": "nginx",` of compose files, manifests and workflows.
_KEY: Final = re.compile(
    rf"(?:-\s*)?[{_QUOTES}]?(?:image|container|newName|uses)[{_QUOTES}]?\s*[:=]\s*"
)
# How tools name the registry as the place of an image.
_TRANSPORT: Final = re.compile(r"(?:docker-image|docker|oci|https?)://", re.IGNORECASE)
# Options of `pull` whose value is a word of its own.
_WITH_VALUE: Final = frozenset(
    {"--platform", "--arch", "--os", "--variant", "--creds", "--authfile"}
)


def reference_in(text: str) -> str:
    """Return the reference in a pasted text; of any other text, the text without blanks around it.

    The answer need not be valid: `parse_reference` tells.
    """
    text = _bare(text)
    text = _bare(_KEY.sub("", text, count=1)) if _KEY.match(text) else text
    if command := _PULL.search(text) or _FROM.match(text):
        text = _argument(command["rest"].split())
    text = _bare(re.split(r"\s+#", text, maxsplit=1)[0])
    address = _TRANSPORT.sub("", text, count=1) if _TRANSPORT.match(text) else text
    return _of_page(address) or address


def _bare(text: str) -> str:
    return text.strip().strip(_QUOTES).rstrip(",;").strip(_QUOTES).strip()


def _argument(words: Sequence[str]) -> str:
    """Return the first word that is neither an option nor the value of one."""
    is_value = False
    for word in words:
        if not is_value and not word.startswith("-"):
            return word
        is_value = word in _WITH_VALUE
    return ""


def _of_page(address: str) -> str:
    """Return the reference of the image that a page of a registry's website is about."""
    page = unquote(address.partition("?")[0].partition("#")[0]).rstrip("/")
    for registry in REGISTRIES:
        for pattern, path in registry.pages:
            if found := re.fullmatch(pattern, page, re.IGNORECASE):
                return f"{registry.host}/{path.format_map(found.groupdict())}".lower()
    return ""
