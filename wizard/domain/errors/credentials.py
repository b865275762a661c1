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

    title = _("The console's AWS profile does not exist")
    remedy = _(
        "Correct AWS_PROFILE where the console runs and restart it, or add the profile to the"
        " file. The files are those of the user that the console runs as."
    )
    status = 502
    is_of_aws = False


class ProfileInvalid(CredentialsMissing):
    """The profile cannot be used: a member is missing or wrong, or a source profile is."""

    title = _("The console's AWS profile cannot be used")
    remedy = _(
        "Correct the profile that is named below. To test it, run `aws sts get-caller-identity`"
        " as the user that the console runs as."
    )
    status = 502
    is_of_aws = False


class MfaRequired(CredentialsMissing):
    """The profile has mfa_serial. A server has nobody who could enter the code."""

    title = _("The console's AWS profile asks for an MFA code")
    remedy = _(
        "A server cannot enter a code. Remove mfa_serial from a profile for the console, or give"
        " it a role of the machine or temporary credentials."
    )
    status = 502
    is_of_aws = False


class ConfigFileInvalid(CredentialsMissing):
    """A configuration or credentials file exists, but cannot be read or parsed."""

    title = _("An AWS configuration file cannot be read")
    remedy = _(
        "Correct the file that is named below, or its permissions for the user that the console"
        " runs as. Each profile begins with its name in brackets; each line after it is a name,"
        " an equals sign and a value."
    )
    status = 502
    is_of_aws = False


class CredentialsMalformed(CredentialsMissing):
    """A key or token contains a character that no request can carry."""

    title = _("The console's AWS credentials contain an invalid character")
    remedy = _(
        "Copy the value again, without line break, blank or quotation mark, and restart the"
        " console. Files that end in a line break are a common cause."
    )
    status = 502
    is_of_aws = False


class CredentialProgramFailed(CredentialsExpired):
    """credential_process did not start, failed, did not end, or printed something else."""

    title = _("The program that provides the console's AWS credentials failed")
    remedy = _(
        "Run the profile's credential_process as the user that the console runs as, without a"
        " terminal. It must print JSON with Version 1, AccessKeyId and SecretAccessKey, and ask"
        " nothing."
    )
    status = 502
    is_of_aws = False


class SignInExpired(CredentialsExpired):
    """The sign-in of a profile with IAM Identity Center or `aws login` has ended."""

    title = _("The AWS sign-in of the console's profile has expired")
    remedy = _(
        "Sign in again as the user that the console runs as, with the command below. For a"
        " server, a role of the machine or container is the better source: it renews by itself."
    )
    status = 502
    is_of_aws = False


class WebIdentityTokenInvalid(CredentialsMissing):
    """The token file of AssumeRoleWithWebIdentity is missing, unreadable or empty, or refused."""

    title = _("The web identity token of the console cannot be used")
    remedy = _(
        "Check that the file exists, is not empty, and is readable for the user that the console"
        " runs as. In Kubernetes, check the service account's annotation, and fsGroup for a"
        " container that does not run as root."
    )
    status = 502
    is_of_aws = False


class RoleNotAssumed(CredentialsExpired):
    """STS refused to give the console the role of its profile."""

    title = _("The console cannot assume its IAM role")
    remedy = _(
        "Check that the role exists, that its trust policy allows the source credentials or the"
        " identity provider, and that these are still valid."
    )
    status = 502


class CredentialServiceFailed(CredentialsExpired):
    """The container's or the instance's credential service did not return credentials."""

    title = _("The service that provides the console's AWS credentials failed")
    remedy = _(
        "Check that the task, pod or instance has a role, and that the service can be reached"
        " from the console. For EC2 with containers, the hop limit of the instance metadata"
        " service must be 2."
    )
    status = 502
    is_of_aws = False


class ClockSkewed(CredentialsInvalid):
    """AWS refuses the signature because of its time."""

    title = _("The clock of the console's server is wrong")
    remedy = _(
        "AWS accepts requests that are signed within 5 minutes of its own time. Set the clock of"
        " the console's server, and let it be synchronized (NTP). The credentials are not the"
        " reason."
    )
    status = 502


class CredentialsNotValidInRegion(CredentialsInvalid):
    """A Region that has to be enabled does not accept the access key or session token."""

    title = _("This Region does not accept the console's credentials")
    remedy = _(
        "Enable the Region for the account (Account, AWS Regions). If it is enabled, the session"
        " token is of the global STS endpoint, whose tokens are valid in the default Regions"
        " only. Set AWS_STS_REGIONAL_ENDPOINTS=regional where the credentials are made, or let"
        " the global endpoint issue tokens for all Regions (IAM, Account settings)."
    )
    status = 502


class DefaultRegionUnknown(AwsError):
    """The Region that boto3 is configured for does not exist, or has no pull through cache."""

    title = _("The default Region cannot be used")
    remedy = _(
        "Correct AWS_DEFAULT_REGION, or the Region of the profile, where the console runs, and"
        " restart it."
    )
    status = 502
    is_of_aws = False


class EndpointInvalid(AwsError):
    """boto3 cannot build a client: the endpoint, the Region or another setting is invalid."""

    title = _("A setting of the AWS client is not valid")
    remedy = _(
        "Check AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, AWS_CA_BUNDLE and the profile's settings"
        " where the console runs."
    )
    status = 502
    is_of_aws = False
