"""Images: what people paste, references to images, and the URI to pull through a rule."""

from wizard.domain.images.pasted import reference_in
from wizard.domain.images.pulls import PullUri, pull_uri
from wizard.domain.images.references import Reference, parse_reference

__all__ = ["PullUri", "Reference", "parse_reference", "pull_uri", "reference_in"]
