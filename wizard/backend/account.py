"""Whose credentials these are."""

from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from wizard.backend import clients, errors
from wizard.domain.errors import RegionUnreachable, ServiceFailure

# Regions that are on in every account, far from each other.
_ELSEWHERE: Final = ("us-east-1", "eu-west-1")


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
    home = clients.home_region()
    try:
        return _ask(home)
    except (RegionUnreachable, ServiceFailure) as silence:
        # Every Region knows it, and no page of a healthy one waits for this one to come back.
        for region in _ELSEWHERE:
            if region != home:
                with suppress(RegionUnreachable, ServiceFailure):
                    return _ask(region)
        raise silence from None


def _ask(region: str) -> str:
    answer = errors.call(clients.sts(region).get_caller_identity)
    account_id: str = errors.member(answer, "Account", "GetCallerIdentity")
    return account_id
