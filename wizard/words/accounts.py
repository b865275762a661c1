"""Texts about lists of accounts: why an account of a list can't be added."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.words.texts import Text

# By the codes of `domain/account_lists.py`.
_PROBLEMS: Final[Mapping[str, Text]] = {
    "id": _("This is not an account ID of 12 digits."),
    "zeros": _(
        "An account ID has 12 digits. Spreadsheets remove zeros at the beginning. Format the column"
        " as text."
    ),
    "rounded": _(
        "The spreadsheet has rounded the account ID. Format the column as text, and enter the ID"
        " again."
    ),
    "own": _("This is the account of the console's credentials, which needs no role."),
    "twice": _("The list has this account twice."),
    "suspended": _("The account is suspended or closed in the organization."),
    "alias": _("The alias has more than 64 characters."),
    "owner": _("The owner has more than 128 characters."),
    "regions": _("A Region in the list doesn't exist, or doesn't support pull through cache."),
    "role-account": _("The role belongs to another account."),
    "role-partition": _("The role belongs to another AWS partition."),
    "service-role": _("The role is a service-linked role."),
}
_OTHER: Final[Text] = _("This is not the name or the ARN of a role.")


def account_problem_text(problem: str) -> str:
    """Return why an account of a list can't be added; empty without a problem."""
    return str(_PROBLEMS.get(problem, _OTHER)) if problem else ""
