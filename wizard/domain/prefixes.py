"""Repository prefixes: what ECR accepts as one, and what is wrong with one that it refuses.

The grammar is ECR's `PullThroughCacheRuleRepositoryPrefix`: path segments of lower-case letters
and digits, joined inside by `.`, `_`, `__` or hyphens, with one optional slash at the end; or the
word `ROOT`. A test holds the verdicts against botocore's own pattern.
"""

from enum import StrEnum
from string import ascii_lowercase, digits
from typing import Final

ROOT: Final = "ROOT"
MIN_LENGTH: Final = 2
MAX_LENGTH: Final = 30

_ALPHANUMERIC = frozenset(ascii_lowercase + digits)
_SEPARATORS = frozenset("._-")
_ALLOWED = _ALPHANUMERIC | _SEPARATORS | {"/"}


class PrefixProblem(StrEnum):
    """Why ECR would refuse a prefix; the wording for people is the presentation's."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    UPPERCASE = "uppercase"
    CHARACTER = "character"
    EMPTY_SEGMENT = "empty-segment"
    SEGMENT_EDGE = "segment-edge"
    SEPARATOR_RUN = "separator-run"


def prefix_problem(prefix: str) -> PrefixProblem | None:
    """Return the first thing wrong with `prefix`, or None when ECR accepts it."""
    if len(prefix) < MIN_LENGTH:
        return PrefixProblem.TOO_SHORT
    if len(prefix) > MAX_LENGTH:
        return PrefixProblem.TOO_LONG
    if prefix == ROOT:
        return None
    return _character_problem(prefix) or _segment_problem(prefix.removesuffix("/"))


def is_root(prefix: str | None) -> bool:
    """Say whether a prefix stands for every repository: AWS leaves it out or says `ROOT`."""
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
    """Split off the letters and digits: `a.b--c` gives `.` and `--`."""
    return "".join(" " if c in _ALPHANUMERIC else c for c in segment).split()


def _is_separator(run: str) -> bool:
    return run in {".", "_", "__"} or set(run) == {"-"}
