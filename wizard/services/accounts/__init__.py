"""The AWS accounts of the console: which there are, and by which role it works in each."""

from wizard.services.accounts.adding import (
    NewAccount,
    add_account,
    check_is_new,
    prepare_account,
)
from wizard.services.accounts.changing import (
    change_role,
    edit_account,
    remove_account,
    set_enabled,
    test_account,
)
from wizard.services.accounts.directory import (
    find_account,
    get_account,
    list_accounts,
    made_external_id,
    role_of,
)
from wizard.services.accounts.regions import (
    StoredAccount,
    listed_regions,
    set_regions,
    stored_account,
)
from wizard.services.accounts.trusted import trusted_principal

__all__ = [
    "NewAccount",
    "StoredAccount",
    "add_account",
    "change_role",
    "check_is_new",
    "edit_account",
    "find_account",
    "get_account",
    "list_accounts",
    "listed_regions",
    "made_external_id",
    "prepare_account",
    "remove_account",
    "role_of",
    "set_enabled",
    "set_regions",
    "stored_account",
    "test_account",
    "trusted_principal",
]
