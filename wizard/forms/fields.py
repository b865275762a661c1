"""Form fields with the attributes that the console's field component displays."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wizard.domain import (
    SECRET_NAME_PREFIX,
    RoleArn,
    SecretArn,
    Target,
    full_secret_name,
    is_access_key_id,
    is_account_id,
)
from wizard.domain.arn_kinds import account_and_region
from wizard.domain.errors import InvalidIdentifier
from wizard.domain.fleet_rules import ACCOUNT
from wizard.domain.pasted import Wrapping, invisible_character, is_known_token, wrapping
from wizard.domain.prefixes import prefix_problem
from wizard.words import (
    WRAPPINGS,
    Text,
    identifier_text,
    invisible_text,
    prefix_text,
    wrong_kind_text,
)

# Secrets Manager stores at most 65,536 bytes, including user name and JSON syntax.
TOKEN_MAX = 60_000
# Stands for any account where an ARN is checked.
_EXAMPLE = "111122223333"
# A whole URI or ARN, from which a field takes a part.
PASTED_MAX = 400


@dataclass(frozen=True, slots=True)
class ChoiceLabel:
    """The label of a radio choice, with a description below it."""

    label: Text
    description: Text = ""

    def __str__(self) -> str:
        return str(self.label)


class TextField(forms.CharField):
    """A text input with a `constraint` below it and optional fixed add-ons beside it.

    `optional_label` marks the field as optional.
    """

    def __init__(
        self,
        *,
        constraint: Text = "",
        addon_before: Text = "",
        addon_after: Text = "",
        optional_label: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.constraint = constraint
        self.addon_before = addon_before
        self.addon_after = addon_after
        self.optional_label = optional_label
        self.validators.append(_refuse_access_key)  # guard: S7
        self.validators.append(_refuse_invisible)  # guard: I10
        self.widget.attrs.setdefault("autocomplete", "off")
        self.widget.attrs.setdefault("spellcheck", "false")


class TokenField(forms.CharField):
    """An upstream token. It is never displayed again, not even after an error."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            "autocomplete": "new-password",  # guard: S4
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        widget = forms.PasswordInput(attrs=attrs, render_value=False)
        super().__init__(widget=widget, max_length=TOKEN_MAX, **kwargs)
        self.validators.append(_refuse_access_key)  # guard: S7
        self.validators.append(_refuse_invisible)  # guard: I10
        self.validators.append(_refuse_wrapping)  # guard: I10
        self.validators.append(_refuse_space)  # guard: I10

    def bound_data(self, data: Any, initial: Any) -> str:  # guard: S4
        """Redisplay nothing, whatever the widget does."""
        return ""


class UsernameField(TextField):
    """The user name of an upstream credential. Of a name with a colon, only what precedes it is
    displayed again: people paste `name:token`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=512, **kwargs)
        self.validators.append(_refuse_wrapping)  # guard: I10
        self.validators.append(_refuse_colon)  # guard: I10
        self.validators.append(_refuse_token)  # guard: I10

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Redisplay no token that was pasted together with the name."""
        typed = super().bound_data(data, initial)
        if not isinstance(typed, str):
            return typed
        is_token = wrapping(typed) is not None or is_known_token(typed)
        return "" if is_token else typed.partition(":")[0]  # guard: S1


class PrefixField(TextField):
    """A repository prefix that ECR accepts. The typed text is not lower-cased."""

    def clean(self, value: Any) -> str:
        prefix = str(super().clean(value))
        problem = prefix_problem(prefix) if prefix else None
        if problem is not None:  # guard: I1
            raise ValidationError(prefix_text(problem), code=problem.value)
        return prefix


class ListedArnField(forms.ChoiceField):
    """A choice of listed ARNs. The error for another ARN names the part that differs.

    The form sets `belongs_to`, the account and Region that the ARN must have.
    """

    def __init__(self, *, kind: type[SecretArn] | type[RoleArn], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.belongs_to: Target | None = None

    def validate(self, value: Any) -> None:
        if value and self.belongs_to is not None:  # guard: I3
            check_arn(str(value), kind=self.kind, target=self.belongs_to)
        super().validate(value)


def _refuse_access_key(value: Any) -> None:
    """Refuse an AWS access key: the console's credentials never come from a form."""
    if is_access_key_id(str(value)):
        raise ValidationError(
            _(
                "This is an AWS access key. The console doesn't accept access keys. Use a role"
                " instead."
            ),
            code="access-key",
        )


def _refuse_invisible(value: Any) -> None:
    """Refuse a character that nobody sees, which AWS or a registry would take as part of it."""
    found = invisible_character(str(value))
    if found is not None:
        raise ValidationError(invisible_text(found), code="invisible")


def _refuse_wrapping(value: Any) -> None:
    """Refuse a token that was pasted with what surrounds it."""
    found = wrapping(str(value))
    if found is not None:
        raise ValidationError(str(WRAPPINGS[found]), code=found.value)


def _refuse_space(value: Any) -> None:
    """Refuse a space within a token; those around it are trimmed. No registry has it in tokens."""
    place = str(value).find(" ") + 1
    if place and wrapping(str(value)) is None:
        text = _(
            "Character %(position)d is a space. A token doesn't contain spaces. Enter only the"
            " token, without the text around it."
        )
        raise ValidationError(text % {"position": place}, code="space")


def _refuse_token(value: Any) -> None:
    """Refuse a token in the field for the user name, which is displayed and stored."""
    if is_known_token(str(value)):
        text = _("This is an access token. Enter the username here, and the token below.")
        raise ValidationError(text, code="token")


def check_pair(form: forms.Form) -> None:
    """Refuse a token that was pasted with the user name of the form in front of it."""
    username = form.cleaned_data.get("username")
    token = form.cleaned_data.get("access_token")
    if username and token and token.startswith(f"{username}:"):  # guard: I10
        form.add_error("access_token", str(WRAPPINGS[Wrapping.PAIR]))


def _refuse_colon(value: Any) -> None:
    """Refuse a colon: registries read what follows it as the beginning of the token."""
    place = str(value).find(":") + 1
    if place:
        text = _(
            "Character %(position)d is a colon. A username can't contain a colon. Enter the"
            " part before the colon here, and the token below."
        )
        raise ValidationError(text % {"position": place}, code="colon")


def check_arn(arn: str, *, kind: type[SecretArn] | type[RoleArn], target: Target) -> None:
    """Raise ValidationError for an ARN of another place; it names the part that differs."""
    try:
        kind.parse(arn).check_belongs_to(target)
    except InvalidIdentifier as error:
        wanted = "secretsmanager" if kind is SecretArn else "iam"
        text = wrong_kind_text(arn, wanted=wanted) or identifier_text(error)
        raise ValidationError(text, code=error.part) from error


def account_of(typed: str) -> str:
    """Return the account ID in a typed text: plain, grouped as AWS's console shows it, in the URI
    of an ECR registry, or in an ARN. Other text is returned without blanks and hyphens.
    """
    if place := account_and_region(typed):
        return place[0]
    parts = typed.split(":")
    if parts[0] == "arn" and len(parts) > 5 and is_account_id(parts[4]):
        return parts[4]
    return typed.replace("-", "").replace(" ", "")


class SecretNameField(TextField):
    """The part of a secret's name after ECR's fixed prefix. Cleans to the full name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(addon_before=SECRET_NAME_PREFIX, **kwargs)

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        if not typed:
            return ""
        try:
            return full_secret_name(typed)
        except InvalidIdentifier as error:
            raise ValidationError(identifier_text(error), code=error.part) from error

    def prepare_value(self, value: Any) -> Any:
        """Display the part after the fixed prefix, which is an add-on of the input."""
        return value.removeprefix(SECRET_NAME_PREFIX) if isinstance(value, str) else value


class AnyAccountRoleField(TextField):
    """The ARN of a role that each account has, with the account in a placeholder."""

    def __init__(self, **kwargs: Any) -> None:
        constraint = _(
            "Write {account_id} in place of the account, as in"
            " arn:aws:iam::{account_id}:role/example-role."
        )
        super().__init__(label=_("IAM role"), constraint=constraint, max_length=2048, **kwargs)

    def clean(self, value: Any) -> str:
        arn = str(super().clean(value)).strip()
        if not arn:
            return ""
        if ACCOUNT not in arn:
            raise ValidationError(_("Write {account_id} in place of the account."), code="account")
        try:
            RoleArn.parse(arn.replace(ACCOUNT, _EXAMPLE))
        except InvalidIdentifier as error:
            raise ValidationError(identifier_text(error), code=error.part) from error
        return arn


def radio_choices(*choices: tuple[str, Text | Promise, Text | Promise]) -> list[tuple[str, Any]]:
    """Build radio choices from (value, label, description)."""
    return [(value, ChoiceLabel(label, description)) for value, label, description in choices]
