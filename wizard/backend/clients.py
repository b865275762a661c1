"""The only place that builds AWS clients: one session, bounded cache, explicit limits.

Credentials come from boto3's own chain and endpoints from its own `AWS_ENDPOINT_URL`. Retries and
timeouts are set here because botocore's defaults let one dead Region hold a page for minutes.
Credentials that AWS calls expired are renewed once and the call is made again (`renewal.py`); the
one call that would read a secret's value is refused before it is sent.
"""

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from wizard.backend import attempts
from wizard.backend.errors import is_expiry, translated
from wizard.backend.renewal import RenewableCredentials
from wizard.domain.regions import DEFAULT_REGION

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient

CONNECT_SECONDS = 2
READ_SECONDS = 5
# ECR itself connects to the upstream while we wait.
VALIDATE_READ_SECONDS = 30
ATTEMPTS = 3
# How CloudTrail, and the simulated AWS, tell the console's calls from others with the same key.
APP_ID = "ptcconsole"

_lock = Lock()


def ecr(region: str, *, read_seconds: int = READ_SECONDS) -> "ECRClient":
    client: ECRClient = _cached_client("ecr", region, read_seconds)
    return client


def secretsmanager(region: str) -> "SecretsManagerClient":
    client: SecretsManagerClient = _cached_client("secretsmanager", region, READ_SECONDS)
    return client


def iam() -> "IAMClient":
    client: IAMClient = _cached_client("iam", home_region(), READ_SECONDS)
    return client


def sts(region: str) -> "STSClient":
    client: STSClient = _cached_client("sts", region, READ_SECONDS)
    return client


def home_region() -> str:
    """The Region that boto3 is configured for; services without Regions are asked there."""
    return session().region_name or DEFAULT_REGION


@lru_cache(maxsize=1)
def session() -> boto3.Session:
    """The process's one session; raises CredentialsMissing for a profile that does not exist."""
    with translated("", region=""):
        made = boto3.Session()
    made._session.register_component("credential_provider", _RenewableChain())
    for event, handler in _HANDLERS.items():
        made.events.register(event, handler)
    return made


def forget() -> None:
    """Drop session and clients, after the environment they were built from has changed."""
    with _lock:
        _client.cache_clear()
        session.cache_clear()


def _cached_client(service: Any, region: str, read_seconds: int) -> Any:
    # Building is not safe between threads (a session's loader is shared); using a client is.
    with _lock:
        return _client(service, region, read_seconds)


@lru_cache(maxsize=256)
def _client(service: Any, region: str, read_seconds: int) -> Any:
    return session().client(service, region_name=region, config=_config(read_seconds))


def _config(read_seconds: int) -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,  # guard: F1 F3
        read_timeout=read_seconds,  # guard: F1 F3
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},  # guard: F1
        user_agent_appid=APP_ID,  # type: ignore[call-arg]  # guard: S5
    )


class _RenewableChain:
    """boto3's own credential chain, in the place where a session looks for it."""

    def load_credentials(self) -> RenewableCredentials | None:
        first = _read_chain()
        return RenewableCredentials(first, load=_read_chain, owner_of=_owner_of) if first else None


def _read_chain() -> Any:
    return boto3.Session().get_credentials()


def _owner_of(frozen: Any) -> str:
    """The account of credentials that no client signs with yet."""
    client = boto3.Session().client(
        "sts",
        region_name=home_region(),
        config=_config(READ_SECONDS),
        aws_access_key_id=frozen.access_key,
        aws_secret_access_key=frozen.secret_key,
        aws_session_token=frozen.token,
    )
    account_id: str = client.get_caller_identity()["Account"]
    return account_id


def _note_signer(*, request: Any, request_signer: Any, **_others: Any) -> None:
    """Before a request is signed: remember with what, for the answer may be that it expired."""
    credentials = request_signer._credentials
    if isinstance(credentials, RenewableCredentials):
        request.context["signed_with"] = credentials.get_frozen_credentials(), credentials


def _renew_once(*, response: Any, request_dict: Any, **_others: Any) -> int | None:
    """After an answer: 0, the pause before the call is made again, with renewed credentials."""
    refused, credentials = request_dict["context"].pop("signed_with", (None, None))
    is_second = request_dict["context"].get("was_renewed", False)
    if credentials is None or is_second or response is None or not is_expiry(response[1]):
        return None
    request_dict["context"]["was_renewed"] = True
    return 0 if credentials.renew(refused) else None  # guard: F5


def _read_no_value(**_request: Any) -> None:
    raise PermissionError("The console reads no secret's value.")


_HANDLERS: Final[dict[str, Any]] = {
    "before-sign": _note_signer,
    "needs-retry": _renew_once,
    "response-received": attempts.hear,  # guard: F2 F3
    "provide-client-params.secrets-manager.GetSecretValue": _read_no_value,  # guard: S5
    "provide-client-params.secrets-manager.BatchGetSecretValue": _read_no_value,  # guard: S5
}
