"""The form of a repository creation template: every setting of the API, and what is asked first.

Labels and order are those of "Create a repository creation template" in the AWS console. There, the
mutability is Mutable or Immutable with exclusions beside it; the API has a value for each of the
four combinations.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import RoleArn, Target
from wizard.domain.prefixes import ROOT
from wizard.domain.template_checks import (
    DESCRIPTION_MAX,
    REPOSITORY_POLICY_MAX,
)
from wizard.domain.templates import (
    AES256,
    APPLIED_FOR,
    MUTABLE,
    PULL_THROUGH_CACHE,
    CreationTemplate,
    template_facts,
)
from wizard.forms.fields import TextField, check_arn, radio_choices
from wizard.forms.lifecycle import LifecycleFields, lifecycle_initial
from wizard.forms.template_fields import (
    FiltersField,
    PolicyField,
    TagsField,
    TemplatePrefixField,
    check_key,
)
from wizard.words import (
    APPLIED_FOR_LABELS,
    ENCRYPTION,
    SETTING_LABELS,
)

SPECIFIC: Final = "specific"
ANY: Final = "any"
_WITH_EXCLUSION: Final = "_WITH_EXCLUSION"
_FEATURES: Final = {
    PULL_THROUGH_CACHE: _("Repositories that ECR creates for a pull through cache rule."),
    "CREATE_ON_PUSH": _("Repositories that ECR creates when you push an image."),
    "REPLICATION": _("Repositories that ECR creates for replicated images."),
}


class TemplateForm(LifecycleFields):
    """The settings of a template. `seen` is the template as displayed, to detect concurrent edits.

    `told` are the warnings that the person has seen. The template is saved if no other one is left.
    """

    applied_for = forms.MultipleChoiceField(
        label=_("Applied for"),
        help_text=_("The workflows whose repositories ECR creates with this template."),
        widget=forms.CheckboxSelectMultiple,
        choices=radio_choices(
            *((name, APPLIED_FOR_LABELS[name], _FEATURES[name]) for name in APPLIED_FOR)
        ),
        error_messages={"required": _("Choose at least one workflow.")},
    )
    description = TextField(
        label=SETTING_LABELS["description"],
        required=False,
        max_length=DESCRIPTION_MAX,
    )
    image_tag_mutability = forms.ChoiceField(
        label=_("Image tag mutability"),
        widget=forms.RadioSelect,
        choices=radio_choices(
            (MUTABLE, _("Mutable"), _("Image tags can be overwritten.")),
            (
                "IMMUTABLE",
                _("Immutable"),
                _(
                    "Image tags can't be overwritten. ECR can't refresh a cached tag that changed"
                    " in the upstream registry."
                ),
            ),
        ),
    )
    exclusion_filters = FiltersField(
        rows=3,
        label=SETTING_LABELS["exclusion_filters"],
        help_text=_("Tags that match one of these filters have the opposite setting."),
        constraint=_(
            "Up to 5 filters, one in each line. Use * for any characters, for example latest or"
            " dev-*."
        ),
    )
    encryption_type = forms.ChoiceField(
        label=_("Encryption configuration"),
        widget=forms.RadioSelect,
        choices=radio_choices(
            (AES256, ENCRYPTION[AES256], _("Encryption keys that Amazon S3 manages.")),
            ("KMS", ENCRYPTION["KMS"], _("A key in AWS Key Management Service.")),
            (
                "KMS_DSSE",
                ENCRYPTION["KMS_DSSE"],
                _("Two layers of encryption with a key in AWS Key Management Service."),
            ),
        ),
    )
    kms_key = TextField(
        label=SETTING_LABELS["kms_key"],
        help_text=_(
            "The ARN of a key in this Region. Without an ARN, ECR uses the key that AWS manages for"
            " it."
        ),
        required=False,
        max_length=2048,
    )
    repository_policy = PolicyField(
        longest=REPOSITORY_POLICY_MAX,
        label=SETTING_LABELS["repository_policy"],
        help_text=_("The permissions policy of each repository, as JSON."),
    )
    tags = TagsField(
        rows=3,
        label=SETTING_LABELS["tags"],
        help_text=_("Tags of each repository. They need a repository creation role."),
        constraint=_("Up to 50 tags, one in each line, for example team=platform."),
    )
    custom_role_arn = TextField(
        label=SETTING_LABELS["custom_role_arn"],
        help_text=_(
            "The ARN of a role in this account that ecr.amazonaws.com can assume. ECR needs it for"
            " tags and for encryption with AWS KMS."
        ),
        required=False,
        max_length=2048,
    )
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    told = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        target: Target,
        template: CreationTemplate | None = None,
        **kwargs: Any,
    ) -> None:
        self.target = target
        initial = _initial(template) if template else lifecycle_initial("")
        defaults = {"image_tag_mutability": MUTABLE, "encryption_type": AES256}
        super().__init__(data, initial=defaults | initial | kwargs.pop("initial", {}), **kwargs)
        features: Any = self.fields["applied_for"]
        # What is new in AWS is not taken away by saving the form.
        new = sorted(template.applied_for.difference(APPLIED_FOR)) if template else []
        features.choices = [*features.choices, *((name, name) for name in new)]
        filters: Any = self.fields["exclusion_filters"]
        filters.kept = template.exclusion_filters if template else ()
        for name in ("description", "kms_key", "custom_role_arn"):
            field: Any = self.fields[name]
            field.is_marked_optional = True
        role: Any = self.fields["custom_role_arn"]
        role.help_topic = "templates"  # In other forms it is the role of an upstream.

    def clean_kms_key(self) -> str:
        arn = str(self.cleaned_data["kms_key"])
        if arn:
            check_key(arn, self.target)
        return arn

    def clean_custom_role_arn(self) -> str:
        arn = str(self.cleaned_data["custom_role_arn"])
        if arn:
            check_arn(arn, kind=RoleArn, target=self.target)
        return arn

    def clean(self) -> dict[str, Any]:
        super().clean()
        has_key = bool(self.cleaned_data.get("kms_key"))
        if has_key and self.cleaned_data.get("encryption_type") == AES256:
            text = gettext("AES-256 doesn't use a KMS key. Choose AWS KMS, or remove the ARN.")
            self.add_error("kms_key", text)
        return self.cleaned_data

    def template(self, prefix: str) -> CreationTemplate:
        """Return the template with this prefix; the form must be valid."""
        answers = self.cleaned_data
        mutability = answers["image_tag_mutability"]
        filters = answers["exclusion_filters"]
        return CreationTemplate(
            prefix=prefix,
            applied_for=frozenset(answers["applied_for"]),
            description=answers["description"],
            image_tag_mutability=f"{mutability}{_WITH_EXCLUSION}" if filters else mutability,
            exclusion_filters=filters,
            encryption_type=answers["encryption_type"],
            kms_key=answers["kms_key"],
            tags=answers["tags"],
            repository_policy=answers["repository_policy"],
            lifecycle_policy=answers["lifecycle_policy"],
            custom_role_arn=answers["custom_role_arn"],
        )

    def is_seen(self, template: CreationTemplate) -> bool:
        """Whether the template is unchanged since the form was displayed."""
        return str(self.cleaned_data["seen"]) == fingerprint(template)

    def seen_settings(self) -> dict[str, Any]:
        """Return the settings as displayed, read from the hidden field."""
        try:
            members = json.loads(str(self.cleaned_data["seen"]))
        except (ValueError, RecursionError):
            return {}
        return members if isinstance(members, dict) else {}


class NewTemplateForm(TemplateForm):
    """The same with the prefix, which cannot be changed later."""

    field_order = ("prefix_kind", "template_prefix")

    prefix_kind = forms.ChoiceField(
        label=_("Template prefix"),
        widget=forms.RadioSelect,
        choices=radio_choices(
            (
                SPECIFIC,
                _("A specific prefix"),
                _("For the repositories whose names begin with the prefix."),
            ),
            (
                ANY,
                _("Any prefix in your ECR registry"),
                _("For all repositories without a template of a specific prefix (ROOT)."),
            ),
        ),
    )
    template_prefix = TemplatePrefixField(
        label=SETTING_LABELS["prefix"],
        help_text=_(
            "For a pull through cache rule, use the prefix of the rule. ECR always assumes a slash"
            " at the end of the prefix."
        ),
        constraint=_(
            "Up to 256 characters: lowercase letters, digits, and the characters . _ - and /."
        ),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        is_empty = not self.cleaned_data.get("template_prefix")
        if self.cleaned_data.get("prefix_kind") == ANY:
            self.errors.pop("template_prefix", None)
            self.cleaned_data["template_prefix"] = ROOT
        elif is_empty and "template_prefix" not in self.errors:
            self.add_error("template_prefix", gettext("Enter a prefix."))
        return self.cleaned_data


def fingerprint(template: CreationTemplate) -> str:
    """Return a text that is equal exactly when all settings and times of the templates are."""
    return json.dumps(template_facts(template), default=str, sort_keys=True)


def _initial(template: CreationTemplate) -> dict[str, Any]:
    mutability = template.image_tag_mutability or MUTABLE
    return {
        "prefix_kind": ANY if template.key == ROOT else SPECIFIC,
        "template_prefix": "" if template.key == ROOT else template.prefix,
        "applied_for": sorted(template.applied_for),
        "description": template.description,
        "image_tag_mutability": mutability.removesuffix(_WITH_EXCLUSION),
        "exclusion_filters": template.exclusion_filters,
        # A value that is new in AWS has no radio button: the person has to choose.
        "encryption_type": template.encryption_type or AES256,
        "kms_key": template.kms_key,
        "repository_policy": template.repository_policy,
        **lifecycle_initial(template.lifecycle_policy),
        "tags": template.tags,
        "custom_role_arn": template.custom_role_arn,
        "seen": fingerprint(template),
    }
