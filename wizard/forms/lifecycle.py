"""The choice of a lifecycle policy, part of several forms: common rules with numbers, or JSON.

`templates/lifecycle/_fields.html` shows the fields. Cleaned, `lifecycle_policy` is the JSON in both
cases, and empty without a policy.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain.lifecycle import (
    LEAST_ARCHIVED_DAYS,
    MOST_COUNT,
    FaultyPolicy,
    Keeping,
    Presets,
    presets_of,
    read_policy,
)
from wizard.forms.fields import TextField, radio_choices
from wizard.forms.renderer import ConsoleForm
from wizard.words import Text, fault_text

NONE: Final = "none"
PRESETS: Final = "presets"
JSON: Final = "json"
OWN: Final = "own"
# More than ECR takes, so that a text that is too long is told with its length.
_PASTED_MAX: Final = 200_000


class CountField(forms.IntegerField):
    """A number of images or days, beside its unit."""

    def __init__(self, *, unit: Text, least: int = 1, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(required=False, widget=widget, **kwargs)
        self.addon_after = unit
        self.least = least

    def clean(self, value: Any) -> int | None:
        try:
            number: int | None = super().clean(value)
        except ValidationError:
            number = 0
        if number is None or self.least <= number <= MOST_COUNT:
            return number
        words = gettext("Enter a whole number from %(least)d to %(most)s.")
        bounds = {"least": self.least, "most": number_format(MOST_COUNT, force_grouping=True)}
        raise ValidationError(words % bounds, code="number")


class LifecycleFields(ConsoleForm):
    """The fields of a lifecycle policy."""

    lifecycle = forms.ChoiceField(
        label=_("Lifecycle policy"),
        required=False,
        widget=forms.RadioSelect,
        choices=radio_choices(
            (NONE, _("No lifecycle policy"), _("ECR keeps every image.")),
            (PRESETS, _("Common rules"), _("Delete or archive images by age, number, or pulls.")),
            (JSON, _("JSON"), _("Your own policy.")),
        ),
    )
    untagged_days = CountField(
        label=_("Delete untagged images"),
        help_text=_(
            "An image loses its tag when the tag is refreshed with a newer image. Images that a"
            " multi-platform image uses are kept."
        ),
        unit=_("days after they are pushed"),
    )
    keeping = forms.ChoiceField(
        label=_("Tagged images"),
        required=False,
        widget=forms.RadioSelect,
        choices=radio_choices(
            (Keeping.ALL.value, _("Keep all"), ""),
            (
                Keeping.LAST.value,
                _("Keep the newest"),
                _("ECR deletes the older ones, also if they are still pulled."),
            ),
            (
                Keeping.PULLED.value,
                _("Archive unused images"),
                _("An archived image can't be pulled until you restore it."),
            ),
        ),
    )
    last_images = CountField(label=_("Keep"), unit=_("tagged images in each repository"))
    unpulled_days = CountField(
        label=_("Archive images"),
        unit=_("days after their last pull"),
    )
    archived_days = CountField(
        label=_("Delete archived images"),
        help_text=_(
            "Optional. You pay for 90 days of archive storage at least, and ECR deletes no image"
            " earlier."
        ),
        unit=_("days after they are archived"),
        least=LEAST_ARCHIVED_DAYS,
    )
    lifecycle_policy = forms.CharField(
        label=_("Policy"),
        required=False,
        max_length=_PASTED_MAX,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("The rules of the policy as JSON, up to 30,720 characters."),
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        given = self.cleaned_data
        text, chosen = _policy_text(given.get("lifecycle_policy") or ""), given.get("lifecycle")
        chosen = chosen or (JSON if text else NONE)
        given["lifecycle"], given["lifecycle_policy"] = chosen, ""
        if chosen == PRESETS:
            given["lifecycle_policy"] = self._of_presets(given)
        if chosen == JSON and "lifecycle_policy" not in self.errors:
            given["lifecycle_policy"] = self._of_json(text)
        return given

    def _of_presets(self, given: Mapping[str, Any]) -> str:
        keeping = Keeping(given.get("keeping") or Keeping.ALL)
        needed = {Keeping.LAST: "last_images", Keeping.PULLED: "unpulled_days"}.get(keeping)
        used = {"untagged_days", needed, *(("archived_days",) if needed == "unpulled_days" else ())}
        for name in ("untagged_days", "last_images", "unpulled_days", "archived_days"):
            # What is not used need not be right.
            if name not in used:
                self.errors.pop(name, None)
        if needed and not given.get(needed) and needed not in self.errors:
            self.add_error(needed, gettext("Enter a number."))
        presets = Presets(
            untagged_days=given.get("untagged_days") or 0,
            keeping=keeping,
            last=given.get("last_images") or 0,
            unpulled_days=given.get("unpulled_days") or 0,
            archived_days=given.get("archived_days") or 0,
        )
        if not presets.text() and not used & set(self.errors):
            words = gettext("Enter a number of days, or choose what happens to tagged images.")
            self.add_error("untagged_days", words)
        return presets.text()

    def _of_json(self, text: str) -> str:
        if not text:
            self.add_error("lifecycle_policy", gettext("Enter a policy."))
            return ""
        if text == self.initial.get("lifecycle_policy"):
            # Unchanged, as ECR has it: it may know more than this console.
            return text
        try:
            read_policy(text)
        except FaultyPolicy as refused:
            self.add_error("lifecycle_policy", [fault_text(fault) for fault in refused.faults])
        return text


class PreviewForm(LifecycleFields):
    """Which policy to preview on which repository."""

    repository = TextField(
        label=_("Repository name"),
        help_text=_("The name of an existing repository in this Region."),
        constraint=_("For example, docker-hub/library/nginx."),
        max_length=256,
        widget=forms.TextInput(attrs={"list": "repositories"}),
        error_messages={"required": _("Enter the name of a repository.")},
    )
    field_order = ("repository",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(self.fields["lifecycle"].choices)  # type: ignore[attr-defined]
        own = radio_choices(
            (OWN, _("Policy of the repository"), _("The policy that the repository has now."))
        )
        self.fields["lifecycle"].choices = [*choices[1:], *own]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given["lifecycle"] == NONE:
            self.add_error("lifecycle", gettext("Choose a policy."))
        return given


def lifecycle_initial(text: str) -> dict[str, Any]:
    """Return the initial values of the fields for a policy: its presets, or else its JSON."""
    if not text:
        return {"lifecycle": NONE, "keeping": Keeping.ALL.value}
    try:
        presets = presets_of(read_policy(text))
    except FaultyPolicy:
        presets = None
    if presets is None:
        return {"lifecycle": JSON, "lifecycle_policy": text, "keeping": Keeping.ALL.value}
    return {
        "lifecycle": PRESETS,
        "lifecycle_policy": text,
        "untagged_days": presets.untagged_days or None,
        "keeping": presets.keeping.value,
        "last_images": presets.last or None,
        "unpulled_days": presets.unpulled_days or None,
        "archived_days": presets.archived_days or None,
    }


def _policy_text(typed: str) -> str:
    """Return a typed policy, also from the answer of `aws ecr get-lifecycle-policy`."""
    text = typed.replace("\r\n", "\n").strip("\ufeff \t\n")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return text
    inner = answer.get("lifecyclePolicyText") if isinstance(answer, dict) else None
    return inner if isinstance(inner, str) else text
