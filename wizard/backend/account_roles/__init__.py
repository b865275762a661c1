"""The roles by which the console works in other accounts: their sessions, and tests of a role.

Others import from this package only.
"""

from wizard.backend.account_roles.by_account import assumed_roles
from wizard.backend.account_roles.checks import account_of_session, assume_role

__all__ = ["account_of_session", "assume_role", "assumed_roles"]
