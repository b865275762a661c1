"""References to images in a Dockerfile, read as BuildKit reads it."""

from wizard.domain.converter.dockerfile.images import read_dockerfile

__all__ = ["read_dockerfile"]
