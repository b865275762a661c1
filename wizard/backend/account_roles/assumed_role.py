"""A role that the console assumes in an account, and which signs the calls there."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from wizard.backend import client_cache
from wizard.backend.account_clients import Place
from wizard.backend.account_roles.session import RoleSession
from wizard.backend.account_roles.sts_calls import Keys
from wizard.backend.renewal import FAILURE_SECONDS
from wizard.backend.signing import signing
from wizard.domain.accounts import AccountRole
from wizard.domain.errors import CredentialsExpired, CredentialsInvalid

R = TypeVar("R")


class AssumedRole:
    """The role of an account, which signs calls there. Thread-safe."""

    def __init__(self, role: AccountRole) -> None:
        self.role = role
        self._lock = Lock()
        self._session, self._begun = RoleSession(role), 0.0

    @property
    def account_id(self) -> str:
        return self.role.account_id

    def client(self, place: Place) -> Any:
        """Return the shared client of a place."""
        return client_cache.client_of_role(*place)

    def sent(self, place: Place, send: Callable[[Any], R]) -> R:
        """`send` with the shared client; once more with new credentials if AWS refuses these.

        AWS calls a session "expired", or does not know it any more if its role was deleted. The
        role of that name may be another one by now, which trusts the console as well.
        """
        used = self._session.keys()
        client = self.client(place)
        try:
            with signing(client, account_id=self.account_id, credentials=used.credentials):
                return send(client)
        except (CredentialsExpired, CredentialsInvalid):  # guard: F5
            if not self._renew(used):
                raise
        renewed = self._session.keys().credentials
        with signing(client, account_id=self.account_id, credentials=renewed):
            return send(client)

    def keys(self) -> Keys:
        """Return what the next call is signed with, and who that is; raises an AwsError."""
        return self._session.keys()

    def _renew(self, used: Keys) -> bool:
        """Begin another session than the one that AWS refuses, unless another thread did.

        Not again within FAILURE_SECONDS: if AWS refuses that one too, its clock or its
        policies are the reason.
        """
        with self._lock:
            if self._session.has(used):
                now = time.monotonic()
                if now - self._begun < FAILURE_SECONDS:  # guard: F5
                    return False
                self._session, self._begun = RoleSession(self.role), now
        return True
