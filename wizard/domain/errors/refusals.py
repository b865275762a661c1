"""Errors of the console itself: invalid input, missing permissions, its database or audit trail."""

from collections.abc import Sequence
from typing import Final

from wizard.domain.errors.base import ConsoleError
from wizard.domain.texts import gettext_noop as _


class InvalidIdentifier(ConsoleError):
    """A name or ARN is invalid; `part` is the part that is wrong."""

    title = _("A name or ARN isn't valid")
    remedy = _("Go back to the step that asked for it and correct it.")
    status = 400

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}: {value}")
        self.part = part
        self.value = value


class InvalidImage(ConsoleError):
    """An image reference that does not match the rule; `part` is the reason."""

    title = _("The image doesn't belong to this rule")
    remedy = _("Enter the image name that the upstream registry uses.")
    status = 400

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}: {value}")
        self.part = part
        self.value = value


class InvalidRule(ConsoleError):
    """The answers do not make a valid rule; `member` is the invalid member of the API."""

    title = _("Your answers contradict each other")
    remedy = _("Review each step and correct your answers.")
    status = 409

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


class SecretInUse(ConsoleError):
    """Rules use the secret, or it is unknown whether any does.

    `users` are the rules as (Region, prefix), `unread` the Regions whose rules could not be read.
    """

    title = _("The secret is in use")
    remedy = _(
        "Edit the rules that use the secret and choose another secret, or delete the rules."
        " Then try again. If the console can't read the rules of a Region, it treats every"
        " secret in that Region as in use."
    )
    status = 409

    def __init__(
        self, users: Sequence[tuple[str, str]] = (), *, unread: Sequence[str] = ()
    ) -> None:
        super().__init__(
            ", ".join([*(f"{prefix} in {region}" for region, prefix in users), *unread])
        )
        self.users = tuple(users)
        self.unread = tuple(unread)


class UnknownAccount(ConsoleError):
    """The account in the address is neither that of the AWS credentials nor one with a role."""

    title = _("The console doesn't work in this account")
    remedy = _(
        "The console works in the account of its own AWS credentials, and in the accounts that"
        " an administrator has added. To open one of them, go to the home page of the console."
    )
    status = 404


class UnknownRegion(ConsoleError):
    """The Region in the address does not exist, or has no pull through cache."""

    title = _("The Region doesn't support pull through cache")
    remedy = _(
        "Choose another Region from the Region menu. Pull through cache isn't available in"
        " the China and AWS GovCloud (US) Regions."
    )
    status = 404


class DraftNotFound(ConsoleError):
    """No draft with this ID at this account and Region: expired, discarded, or unknown."""

    title = _("The draft was not found")
    remedy = _(
        "The draft expired, was discarded, or belongs to another account or Region. Nothing"
        " was changed in AWS. To start again, choose Add rule."
    )
    status = 404


class DraftOfAnotherPerson(ConsoleError):
    """The draft belongs to another person."""

    title = _("This draft belongs to another person")
    remedy = _("Only the person who started it can open it. Choose Add rule to start your own.")
    status = 403


class DraftChangedMeanwhile(ConsoleError):
    """Another request changed the draft after it was loaded, and nothing was saved."""

    title = _("The draft was changed at the same moment")
    remedy = _(
        "Another tab or browser changed this draft at the same moment, so nothing was saved. Go"
        " back and try again."
    )
    status = 409


class UnknownStep(ConsoleError):
    """The step was not found."""

    title = _("The step was not found")
    remedy = _("Your draft is unchanged. To continue, open the drafts above the list of rules.")
    status = 404


class NotPermitted(ConsoleError):
    """The person's grants do not allow this; `role` at `place` is required."""

    title = _("You don't have permission")
    remedy = _(
        "Your role in this account and Region doesn't allow this action. Ask an administrator"
        " of this console to add the permission."
    )
    status = 403

    def __init__(self, role: str, place: str) -> None:
        super().__init__(f"{role} at {place}")
        self.role = role
        self.place = place


class LastAdministrator(ConsoleError):
    """No administrator would remain."""

    title = _("The console needs at least one administrator")
    remedy = _("Add the administrator role to another person first. Nothing was changed.")
    status = 409


class PersonNotFound(ConsoleError):
    """No person with that id."""

    title = _("The person was not found")
    remedy = _("To find a person, open People.")
    status = 404


class TokenNotFound(ConsoleError):
    """The person has no API token with that id."""

    title = _("The API token was not found")
    remedy = _("Open the list of API tokens again.")
    status = 404


class SingleSignOnRefused(ConsoleError):
    """The provider's answer is invalid, or the person is refused; the text is the reason."""

    title = _("Single sign-on failed")
    remedy = _(
        "Start again on the sign-in page. If the problem persists, contact an administrator"
        " of this console. The log (wizard.security) contains the reason."
    )
    status = 403


class SingleSignOnUnavailable(ConsoleError):
    """The single sign-on provider doesn't respond, or not validly."""

    title = _("The single sign-on provider doesn't respond")
    remedy = _(
        "Try again in a minute, or sign in with a one-time link. The console's log contains"
        " the details."
    )
    status = 502


class AuditUnavailable(ConsoleError):
    """No audit row can be written, so nothing is changed."""

    title = _("The console can't write to the audit trail")
    remedy = _(
        "Nothing was changed. The console records every change in the audit trail first. Check that"
        " the database is available and that its disk has free space. Then try again."
    )
    status = 503


class UnexpectedInput(ConsoleError):
    """The request has fields that no form of the page has; the text names them."""

    title = _("The form has unexpected fields")
    remedy = _(
        "The request contains an unknown field, or a field more than once. Nothing was"
        " changed. Reload the page and submit the form again."
    )
    status = 400


class DatabaseUnavailable(ConsoleError):
    """The console's database is unreachable, locked or full."""

    title = _("The console's database doesn't respond")
    remedy = _(
        "The database is locked or unreachable, has too many connections, or its disk is"
        " full. If you submitted a change, it might be partly complete. Before you repeat the"
        " change, check Operations and the rules. Try again in a minute. If the problem"
        " persists, contact the operator of the console."
    )
    status = 503


class SecretAwaited(ConsoleError):
    """A running operation in another Region will use a replica of the secret."""

    title = _("Another Region is waiting to use the secret")
    remedy = _(
        "The console is still creating a rule in the background that needs a replica of the"
        " secret. Wait until that operation finishes, and then clean up."
    )
    status = 409


class RuleUnjudged(ConsoleError):
    """A rule uses the operation's secret, but by its time the operation did not create it."""

    title = _("The console can't tell whether this operation created the rule")
    remedy = _(
        "The rule matches the plan and uses the secret of the operation, but AWS reports that"
        " it was created before the operation. Nothing was deleted. Check the clock of the"
        " console's server. To keep the rule, complete the operation. Otherwise, delete the"
        " rule and then clean up."
    )
    status = 409


class TooManyWaiting(ConsoleError):
    """As many requests of the person or the Region as may wait for AWS already do."""

    title = _("Too many requests are waiting for AWS")
    remedy = _(
        "AWS hasn't answered earlier requests from you, or from other people for this Region."
        " This request changed nothing. Wait until your other pages have loaded, and then try"
        " again. If the problem persists, check the AWS Health Dashboard."
    )
    status = 503


class OperationNotFound(ConsoleError):
    """No operation with that id for this account and Region."""

    title = _("The operation was not found")
    remedy = _(
        "The URL might belong to another account or Region. To find an operation, open Operations."
    )
    status = 404


class RotationNotFound(ConsoleError):
    """No rotation with that ID in this account, or none with a secret in the person's Regions."""

    title = _("The rotation was not found")
    remedy = _("The URL might belong to another account. To find a rotation, open Token rotations.")
    status = 404


class DeletionNotFound(ConsoleError):
    """No deletion with that ID in this account, or none of a rule in the person's Regions."""

    title = _("The deletion was not found")
    remedy = _("The URL might belong to another account. To find a deletion, open Operations.")
    status = 404


class CleanUpNotFound(ConsoleError):
    """No clean-up with that ID in this Region: unknown, or a preview that was not confirmed."""

    title = _("The clean-up was not found")
    remedy = _(
        "A preview that isn't confirmed is deleted after a day. To see what would be"
        " deleted now, preview again."
    )
    status = 404


class BulkValidationNotFound(ConsoleError):
    """No bulk validation with that id in this account."""

    title = _("The bulk validation was not found")
    remedy = _(
        "The URL might belong to another account. To find a bulk validation, open Bulk validations."
    )
    status = 404


class BulkValidationOfAnotherPerson(ConsoleError):
    """Another person started the bulk validation; only they and administrators can cancel it."""

    title = _("This bulk validation was started by another person")
    remedy = _("You can view it. Only the person who started it and administrators can cancel it.")
    status = 403


class FleetOperationNotFound(ConsoleError):
    """No operation over accounts with that ID, or none with a part in the person's accounts."""

    title = _("The operation was not found")
    remedy = _("To find an operation over several accounts, open All accounts, then Operations.")
    status = 404


class FleetOperationOfAnotherPerson(ConsoleError):
    """Another person started the operation; only they and administrators can cancel it."""

    title = _("This operation was started by another person")
    remedy = _("You can view it. Only the person who started it and administrators can cancel it.")
    status = 403


# No page links to these, so the request was forged. They are logged as security events.
SUSPICIOUS: Final = (UnexpectedInput, DraftOfAnotherPerson)
