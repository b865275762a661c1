"""The columns of the tables of accounts."""

from collections.abc import Mapping
from typing import Final

from wizard.domain.columns import Column
from wizard.domain.texts import gettext_noop

ACCOUNT_TABLES: Final[Mapping[str, tuple[Column, ...]]] = {
    "accounts": (
        Column(name="alias", label=gettext_noop("Account"), sort_key="alias", optional=False),
        Column(name="account", label=gettext_noop("Account ID"), sort_key="account_id"),
        Column(name="owner", label=gettext_noop("Owner"), sort_key="owner"),
        Column(name="role", label=gettext_noop("Role"), sort_key="role", is_long=True),
        Column(name="regions", label=gettext_noop("Regions in use")),
        Column(name="state", label=gettext_noop("State"), sort_key="state"),
        Column(name="tested", label=gettext_noop("Last test"), sort_key="tested_at"),
    ),
    "account-choices": (
        Column(name="name", label=gettext_noop("Account"), sort_key="name", optional=False),
        Column(
            name="account_id",
            label=gettext_noop("Account ID"),
            sort_key="account_id",
            optional=False,
        ),
        Column(name="owner", label=gettext_noop("Owner"), sort_key="owner", is_long=True),
    ),
    # The accounts of a list that is imported.
    "planned-accounts": (
        Column(
            name="account",
            label=gettext_noop("Account ID"),
            sort_key="account_id",
            optional=False,
        ),
        Column(name="alias", label=gettext_noop("Alias"), sort_key="alias"),
        Column(name="owner", label=gettext_noop("Owner"), sort_key="owner"),
        Column(name="role", label=gettext_noop("Role"), sort_key="role_arn", is_long=True),
        Column(name="regions", label=gettext_noop("Regions in use")),
        Column(name="state", label=gettext_noop("State"), sort_key="state"),
        Column(name="reason", label=gettext_noop("Reason")),
    ),
}
