"""The forms of a list of accounts: a text or a file, or the accounts of the organization."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain.account_lists import (
    PLACEHOLDER,
    ROLE_MAX,
    ListedAccount,
    is_role_template,
    read_accounts,
)
from wizard.domain.accounts import ROLE_NAME
from wizard.domain.imports import ImportProblem, decoded
from wizard.forms.fields import TextField
from wizard.forms.renderer import ConsoleForm
from wizard.words import import_problem_text


class OrganizationForm(ConsoleForm):
    """The role that the accounts of the organization have."""

    role = TextField(
        label=_("Role"),
        help_text=_(
            "The name of the role in each account, with its path, or its ARN with {placeholder}."
        ),
        initial=ROLE_NAME,
        max_length=ROLE_MAX,
        error_messages={"required": _("Enter the name of the role.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = str(self.fields["role"].help_text)
        self.fields["role"].help_text = text.replace("{placeholder}", PLACEHOLDER)

    def clean_role(self) -> str:
        role = str(self.cleaned_data["role"])
        if not is_role_template(role):
            text = _("This is not the name or the ARN of a role.")
            raise ValidationError(text, code="role")
        return role


class AccountListForm(OrganizationForm):
    """A text or a file. `found` are its accounts once the form is valid."""

    content = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "CSV or JSON with the columns account_id, alias, owner, role_arn, and regions. Only"
            " account_id is required. The answer of aws organizations list-accounts also works."
        ),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,
        help_text=_("Up to 1 MB, in UTF-8."),
    )
    field_order = ("content", "file", "role")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        regions: Iterable[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.found: Sequence[ListedAccount] = ()
        self._regions = regions
        self.fields["role"].help_text = _(
            "The role of accounts for which the list names none: its name with its path, or its ARN"
            " with %(placeholder)s."
        ) % {"placeholder": PLACEHOLDER}
        # The reader tells control characters itself, with their place.
        self.fields["content"].validators = []

    def clean(self) -> dict[str, Any]:
        upload, text = self.cleaned_data.get("file"), self.cleaned_data.get("content") or ""
        name = "file" if upload else "content"
        if upload and text.strip():
            self.add_error("file", gettext("Enter a text or choose a file, not both."))
        elif not upload and not text.strip():
            self.add_error("content", gettext("Enter a text, or choose a file."))
        elif "role" in self.cleaned_data:
            role = self.cleaned_data["role"]
            try:
                text = decoded(upload.read()) if upload else text
                self.found = read_accounts(text, role=role, regions=self._regions)
            except ImportProblem as problem:
                self.add_error(name, import_problem_text(problem))
        return self.cleaned_data
