"""Errors about the AWS accounts of the console, and the roles by which it works in them."""

from wizard.domain.errors.aws import AccessDenied, AwsError
from wizard.domain.errors.base import ConsoleError
from wizard.domain.texts import gettext_noop as _


class AccountRoleNotAssumed(AwsError):
    """STS refuses the role of an account; it says the same for a role that does not exist."""

    title = _("The console can't assume the role of this account")
    remedy = _(
        "In the account, check that the role exists, and that its trust policy names the console's"
        " credentials and the external ID of this account. The console's credentials also need the"
        " action sts:AssumeRole on the role. An administrator of this console can test the account"
        " on the page Accounts."
    )
    status = 502


class AccountRoleUnavailable(AwsError):
    """STS did not answer, so there are no credentials for the account; no call was made there."""

    title = _("AWS doesn't give the console credentials for this account")
    remedy = _(
        "AWS Security Token Service (STS) couldn't be reached in time, so the console couldn't"
        " assume the role of the account. Check the console's internet access or VPC endpoints,"
        " and the AWS Health Dashboard. Then try again."
    )
    status = 504
    is_of_aws = False


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


class AccountNotFound(ConsoleError):
    """The console has no such account."""

    title = _("The account was not found")
    remedy = _("The account might have been removed. Open the list of accounts again.")
    status = 404


class AccountImportNotFound(ConsoleError):
    """The console has no such list of accounts, or has removed it."""

    title = _("The list of accounts was not found")
    remedy = _("The console keeps imported lists for 30 days. Import the list again.")
    status = 404


class AccountExists(ConsoleError):
    """The account, or its role, is in the console already."""

    title = _("The account is already added")
    remedy = _("Open the account to change its role, its alias, or its Regions.")
    status = 409
    field = "account"


class AccountIsOwn(ConsoleError):
    """The account is that of the console's own credentials, which needs no role."""

    title = _("This is the account of the console's credentials")
    remedy = _(
        "The console works in this account without a role. You can't add it, disable it, or give"
        " it a role."
    )
    status = 409
    field = "account"


class RoleNotTrusting(AwsError):
    """STS refuses the role: it does not exist, or does not trust the console with its ID."""

    title = _("The console can't assume the role")
    remedy = _(
        "AWS gives the same answer when the role doesn't exist and when it doesn't trust the"
        " console. Check the name and path of the role, and that its trust policy has the"
        " principal and the external ID that the console shows for the account. If you created"
        " or changed the role just now, wait 10 seconds, and then try again."
    )
    status = 409
    field = "role_arn"


class AssumeRoleNotPermitted(AccessDenied):
    """The policies of the console's own role or user do not allow it to assume the role."""

    title = _("The console isn't allowed to assume this role")
    remedy = _(
        "The policies of the console's credentials deny it, not those of the role. Add the"
        " action sts:AssumeRole on this role to the policy of the console's role or user. A"
        " service control policy or a permissions boundary can also deny the action."
    )
    status = 409
    field = "role_arn"


class CallerCannotAssume(AwsError):
    """The console's credentials are those of a root user or a federated user."""

    title = _("The console's credentials can't assume roles")
    remedy = _(
        "AWS lets only roles and IAM users assume a role in another account. On the server, give"
        " the console a role, and restart it."
    )
    status = 409
    field = "role_arn"
    is_of_aws = False


class RoleTrustsTooMuch(AwsError):
    """STS gives the role without the external ID, or with any. Others could use it then."""

    title = _("The role doesn't require its external ID")
    remedy = _(
        "AWS let the console assume the role without the external ID, or with another one. In the"
        " trust policy, add the condition StringEquals with sts:ExternalId and the external ID of"
        " the account to every statement that allows sts:AssumeRole. If you changed the trust"
        " policy just now, wait 10 seconds, and then try again."
    )
    status = 409
    field = "role_arn"
    is_of_aws = False


class TrustNotTested(AccessDenied):
    """It is not known what the role requires: the console's own policies refuse the test."""

    title = _("The console can't test whether the role requires its external ID")
    remedy = _(
        "The policies of the console's credentials refuse the test that sends no external ID,"
        " or another one. Remove the condition sts:ExternalId from these policies. The condition"
        " belongs in the trust policy of the role."
    )
    status = 409
    field = "role_arn"


class RoleOfAnotherAccount(AwsError):
    """GetCallerIdentity of the role's session reports another account than the declared one."""

    title = _("The role belongs to another account")
    remedy = _(
        "AWS reports another account for the session of the role than the one that you entered."
        " Check the role and the endpoint of STS. Nothing was added."
    )
    status = 409
    field = "role_arn"
    is_of_aws = False


class OrganizationNotInUse(AwsError):
    """The console's account belongs to no organization."""

    title = _("The console's account isn't in an organization")
    remedy = _(
        "AWS Organizations has no list of accounts for the account of the console's credentials."
        " Paste or upload a list instead."
    )
    status = 409


class OrganizationNotReadable(AccessDenied):
    """The console's account may not list the accounts of its organization."""

    title = _("The console can't list the accounts of the organization")
    remedy = _(
        "Only the management account and delegated administrators of the organization can list its"
        " accounts. Register the console's account as a delegated administrator, and allow the"
        " console the action organizations:ListAccounts. Otherwise, paste or upload a list."
    )
    status = 409
