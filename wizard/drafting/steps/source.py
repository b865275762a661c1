"""Step 1: the upstream registry. Tiles and their inputs are from the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import Answers, Region, RuleDraft, Step, is_account_id
from wizard.domain.arn_kinds import account_and_region
from wizard.domain.registries import REGISTRIES, UpstreamRegistry, registries_of
from wizard.drafting.steps.base import Choices, ReviewRow, StepForm, StepPage
from wizard.forms.fields import PASTED_MAX, ChoiceLabel, TextField, account_of

_AZURE_SUFFIX = ".azurecr.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One choice of step 1 for the template."""

    name: str
    id: str
    value: str
    label: str
    host: str
    needs_credentials: bool
    checked: bool
    inputs: list[BoundField]


class SourceForm(StepForm):
    """The registry and, where it needs them, registry name, access, Region and account."""

    step = Step.SOURCE

    registry = forms.ChoiceField(
        label=_("Registry"),
        help_text=_("Choose the registry that contains the images to cache."),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a registry.")},
    )
    registry_name = TextField(
        label=_("Source registry URL"),
        help_text=_("The name of your registry. The console adds the rest of the URL."),
        constraint=_("5 to 50 letters, digits, or hyphens."),
        addon_after=_AZURE_SUFFIX,
        required=False,
        max_length=100,
    )
    ecr_access = forms.ChoiceField(
        label=_("Upstream account"),
        help_text=_("The account that owns the upstream private registry."),
        widget=forms.RadioSelect,
        required=False,
    )
    region = forms.ChoiceField(
        label=_("Region"),
        help_text=_("The Region of the upstream Amazon ECR registry."),
        required=False,
    )
    account_id = TextField(
        label=_("Account"),
        help_text=_("The ID of the AWS account that owns the upstream registry."),
        constraint=_("12 digits."),
        required=False,
        max_length=PASTED_MAX,
    )

    def __init__(self, *args: Any, choices: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, choices=choices, **kwargs)
        self._fields["registry"].choices = [(entry.key, entry.label) for entry in _tile_entries()]
        self._fields["ecr_access"].choices = [
            (entry.name, ChoiceLabel(gettext(entry.choice_label)))
            for entry in REGISTRIES
            if entry.choice_label
        ]
        self._fields["region"].choices = [
            ("", _("Choose a Region")),
            *((region.code, region.label) for region in self.listed or ()),
        ]

    @property
    def _fields(self) -> dict[str, Any]:
        return self.fields

    def initial_answers(self) -> dict[str, Any]:
        answers = dict(self.draft.source)
        entry = self.draft.registry
        if entry is not None:
            answers["registry"] = entry.key
            answers["ecr_access"] = entry.name
        return answers

    @property
    def tiles(self) -> list[Tile]:
        """Return the choices of the registry field, each with its inputs."""
        chosen = self["registry"].value()
        return [self._tile(entry, chosen) for entry in _tile_entries()]

    def clean_registry_name(self) -> str:
        """Accept a pasted URL, capitals, and the suffix of the host."""
        typed = str(self.cleaned_data["registry_name"]).strip()
        if not typed.isascii():  # guard: I2
            return typed  # lower-casing can turn a non-ASCII letter into an ASCII one
        typed = typed.lower().removeprefix("https://")
        return typed.rstrip("/").removesuffix(_AZURE_SUFFIX)

    def clean_account_id(self) -> str:
        """Accept the grouped form of the AWS console (1234-5678-9012), an ARN, and the URI of an
        ECR registry, which gives the Region too.
        """
        typed = str(self.cleaned_data["account_id"])
        found = account_and_region(typed)
        if found is not None:
            self._take_region(found[1])
        return account_of(typed)

    def _take_region(self, region: str) -> None:
        """Take the Region of a pasted URI if none is chosen; refuse another one than the chosen."""
        chosen = self.cleaned_data.get("region") or ""
        if not chosen and any(each.code == region for each in self.listed or ()):
            self.cleaned_data["region"] = region
        elif chosen != region:
            text = _("This registry is in the Region %(region)s. Choose that Region above.")
            raise forms.ValidationError(text % {"region": region}, code="region")

    def clean(self) -> dict[str, Any]:
        entry = self._entry()
        if entry is not None:
            self.drop(*(name for name in _INPUT_CHECKS if name not in entry.inputs))
            for name in entry.inputs:
                _INPUT_CHECKS[name](self)
        return self.cleaned_data

    def answers(self) -> Answers:
        entry = self._entry()
        if entry is None:
            raise ValueError("an invalid form has no answers")
        inputs = {name: str(self.cleaned_data[name]) for name in entry.inputs}
        return {"registry": entry.name, **inputs}

    def _entry(self) -> UpstreamRegistry | None:
        """Return the chosen catalogue entry, by tile and, if two share it, by access."""
        key = self.cleaned_data.get("registry")
        entries = registries_of(key) if key else ()
        if len(entries) < 2:
            return entries[0] if entries else None
        self.require("ecr_access", _("Choose This account or Cross account."))
        chosen = self.cleaned_data.get("ecr_access")
        return next((entry for entry in entries if entry.name == chosen), None)

    def _tile(self, entry: UpstreamRegistry, chosen: str | None) -> Tile:
        entries = registries_of(entry.key)
        names = ["ecr_access"] if len(entries) > 1 else []
        names += [name for name in _INPUT_CHECKS if any(name in e.inputs for e in entries)]
        return Tile(
            name=self.add_prefix("registry"),
            id=f"id_registry_{entry.key}",
            value=entry.key,
            label=gettext(entry.label),
            host=entry.host_hint,
            needs_credentials=entry.needs_secret,
            checked=entry.key == chosen,
            inputs=[self[name] for name in names],
        )

    def _check_registry_name(self) -> None:
        self.require("registry_name", _("Enter the name of your registry."))
        entry = self._entry()
        name = self.cleaned_data.get("registry_name")
        host = entry.host.format(registry_name=name) if name and entry else ""
        if host and entry and entry.parse_url(host) is None:  # guard: I2
            self.add_error(
                "registry_name",
                _(
                    "Enter only the name: 5 to 50 letters, digits, or hyphens, without dots or"
                    " slashes."
                ),
            )

    def _check_region(self) -> None:
        self.require("region", _("Choose the Region of the upstream registry."))
        entry, target = self._entry(), self.draft.target
        if entry and entry.is_own_account and self.cleaned_data.get("region") == target.region:
            self.add_error(
                "region",
                _("Choose another Region. A registry can't be its own upstream."),
            )

    def _check_account_id(self) -> None:
        self.require("account_id", _("Enter the ID of the upstream account."))
        account_id = self.cleaned_data.get("account_id")
        if account_id and not is_account_id(account_id):
            self.add_error("account_id", _("Enter an account ID of 12 digits."))
        elif account_id == self.draft.target.account_id:
            self.add_error(
                "account_id",
                _("This is the account that you work in. Choose This account instead."),
            )


# The inputs for the catalogue's placeholders, in display order.
_INPUT_CHECKS = {
    "registry_name": SourceForm._check_registry_name,
    "region": SourceForm._check_region,
    "account_id": SourceForm._check_account_id,
}


def _tile_entries() -> list[UpstreamRegistry]:
    """Return the first entry of each `key` in catalogue order: nine tiles for ten entries."""
    return [entry for entry in REGISTRIES if registries_of(entry.key)[0] is entry]


def _source_rows(draft: RuleDraft) -> list[ReviewRow]:
    registry = draft.registry
    if registry is None:
        return []
    rows = [ReviewRow(label=_("Registry"), value=_(registry.label))]
    if registry.choice_label:
        rows.append(ReviewRow(label=_("Upstream account"), value=_(registry.choice_label)))
    if "region" in registry.inputs:
        region = draft.source["region"]
        rows.append(ReviewRow(label=_("Region"), value=region, is_region=True))
    if "account_id" in registry.inputs:
        rows.append(ReviewRow(label=_("Account"), value=draft.source["account_id"]))
    url = draft.upstream_registry_url
    return [*rows, ReviewRow(label=_("Source registry URL"), value=url, copyable=True)]


SOURCE: Final = StepPage(
    title=_("Specify a source"),
    review_title=_("Source"),
    heading=_("Upstream registry"),
    description=_("Choose the upstream registry that contains the images to cache."),
    form=SourceForm,
    template="wizard/steps/source.html",
    choices=Choices.REGIONS,
    review_rows=_source_rows,
)

# The same page under the titles that AWS has for Amazon ECR private registries.
UPSTREAM: Final = replace(SOURCE, title=_("Specify upstream"), review_title=_("Upstream"))
