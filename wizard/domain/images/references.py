"""References to images, as the distribution project defines them.

`nginx`, `grafana/grafana:11`, `localhost:5000/app`, `ghcr.io/org/app:1@sha256:...`. Grammar: the
package `reference` of github.com/distribution/reference; digests: the OCI image specification.
"""

import re
from dataclasses import dataclass
from typing import Final

from wizard.domain.errors import InvalidImage

_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_COMPONENT: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
# What distinguishes a host from the first component of a path: a dot, a port, or `localhost`.
_REFERENCE: Final = re.compile(
    rf"""
    (?:(?P<host>
        localhost(?::[0-9]+)?
      | {_LABEL}(?::[0-9]+)
      | {_LABEL}(?:\.{_LABEL})+(?::[0-9]+)?
      | \[[a-fA-F0-9:]+\](?::[0-9]+)?
    )/)?
    (?P<path>{_COMPONENT}(?:/{_COMPONENT})*)
    (?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?
    (?:@(?P<digest>sha256:[0-9a-f]{{64}}|sha384:[0-9a-f]{{96}}|sha512:[0-9a-f]{{128}}))?
    """,
    re.VERBOSE | re.ASCII,
)
# An ID of an image. Docker does not take it as a name.
_IMAGE_ID: Final = re.compile(r"[0-9a-f]{64}")
NAME_MAX: Final = 255  # host and path
_TEXT_MAX: Final = NAME_MAX + len(":") + 128 + len("@sha512:") + 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An image as it was named; what was not typed is empty.

    `host` is in lower case and may have a port. `path` is the repository in its registry.
    """

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def version(self) -> str:
        """Return `:tag`, `@digest` or both; the tag `latest` if there is neither."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{tag}{digest}" or ":latest"

    def __str__(self) -> str:
        name = f"{self.host}/{self.path}" if self.host else self.path
        return f"{name}{self.version if self.tag or self.digest else ''}"


def parse_reference(text: str) -> Reference:
    """Return the parts of a reference. Raises InvalidImage (part `image`)."""
    found = None if len(text) > _TEXT_MAX else _REFERENCE.fullmatch(text)
    if found is None or _IMAGE_ID.fullmatch(text):
        raise InvalidImage("image", text)
    host = (found["host"] or "").lower()
    if len(host) + len(found["path"]) >= NAME_MAX:
        raise InvalidImage("length", text)
    return Reference(
        host=host, path=found["path"], tag=found["tag"] or "", digest=found["digest"] or ""
    )
