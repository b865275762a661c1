"""Whether what the console itself reads of an image counts as a pull of it."""

from wizard.backend import account, pull_times
from wizard.domain import Target
from wizard.domain.errors import AwsError
from wizard.domain.principals import Principal, is_one_of


def may_read_lists(*, target: Target) -> bool:
    """Whether the console's own pulls do not change last pull times; False if that is unknown."""
    try:
        return is_one_of(own_principal(), pull_times.list_exclusions(target))
    except AwsError:
        return False


def own_principal() -> Principal:
    """Return who the console is for AWS."""
    return account.get_caller()
