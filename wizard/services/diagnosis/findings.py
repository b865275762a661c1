"""The result of one check of the doctor, for the person at the server's shell, in English."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a check ended; NOT_ASKED if something else must be mended first."""

    GOOD = "ok"
    WARNING = "warning"
    BAD = "failed"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was checked, how it ended, and what to do about it."""

    subject: str
    health: Health
    text: str
    remedy: str = ""


def good(subject: str, text: str) -> Finding:
    return Finding(subject=subject, health=Health.GOOD, text=text)


def warning(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject=subject, health=Health.WARNING, text=text, remedy=remedy)


def bad(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject=subject, health=Health.BAD, text=text, remedy=remedy)


def not_asked(subject: str, text: str) -> Finding:
    return Finding(subject=subject, health=Health.NOT_ASKED, text=text)
