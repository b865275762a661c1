"""Clients of one account: the shared client of a service and Region, with the account's signature.

`calls.call` takes their methods. A method that is called directly is signed in the same way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from wizard.backend import client_cache
from wizard.backend.client_cache import READ_SECONDS, home_region, renewable_session
from wizard.backend.signing import signing
from wizard.domain.errors import CredentialsExpired, CredentialsMissing
from wizard.domain.permissions import GLOBAL_REGION

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_sts import STSClient

R = TypeVar("R")

_ELSEWHERE: Final = ("us-east-1", "eu-west-1")

# A service, a Region and the time to wait for an answer: what a shared client is kept by.
Place = tuple[str, str, int]


class Signer(Protocol):
    """Whose credentials sign the calls of a client."""

    @property
    def account_id(self) -> str:
        """Return the account; empty for calls about the console's own credentials."""

    def client(self, place: Place) -> Any:
        """Return the shared client, built if it is not there; raises an AwsError."""

    def sent(self, place: Place, send: Callable[[Any], R]) -> R:
        """`send` with the shared client, whose calls are signed inside.

        Once more with new credentials if those in use have expired.
        """


@dataclass(frozen=True, slots=True)
class Own:
    """The console's own credentials."""

    account_id: str = ""

    def client(self, place: Place) -> Any:
        return client_cache.cached_client(*place)

    def sent(self, place: Place, send: Callable[[Any], R]) -> R:
        used, client = None, self.client(place)
        try:
            # Credentials that are due are refreshed here, once, and not by each thread that signs.
            used = renewable_session().frozen_credentials()
            with signing(client, account_id=self.account_id):
                return send(client)
        except (CredentialsExpired, CredentialsMissing):  # guard: F5
            renewed = client_cache.renewed(client, used)
            if renewed is None:
                raise
        with signing(renewed, account_id=self.account_id):
            return send(renewed)


class AccountClient:
    """A client as boto3 has it, for the calls of one account."""

    def __init__(self, signer: Signer, place: Place) -> None:
        self._signer, self._place = signer, place
        self.meta = signer.client(place).meta

    @property
    def account_id(self) -> str:
        """Return the account; empty for calls about the console's own credentials."""
        return self._signer.account_id

    def sent(self, send: Callable[[Any], R]) -> R:
        """Return what `send` returns for boto3's client, whose calls are signed inside."""
        return self._signer.sent(self._place, send)

    def __getattr__(self, name: str) -> "Method":
        if name not in self.meta.method_to_api_mapping:
            raise AttributeError(name)
        return Method(self, name)


class Method:
    """A method of an account's client; it has what `calls.call` asks a bound method for."""

    def __init__(self, client: AccountClient, name: str) -> None:
        self.__self__, self.__name__ = client, name

    def __call__(self, **parameters: Any) -> Any:
        return self.__self__.sent(lambda client: getattr(client, self.__name__)(**parameters))


def client_of(signer: Signer, place: Place) -> Any:
    """Return a client that has the methods and types of boto3's."""
    return AccountClient(signer, place)


def sts_regions() -> list[str]:
    """Return where STS is asked: in the home Region, then in Regions that every account has.

    An outage of the home Region must not affect pages of the others.
    """
    return list(dict.fromkeys([home_region(), *_ELSEWHERE]))


def sts(region: str) -> "STSClient":
    """Return STS's client, for calls about the console's own credentials."""
    client: STSClient = client_of(Own(), ("sts", region, READ_SECONDS))
    return client


def organizations() -> "OrganizationsClient":
    """Return the client of AWS Organizations, with the console's own credentials."""
    place = "organizations", GLOBAL_REGION, READ_SECONDS
    client: OrganizationsClient = client_of(Own(), place)
    return client
