"""What a person is told when something goes wrong: title, remedy, HTTP status, and the field.

One row per error. AWS's own message, code and request id are shown beside these words, never
replaced by them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import errors
from wizard.domain.credentials import Role, Secret, SecretProblem
from wizard.domain.namespaces import Meeting, Overlap
from wizard.domain.policies import Trust
from wizard.domain.prefixes import MAX_LENGTH, MIN_LENGTH, PrefixProblem

Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The console's words for one kind of error.

    `field` is the wizard field that can put it right; empty when no answer can.
    """

    title: Text
    remedy: Text
    status: int
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    """An error as templates show it; all but title and remedy may be empty."""

    title: Text
    remedy: Text
    status: int
    field: str = ""
    message: str = ""
    code: str = ""
    operation: str = ""
    region: str = ""
    request_id: str = ""
    action: str = ""


# When to try again what the console itself, not AWS, could not do just now.
RETRY_AFTER_SECONDS: Final = 30

MESSAGES: Final[Mapping[type[errors.ConsoleError], Message]] = {
    errors.InvalidIdentifier: Message(
        title=_("A name or ARN is not valid"),
        remedy=_("Go back to the step that asked for it and correct it."),
        status=400,
    ),
    errors.InvalidImage: Message(
        title=_("This is no image of the rule"),
        remedy=_("Enter an image as its upstream registry knows it."),
        status=400,
    ),
    errors.InvalidRule: Message(
        title=_("The answers do not make a rule"),
        remedy=_("Go through the steps again; the answers no longer fit together."),
        status=409,
    ),
    errors.RuleChangedMeanwhile: Message(
        title=_("The rule was changed meanwhile"),
        remedy=_("Look at what it is now, then change it again if you still want to."),
        status=409,
    ),
    errors.SecretInUse: Message(
        title=_("The secret is in use"),
        remedy=_(
            "Give the rules that use it another secret, or delete them, and try again. While the"
            " rules of a Region cannot be read, every secret that is there counts as in use."
        ),
        status=409,
    ),
    errors.SecretAwaited: Message(
        title=_("Another Region is about to use the secret"),
        remedy=_(
            "The background goes on with a rule that needs a replica of it. Wait until that has"
            " ended, then clean up."
        ),
        status=409,
    ),
    errors.UnknownAccount: Message(
        title=_("This is not the account of the console's credentials"),
        remedy=_(
            "The console can only work in the account that its AWS credentials belong to."
            " Start from the console's first page, which leads to that account."
        ),
        status=404,
    ),
    errors.UnknownRegion: Message(
        title=_("There is no pull through cache in that Region"),
        remedy=_(
            "Start from the rules and choose a Region from the Region menu. China and GovCloud have"
            " no pull through cache."
        ),
        status=404,
    ),
    errors.DraftNotFound: Message(
        title=_("This draft is not here any more"),
        remedy=_(
            "It has expired, was discarded, or belongs to another account or Region."
            " Nothing was changed in AWS. Start again with Add rule."
        ),
        status=404,
    ),
    errors.DraftOfAnotherPerson: Message(
        title=_("This draft belongs to another person"),
        remedy=_("Only the person who began it can open it. Add rule begins a draft of your own."),
        status=403,
    ),
    errors.UnknownStep: Message(
        title=_("The wizard has no such step"),
        remedy=_("The draft itself is unharmed. The list of rules shows it under Open drafts."),
        status=404,
    ),
    errors.NotPermitted: Message(
        title=_("You may not do this here"),
        remedy=_(
            "Your grants do not allow it at this account and Region. An administrator of this"
            " console can give you the grant. Nothing was changed."
        ),
        status=403,
    ),
    errors.LastAdministrator: Message(
        title=_("Nobody would be left to administer the console"),
        remedy=_("Make another person an administrator first. Nothing was changed."),
        status=409,
    ),
    errors.PersonNotFound: Message(
        title=_("There is no such person"),
        remedy=_("Open People: everybody whom the console knows is listed there."),
        status=404,
    ),
    errors.TokenNotFound: Message(
        title=_("There is no such API token"),
        remedy=_("Open the list of API tokens again; it shows those that there are."),
        status=404,
    ),
    errors.SingleSignOnRefused: Message(
        title=_("Single sign-on did not let you in"),
        remedy=_(
            "Begin again at the sign-in page. If it happens again, tell an administrator of this"
            " console: its log (wizard.security) says why."
        ),
        status=403,
    ),
    errors.SingleSignOnUnavailable: Message(
        title=_("The single sign-on provider does not answer"),
        remedy=_(
            "Try again in a minute, or sign in with a one-time link. The console's log says what"
            " went wrong."
        ),
        status=502,
    ),
    errors.AuditUnavailable: Message(
        title=_("Nothing was changed: the audit trail cannot be written"),
        remedy=_(
            "The console changes nothing that it cannot record. Look whether the database is"
            " reachable and its disk has room, then try again."
        ),
        status=503,
    ),
    errors.UnexpectedInput: Message(
        title=_("The form holds something unexpected"),
        remedy=_(
            "A field is there that the page does not have, or one is there twice. Nothing was"
            " changed. Reload the page and send its form again."
        ),
        status=400,
    ),
    errors.DatabaseUnavailable: Message(
        title=_("The console's database does not answer"),
        remedy=_(
            "It is locked, unreachable, or its disk is full. Nothing is changed in AWS without a"
            " row there. Try again in a minute; if this stays, tell whoever runs the console."
        ),
        status=503,
    ),
    errors.OperationNotFound: Message(
        title=_("There is no such operation"),
        remedy=_("The address may be of another account or Region. The list shows what exists."),
        status=404,
    ),
    errors.BulkValidationNotFound: Message(
        title=_("There is no such bulk validation"),
        remedy=_("The address may be of another account. The list of bulk validations has them."),
        status=404,
    ),
    errors.BulkValidationOfAnotherPerson: Message(
        title=_("This bulk validation was started by another person"),
        remedy=_("Everybody can look at it; only who started it and administrators can cancel it."),
        status=403,
    ),
    errors.AwsError: Message(
        title=_("AWS refused the call"),
        remedy=_("Read AWS's message below."),
        status=502,
    ),
    errors.AccessDenied: Message(
        title=_("No access"),
        remedy=_(
            "The console's credentials are not allowed to make this call. Ask for the action that"
            " AWS names; OPERATIONS.md lists all that the console needs. A service control policy"
            " or a permissions boundary can refuse it too."
        ),
        status=403,
    ),
    errors.Throttled: Message(
        title=_("AWS is throttling the console"),
        remedy=_("Wait a little and try again. The call was already repeated with pauses."),
        status=429,
    ),
    errors.CredentialsExpired: Message(
        title=_("The console's AWS credentials have expired"),
        remedy=_(
            "Renew them where the console runs: sign in again with AWS SSO, or replace the session"
            " token. A role of the machine renews by itself. Then try again."
        ),
        status=502,
    ),
    errors.CredentialsMissing: Message(
        title=_("The console has no AWS credentials"),
        remedy=_(
            "Give the process credentials in one of the ways boto3 knows: a role of the machine or"
            " container, AWS_PROFILE with a configured profile, or AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN for temporary ones). Then restart it."
        ),
        status=502,
    ),
    errors.CredentialsInvalid: Message(
        title=_("AWS does not accept the console's credentials here"),
        remedy=_(
            "Either the access key is not valid any more, or this Region is not switched on for"
            " the account. Check the key in IAM and the Region under Account, AWS Regions."
        ),
        status=502,
    ),
    errors.RegionUnreachable: Message(
        title=_("The Region does not answer"),
        remedy=_(
            "AWS could not be reached there in time. Check the console's way to the internet or"
            " its VPC endpoints, and the AWS Health Dashboard. Then try again."
        ),
        status=504,
    ),
    errors.ServiceFailure: Message(
        title=_("AWS had an error of its own"),
        remedy=_("Try again in a moment. If it stays, give AWS Support the request id."),
        status=502,
    ),
    errors.UnexpectedAwsError: Message(
        title=_("AWS answered with an error the console does not know"),
        remedy=_("Read AWS's message below. If it does not help, give AWS Support the request id."),
        status=502,
    ),
    errors.InvalidParameter: Message(
        title=_("AWS does not accept one of the values"),
        remedy=_("Correct the value that AWS names and try again."),
        status=400,
    ),
    errors.PassRoleDenied: Message(
        title=_("The console may not pass this role to ECR"),
        remedy=_(
            "Whoever gives a rule a role needs the action iam:PassRole on that role, with the"
            " condition iam:PassedToService ecr.amazonaws.com. Add it to the policy of the"
            " console's credentials, or choose another role."
        ),
        status=403,
        field="custom_role_arn",
    ),
    errors.RuleAlreadyExists: Message(
        title=_("The prefix is taken in this Region"),
        remedy=_("Choose another prefix, or delete the rule that has it."),
        status=409,
        field="ecr_repository_prefix",
    ),
    errors.RuleNotFound: Message(
        title=_("The rule does not exist"),
        remedy=_("Somebody may have deleted it. Reload the list of rules."),
        status=404,
    ),
    errors.RuleLimitExceeded: Message(
        title=_("This Region holds as many rules as AWS allows"),
        remedy=_(
            "A registry can have 50 rules in each Region, and AWS does not raise the limit."
            " Delete a rule that is not used, or use another Region."
        ),
        status=409,
    ),
    errors.UnsupportedUpstreamRegistry: Message(
        title=_("ECR cannot cache this upstream registry"),
        remedy=_("Check the source, and that the rule has the credentials it needs."),
        status=400,
        field="registry",
    ),
    errors.SecretNotFound: Message(
        title=_("ECR does not find the secret"),
        remedy=_(
            "It must exist in this account and Region and have a value. A secret made a few"
            " seconds ago may not be visible to ECR yet: wait a little, then create again."
        ),
        status=404,
        field="secret",
    ),
    errors.RoleNotFound: Message(
        title=_("The role does not exist"),
        remedy=_("Make it again with the same name, or give the rule another role."),
        status=404,
        field="custom_role_arn",
    ),
    errors.RoleWithdrawn: Message(
        title=_("Whoever confirmed this may not make the change any more"),
        remedy=_("Somebody with the role of an operator there can retry it."),
        status=403,
    ),
    errors.CredentialNeeded: Message(
        title=_("The upstream credential is needed once more"),
        remedy=_(
            "A secret is still to be created, and the console keeps no credential. Enter it again"
            " on the page of the operation."
        ),
        status=409,
    ),
    errors.SecretNotAccessible: Message(
        title=_("ECR may not read the secret"),
        remedy=_("Check the secret's resource policy, or choose another secret."),
        status=409,
        field="secret",
    ),
    errors.SecretNotDecryptable: Message(
        title=_("ECR cannot decrypt the secret"),
        remedy=_(
            "Pull through cache works with secrets under the key aws/secretsmanager only."
            " Choose or make a secret with that key."
        ),
        status=409,
        field="secret",
    ),
    errors.SecretAlreadyExists: Message(
        title=_("A secret with this name exists"),
        remedy=_("Choose another name, or use the existing secret."),
        status=409,
        field="secret_name",
    ),
    errors.SecretScheduledForDeletion: Message(
        title=_("A secret with this name is scheduled for deletion"),
        remedy=_("Choose another name, or restore that secret and use it."),
        status=409,
        field="secret_name",
    ),
    errors.SecretHasReplicas: Message(
        title=_("The secret has replicas"),
        remedy=_(
            "AWS names the Regions. Remove the replicas that no rule uses in Secrets Manager, then"
            " delete the secret."
        ),
        status=409,
    ),
    errors.SecretIsReplica: Message(
        title=_("The secret is a replica"),
        remedy=_(
            "It follows the secret of the same name in its primary Region. Change or delete that"
            " one; a replica goes when it is removed there."
        ),
        status=409,
    ),
}

# How the members of the API are called in the wizard's forms.
_FIELD_OF_MEMBER = {
    "ecrRepositoryPrefix": "ecr_repository_prefix",
    "upstreamRepositoryPrefix": "upstream_repository_prefix",
    "upstreamRegistryUrl": "registry",
    "upstreamRegistry": "registry",
    "credentialArn": "secret",
    "customRoleArn": "custom_role_arn",
    "name": "secret_name",
}
_NAMED_MEMBER = re.compile(r"at '(\w+)'")

PREFIX_WORDING: Final[Mapping[PrefixProblem, Text]] = {
    PrefixProblem.TOO_SHORT: _("Enter a prefix of at least %(min)d characters."),
    PrefixProblem.TOO_LONG: _("Shorten the prefix to %(max)d characters or fewer."),
    PrefixProblem.UPPERCASE: _("Use lower-case letters; ECR refuses capitals in a prefix."),
    PrefixProblem.CHARACTER: _(
        "Use only lower-case letters, digits, and the characters . _ - and /."
    ),
    PrefixProblem.EMPTY_SEGMENT: _("Put a letter or digit before and between slashes."),
    PrefixProblem.SEGMENT_EDGE: _(
        "Begin and end each part of the prefix with a letter or a digit."
    ),
    PrefixProblem.SEPARATOR_RUN: _(
        "Between letters and digits use one period, one or two underscores, or hyphens."
    ),
}

IDENTIFIER_WORDING: Final[Mapping[str, Text]] = {
    "arn": _("This is not an ARN. It begins with arn:aws: and has six parts."),
    "service": _("This ARN is of another kind of resource."),
    "partition": _("This ARN is of another AWS partition."),
    "region": _("This ARN is of another Region; ECR only reads it in the rule's own Region."),
    "account": _("This ARN is of another account; it must be in the rule's own account."),
    "prefix": _("The secret's name must begin with ecr-pullthroughcache/."),
    "name": _("Use only letters, digits, and the characters / _ + = . @ and -."),
    "length": _("Enter a name of 1 to 491 characters after ecr-pullthroughcache/."),
}

SECRET_NOTES: Final[Mapping[SecretProblem, Text]] = {
    SecretProblem.SCHEDULED_FOR_DELETION: _("scheduled for deletion"),
    SecretProblem.EMPTY: _("has no value"),
    SecretProblem.CUSTOMER_KEY: _("encrypted with your own key, which ECR does not support"),
}

REFUSED_SECRETS: Final[Mapping[SecretProblem, Text]] = {
    SecretProblem.SCHEDULED_FOR_DELETION: _(
        "This secret is scheduled for deletion. Restore it, or choose another one."
    ),
    SecretProblem.EMPTY: _(
        "This secret has no value yet, and ECR does not find such a secret. Give it a value with"
        " the keys username and accessToken in Secrets Manager, or choose another one."
    ),
}

TRUST_NOTES: Final[Mapping[Trust, Text]] = {
    Trust.NOT_NAMED: _("does not trust pull through cache"),
    Trust.DENIED: _("its trust policy denies pull through cache"),
    Trust.CONDITIONAL: _("trusts pull through cache under conditions"),
}

OVERLAPS: Final[Mapping[Overlap, Text]] = {
    Overlap.TAKEN: _("The rule %(prefix)s for %(url)s already uses this prefix in this Region."),
    Overlap.TAKEN_BUT_FOR_SLASH: _(
        "The rule %(prefix)s for %(url)s has the same prefix as %(new)s but for a slash. AWS does"
        " not document whether the two can stand side by side."
    ),
    Overlap.AROUND: _(
        "The prefix %(new)s lies within that of the rule %(prefix)s for %(url)s. AWS does not"
        " document which of the two then serves a pull; the more specific one is likely."
    ),
    Overlap.INSIDE: _(
        "The rule %(prefix)s for %(url)s lies within the prefix %(new)s. AWS does not document"
        " which of the two then serves a pull; the more specific one is likely."
    ),
    Overlap.ROOT: _(
        "A rule %(new)s and the rule %(prefix)s for %(url)s go together: ROOT covers the"
        " repositories that no other rule covers."
    ),
}


def secret_label(secret: Secret) -> str:
    """A secret in a list: its name, and what is wrong with it before it is chosen."""
    notes = [str(SECRET_NOTES[secret.problem])] if secret.problem else []
    if secret.primary_region:
        note = gettext("replica of %(region)s") % {"region": secret.primary_region}
        notes.append(note)
    return f"{secret.name} ({', '.join(notes)})" if notes else secret.name


def secret_notes(secret: Secret) -> str:
    """What is to be said of a secret in a table; empty for an ordinary one."""
    return secret_label(secret).removeprefix(secret.name).strip(" ()")


def role_label(role: Role) -> str:
    """A role in a list: its name, and why ECR may not be able to assume it."""
    note = TRUST_NOTES.get(role.trust)
    return f"{role.name} ({note})" if note else role.name


def overlap_text(meeting: Meeting) -> str:
    """What a rule that exists means for the prefix being chosen."""
    rule = meeting.rule
    details = {
        "new": meeting.prefix,
        "prefix": rule.ecr_repository_prefix,
        "url": rule.upstream_registry_url,
    }
    return str(OVERLAPS[meeting.overlap]) % details


IMAGE_WORDING: Final[Mapping[str, Text]] = {
    "image": _("Enter an image such as team/app:1.2, without spaces or capitals."),
    "registry": _("This image is of another registry than the rule's."),
    "prefix": _("The rule's upstream namespace leaves this image out."),
    "length": _("The name would be longer than the 256 characters a repository name may have."),
}


def image_text(error: errors.InvalidImage) -> str:
    return str(IMAGE_WORDING[error.part])


def error_view(error: errors.ConsoleError) -> ErrorView:
    """Join the console's words with what AWS said."""
    words = MESSAGES[type(error)]
    details = {}
    remedy: Text = words.remedy
    if isinstance(error, errors.AwsError):
        record, hidden = errors.error_record(error), ("kind", *errors.ERROR_FLAGS)
        details = {name: record[name] for name in record if name not in hidden}
    if isinstance(error, errors.AccessDenied):  # guard: F4
        details["action"] = error.action
    if isinstance(error, errors.InvalidIdentifier):
        remedy = f"{identifier_text(error)} {remedy}"
    return ErrorView(
        title=words.title,
        remedy=remedy,
        status=words.status,
        field=field_of(error),
        **details,
    )


def field_of(error: errors.ConsoleError) -> str:
    """Name the wizard field the error is about; empty when it is about none."""
    if isinstance(error, errors.InvalidParameter):
        named = _NAMED_MEMBER.search(error.message)
        return _FIELD_OF_MEMBER.get(named[1], "") if named else ""
    return MESSAGES[type(error)].field


def prefix_text(problem: PrefixProblem) -> str:
    return str(PREFIX_WORDING[problem]) % {"min": MIN_LENGTH, "max": MAX_LENGTH}


def identifier_text(error: errors.InvalidIdentifier) -> str:
    return str(IDENTIFIER_WORDING[error.part])
