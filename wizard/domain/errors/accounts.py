"""Errors of accounts that the console works in by a role."""

from wizard.domain.errors.aws import AwsError
from wizard.domain.errors.base import ConsoleError
from wizard.domain.texts import gettext_noop as _


class AccountRoleNotAssumed(AwsError):
    """STS refuses the role of an account; it says the same for a role that does not exist."""

    title = _("The console can't assume the role of this account")
    remedy = _(
        "In the account, check that the role exists, and that its trust policy names the console's"
        " credentials and the external ID of this account. The console's credentials also need the"
        " action sts:AssumeRole on the role. Then test the account again on the page Accounts."
    )
    status = 502


class AccountNotInUse(AwsError):
    """The account was disabled or removed after the work had been queued; no call was made."""

    title = _("The console no longer works in this account")
    remedy = _(
        "Nothing was sent to AWS, because the account was disabled or removed. An administrator of"
        " this console can enable or add it again on the page Accounts. Then try again."
    )
    status = 409
    is_of_aws = False


class AccountDisabled(ConsoleError):
    """An administrator has disabled the account."""

    title = _("The account is disabled")
    remedy = _(
        "The console doesn't call AWS in this account while it is disabled. An administrator of"
        " this console can enable it again on the page Accounts. Its history stays available."
    )
    status = 409
