"""Who the console's credentials are for AWS, and which account they belong to."""

from contextlib import suppress
from functools import lru_cache

from wizard.backend.account_clients import sts, sts_regions
from wizard.backend.calls import call
from wizard.backend.client_cache import renewable_session
from wizard.backend.members import optional_text, text_member, wrong_type
from wizard.domain import is_account_id, waiting
from wizard.domain.errors import RegionUnreachable, ServiceFailure
from wizard.domain.principals import Principal, parse_principal

# How much of the time of a page is left to the home Region.
HOME_SECONDS = 2.0


def get_caller_account() -> str:
    """The 12-digit id of the account that the console's AWS credentials belong to.

    AWS is asked once per access key: renewed temporary credentials have a new one.
    """
    session = renewable_session()
    credentials = session.valid_credentials()
    session.account_id, _caller = _identity_of(credentials.access_key)
    return session.account_id


def get_caller() -> Principal:
    """Return the user or the session of a role that the credentials are, asked as above."""
    credentials = renewable_session().valid_credentials()
    _account_id, caller = _identity_of(credentials.access_key)
    return caller


def known_account() -> str:
    """The same, as far as this process knows it without asking AWS; empty until it does."""
    return renewable_session().account_id


@lru_cache(maxsize=16)
def _identity_of(_access_key: str) -> tuple[str, Principal]:
    home, *others = sts_regions()
    try:
        with waiting.at_most(HOME_SECONDS):
            return _ask(home)
    except (RegionUnreachable, ServiceFailure) as silence:
        for region in others:
            with suppress(RegionUnreachable, ServiceFailure):
                return _ask(region)
        raise silence from None


def _ask(region: str) -> tuple[str, Principal]:
    answer = call(sts(region).get_caller_identity)
    account_id = text_member(answer, "Account", "GetCallerIdentity")
    if not is_account_id(account_id):
        raise wrong_type("Account", "GetCallerIdentity")
    return account_id, parse_principal(optional_text(answer, "Arn") or "")
