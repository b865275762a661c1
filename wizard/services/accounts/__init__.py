"""The AWS accounts of the console: which there are, and by which role it works in each."""

from wizard.services.accounts.directory import list_accounts, role_of
from wizard.services.accounts.regions import listed_regions, set_regions

__all__ = ["list_accounts", "listed_regions", "role_of", "set_regions"]
