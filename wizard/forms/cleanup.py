"""The forms of a clean-up: which images, and the typed confirmation of its preview."""

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.forms.confirm import CONFIRMATION, ConfirmForm
from wizard.forms.fields import TextField, radio_choices
from wizard.forms.renderer import ConsoleForm
from wizard.words import Text

MOST_DAYS: Final = 3650
MOST_PATTERNS: Final = 20
UNTAGGED: Final = "untagged"
# A tag, and `*` in it for any characters.
_PATTERN: Final = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9._*-]{0,127}")


class DaysField(forms.IntegerField):
    """A number of days; may be empty."""

    addon_after = _("days")

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off", "size": "6"}
        super().__init__(
            required=False,
            min_value=1,
            max_value=MOST_DAYS,
            widget=forms.TextInput(attrs=attrs),
            **kwargs,
        )


class CleanUpForm(ConsoleForm):
    """What to delete, and from where: a rule's repositories, or one repository."""

    of_rule = forms.ChoiceField(
        label=_("Rule"),
        help_text=_(
            "Repositories under the prefix of the rule. Those of a rule with a longer prefix"
            " aren't included."
        ),
        required=False,
    )
    repository = forms.CharField(max_length=256, required=False, widget=forms.HiddenInput)
    unpulled_days = DaysField(
        label=_("Not pulled for"),
        help_text=_("An image that was never pulled counts as pulled when it was cached."),
    )
    pushed_days = DaysField(
        label=_("Cached more than this many days ago"),
        help_text=_("The time since Amazon ECR stored the image, also when a tag was refreshed."),
    )
    tagged = forms.ChoiceField(
        label=_("Tags"),
        required=False,
        widget=forms.RadioSelect,
        choices=radio_choices(
            ("", _("Tagged and untagged images"), ""),
            (
                UNTAGGED,
                _("Untagged images only"),
                _("Images that lost their tag when the tag was refreshed."),
            ),
        ),
    )
    kept_tags = TextField(
        label=_("Keep images with these tags"),
        help_text=_("Separate tags by commas. * matches any characters, such as in v1.*."),
        max_length=1000,
        required=False,
    )
    # The same for each try of the same form, so that one form makes one preview.
    cleanup_id = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, prefixes: Iterable[str], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["of_rule"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        choices: list[tuple[str, Text]] = [(prefix, prefix) for prefix in prefixes]
        field.choices = [("", _("Choose a rule")), *choices]

    def clean_kept_tags(self) -> tuple[str, ...]:
        typed = re.split(r"[\s,]+", self.cleaned_data["kept_tags"].strip())
        patterns = tuple(dict.fromkeys(filter(None, typed)))
        if len(patterns) > MOST_PATTERNS:
            text = _("Enter at most %(number)d tags.")
            raise ValidationError(text, params={"number": MOST_PATTERNS}, code="many")
        for pattern in patterns:
            if _PATTERN.fullmatch(pattern) is None:
                text = _("%(tag)s isn't a tag. Use letters, digits, and the characters . _ - *.")
                raise ValidationError(text, params={"tag": pattern}, code="pattern")
        return patterns

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data.get("repository") and not data.get("of_rule") and "of_rule" not in self.errors:
            self.add_error("of_rule", _("Choose a rule."))
        names = ("unpulled_days", "pushed_days")
        is_chosen = data.get("tagged") or any(data.get(name) for name in names)
        if not is_chosen and not any(name in self.errors for name in names):
            text = _("Enter a number of days, or choose untagged images only.")
            self.add_error("unpulled_days", text)
        return data

    def id(self) -> uuid.UUID:
        """Return the ID of the clean-up; the form must be valid."""
        found: uuid.UUID | None = self.cleaned_data["cleanup_id"]
        return found or uuid.uuid4()


class DeleteImagesForm(ConfirmForm):
    """The confirmation of a preview."""

    confirmation = TextField(
        label=_('To confirm this deletion, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": CONFIRMATION}),
        error_messages={"required": _('Type "confirm" to delete the images.')},
    )
    message = _('Type "confirm" to delete the images.')


class FetchAgainForm(ConfirmForm):
    """The tag of an image to fetch again, and the confirmation."""

    digest = forms.CharField(max_length=200, widget=forms.HiddenInput)
    tag = forms.ChoiceField(
        label=_("Tag"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a tag."),
            "invalid_choice": _("The image no longer has this tag. Choose another one."),
        },
    )
    confirmation = TextField(
        label=_('To confirm that the tag is removed, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": CONFIRMATION}),
        error_messages={"required": _('Type "confirm" to remove the tag.')},
    )
    message = _('Type "confirm" to remove the tag.')
    field_order = ("digest", "tag", "confirmation")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, tags: Iterable[str], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["tag"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(tag, tag) for tag in tags]
