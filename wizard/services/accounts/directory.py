"""The accounts that have a row, and their roles and external IDs."""

from wizard.backend import account as own_account
from wizard.domain.accounts import AccountRole, new_external_id
from wizard.domain.errors import AccountExists, AccountIsOwn, AccountNotFound
from wizard.models import Account, ExternalId
from wizard.services.counted_regions import note_regions


def list_accounts() -> list[Account]:
    """Return all accounts with a row, by alias and ID, also those that are disabled."""
    return list(Account.objects.all())


def find_account(account_id: str) -> Account | None:
    """Return the row of an account; None if it has none."""
    return Account.objects.filter(pk=account_id).first()


def get_account(account_id: str) -> Account:
    """Return the row of an account; raises AccountNotFound."""
    found = find_account(account_id)
    if found is None:
        raise AccountNotFound(account_id)
    return found


def role_of(account: Account) -> AccountRole | None:
    """Return the role of an account; None for the account of the console's own credentials."""
    if not account.role_arn:
        return None
    return AccountRole(
        account_id=account.account_id,
        role_arn=account.role_arn,
        external_id=external_id_of(account.account_id),
    )


def external_id_of(account_id: str) -> str:
    """Return the account's external ID; it is made when it is first asked for."""
    row, _is_new = ExternalId.objects.get_or_create(
        account_id=account_id, defaults={"value": new_external_id()}
    )
    return row.value


def made_external_id(account_id: str) -> str:
    """Return the account's external ID if it was made already; otherwise an empty text."""
    row = ExternalId.objects.filter(pk=account_id).first()
    return row.value if row else ""


def check_is_new(account_id: str) -> None:
    """Raise AccountExists or AccountIsOwn for an account that cannot be added."""
    if account_id == own_account.get_caller_account():
        raise AccountIsOwn(account_id)
    if find_account(account_id) is not None:
        raise AccountExists(account_id)


def check_is_unbound(role_arn: str, account_id: str) -> None:
    """Raise AccountExists for a role that another account has."""
    if Account.objects.filter(role_arn=role_arn).exclude(pk=account_id).exists():  # guard: Z5
        raise AccountExists(account_id)


def note_change(account_id: str) -> None:
    """Note which Regions of the account count, in the transaction that changes it."""
    note_regions([account_id])
