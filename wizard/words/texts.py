"""The type of all texts for display, and names that tell the rows of a list apart."""

from collections import Counter
from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _

# A text for display, translated or lazily translated.
Text = str | Promise


def numbered(names: Sequence[str]) -> list[str]:
    """Return the names of rows, with a number where several rows have the same: `Quay (1 of 2)`.

    Buttons of a row have its name in theirs, so that no two of them are called the same.
    """
    totals, seen = Counter(names), Counter[str]()
    result = []
    for name in names:
        seen[name] += 1
        parts = {"name": name, "number": seen[name], "total": totals[name]}
        is_alone = totals[name] == 1
        result.append(name if is_alone else _("%(name)s (%(number)d of %(total)d)") % parts)
    return result
