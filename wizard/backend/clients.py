"""The only place that builds AWS clients: one session, bounded cache, explicit limits.

Credentials come from boto3's own chain and endpoints from its own `AWS_ENDPOINT_URL`. Retries and
timeouts are set here because botocore's defaults let one dead Region hold a page for minutes.
"""

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from wizard.backend.errors import translated
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


def sts() -> "STSClient":
    client: STSClient = _cached_client("sts", home_region(), READ_SECONDS)
    return client


def home_region() -> str:
    """The Region that boto3 is configured for; services without Regions are asked there."""
    return session().region_name or DEFAULT_REGION


@lru_cache(maxsize=1)
def session() -> boto3.Session:
    """The process's one session; raises CredentialsMissing for a profile that does not exist."""
    with translated("", region=""):
        return boto3.Session()


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
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )
    return session().client(service, region_name=region, config=config)
