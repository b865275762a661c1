"""Neutralises texts that a spreadsheet would execute as a formula (CSV injection)."""

from typing import Final

# What a formula begins with, or whitespace that is trimmed off before one. The last four are the
# full-width forms of the first four, which some spreadsheets accept too.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def plain_cell(text: str) -> str:
    """Return the text, with an apostrophe in front if it would be a formula."""
    if text.startswith(FORMULA_STARTS):  # guard: S8 H4
        return f"'{text}"
    return text
