"""Errors of AWS's quotas, by the operation that met them."""

from wizard.domain.errors.aws import AwsError
from wizard.domain.texts import gettext_noop as _


class QuotaExceeded(AwsError):
    """AWS refuses the call because of a quota."""

    title = _("A quota of AWS is reached")
    remedy = _(
        "AWS's message names it. Service Quotas in the AWS console shows the quotas of the Region,"
        " and where AWS can raise them."
    )
    status = 409


class RuleLimitExceeded(QuotaExceeded):
    """The registry has as many rules in this Region as AWS allows."""

    title = _("This Region has reached the limit of rules")
    remedy = _(
        "A registry can have 50 rules in each Region, and AWS does not raise the limit."
        " Delete a rule that is not used, or use another Region."
    )
    status = 409


class SecretLimitExceeded(QuotaExceeded):
    """The account has as many secrets in this Region as Secrets Manager allows."""

    title = _("Secrets Manager has reached a quota in this Region")
    remedy = _(
        "An account can have 500,000 secrets in each Region. Delete secrets that are not used, or"
        " choose an existing secret for the rule. The rules are not the reason."
    )
    status = 409
    field = "secret_name"


class SecretVersionLimitExceeded(QuotaExceeded):
    """The secret has as many versions as Secrets Manager allows."""

    title = _("The secret has reached the quota of versions")
    remedy = _(
        "A secret can have about 100 versions, and AWS removes old ones after a day. Wait a day"
        " before you change the value again, and find out what changes it that often."
    )
    status = 409
