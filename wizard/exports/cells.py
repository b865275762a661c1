"""Cells of files that spreadsheets open: no text becomes a formula there."""

from typing import Final

# How spreadsheets recognise a formula, or a cell that becomes one after trimming; the last four
# are the wide forms that some of them take for the first four.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def plain_cell(text: str) -> str:
    """The text as a cell that stays text: with an apostrophe where it would be a formula."""
    if text.startswith(FORMULA_STARTS):  # guard: S8 H4
        return f"'{text}"
    return text
