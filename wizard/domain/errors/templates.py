"""Errors of repository creation templates: AWS's, and those of the console's own checks."""

from wizard.domain.errors.aws import AwsError
from wizard.domain.errors.base import ConsoleError
from wizard.domain.errors.quotas import QuotaExceeded
from wizard.domain.texts import gettext_noop as _


class TemplateAlreadyExists(AwsError):
    """The registry has a template with that prefix in this Region."""

    title = _("A template with this prefix already exists in this Region")
    remedy = _("Choose another prefix, or edit the existing template.")
    status = 409
    field = "template_prefix"


class TemplateNotFound(AwsError):
    """No template with that prefix in this registry and Region."""

    title = _("The template doesn't exist")
    remedy = _("The template might have been deleted. Reload the list of templates.")
    status = 404


class TemplateLimitExceeded(QuotaExceeded):
    """The registry has as many templates in this Region as AWS allows."""

    title = _("This Region has reached the maximum number of templates")
    remedy = _(
        "The message from AWS names the quota. Delete a template that you don't use, or open"
        " Service Quotas in the AWS console to request an increase."
    )
    status = 409


class OtherTemplate(AwsError):
    """The template is not as the person saw it in the plan; nothing was sent to AWS."""

    title = _("The template changed after you confirmed the plan")
    remedy = _("Nothing was changed in this Region. Show the plan again to see the current state.")
    status = 409


class TemplateOperationNotFound(ConsoleError):
    """There is no such operation in the account, or none of its Regions is the person's."""

    title = _("The operation doesn't exist")
    remedy = _("It might belong to another account, or to Regions that you can't view.")
    status = 404


class InvalidTemplate(ConsoleError):
    """AWS would refuse the template; `member` is the member of the API that is the cause."""

    title = _("ECR doesn't accept this template")
    remedy = _("Correct the settings of the template and try again.")
    status = 422

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member
