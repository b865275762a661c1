"""The form of a pull-time update exclusion."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.domain import PrincipalArn
from wizard.domain.arn_kinds import found_arn
from wizard.domain.errors import InvalidIdentifier
from wizard.forms.fields import PASTED_MAX, TextField
from wizard.forms.renderer import ConsoleForm
from wizard.words import identifier_text, wrong_kind_text


class ExclusionForm(ConsoleForm):
    """The role or user whose pulls do not count."""

    principal_arn = TextField(
        label=_("Principal ARN"),
        help_text=_("The ARN of the IAM role or user that pulls images without using them."),
        constraint=_(
            "For example, arn:aws:iam::111122223333:role/example-scanner. Include the path of the"
            " role or user."
        ),
        # A longer one is refused below, in the words of ECR's maximum.
        max_length=PASTED_MAX,
        widget=forms.TextInput,
        error_messages={"required": _("Enter the ARN of an IAM role or user.")},
    )

    def clean_principal_arn(self) -> str:
        typed = str(self.cleaned_data["principal_arn"])
        try:
            PrincipalArn.parse(typed)
        except InvalidIdentifier as error:
            raise ValidationError(_text(error), code=error.part) from error
        return typed


def _text(error: InvalidIdentifier) -> str:
    """Return what is wrong with the ARN, or of what other thing it is."""
    found = found_arn(error.value)
    of_principal = found is not None and found.kind in ("a role", "an IAM user")
    wrong_kind = "" if of_principal else wrong_kind_text(error.value, wanted="iam")
    return wrong_kind or identifier_text(error)
