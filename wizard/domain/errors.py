"""Everything that can go wrong, as the console names it. Wording for people is elsewhere.

`AwsError` and below carry what AWS said; the rest are refusals of our own.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from wizard.domain.rules import Rule


_DENIED_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)")


class ConsoleError(Exception):
    """Base of all errors that the console knows how to tell a person."""


class InvalidIdentifier(ConsoleError):
    """A typed name or ARN does not fit; `part` names what is wrong with it."""

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}: {value}")
        self.part = part
        self.value = value


class InvalidImage(ConsoleError):
    """An image reference that no pull through the rule can mean; `part` says why."""

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}: {value}")
        self.part = part
        self.value = value


class InvalidRule(ConsoleError):
    """The answers together do not make a rule; `member` is the API member that is wrong."""

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


class RuleChangedMeanwhile(ConsoleError):
    """The rule is not as the person saw it; `rule` is what it is now."""

    def __init__(self, rule: "Rule") -> None:
        super().__init__(rule.ecr_repository_prefix)
        self.rule = rule


class SecretInUse(ConsoleError):
    """Rules read their credential from the secret, or nobody knows whether any does.

    `users` are the rules as (Region, prefix), `unread` the Regions whose rules could not be read.
    """

    def __init__(
        self, users: Sequence[tuple[str, str]] = (), *, unread: Sequence[str] = ()
    ) -> None:
        super().__init__(
            ", ".join([*(f"{prefix} in {region}" for region, prefix in users), *unread])
        )
        self.users = tuple(users)
        self.unread = tuple(unread)


class UnknownAccount(ConsoleError):
    """The account in the address is not the one the AWS credentials belong to."""


class UnknownRegion(ConsoleError):
    """The Region in the address does not exist, or has no pull through cache."""


class DraftNotFound(ConsoleError):
    """No draft with that id for this account and Region: expired, discarded or never there."""


class DraftOfAnotherPerson(ConsoleError):
    """The draft exists and belongs to somebody else."""


class UnknownStep(ConsoleError):
    """The wizard has no such step."""


class NotPermitted(ConsoleError):
    """The person's grants do not allow this here; `role` is what it takes, `place` where."""

    def __init__(self, role: str, place: str) -> None:
        super().__init__(f"{role} at {place}")
        self.role = role
        self.place = place


class LastAdministrator(ConsoleError):
    """Nobody would be left who administers the console."""


class PersonNotFound(ConsoleError):
    """No person with that id."""


class TokenNotFound(ConsoleError):
    """The person has no API token with that id."""


class SingleSignOnRefused(ConsoleError):
    """What the provider sent back cannot be trusted, or the person is not let in; says why."""


class SingleSignOnUnavailable(ConsoleError):
    """The single sign-on provider does not answer, or not as one."""


class AuditUnavailable(ConsoleError):
    """No audit row can be written, so nothing is changed."""


class UnexpectedInput(ConsoleError):
    """The request holds what none of the page's forms sends; its text names the fields."""


class DatabaseUnavailable(ConsoleError):
    """The console's own database does not answer, is locked, or has no room left."""


class SecretAwaited(ConsoleError):
    """An operation that is under way in another Region is to use a replica of the secret."""


class OperationNotFound(ConsoleError):
    """No operation with that id for this account and Region."""


class BulkValidationNotFound(ConsoleError):
    """No bulk validation with that id in this account."""


class BulkValidationOfAnotherPerson(ConsoleError):
    """Another person started the bulk validation; who is no administrator cannot cancel it."""


class AwsError(ConsoleError):
    """A refused or failed AWS call, with AWS's own words.

    `message` is verbatim; `code`, `operation`, `region` and `request_id` are what AWS support asks
    for. Any of them may be empty when the call never reached AWS. With `was_lost` the call was sent
    more than once, and one sending had no answer that could be read: it may have been carried out,
    whatever the last answer says. With `was_not_made` it is known that nothing was changed, which
    an error of this kind alone does not tell.
    """

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

    @property
    def action(self) -> str:
        """The IAM action that is missing, when AWS names it; otherwise empty."""
        named = _DENIED_ACTION.search(self.message)
        return named[1] if named else ""


class Throttled(AwsError):
    """AWS asks for fewer calls, still after our retries."""


class CredentialsExpired(AwsError):
    """The console's AWS credentials were good once and are not any more."""


class CredentialsMissing(AwsError):
    """boto3's credential chain found nothing to sign with."""


class CredentialsInvalid(AwsError):
    """AWS does not know the key, or the Region is not switched on for this account."""


class RegionUnreachable(AwsError):
    """No answer: name not found, connection refused or timed out."""


class ServiceFailure(AwsError):
    """AWS answered with an error of its own (5xx)."""


class UnexpectedAwsError(AwsError):
    """An error this console has no name for; never swallowed, shown as AWS wrote it."""


class InvalidParameter(AwsError):
    """AWS says that a parameter is not valid."""


class PassRoleDenied(AwsError):
    """The console's credentials may not hand this role to ECR."""


class RuleAlreadyExists(AwsError):
    """The prefix is taken in this registry and Region."""


class RuleNotFound(AwsError):
    """No rule with that prefix in this registry and Region."""


class RuleLimitExceeded(AwsError):
    """The registry has as many rules in this Region as AWS allows."""


class UnsupportedUpstreamRegistry(AwsError):
    """ECR cannot cache that URL, or not without credentials."""


class SecretNotFound(AwsError):
    """ECR or Secrets Manager does not find the secret, or it has no value yet."""


class RoleNotFound(AwsError):
    """IAM knows no role of that name in this account."""


class RoleWithdrawn(AwsError):
    """Who confirmed the change may not make it any more; nothing was sent to AWS."""


class CredentialNeeded(AwsError):
    """A secret is still to be made, and the upstream credential is not kept anywhere."""


class SecretNotAccessible(AwsError):
    """ECR may not read the secret."""


class SecretNotDecryptable(AwsError):
    """ECR may read the secret but not use the key that encrypts it."""


class SecretAlreadyExists(AwsError):
    """A secret with that name exists in this account and Region."""


class SecretScheduledForDeletion(AwsError):
    """The name belongs to a secret that is on its way out."""


class SecretHasReplicas(AwsError):
    """The secret cannot be deleted while Regions have replicas of it."""


class SecretIsReplica(AwsError):
    """A replica follows its original and cannot be changed or deleted by itself."""


# After these nobody knows whether AWS carried the call out.
ANSWER_LOST = (RegionUnreachable, ServiceFailure, UnexpectedAwsError)

# What no page of the console leads to: somebody made up the request, or tries other people's ids.
SUSPICIOUS = (UnexpectedInput, DraftOfAnotherPerson)


# What an error's record has of what became of the change, where there is something to say.
ERROR_FLAGS: Final = ("was_lost", "was_not_made")


def is_answer_lost(error: AwsError) -> bool:
    """Whether nobody knows if AWS made the change: of some sending no answer came."""
    return error.was_lost or (isinstance(error, ANSWER_LOST) and not error.was_not_made)


def known_not_made(error: AwsError) -> AwsError:
    """The same error of a change of which it is known by now that AWS did not make it."""
    error.was_lost, error.was_not_made = False, True
    return error


def error_record(error: AwsError) -> dict[str, Any]:
    """Write an AWS error down so that `recorded_error` can bring it back."""
    known = {name: True for name in ERROR_FLAGS if getattr(error, name)}
    return {
        **known,
        "kind": type(error).__name__,
        "message": error.message,
        "code": error.code,
        "operation": error.operation,
        "region": error.region,
        "request_id": error.request_id,
    }


def recorded_error(record: Mapping[str, Any]) -> AwsError:
    """Bring back an error from its record; a kind that no longer exists is an unexpected one."""
    kinds = {kind.__name__: kind for kind in AwsError.__subclasses__()}
    fields: dict[str, Any] = {name: value for name, value in record.items() if name != "kind"}
    return kinds.get(record["kind"], UnexpectedAwsError)(**fields)
