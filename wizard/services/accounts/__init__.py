"""The AWS accounts of the console: which there are, and by which role it works in each."""

from wizard.services.accounts.adding import (
    NewAccount,
    add_account,
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
from wizard.services.accounts.importing import (
    add_next,
    begin_import,
    count_states,
    external_ids,
    get_import,
    retry_failed,
)
from wizard.services.accounts.organization import begin_organization_import, list_more
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
    "add_next",
    "begin_import",
    "begin_organization_import",
    "change_role",
    "count_states",
    "edit_account",
    "external_ids",
    "find_account",
    "get_account",
    "get_import",
    "list_accounts",
    "list_more",
    "listed_regions",
    "made_external_id",
    "prepare_account",
    "remove_account",
    "retry_failed",
    "role_of",
    "set_enabled",
    "set_regions",
    "stored_account",
    "test_account",
    "trusted_principal",
]
