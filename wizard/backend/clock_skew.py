"""How far the clock of this server is from AWS's, asked of STS."""

from datetime import timedelta

from wizard.backend.account_clients import sts
from wizard.backend.calls import call
from wizard.backend.client_cache import home_region
from wizard.backend.clocks import skew_of_answer


def get_clock_skew() -> timedelta | None:
    """Ask STS; return how far this server's clock is ahead of AWS's, or None if it is not told."""
    answer = call(sts(home_region()).get_caller_identity)
    return skew_of_answer(answer["ResponseMetadata"])
