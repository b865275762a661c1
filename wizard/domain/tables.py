"""What a table of rules can look like: its columns, and rows on a page."""

from dataclasses import dataclass
from typing import Final

from wizard.domain.texts import gettext_noop

PAGE_SIZES: Final = (10, 30, 50)
# A Region holds at most fifty rules, so by default all are on one page.
DEFAULT_PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its head, the option to sort by it, and the preference to hide it.

    `name` is its part of the query string, `sort_key` the member of a row that is compared. A
    person can hide an optional column. A column of `many_regions` is shown in tables over several
    Regions only. Values that are long may be broken anywhere. A column without a sort key has no
    order.
    """

    name: str
    label: str
    sort_key: str = ""
    optional: bool = True
    many_regions: bool = False
    is_long: bool = False


COLUMNS: Final = (
    Column(name="prefix", label=gettext_noop("Prefix"), sort_key="prefix", optional=False),
    Column(
        name="region",
        label=gettext_noop("Region"),
        sort_key="region",
        optional=False,
        many_regions=True,
    ),
    Column(name="registry", label=gettext_noop("Upstream registry"), sort_key="registry_label"),
    Column(name="url", label=gettext_noop("Upstream URL"), sort_key="upstream_url"),
    Column(name="upstream", label=gettext_noop("Upstream prefix"), sort_key="upstream_prefix"),
    Column(
        name="credential", label=gettext_noop("Credentials"), sort_key="credential", is_long=True
    ),
    Column(name="status", label=gettext_noop("Status"), sort_key="status"),
    Column(name="validated", label=gettext_noop("Last validated"), sort_key="validated_at"),
    Column(name="created", label=gettext_noop("Created"), sort_key="created_at"),
)
COLUMN_NAMED: Final = {column.name: column for column in COLUMNS}
OPTIONAL_COLUMNS: Final = tuple(column for column in COLUMNS if column.optional)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLook:
    """A person's table preferences. Columns belong to tables of rules, the rest to all tables."""

    page_size: int = DEFAULT_PAGE_SIZE
    hidden_columns: tuple[str, ...] = ()
    wraps_lines: bool = True
    has_stripes: bool = False
    is_compact: bool = False

    def columns(self, *, many_regions: bool) -> tuple[Column, ...]:
        """Return the visible columns of a table in order."""
        return tuple(
            column
            for column in COLUMNS
            if (many_regions or not column.many_regions) and column.name not in self.hidden_columns
        )

    @property
    def classes(self) -> str:
        """Return the classes of a table that looks as the person wants it."""
        wanted = (
            ("table-one-line", not self.wraps_lines),
            ("table-striped", self.has_stripes),
            ("table-compact", self.is_compact),
        )
        return " ".join(name for name, is_wanted in wanted if is_wanted)
