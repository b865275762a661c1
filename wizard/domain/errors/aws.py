"""Errors of AWS calls: one class per reason, with AWS's message in the instance.

`wizard.backend.errors` maps AWS's error codes to these classes.
"""

import re
from typing import ClassVar, Final

from wizard.domain.errors.base import ConsoleError
from wizard.domain.texts import gettext_noop as _

_DENIED_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)")


class AwsError(ConsoleError):
    """A refused or failed AWS call.

    `message` is AWS's, verbatim except for credentials and signatures. `code`, `operation`,
    `region` and `request_id` are for AWS Support. Any of them may be empty if the call did not
    reach AWS. `was_lost`: one attempt of the call had no readable response, so it may have been
    executed, whatever the last response says. `was_not_made`: it is known that nothing was changed,
    although the class of the error does not imply it.
    """

    title = _("AWS refused the call")
    remedy = _("Read AWS's message below.")
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
        "The console's credentials are not allowed to make this call. Ask for the action that"
        " AWS names; OPERATIONS.md lists all that the console needs. A service control policy"
        " or a permissions boundary can refuse it too."
    )
    status = 403

    @property
    def action(self) -> str:
        """Return the missing IAM action if AWS names it, else an empty text."""
        named = _DENIED_ACTION.search(self.message)
        return named[1] if named else ""


class Throttled(AwsError):
    """AWS throttles the calls, also after retries."""

    title = _("AWS is throttling the console")
    remedy = _("Wait a little and try again. The call was already repeated with pauses.")
    status = 429


class CredentialsExpired(AwsError):
    """The console's AWS credentials have expired and cannot be renewed."""

    title = _("The console's AWS credentials have expired")
    remedy = _(
        "Renew them where the console runs: sign in again with AWS SSO, or replace the session"
        " token. A role of the machine renews by itself. Then try again."
    )
    status = 502


class CredentialsMissing(AwsError):
    """boto3's credential chain found no credentials."""

    title = _("The console has no AWS credentials")
    remedy = _(
        "Give the process credentials in one of the ways boto3 knows: a role of the machine or"
        " container, AWS_PROFILE with a configured profile, or AWS_ACCESS_KEY_ID and"
        " AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN for temporary ones). A changed"
        " variable needs a restart; a file or a role does not."
    )
    status = 502
    is_of_aws = False


class CredentialsInvalid(AwsError):
    """AWS does not know the access key, or the secret key does not belong to it."""

    title = _("AWS does not accept the console's credentials")
    remedy = _(
        "The access key was deleted or deactivated, its secret key does not belong to it, or the"
        " session token is missing or of other keys. Check them in IAM, and replace them where"
        " the console runs."
    )
    status = 502


class CredentialsOfAnotherAccount(AwsError):
    """The background worker has credentials of another account than its work; no call was made."""

    title = _("The background worker has credentials of another AWS account")
    remedy = _(
        "Nothing was sent to AWS. Give the worker the same AWS credentials as the console, restart"
        " it and try again."
    )
    status = 502


class RegionUnreachable(AwsError):
    """No response: DNS failure, connection refused, or timeout."""

    title = _("The Region does not answer")
    remedy = _(
        "AWS could not be reached there in time. Check the console's way to the internet or"
        " its VPC endpoints, and the AWS Health Dashboard. Then try again."
    )
    status = 504
    is_of_aws = False


class ServiceFailure(AwsError):
    """AWS failed with an internal error (5xx)."""

    title = _("AWS returned an internal error")
    remedy = _("Try again in a moment. If it stays, give AWS Support the request id.")
    status = 502


class UnexpectedAwsError(AwsError):
    """An error without a class of its own, shown with AWS's message."""

    title = _("AWS returned an unknown error")
    remedy = _("Read AWS's message below. If it does not help, give AWS Support the request id.")
    status = 502


class InvalidParameter(AwsError):
    """AWS says that a parameter is not valid."""

    title = _("AWS does not accept a value")
    remedy = _("Correct the value that AWS names and try again.")
    status = 400


class PassRoleDenied(AwsError):
    """The console's credentials lack iam:PassRole for the role."""

    title = _("The console is not allowed to pass this role to ECR")
    remedy = _(
        "Whoever gives a rule a role needs the action iam:PassRole on that role, with the"
        " condition iam:PassedToService ecr.amazonaws.com. Add it to the policy of the"
        " console's credentials, or choose another role."
    )
    status = 403
    field = "custom_role_arn"


class RuleAlreadyExists(AwsError):
    """The prefix is taken in this registry and Region."""

    title = _("The prefix is taken in this Region")
    remedy = _("Choose another prefix, or delete the rule that has it.")
    status = 409
    field = "ecr_repository_prefix"


class RuleNotFound(AwsError):
    """No rule with that prefix in this registry and Region."""

    title = _("The rule does not exist")
    remedy = _("It may have been deleted. Reload the list of rules.")
    status = 404


class UnsupportedUpstreamRegistry(AwsError):
    """ECR cannot cache that URL, or not without credentials."""

    title = _("ECR cannot cache this upstream registry")
    remedy = _("Check the source, and that the rule has the credentials it needs.")
    status = 400
    field = "registry"


class SecretNotFound(AwsError):
    """ECR or Secrets Manager does not find the secret, or it has no value yet."""

    title = _("ECR cannot find the secret")
    remedy = _(
        "It must exist in this account and Region and have a value. A secret made a few"
        " seconds ago may not be visible to ECR yet: wait a little, then create again."
    )
    status = 404
    field = "secret"


class RoleNotFound(AwsError):
    """IAM knows no role of that name in this account."""

    title = _("The role does not exist")
    remedy = _("Create it again with the same name, or choose another role for the rule.")
    status = 404
    field = "custom_role_arn"


class RoleWithdrawn(AwsError):
    """The person who confirmed the change has lost the role; nothing was sent to AWS."""

    title = _("The person who confirmed this no longer has permission")
    remedy = _("An operator of the account and Region can retry it.")
    status = 403


class NewerVersion(AwsError):
    """The secret's value was changed since; nothing was sent to AWS."""

    title = _("The secret has a newer value")
    remedy = _(
        "Its value was changed after this rotation, by somebody else or by another rotation. The"
        " old version is not put back over the newer one."
    )
    status = 409


class OldVersionGone(AwsError):
    """Secrets Manager has no older version of the secret; nothing was sent to AWS."""

    title = _("Secrets Manager no longer has the old version")
    remedy = _("Replace the value with the old token, if you still have it and it is valid.")
    status = 409


class ManagedByService(AwsError):
    """An AWS service manages the secret; nothing was sent to AWS."""

    title = _("An AWS service manages the secret")
    remedy = _("Change its value in the service that manages it.")
    status = 409


class ValidationInterrupted(AwsError):
    """The background worker ended during the validation, each time that it was attempted."""

    title = _("The background worker ended before there was a result")
    remedy = _(
        "The worker has ended several times during this validation, so it is not repeated. Look"
        " into the worker's log, and validate the rule again."
    )
    status = 500


class CredentialNeeded(AwsError):
    """A secret still has to be created, and the upstream credential is not stored."""

    title = _("The upstream credential is needed once more")
    remedy = _(
        "A secret is still to be created, and the console keeps no credential. Enter it again"
        " on the page of the operation."
    )
    status = 409


class SecretNotAccessible(AwsError):
    """ECR is not allowed to read the secret."""

    title = _("ECR is not allowed to read the secret")
    remedy = _("Check the secret's resource policy, or choose another secret.")
    status = 409
    field = "secret"


class SecretNotDecryptable(AwsError):
    """ECR may read the secret but not use the key that encrypts it."""

    title = _("ECR cannot decrypt the secret")
    remedy = _(
        "Pull through cache works with secrets under the key aws/secretsmanager only."
        " Choose or make a secret with that key."
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
    remedy = _("Choose another name, or restore that secret and use it.")
    status = 409
    field = "secret_name"


class SecretHasReplicas(AwsError):
    """The secret cannot be deleted while Regions have replicas of it."""

    title = _("The secret has replicas")
    remedy = _(
        "AWS names the Regions. Remove the replicas that no rule uses in Secrets Manager, then"
        " delete the secret."
    )
    status = 409


class SecretIsReplica(AwsError):
    """A replica cannot be changed or deleted separately from its primary secret."""

    title = _("The secret is a replica")
    remedy = _(
        "It follows the secret of the same name in its primary Region. Change or delete that"
        " one; a replica goes when it is removed there."
    )
    status = 409


# After these errors it is unknown whether AWS carried out the call.
ANSWER_LOST: Final = (RegionUnreachable, ServiceFailure, UnexpectedAwsError)
