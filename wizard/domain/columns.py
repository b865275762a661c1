"""What a column of a table is."""

from dataclasses import dataclass


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
