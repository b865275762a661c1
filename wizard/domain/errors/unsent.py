"""Errors of changes that the console did not send to AWS, because of what it knew or had read."""

from wizard.domain.errors.aws import AwsError, RegionUnreachable
from wizard.domain.texts import gettext_noop as _


class RoleWithdrawn(AwsError):
    """The person who confirmed the change has lost the role; nothing was sent to AWS."""

    title = _("The person who confirmed this operation no longer has permission")
    remedy = _("Ask an operator of the account and Region to retry it.")
    status = 403


class NewerVersion(AwsError):
    """The secret's value was changed since; nothing was sent to AWS."""

    title = _("The secret has a newer value")
    remedy = _(
        "Another person or another rotation changed the value after this rotation. The console"
        " doesn't replace the newer version with the old one."
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


class OtherRule(AwsError):
    """The prefix has another rule than the one that was selected; nothing was sent to AWS."""

    title = _("Another rule uses the prefix now")
    remedy = _(
        "The rule that you selected no longer exists. If you want to delete the new rule,"
        " select it in the list of rules."
    )
    status = 409


class ChangedSince(AwsError):
    """The rule is not as it was when the person confirmed; nothing was sent to AWS."""

    title = _("The rule has changed")
    remedy = _("View the rule. If you still want to change it, edit it there.")
    status = 409


class UpstreamIsHere(AwsError):
    """The upstream is the account's own registry in this Region; nothing was sent to AWS."""

    title = _("The upstream registry is in this Region")
    remedy = _("Images of the upstream registry are already in this Region. No rule is needed.")
    status = 409


class SecretUnusable(AwsError):
    """The secret that the rule would use can't be used; nothing was sent to AWS."""

    title = _("The secret of this Region can't be used")
    remedy = _(
        "It isn't the one to replicate, has no value, or is scheduled for deletion. Replace its"
        " value or restore it, and then create the rule again."
    )
    status = 409


class NotTried(RegionUnreachable):
    """The Region did not respond to an earlier call of the same work; nothing was sent to AWS."""

    title = _("Not tried, because the Region doesn't respond")
    remedy = _(
        "The Region didn't respond to another call, so the console sent nothing. When the Region"
        " responds again, complete or retry what is missing."
    )
    status = 504


class CredentialNotKept(AwsError):
    """The operation's credential was erased before the secret had it; nothing was sent to AWS."""

    title = _("The credential is no longer kept")
    remedy = _(
        "The console keeps the credential of an operation for four hours, and only while the"
        " operation is in progress. Retry what failed, and enter the credential again."
    )
    status = 409
    is_of_aws = False


class CredentialSealedOtherwise(AwsError):
    """The process that did the work cannot decrypt the credential; nothing was sent to AWS."""

    title = _("A background worker can't decrypt the credential")
    remedy = _(
        "The background worker has another SECRET_KEY than the web process that encrypted the"
        " credential, or the stored credential is damaged. Set the same SECRET_KEY on all machines"
        " and restart the workers. Then retry what failed, and enter the credential again."
    )
    status = 409
    is_of_aws = False


class SecretOfSeveralUpstreams(AwsError):
    """Rules of another upstream registry use the secret too; nothing was sent to AWS."""

    title = _("Rules of another upstream registry use the secret too")
    remedy = _(
        "Those rules would get the new credential as well. Rotate the secret in its account, where"
        " you can choose it, or give the rules a secret of their own."
    )
    status = 409
    is_of_aws = False


class SecretNoLongerUsed(AwsError):
    """No rule of the upstream registry uses the secret any more; nothing was sent to AWS."""

    title = _("The rules of this upstream registry no longer use the secret")
    remedy = _(
        "The rules have changed since the console last read them. Start another operation, whose"
        " plan has the secrets that the rules use now."
    )
    status = 409
    is_of_aws = False
