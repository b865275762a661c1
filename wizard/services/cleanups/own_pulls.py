"""Whether what the console itself reads of an image counts as a pull of it."""

from wizard.backend import clients, pull_times
from wizard.domain import Target
from wizard.domain.errors import AwsError
from wizard.domain.principals import Principal, is_one_of


def may_read_lists(*, target: Target) -> bool:
    """Whether the console's own pulls do not change last pull times; False if that is unknown."""
    try:
        return is_one_of(own_principal(target=target), pull_times.list_exclusions(target))
    except AwsError:
        return False


def own_principal(*, target: Target) -> Principal:
    """Return who the console is for AWS in the account."""
    return clients.get_caller(target.account_id)
