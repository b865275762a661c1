"""The AWS accounts of the console: which there are, and by which role it works in each."""

from wizard.services.accounts.directory import list_accounts, role_of

__all__ = ["list_accounts", "role_of"]
