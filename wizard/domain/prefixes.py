"""Repository prefixes: whether ECR accepts one, and why not.

The grammar is ECR's `PullThroughCacheRuleRepositoryPrefix`: path segments of lower-case letters
and digits, separated inside by `.`, `_`, `__` or hyphens, with an optional trailing slash; or the
word `ROOT`. A test compares the results with botocore's pattern.
"""

from collections.abc import Iterable
from enum import StrEnum
from itertools import count
from string import ascii_lowercase, digits
from typing import Final

ROOT: Final = "ROOT"
MIN_LENGTH: Final = 2
MAX_LENGTH: Final = 30

_ALPHANUMERIC = frozenset(ascii_lowercase + digits)
_SEPARATORS = frozenset("._-")
_ALLOWED = _ALPHANUMERIC | _SEPARATORS | {"/"}


class PrefixProblem(StrEnum):
    """Why ECR refuses a prefix."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    UPPERCASE = "uppercase"
    CHARACTER = "character"
    EMPTY_SEGMENT = "empty-segment"
    SEGMENT_EDGE = "segment-edge"
    SEPARATOR_RUN = "separator-run"


def prefix_problem(
    prefix: str, *, shortest: int = MIN_LENGTH, longest: int = MAX_LENGTH
) -> PrefixProblem | None:
    """Return the first problem of `prefix`, or None if ECR accepts it.

    The grammar is that of rules and of repository creation templates; the lengths differ.
    """
    if len(prefix) < shortest:
        return PrefixProblem.TOO_SHORT
    if len(prefix) > longest:
        return PrefixProblem.TOO_LONG
    if prefix == ROOT:
        return None
    return _character_problem(prefix) or _segment_problem(prefix.removesuffix("/"))


def free_prefix(wanted: str, taken: Iterable[str]) -> str:
    """Return the prefix, or the first of `wanted-2`, `wanted-3` and so on that no rule has."""
    used = {prefix.rstrip("/") for prefix in taken}
    suffixes = ("" if number == 1 else f"-{number}" for number in count(1))
    candidates = (f"{wanted[: MAX_LENGTH - len(suffix)]}{suffix}" for suffix in suffixes)
    return next(candidate for candidate in candidates if candidate not in used)


def is_root(prefix: str | None) -> bool:
    """Whether a prefix matches every repository: AWS omits it or returns `ROOT`."""
    return prefix in (None, "", ROOT)


def _character_problem(prefix: str) -> PrefixProblem | None:
    if _ALLOWED.issuperset(prefix):
        return None
    return PrefixProblem.UPPERCASE if prefix != prefix.lower() else PrefixProblem.CHARACTER


def _segment_problem(path: str) -> PrefixProblem | None:
    for segment in path.split("/"):
        if not segment:
            return PrefixProblem.EMPTY_SEGMENT
        if segment[0] in _SEPARATORS or segment[-1] in _SEPARATORS:
            return PrefixProblem.SEGMENT_EDGE
        if any(not _is_separator(run) for run in _separator_runs(segment)):
            return PrefixProblem.SEPARATOR_RUN
    return None


def _separator_runs(segment: str) -> list[str]:
    """Return the runs of separators: `.` and `--` for `a.b--c`."""
    return "".join(" " if c in _ALPHANUMERIC else c for c in segment).split()


def _is_separator(run: str) -> bool:
    return run in {".", "_", "__"} or set(run) == {"-"}
