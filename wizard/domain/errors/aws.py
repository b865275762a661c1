"""Errors of AWS calls: one class per reason, with AWS's message in the instance.

`wizard.backend.errors` maps AWS's error codes to these classes.
"""

import re
from typing import ClassVar, Final

from wizard.domain.errors.base import ConsoleError
from wizard.domain.texts import gettext_noop as _

_DENIED_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)")

# An explicit deny, or no policy that allows it. Names of roles and sessions have no blanks, so that
# nobody else writes this into AWS's message.
_DENIED_BY_ORGANIZATION = re.compile(
    r"explicit deny in an? service control policy|no service control policy allows"
)


class AwsError(ConsoleError):
    """A refused or failed AWS call.

    `message` is AWS's, verbatim except for credentials and signatures. `code`, `operation`,
    `region` and `request_id` are for AWS Support. Any of them may be empty if the call did not
    reach AWS. `was_lost`: one attempt of the call had no readable response, so it may have been
    executed, whatever the last response says. `was_not_made`: it is known that nothing was changed,
    although the class of the error does not imply it.
    """

    title = _("AWS refused the call")
    remedy = _("Read the message from AWS below.")
    status = 502
    # False: the message is the console's own, because AWS was not reached or did not answer.
    is_of_aws: ClassVar[bool] = True

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        operation: str = "",
        region: str = "",
        request_id: str = "",
        was_lost: bool = False,
        was_not_made: bool = False,
    ) -> None:
        super().__init__(message or code)
        self.message = message
        self.code = code
        self.operation = operation
        self.region = region
        self.request_id = request_id
        self.was_lost = was_lost
        self.was_not_made = was_not_made


class AccessDenied(AwsError):
    """IAM, a service control policy or a resource policy refuses the call."""

    title = _("No access")
    remedy = _(
        "The console's credentials don't allow this call. Ask for the action that AWS names."
        " The page Permissions has the policy with every action that the console needs. A"
        " service control policy or a permissions boundary can also deny the action."
    )
    status = 403

    @property
    def action(self) -> str:
        """Return the missing IAM action if AWS names it, else an empty text."""
        named = _DENIED_ACTION.search(self.message)
        return named[1] if named else ""


class DeniedByOrganization(AccessDenied):
    """A service control policy of the organization refuses the call, whatever IAM allows."""

    title = _("A service control policy denies the call")
    remedy = _(
        "IAM policies of this account can't allow it. If the account is meant to use this Region"
        " and action, ask the administrators of your organization in AWS Organizations to change"
        " the policy."
    )
    status = 403

    @classmethod
    def says(cls, message: str) -> bool:
        """Whether AWS's message about a denied call names a service control policy as the cause."""
        return _DENIED_BY_ORGANIZATION.search(message) is not None


class Throttled(AwsError):
    """AWS throttles the calls, also after retries."""

    title = _("AWS is throttling the console")
    remedy = _("Wait a moment and try again. The console already retried the call several times.")
    status = 429


class CredentialsExpired(AwsError):
    """The console's AWS credentials have expired and cannot be renewed."""

    title = _("The console's AWS credentials have expired")
    remedy = _(
        "Renew the credentials on the server, for example with `aws sso login`, or replace"
        " the session token. Then try again. Instance role credentials are renewed"
        " automatically."
    )
    status = 502


class CredentialsMissing(AwsError):
    """boto3's credential chain found no credentials."""

    title = _("The console has no AWS credentials")
    remedy = _(
        "Configure credentials in a way that boto3 supports: an instance or container role,"
        " AWS_PROFILE with a configured profile, or AWS_ACCESS_KEY_ID and"
        " AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN for temporary credentials). After you"
        " change an environment variable, restart the console. Files and roles don't need a"
        " restart."
    )
    status = 502
    is_of_aws = False


class CredentialsInvalid(AwsError):
    """AWS does not know the access key, or the secret key does not belong to it."""

    title = _("AWS doesn't accept the console's credentials")
    remedy = _(
        "The access key was deleted or deactivated, the secret key doesn't match it, or the"
        " session token is missing or belongs to other keys. Check the keys in IAM, and"
        " replace them on the server."
    )
    status = 502


class CredentialsOfAnotherAccount(AwsError):
    """The background worker has credentials of another account than its work; no call was made."""

    title = _("The background worker has credentials of another AWS account")
    remedy = _(
        "Nothing was sent to AWS. Configure the worker with the same AWS credentials as the"
        " console, restart it, and try again."
    )
    status = 502


class RegionUnreachable(AwsError):
    """No response: DNS failure, connection refused, or timeout."""

    title = _("The Region doesn't respond")
    remedy = _(
        "The console couldn't reach AWS in time. Check the console's internet access or VPC"
        " endpoints, and the AWS Health Dashboard. Then try again."
    )
    status = 504
    is_of_aws = False


class ServiceFailure(AwsError):
    """AWS failed with an internal error (5xx)."""

    title = _("AWS returned an internal error")
    remedy = _(
        "Try again in a moment. If the problem persists, send the request ID to AWS Support."
    )
    status = 502


class UnexpectedAwsError(AwsError):
    """An error without a class of its own, shown with AWS's message."""

    title = _("AWS returned an unknown error")
    remedy = _(
        "Read the message from AWS below. If it doesn't help, send the request ID to AWS Support."
    )
    status = 502


class InvalidParameter(AwsError):
    """AWS says that a parameter is not valid."""

    title = _("AWS doesn't accept a value")
    remedy = _("Correct the value that AWS names and try again.")
    status = 400


class PassRoleDenied(AwsError):
    """The console's credentials lack iam:PassRole for the role."""

    title = _("The console is not allowed to pass this role to ECR")
    remedy = _(
        "To use this role in a rule or a template, you need the action iam:PassRole on the role,"
        " with the condition iam:PassedToService ecr.amazonaws.com. Add it to the policy of the"
        " console's credentials, or choose another role."
    )
    status = 403
    field = "custom_role_arn"


class RuleAlreadyExists(AwsError):
    """The prefix is taken in this registry and Region."""

    title = _("The prefix is already in use in this Region")
    remedy = _("Choose another prefix, or delete the rule that uses it.")
    status = 409
    field = "ecr_repository_prefix"


class RuleNotFound(AwsError):
    """No rule with that prefix in this registry and Region."""

    title = _("The rule doesn't exist")
    remedy = _("The rule might have been deleted. Reload the list of rules.")
    status = 404


class UnsupportedUpstreamRegistry(AwsError):
    """ECR cannot cache that URL, or not without credentials."""

    title = _("ECR can't cache this upstream registry")
    remedy = _("Check the source and the credentials of the rule.")
    status = 400
    field = "registry"


class SecretNotFound(AwsError):
    """ECR or Secrets Manager does not find the secret, or it has no value."""

    title = _("ECR can't find the secret")
    remedy = _(
        "The secret must exist in this account and Region and have a value. If you created"
        " the secret a few seconds ago, wait a moment and try again."
    )
    status = 404
    field = "secret"


class RoleNotFound(AwsError):
    """IAM knows no role of that name in this account."""

    title = _("The role doesn't exist")
    remedy = _("Create it again with the same name, or choose another role for the rule.")
    status = 404
    field = "custom_role_arn"


class ValidationInterrupted(AwsError):
    """The background worker ended during the validation, each time that it was attempted."""

    title = _("The background worker stopped before there was a result")
    remedy = _(
        "The worker stopped several times during this validation, so the console doesn't"
        " repeat it. Check the worker's log, and then validate the rule again."
    )
    status = 500


class LoginRefusedBefore(AwsError):
    """The upstream refused the rule's secret before, and the secret has not changed since."""

    title = _("The upstream registry refused this secret before, so it wasn't tried again")
    remedy = _(
        "Registries can lock an account whose credentials fail again and again. Replace the token"
        " in the secret. To try the secret again without a change, open the rule and choose"
        " Validate."
    )
    status = 409


class CredentialNeeded(AwsError):
    """A secret still has to be created, and the upstream credential is not stored."""

    title = _("Enter the upstream credentials again")
    remedy = _(
        "The operation still has to create a secret, and the console doesn't store"
        " credentials. Enter them again on the page of the operation."
    )
    status = 409


class SecretNotAccessible(AwsError):
    """ECR is not allowed to read the secret."""

    title = _("ECR is not allowed to read the secret")
    remedy = _("Check the resource policy of the secret, or choose another secret.")
    status = 409
    field = "secret"


class SecretNotDecryptable(AwsError):
    """ECR may read the secret but not use the key that encrypts it."""

    title = _("ECR can't decrypt the secret")
    remedy = _(
        "Pull through cache supports only secrets that are encrypted with the key"
        " aws/secretsmanager. Choose or create a secret with that key."
    )
    status = 409
    field = "secret"


class SecretAlreadyExists(AwsError):
    """A secret with that name exists in this account and Region."""

    title = _("A secret with this name already exists")
    remedy = _("Choose another name, or use the existing secret.")
    status = 409
    field = "secret_name"


class SecretScheduledForDeletion(AwsError):
    """A secret with this name is scheduled for deletion."""

    title = _("A secret with this name is scheduled for deletion")
    remedy = _("Choose another name, or restore the existing secret and use it.")
    status = 409
    field = "secret_name"


class SecretHasReplicas(AwsError):
    """The secret cannot be deleted while Regions have replicas of it."""

    title = _("The secret has replicas")
    remedy = _(
        "The message from AWS lists the Regions. In Secrets Manager, remove the replicas that"
        " no rule uses. Then delete the secret."
    )
    status = 409


class SecretIsReplica(AwsError):
    """A replica cannot be changed or deleted separately from its primary secret."""

    title = _("The secret is a replica")
    remedy = _(
        "A replica copies the secret with the same name in its primary Region. Change or"
        " delete the primary secret. To delete only the replica, remove it from the primary"
        " secret."
    )
    status = 409


# After these errors it is unknown whether AWS carried out the call.
ANSWER_LOST: Final = (RegionUnreachable, ServiceFailure, UnexpectedAwsError)
