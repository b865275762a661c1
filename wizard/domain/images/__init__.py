"""Images: what people paste, references to images, and the URI to pull through a rule."""

from wizard.domain.images.pasted import reference_in
from wizard.domain.images.pulls import (
    PullUri,
    canonical_host,
    pull_of_reference,
    pull_uri,
    upstream_path,
)
from wizard.domain.images.references import Reference, parse_reference

__all__ = [
    "PullUri",
    "Reference",
    "canonical_host",
    "parse_reference",
    "pull_of_reference",
    "pull_uri",
    "reference_in",
    "upstream_path",
]
