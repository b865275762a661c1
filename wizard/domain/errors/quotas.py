"""Errors of AWS's quotas, by the operation that met them."""

from wizard.domain.errors.aws import AwsError
from wizard.domain.texts import gettext_noop as _


class QuotaExceeded(AwsError):
    """AWS refuses the call because of a quota."""

    title = _("You have reached an AWS quota")
    remedy = _(
        "The message from AWS names the quota. To view quotas and request increases, open"
        " Service Quotas in the AWS console."
    )
    status = 409


class RuleLimitExceeded(QuotaExceeded):
    """The registry has as many rules in this Region as AWS allows."""

    title = _("This Region has reached the maximum number of rules")
    remedy = _(
        "A registry can contain 50 rules in each Region, and AWS doesn't increase this quota."
        " Delete a rule that you don't use, or choose another Region."
    )
    status = 409


class SecretLimitExceeded(QuotaExceeded):
    """The account has as many secrets in this Region as Secrets Manager allows."""

    title = _("Secrets Manager has reached a quota in this Region")
    remedy = _(
        "An account can contain 500,000 secrets in each Region. Delete secrets that you don't"
        " use, or choose an existing secret for the rule. The number of rules isn't the cause."
    )
    status = 409
    field = "secret_name"


class SecretVersionLimitExceeded(QuotaExceeded):
    """The secret has as many versions as Secrets Manager allows."""

    title = _("The secret has reached the maximum number of versions")
    remedy = _(
        "A secret can have about 100 versions, and AWS removes old versions after a day. Wait"
        " a day before you change the value again, and find out what changes it so often."
    )
    status = 409
