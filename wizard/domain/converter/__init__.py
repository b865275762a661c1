"""Finds the references to images in a file, and writes others into their places.

`read` returns what a file has, `edited` the file with other values. Nothing is evaluated or kept.
"""

from wizard.domain.converter.bypass import (
    Route,
    RouteCount,
    RunningImage,
    route_counts,
    running_images,
)
from wizard.domain.converter.conversion import Conversion, Converted, Direction, convert
from wizard.domain.converter.diff import Hunk, hunks_of
from wizard.domain.converter.edits import edited
from wizard.domain.converter.files import read
from wizard.domain.converter.kinds import kind_of
from wizard.domain.converter.limits import Decoded, Refused, decoded
from wizard.domain.converter.mapping import Finding, Mapped, NeededRule, RuleMap
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
    "Conversion",
    "Converted",
    "Decoded",
    "Direction",
    "Finding",
    "Fixed",
    "Hunk",
    "Kind",
    "Mapped",
    "NeededRule",
    "Occurrence",
    "Places",
    "Problem",
    "Quoting",
    "Reading",
    "Refused",
    "Role",
    "Route",
    "RouteCount",
    "RuleMap",
    "RunningImage",
    "Slot",
    "convert",
    "decoded",
    "edited",
    "hunks_of",
    "kind_of",
    "read",
    "route_counts",
    "running_images",
]
