"""Errors of the console itself: invalid input, missing permissions, its database or audit trail."""

from collections.abc import Sequence
from typing import Final

from wizard.domain.errors.base import ConsoleError
from wizard.domain.texts import gettext_noop as _


class InvalidIdentifier(ConsoleError):
    """A name or ARN is invalid; `part` is the part that is wrong."""

    title = _("A name or ARN is not valid")
    remedy = _("Go back to the step that asked for it and correct it.")
    status = 400

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}: {value}")
        self.part = part
        self.value = value


class InvalidImage(ConsoleError):
    """An image reference that does not match the rule; `part` is the reason."""

    title = _("The image does not belong to this rule")
    remedy = _("Enter the image as it is named in its upstream registry.")
    status = 400

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}: {value}")
        self.part = part
        self.value = value


class InvalidRule(ConsoleError):
    """The answers do not make a valid rule; `member` is the invalid member of the API."""

    title = _("The answers do not fit together")
    remedy = _("Go through the steps again and correct them.")
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
        "Give the rules that use it another secret, or delete them, and try again. While the"
        " rules of a Region cannot be read, every secret that is there counts as in use."
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
    """The account in the address is not the one the AWS credentials belong to."""

    title = _("This is not the account of the console's credentials")
    remedy = _(
        "The console can only work in the account that its AWS credentials belong to."
        " Start from the console's first page, which leads to that account."
    )
    status = 404


class UnknownRegion(ConsoleError):
    """The Region in the address does not exist, or has no pull through cache."""

    title = _("The Region does not support pull through cache")
    remedy = _(
        "Start from the rules and choose a Region from the Region menu. China and GovCloud have"
        " no pull through cache."
    )
    status = 404


class DraftNotFound(ConsoleError):
    """No draft with this ID at this account and Region: expired, discarded, or unknown."""

    title = _("The draft was not found")
    remedy = _(
        "It has expired, was discarded, or belongs to another account or Region."
        " Nothing was changed in AWS. Start again with Add rule."
    )
    status = 404


class DraftOfAnotherPerson(ConsoleError):
    """The draft belongs to another person."""

    title = _("This draft belongs to another person")
    remedy = _("Only the person who started it can open it. Choose Add rule to start your own.")
    status = 403


class UnknownStep(ConsoleError):
    """The step was not found."""

    title = _("The step was not found")
    remedy = _("Your draft is unchanged. You find it under Open drafts in the list of rules.")
    status = 404


class NotPermitted(ConsoleError):
    """The person's grants do not allow this; `role` at `place` is required."""

    title = _("You do not have permission to do this here")
    remedy = _(
        "Your grants do not allow it at this account and Region. An administrator of this"
        " console can give you the grant. Nothing was changed."
    )
    status = 403

    def __init__(self, role: str, place: str) -> None:
        super().__init__(f"{role} at {place}")
        self.role = role
        self.place = place


class LastAdministrator(ConsoleError):
    """No administrator would remain."""

    title = _("The console needs at least one administrator")
    remedy = _("Make another person an administrator first. Nothing was changed.")
    status = 409


class PersonNotFound(ConsoleError):
    """No person with that id."""

    title = _("The person was not found")
    remedy = _("Open People, which lists everybody.")
    status = 404


class TokenNotFound(ConsoleError):
    """The person has no API token with that id."""

    title = _("The API token was not found")
    remedy = _("Open the list of API tokens again.")
    status = 404


class SingleSignOnRefused(ConsoleError):
    """The provider's answer is invalid, or the person is refused; the text is the reason."""

    title = _("Single sign-on did not let you in")
    remedy = _(
        "Start again at the sign-in page. If it happens again, tell an administrator of this"
        " console: its log (wizard.security) says why."
    )
    status = 403


class SingleSignOnUnavailable(ConsoleError):
    """The single sign-on provider does not answer, or not validly."""

    title = _("The single sign-on provider does not answer")
    remedy = _(
        "Try again in a minute, or sign in with a one-time link. The console's log says what"
        " went wrong."
    )
    status = 502


class AuditUnavailable(ConsoleError):
    """No audit row can be written, so nothing is changed."""

    title = _("Nothing was changed: the audit trail cannot be written")
    remedy = _(
        "The console makes no change that it cannot record. Check that the database is"
        " reachable and its disk has room, then try again."
    )
    status = 503


class UnexpectedInput(ConsoleError):
    """The request has fields that no form of the page has; the text names them."""

    title = _("The form has unexpected fields")
    remedy = _(
        "The request has a field that the page does not have, or has one twice. Nothing was"
        " changed. Reload the page and send its form again."
    )
    status = 400


class DatabaseUnavailable(ConsoleError):
    """The console's database is unreachable, locked or full."""

    title = _("The console's database does not answer")
    remedy = _(
        "It is locked, unreachable, has too many connections, or its disk is full. If you"
        " submitted a change, part of it may have been made: when the database answers again, see"
        " Operations and the rules before you repeat it. Try again in a minute. If this stays,"
        " tell whoever runs the console."
    )
    status = 503


class SecretAwaited(ConsoleError):
    """A running operation in another Region will use a replica of the secret."""

    title = _("Another Region is about to use the secret")
    remedy = _(
        "The background goes on with a rule that needs a replica of it. Wait until that has"
        " ended, then clean up."
    )
    status = 409


class RuleUnjudged(ConsoleError):
    """A rule uses the operation's secret, but by its time the operation did not create it."""

    title = _("It is not known whether this operation created the rule")
    remedy = _(
        "The rule is as planned and uses the secret of the operation, but by AWS's time it was"
        " created before the operation. Nothing was deleted. Check the clock of the console's"
        " server. Complete the operation to keep the rule, or delete the rule yourself and then"
        " clean up."
    )
    status = 409


class TooManyWaiting(ConsoleError):
    """As many requests of the person or the Region as may wait for AWS already do."""

    title = _("Too many requests are waiting for AWS")
    remedy = _(
        "Earlier requests of yours, or of other people for this Region, have no answer from AWS"
        " yet. Nothing was changed by this one. Wait until your other pages have loaded, then try"
        " again. If this stays, see the AWS Health Dashboard."
    )
    status = 503


class OperationNotFound(ConsoleError):
    """No operation with that id for this account and Region."""

    title = _("The operation was not found")
    remedy = _("The address may be of another account or Region. The list shows what exists.")
    status = 404


class RotationNotFound(ConsoleError):
    """No rotation with that ID in this account, or none with a secret in the person's Regions."""

    title = _("The rotation was not found")
    remedy = _("The address may be of another account. The list of rotations has them.")
    status = 404


class BulkValidationNotFound(ConsoleError):
    """No bulk validation with that id in this account."""

    title = _("The bulk validation was not found")
    remedy = _("The address may be of another account. The list of bulk validations has them.")
    status = 404


class BulkValidationOfAnotherPerson(ConsoleError):
    """Another person started the bulk validation; only they and administrators can cancel it."""

    title = _("This bulk validation was started by another person")
    remedy = _("Everybody can look at it; only who started it and administrators can cancel it.")
    status = 403


# No page links to these, so the request was forged. They are logged as security events.
SUSPICIOUS: Final = (UnexpectedInput, DraftOfAnotherPerson)
