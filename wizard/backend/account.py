"""Whose credentials these are."""

from functools import lru_cache
from typing import Any

from wizard.backend import clients, errors


def get_caller_account() -> str:
    """Return the 12-digit id of the account that the console's AWS credentials belong to.

    Asked once per access key: temporary credentials that are renewed bring a new key.
    """
    session, region = clients.session(), clients.home_region()
    with errors.translated("GetCallerIdentity", region=region):
        credentials: Any = session.get_credentials()
        access_key = credentials.get_frozen_credentials().access_key if credentials else ""
    account_id = _account_of(access_key)
    if credentials:
        credentials.account_id = account_id
    return account_id


@lru_cache(maxsize=16)
def _account_of(_access_key: str) -> str:
    answer = errors.call(clients.sts().get_caller_identity)
    account_id: str = errors.member(answer, "Account", "GetCallerIdentity")
    return account_id
