"""The roles that the console assumes in other accounts, and their credentials.

`usable_accounts` tells the roles; this module reads no database. Credentials are kept in memory
only, and one AssumeRole serves all callers until they are due (`assumed_role`).
"""

from collections import OrderedDict
from threading import Lock
from typing import Final

from wizard.backend.account_roles.assumed_role import AssumedRole
from wizard.domain import known_credentials
from wizard.domain.accounts import AccountRole

# More than an organization has accounts. The one used longest ago is dropped.
MOST_ROLES: Final = 10_000


class AssumedRoles:
    """The roles of a process by account. Thread-safe."""

    def __init__(self, most: int = MOST_ROLES) -> None:
        self._most = most
        self._lock = Lock()
        self._roles: OrderedDict[str, AssumedRole] = OrderedDict()
        self._withdrawn: set[str] = set()

    def use(self, role: AccountRole) -> None:
        """Work in the role's account by this role from now on."""
        with self._lock:
            self._withdrawn.discard(role.account_id)
            known = self._roles.get(role.account_id)
            if known is None or known.role != role:  # guard: Z14
                self._put(AssumedRole(role))
            else:
                self._roles.move_to_end(role.account_id)

    def drop(self, account_id: str) -> None:
        """Forget role and credentials of an account, if there are any."""
        if account_id in self._roles:
            with self._lock:
                self._roles.pop(account_id, None)
            known_credentials.forget(account_id)

    def withdraw(self, account_id: str) -> None:
        """Forget the role of an account in which work may be under way that must end."""
        with self._lock:
            self._withdrawn.add(account_id)
        self.drop(account_id)

    def is_withdrawn(self, account_id: str) -> bool:
        """Whether the role was withdrawn, and not told again since."""
        return account_id in self._withdrawn

    @property
    def account_ids(self) -> list[str]:
        """The accounts whose roles are known."""
        with self._lock:
            return list(self._roles)

    def find(self, account_id: str) -> AssumedRole | None:
        """Return the role of an account; None if no role was told."""
        return self._roles.get(account_id)

    def forget(self) -> None:
        """Drop all roles."""
        for account_id in list(self._roles):
            self.drop(account_id)

    def _put(self, assumed: AssumedRole) -> None:
        self._roles[assumed.account_id] = assumed
        self._roles.move_to_end(assumed.account_id)
        while len(self._roles) > self._most:
            dropped, _assumed = self._roles.popitem(last=False)
            known_credentials.forget(dropped)


assumed_roles: Final = AssumedRoles()
