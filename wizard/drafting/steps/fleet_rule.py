"""The form of a rule for many accounts: the wizard's first step, and what else the rule needs.

Nothing is read from AWS. A secret is named, and a role has the account in a placeholder, because
both are of one account. The credential of new secrets is typed with the plan, and is not part of
this form.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain import EXISTING_SECRET, NEW_SECRET, RuleDraft, Step, Target
from wizard.domain.fleet_rules import ACCOUNT, FleetRule
from wizard.domain.prefixes import ROOT
from wizard.drafting.steps.prefix import PREFIX_CONSTRAINT
from wizard.drafting.steps.source import SourceForm
from wizard.forms.fields import AnyAccountRoleField, PrefixField, SecretNameField, radio_choices


class FleetRuleForm(SourceForm):
    """The members of the rule. `typed` are values that are not checked yet."""

    ecr_repository_prefix = PrefixField(
        label=_("Cache repository prefix"),
        help_text=_("Names of cached repositories begin with this prefix."),
        constraint=PREFIX_CONSTRAINT,
        error_messages={"required": _("Enter a prefix.")},
    )
    upstream_repository_prefix = PrefixField(
        label=_("Upstream repository prefix"),
        help_text=_("Leave it empty to cache any repository of the upstream registry (ROOT)."),
        constraint=PREFIX_CONSTRAINT,
        required=False,
    )
    credential_source = forms.ChoiceField(
        label=_("AWS secret"),
        help_text=_("ECR reads the credentials from a secret in AWS Secrets Manager."),
        widget=forms.RadioSelect,
        initial=EXISTING_SECRET,
        choices=radio_choices(
            (
                EXISTING_SECRET,
                _("Use a secret that exists in each account"),
                _("The secret with this name must exist in each account and Region."),
            ),
            (
                NEW_SECRET,
                _("Create a secret in each account and Region"),
                _(
                    "You enter the credentials with the plan. A secret that already has this name"
                    " isn't changed, and no rule is created in its Region."
                ),
            ),
        ),
        required=False,
    )
    secret_name = SecretNameField(
        label=_("Secret name"),
        help_text=_("The name is the same in each account and Region."),
        required=False,
    )
    custom_role_arn = AnyAccountRoleField(
        help_text=_("The role that ECR assumes in each account to read the upstream registry."),
        required=False,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        typed: Mapping[str, Any] | None = None,
        choices: Any = (),
    ) -> None:
        # The upstream is compared with no account and Region: there are many.
        nowhere = Target(account_id="", region="")
        known = {Step.SOURCE: dict(typed or {})}
        draft = RuleDraft(draft_id="", owner_id=0, target=nowhere, typed=known)
        super().__init__(data, draft=draft, choices=choices)
        self._fields["upstream_repository_prefix"].is_marked_optional = True

    def clean(self) -> dict[str, Any]:
        super().clean()
        entry = self._entry()
        if entry is None:
            return self.cleaned_data
        if entry.needs_secret:
            self.require("secret_name", _("Enter the name of the secret."))
        else:
            self.drop("secret_name", "credential_source")
        if entry.needs_role:
            self.require("custom_role_arn", _("Enter the ARN of the role."))
        else:
            self.drop("custom_role_arn")
        cache = self.cleaned_data.get("ecr_repository_prefix")
        if self.cleaned_data.get("upstream_repository_prefix") == ROOT:
            self.cleaned_data["upstream_repository_prefix"] = ""
        if cache == ROOT and self.cleaned_data.get("upstream_repository_prefix"):
            text = _("ECR supports an upstream prefix only together with a cache prefix.")
            self.add_error("upstream_repository_prefix", text)
        return self.cleaned_data

    @property
    def makes_secrets(self) -> bool:
        """Whether the secret is created in each place; the form must be valid."""
        return self.cleaned_data.get("credential_source") == NEW_SECRET

    def rule(self) -> FleetRule:
        """Return the rule; the form must be valid."""
        entry, given = self._entry(), self.cleaned_data
        if entry is None:
            raise ValueError("an invalid form has no rule")
        inputs = {name: str(given[name]) for name in entry.inputs}
        return FleetRule(
            ecr_repository_prefix=given["ecr_repository_prefix"],
            upstream_registry_url=entry.registry_url(inputs, own_account_id=ACCOUNT),
            upstream_repository_prefix=given.get("upstream_repository_prefix") or "",
            secret_name=given.get("secret_name") or "",
            custom_role_arn=given.get("custom_role_arn") or "",
        )
