"""The form of an import: a text or a file, whose rules are found when it is cleaned."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain.imports import (
    FoundRule,
    ImportProblem,
    contains_credential,
    decoded,
    read_rules,
)
from wizard.forms.renderer import ConsoleForm
from wizard.words import import_problem_text


class ImportForm(ConsoleForm):
    """A text or a file. What was sent is shown again, unless it contains a credential."""

    content = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "AWS CLI commands, Terraform resources, a CloudFormation template in JSON, the answer"
            " of DescribePullThroughCacheRules, or an export of this console in CSV or JSON."
        ),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,
        help_text=_("Up to 1 MB, in UTF-8."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, files: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.found: Sequence[FoundRule] = ()
        # The reader tells control characters itself, with their place.
        self.fields["content"].validators = []

    def clean(self) -> dict[str, Any]:
        upload, text = self.cleaned_data.get("file"), self.cleaned_data.get("content") or ""
        name = "file" if upload else "content"
        if upload and text.strip():
            self.add_error("file", gettext("Enter a text or choose a file, not both."))
        elif not upload and not text.strip():
            self.add_error("content", gettext("Enter a text, or choose a file."))
        else:
            try:
                text = decoded(upload.read()) if upload else text
                self.found = read_rules(text)
            except ImportProblem as problem:
                self.refuse(import_problem_text(problem), name)
        self._show_again(text)
        return self.cleaned_data

    def refuse(self, words: str, name: str = "content") -> None:
        """Add an error about what the text contains."""
        self.add_error(name, words)

    def _show_again(self, text: str) -> None:
        """Show the text in its field, also that of a file, so that it can be corrected."""
        is_secret = contains_credential(text)
        self.data = {"content": "" if is_secret else text}
        if is_secret and self.errors:
            words = gettext(
                "The text seems to contain a credential, so it isn't shown again. Remove the"
                " credential, and refer to a secret by its ARN."
            )
            self.add_error("content", words)
