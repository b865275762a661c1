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
    begin_import,
    count_states,
    external_ids,
    get_import,
)
from wizard.services.accounts.organization import begin_organization_import, list_more
from wizard.services.accounts.planned import (
    add_planned,
    due_imports,
    order_adding,
    retry_failed,
    stop_adding,
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
    "add_planned",
    "begin_import",
    "begin_organization_import",
    "change_role",
    "count_states",
    "due_imports",
    "edit_account",
    "external_ids",
    "find_account",
    "get_account",
    "get_import",
    "list_accounts",
    "list_more",
    "listed_regions",
    "made_external_id",
    "order_adding",
    "prepare_account",
    "remove_account",
    "retry_failed",
    "role_of",
    "set_enabled",
    "set_regions",
    "stop_adding",
    "stored_account",
    "test_account",
    "trusted_principal",
]
