"""botocore's own way to a role: its fetcher, and credentials that it renews before they end."""

from collections.abc import Callable
from typing import Any, Final

from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
)

from wizard.backend.account_roles.sts_calls import OPERATION
from wizard.backend.client_cache import APP_ID
from wizard.backend.errors import translated
from wizard.domain.accounts import AccountRole

# The name of the session in CloudTrail of the account.
_SESSION_NAME: Final = APP_ID
# The longest that AWS allows to a role that assumes another one.
_SESSION_SECONDS: Final = 3600
# How long before the end of a session a call waits for the next one, as for botocore.
_URGENT_SECONDS: Final = 600

Fetch = Callable[[], Any]


class _NotKept(dict[str, Any]):
    """The fetcher's cache: the credentials object beside it has what would be in it."""

    def __setitem__(self, _key: str, _answer: Any) -> None:
        """Keep nothing."""


class RoleCredentials:
    """The credentials of a role's session. `client` asks STS for them; `asked` is told of it."""

    def __init__(self, role: AccountRole, client: Any, asked: Callable[[Fetch], Any]) -> None:
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=lambda _service, **_keys: client,
            # The client signs with the console's own credentials, whatever it is made with.
            source_credentials=Credentials("", ""),
            role_arn=role.role_arn,
            extra_args={
                "RoleSessionName": _SESSION_NAME,
                "ExternalId": role.external_id,  # guard: Z4
                "DurationSeconds": _SESSION_SECONDS,
            },
            cache=_NotKept(),
        )
        self._renewed: Any = DeferredRefreshableCredentials(
            lambda: asked(fetcher.fetch_credentials), method="assume-role"
        )

    @property
    def are_due(self) -> bool:
        """Whether new ones should be fetched, although these may still be valid."""
        return bool(self._renewed.refresh_needed())

    @property
    def are_urgent(self) -> bool:
        """Whether a call has to wait for new ones."""
        return bool(self._renewed.refresh_needed(_URGENT_SECONDS))

    def fetched(self) -> Credentials:
        """Return keys and token to sign with; asks STS for new ones if they are due.

        Raises an AwsError.
        """
        with translated(OPERATION, region=""):
            frozen = self._renewed.get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)
