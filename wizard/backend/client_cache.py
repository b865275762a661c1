"""The only place that builds AWS clients: one session, a bounded cache of clients, explicit limits.

There is one client for each service and Region, whatever the account (`signing`).

Credentials come from boto3's credential chain and endpoints from its `AWS_ENDPOINT_URL`. Retries
and timeouts are set here, and the time to connect for the whole session in `credential_chain`:
with botocore's defaults one Region that does not answer would hold up a page for minutes. A call
that would read a secret's value is refused before it is sent.
"""

from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

import boto3
from botocore.config import Config
from botocore.utils import parse_timestamp

from wizard.backend import tls
from wizard.backend.credential_chain import core_session
from wizard.backend.credential_errors import told
from wizard.backend.errors import settings_checked, translated
from wizard.backend.handlers import HANDLERS
from wizard.backend.renewal import RenewableSession
from wizard.domain import DEFAULT_REGION

READ_SECONDS = 5
# While ECR validates, it connects to the upstream registry.
VALIDATE_READ_SECONDS = 30
ATTEMPTS = 3
# A page looks up to 20 secrets of a Region at once, and several pages may. With botocore's 10, the
# connections beyond them are closed after each call, and the log has a warning for each.
KEPT_CONNECTIONS: Final = 50
# Identifies the console's calls in CloudTrail, and for the simulated AWS, among others with the
# same key.
APP_ID = "ptcconsole"
# Seconds since 1970, in the year 2242.
_FAR: Final = 2**33

_build_lock, _session_lock = Lock(), Lock()
# What each client was built from: its session, and the arguments of `cached_client`.
_origins: WeakKeyDictionary[Any, tuple[Any, tuple[str, str, int]]] = WeakKeyDictionary()


def home_region() -> str:
    """The Region that boto3 is configured for; services without Regions are asked there.

    One that does not exist has no endpoints: `regions.home_problem` tells it.
    """
    return _home_of(session())


def session() -> boto3.Session:
    """The process's current session; raises an AwsError for a profile that cannot be used."""
    current: boto3.Session = renewable_session().current
    return current


def renewable_session() -> RenewableSession:
    """The owner of the process's current session."""
    with _session_lock:
        return _renewable_session()


@lru_cache(maxsize=1)
def _renewable_session() -> RenewableSession:
    return RenewableSession(build=_new_session, owner_of=_owner_of, on_renewal=_place.cache_clear)


def renewed(client: Any, used: Any) -> Any:
    """A client like this one whose credentials have not expired; None if there are no others.

    `used` are the frozen credentials that the client signed with; None if they could not be had.
    Raises an AwsError when new credentials cannot be had.
    """
    refused, arguments = _origins[client]
    return cached_client(*arguments) if renewable_session().renew(refused, used) else None


def forget() -> None:
    """Drop session and clients, after the environment they were built from has changed."""
    with _build_lock:
        _place.cache_clear()
        _renewable_session.cache_clear()


def cached_client(service: str, region: str, read_seconds: int) -> Any:
    """Return the client of a service and Region, for calls with the console's own credentials.

    Raises an AwsError when there are none.
    """
    # botocore loads the credentials for a client; here their failure has words and is remembered.
    renewable_session().valid_credentials()
    return _client_at(service, region, read_seconds)


def client_of_role(service: str, region: str, read_seconds: int) -> Any:
    """Return the same client for a call with a role's credentials, which may outlast the own."""
    place = _place(session(), service, region, read_seconds)
    return place.client or cached_client(service, region, read_seconds)


def sts_of_session(region: str, *, key_id: str, secret: str, token: str) -> Any:
    """Return a client of STS that is not kept, with the credentials of a role's session."""
    of_session = session()
    with _build_lock, settings_checked(region):
        return of_session.client(
            "sts",
            region_name=region,
            config=_config(READ_SECONDS),
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )


def _client_at(service: str, region: str, read_seconds: int) -> Any:
    place = _place(session(), service, region, read_seconds)
    return place.client or place.filled()


class _Place:
    """A place of the cache, with its client once that is built."""

    def __init__(self, of_session: Any, service: str, region: str, read_seconds: int) -> None:
        self.client: Any = None
        self._origin = of_session, (service, region, read_seconds)

    def filled(self) -> Any:
        """Build the client, if no other thread does.

        A client may be used by several threads, but not built by several: they share the session.
        """
        of_session, (service, region, read_seconds) = self._origin
        with _build_lock, settings_checked(region):
            if self.client is None:
                made = of_session.client(service, region_name=region, config=_config(read_seconds))
                _origins[made] = self._origin
                self.client = made
            return self.client


_place = lru_cache(maxsize=256)(_Place)


def _config(read_seconds: int) -> Config:
    return Config(
        read_timeout=read_seconds,  # guard: F1 F3
        max_pool_connections=KEPT_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},  # guard: F1
        user_agent_appid=APP_ID,  # type: ignore[call-arg]  # guard: S5
    )


def _new_session() -> boto3.Session:
    tls.forget_context()
    core = core_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    with told():
        made = boto3.Session(botocore_session=core)
    for event, handler in HANDLERS.items():
        made.events.register(event, handler)
    return made


def _moment(value: Any) -> datetime:
    """Parse a timestamp of an answer.

    botocore's own parser looks the time zone of the machine up for each: a third of the processor
    time of a call that lists 50 rules. It is left what is no number, or one far from today.
    """
    if isinstance(value, int | float) and 0 <= value < _FAR:
        return datetime.fromtimestamp(value, UTC)
    parsed: datetime = parse_timestamp(value)
    return parsed


def _home_of(of_session: Any) -> str:
    named: str = of_session.region_name or DEFAULT_REGION
    return named if named in _all_regions(of_session) else DEFAULT_REGION


@lru_cache(maxsize=4)
def _all_regions(of_session: Any) -> frozenset[str]:
    """The Regions of the `aws` partition, from botocore's data."""
    return frozenset(of_session.get_available_regions("sts"))


def _owner_of(of_session: Any) -> str:
    """The account that a session's credentials belong to."""
    region = _home_of(of_session)
    with settings_checked(region):
        client = of_session.client("sts", region_name=region, config=_config(READ_SECONDS))
    with translated("GetCallerIdentity", region=client.meta.region_name):
        account_id: str = client.get_caller_identity()["Account"]
    return account_id
