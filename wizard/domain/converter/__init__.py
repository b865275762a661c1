"""Finds the references to images in a file, and writes others into their places.

`read` returns what a file has, `edited` the file with other values. Nothing is evaluated or kept.
"""

from wizard.domain.converter.edits import edited
from wizard.domain.converter.files import read
from wizard.domain.converter.kinds import kind_of
from wizard.domain.converter.limits import Decoded, Refused, decoded
from wizard.domain.converter.reading import (
    Fixed,
    Kind,
    Occurrence,
    Places,
    Problem,
    Quoting,
    Reading,
    Role,
    Slot,
)

__all__ = [
    "Decoded",
    "Fixed",
    "Kind",
    "Occurrence",
    "Places",
    "Problem",
    "Quoting",
    "Reading",
    "Refused",
    "Role",
    "Slot",
    "decoded",
    "edited",
    "kind_of",
    "read",
]
