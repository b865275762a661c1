"""Errors of the console's own AWS credentials: which source failed, and what to do about it.

`wizard.backend.credential_chain` raises them. Their message names the profile, file or program. It
never contains anything that the source returned.
"""

from wizard.domain.errors.aws import (
    AwsError,
    CredentialsExpired,
    CredentialsInvalid,
    CredentialsMissing,
)
from wizard.domain.texts import gettext_noop as _


class ProfileMissing(CredentialsMissing):
    """AWS_PROFILE names a profile that no file has."""

    title = _("The console's AWS profile doesn't exist")
    remedy = _(
        "On the server, correct AWS_PROFILE and restart the console, or add the profile to"
        " the file. The console reads the files of the user that it runs as."
    )
    status = 502
    is_of_aws = False


class ProfileInvalid(CredentialsMissing):
    """The profile cannot be used: a member is missing or wrong, or a source profile is."""

    title = _("The console can't use its AWS profile")
    remedy = _(
        "Correct the profile named below. To test the profile, run `aws sts"
        " get-caller-identity` as the user that the console runs as."
    )
    status = 502
    is_of_aws = False


class MfaRequired(CredentialsMissing):
    """The profile has mfa_serial. A server has nobody who could enter the code."""

    title = _("The console's AWS profile asks for an MFA code")
    remedy = _(
        "A server can't enter a code. Remove mfa_serial from the console's profile, or use an"
        " instance role or temporary credentials."
    )
    status = 502
    is_of_aws = False


class ConfigFileInvalid(CredentialsMissing):
    """A configuration or credentials file exists, but cannot be read or parsed."""

    title = _("The console can't read an AWS configuration file")
    remedy = _(
        "Correct the file named below, or its permissions for the user that the console runs"
        " as. Each profile begins with its name in brackets. Each line after the name contains"
        " a key, an equals sign, and a value."
    )
    status = 502
    is_of_aws = False


class CredentialsMalformed(CredentialsMissing):
    """A key or token contains a character that no request can carry."""

    title = _("The console's AWS credentials contain an invalid character")
    remedy = _(
        "Copy the value again, without line breaks, spaces, or quotation marks, and restart"
        " the console. A common cause is a file that ends with a line break."
    )
    status = 502
    is_of_aws = False


class CredentialProgramFailed(CredentialsExpired):
    """credential_process did not start, failed, did not end, or printed something else."""

    title = _("The program that provides the console's AWS credentials failed")
    remedy = _(
        "Run the credential_process of the profile as the user that the console runs as,"
        " without a terminal. It must print JSON with Version 1, AccessKeyId, and"
        " SecretAccessKey, and must not prompt for input."
    )
    status = 502
    is_of_aws = False


class SignInExpired(CredentialsExpired):
    """The sign-in of a profile with IAM Identity Center or `aws login` has ended."""

    title = _("The AWS sign-in of the console's profile has expired")
    remedy = _(
        "Run the command below as the user that the console runs as. On a server, we"
        " recommend an instance or container role because its credentials are renewed"
        " automatically."
    )
    status = 502
    is_of_aws = False


class WebIdentityTokenInvalid(CredentialsMissing):
    """The token file of AssumeRoleWithWebIdentity is missing, unreadable or empty, or refused."""

    title = _("The console can't use its web identity token")
    remedy = _(
        "Check that the file exists, isn't empty, and can be read by the user that the"
        " console runs as. In Kubernetes, check the annotation of the service account. If the"
        " container doesn't run as root, also check fsGroup."
    )
    status = 502
    is_of_aws = False


class RoleNotAssumed(CredentialsExpired):
    """STS refused to give the console the role of its profile."""

    title = _("The console can't assume its IAM role")
    remedy = _(
        "Check that the role exists, that its trust policy allows the source credentials or"
        " the identity provider, and that the source credentials are still valid."
    )
    status = 502


class CredentialServiceFailed(CredentialsExpired):
    """The container's or the instance's credential service did not return credentials."""

    title = _("The service that provides the console's AWS credentials failed")
    remedy = _(
        "Check that the task, pod, or instance has a role, and that the console can reach the"
        " service. For containers on EC2, set the hop limit of the instance metadata service"
        " to 2."
    )
    status = 502
    is_of_aws = False


class ClockSkewed(CredentialsInvalid):
    """AWS refuses the signature because of its time."""

    title = _("The clock of the console's server is wrong")
    remedy = _(
        "AWS accepts only requests that are signed within 5 minutes of its own time. Correct"
        " the clock of the console's server, and synchronize it with NTP. The credentials"
        " aren't the cause."
    )
    status = 502


class CredentialsNotValidInRegion(CredentialsInvalid):
    """A Region that has to be enabled does not accept the access key or session token."""

    title = _("The credentials are invalid in this Region, or the Region isn't enabled")
    remedy = _(
        "Enable the Region for the account (Account, AWS Regions). If the Region is already"
        " enabled, the session token comes from the global STS endpoint, and its tokens are"
        " valid only in the default Regions. Where you create the credentials, set"
        " AWS_STS_REGIONAL_ENDPOINTS=regional, or configure the global endpoint to issue"
        " tokens that are valid in all Regions (IAM, Account settings)."
    )
    status = 502


class DefaultRegionUnknown(AwsError):
    """The Region that boto3 is configured for does not exist, or has no pull through cache."""

    title = _("The console can't use the default Region")
    remedy = _(
        "On the server, correct AWS_DEFAULT_REGION or the Region of the profile, and restart"
        " the console."
    )
    status = 502
    is_of_aws = False


class EndpointInvalid(AwsError):
    """boto3 cannot build a client: the endpoint, the Region or another setting is invalid."""

    title = _("A setting of the AWS client isn't valid")
    remedy = _(
        "On the server, check AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, AWS_CA_BUNDLE, and the"
        " settings of the profile."
    )
    status = 502
    is_of_aws = False
