"""What a table of rules can look like: rows on a page, and columns."""

from dataclasses import dataclass
from typing import Final

PAGE_SIZES: Final = (10, 30, 50)
# A Region holds at most fifty rules, so by default all are on one page.
DEFAULT_PAGE_SIZE: Final = 50
# The namespace names the row and always stays.
COLUMNS: Final = ("registry", "url", "upstream", "credential", "status", "created")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLook:
    """Rows on a page, and the columns that are left out."""

    page_size: int = DEFAULT_PAGE_SIZE
    hidden_columns: tuple[str, ...] = ()
