"""The forms of converted files and of running images: a text or a file, read when it is cleaned."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain.converter import (
    Decoded,
    Direction,
    Kind,
    Reading,
    Refused,
    decoded,
    kind_of,
    read,
)
from wizard.forms.fields import ChoiceLabel
from wizard.forms.renderer import ConsoleForm
from wizard.words import KIND_LABELS, file_problem_text

IPV4: Final = "ipv4"
DUAL_STACK: Final = "dual-stack"
# How the lines of an uploaded file end. Browsers send those of a text field with CRLF.
_LINE_ENDS: Final = {"lf": "\n", "crlf": "\r\n"}
_NAME_MAX: Final = 200


class ImagesForm(ConsoleForm):
    """A text or a file that names images. What was sent is shown again, and nothing is stored.

    `reading` is what was found in it, `source` its text. A file replaces the text. Its name and its
    line breaks are sent again with the text, which the page shows in the place of the file.
    """

    content = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,
        help_text=_("Up to 1 MB, in UTF-8 or UTF-16. The file replaces the text above."),
    )
    file_name = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    line_break = forms.ChoiceField(
        required=False, choices=[(name, name) for name in _LINE_ENDS], widget=forms.HiddenInput
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, files: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.reading: Reading | None = None
        self.source = Decoded("")
        # The reader tells control characters itself, with their place.
        for name in ("content", "file_name"):
            self.fields[name].validators = []

    def clean(self) -> dict[str, Any]:
        given, upload = self.cleaned_data, self.cleaned_data.get("file")
        name = "file" if upload else "content"
        try:
            self.source = decoded(upload.read()) if upload else self._typed()
            if not self.source.text.strip("\ufeff \t\r\n"):
                self.add_error(name, gettext("Enter a text, or choose a file."))
            else:
                self.reading = read(self.source.text, self._kind())
        except Refused as refused:
            self.add_error(name, file_problem_text(refused.problem))
        self._show_again()
        return given

    @property
    def file_title(self) -> str:
        """The name of the uploaded file; empty for a text."""
        upload = self.cleaned_data.get("file")
        name = str(upload.name) if upload else self.cleaned_data.get("file_name") or ""
        return name[-_NAME_MAX:]

    def _typed(self) -> Decoded:
        text = (self.cleaned_data.get("content") or "").replace("\r\n", "\n")
        line_end = _LINE_ENDS[self.cleaned_data.get("line_break") or "lf"]
        return Decoded(text.replace("\n", line_end))

    def _kind(self) -> Kind:
        chosen = self.cleaned_data.get("kind")
        return Kind(chosen) if chosen else kind_of(self.file_title, self.source.text)

    def _show_again(self) -> None:
        """Show what was sent; the text of a file that is no text cannot be shown."""
        text = self.source.text if self.cleaned_data.get("file") else self.data.get("content", "")
        self.data = {
            **{name: self.data.get(name, "") for name in self.fields},
            "content": text,
            "file_name": self.file_title,
            "line_break": "crlf" if "\r\n" in self.source.text else "lf",
        }


class ConvertForm(ImagesForm):
    """What to convert, and how."""

    kind = forms.ChoiceField(
        label=_("File type"),
        required=False,
        choices=[("", _("Detect automatically")), *((k.value, KIND_LABELS[k]) for k in Kind)],
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        initial=Direction.TO_CACHE.value,
        choices=[
            (
                Direction.TO_CACHE.value,
                ChoiceLabel(
                    _("Pull through the cache"),
                    _("Images of upstream registries get their names in this private registry."),
                ),
            ),
            (
                Direction.TO_UPSTREAM.value,
                ChoiceLabel(
                    _("Pull from the upstream registries"),
                    _("Images of this private registry get their upstream names again."),
                ),
            ),
        ],
        widget=forms.RadioSelect,
    )
    endpoint = forms.ChoiceField(
        label=_("Registry endpoint"),
        initial=IPV4,
        choices=[
            (IPV4, ChoiceLabel(_("IPv4"), _("The usual name of the registry."))),
            (
                DUAL_STACK,
                ChoiceLabel(
                    _("Dual-stack (IPv4 and IPv6)"), _("It doesn't support AWS PrivateLink.")
                ),
            ),
        ],
        widget=forms.RadioSelect,
    )

    field_order = ("content", "file", "kind", "direction", "endpoint")
