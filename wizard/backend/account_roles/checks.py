"""Attempts to assume a role with an external ID, without one, and with another one.

The credentials of a session are used for one GetCallerIdentity and dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from wizard.backend.account_clients import sts
from wizard.backend.calls import call
from wizard.backend.client_cache import home_region, sts_of_session
from wizard.backend.errors import translated
from wizard.backend.members import member, text_member
from wizard.backend.reading import read
from wizard.domain import known_credentials

# STS, AssumeRole: the shortest session.
_SECONDS: Final = 900
# CloudTrail of the role's account shows it.
_SESSION_NAME: Final = "ptc-console-test"
_IDENTITY: Final = "GetCallerIdentity"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """The credentials of a session, named as botocore names them."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(repr=False)


def account_of_session(role_arn: str, *, external_id: str) -> str:
    """Assume the role with the external ID; return the account that its session is in.

    Raises AccessDenied if STS refuses, and AWS's other errors.
    """
    region = home_region()
    session = _session_of(_assumed(role_arn, region, ExternalId=external_id))
    client = sts_of_session(
        region, key_id=session.access_key, secret=session.secret_key, token=session.token
    )
    # AWS's words about the call do not repeat them.
    secrets = session.secret_key, session.token
    known_credentials.remember_role(session.access_key, secrets)  # guard: S9
    try:
        return read(_IDENTITY, region, partial(_account_of, client, region))
    finally:
        known_credentials.forget(session.access_key)


def assume_role(role_arn: str, *, external_id: str = "") -> None:
    """Assume the role, without an external ID or with another one, and drop the session.

    Raises AccessDenied if STS refuses, and AWS's other errors.
    """
    more = {"ExternalId": external_id} if external_id else {}
    _session_of(_assumed(role_arn, home_region(), **more))


def _assumed(role_arn: str, region: str, **more: Any) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = call(
        sts(region).assume_role,
        RoleArn=role_arn,
        RoleSessionName=_SESSION_NAME,
        DurationSeconds=_SECONDS,
        **more,
    )
    return answer


def _session_of(answer: Mapping[str, Any]) -> _Session:
    given = member(answer, "Credentials", "AssumeRole")
    return _Session(
        access_key=text_member(given, "AccessKeyId", "AssumeRole"),
        secret_key=text_member(given, "SecretAccessKey", "AssumeRole"),
        token=text_member(given, "SessionToken", "AssumeRole"),
    )


def _account_of(client: Any, region: str) -> str:
    with translated(_IDENTITY, region=region):
        answer = client.get_caller_identity()
        return text_member(answer, "Account", _IDENTITY)
