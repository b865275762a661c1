"""The form that edits a rule: its secret or its role, the only members that AWS can change."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.domain import RoleArn, Rule, RuleChange, Secret, SecretArn, Target
from wizard.forms.fields import check_arn
from wizard.forms.renderer import ConsoleForm
from wizard.words import REFUSED_SECRETS, role_label, secret_label


class EditForm(ConsoleForm):
    """Edits the secret or the role, whichever the rule has.

    `listed` are the secrets or roles to choose from. It is None when AWS did not list them; then
    the ARN is typed. The hidden field `seen` is the rule as displayed, to detect concurrent edits.
    """

    arn = forms.CharField(max_length=2048, error_messages={"required": _("Choose one.")})
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        rule: Rule,
        target: Target,
        listed: Iterable[Any] | None,
    ) -> None:
        self.rule, self.target = rule, target
        self.listed = None if listed is None else tuple(listed)
        self.has_secret = rule.credential_arn is not None
        current = rule.credential_arn or rule.custom_role_arn
        super().__init__(data, initial={"arn": current, "seen": _fingerprint(rule)})
        field = self.fields["arn"]
        field.label = _("Secret name") if self.has_secret else _("IAM role")
        if self.listed is None:
            field.help_text = _("The list could not be read. Enter the full ARN.")
        else:
            field.widget = forms.Select(choices=self._choices(str(current)))

    def clean_arn(self) -> str:
        arn = str(self.cleaned_data["arn"])
        kind: type[SecretArn] | type[RoleArn] = SecretArn if self.has_secret else RoleArn
        check_arn(arn, kind=kind, target=self.target)  # guard: I3 I4
        self._check_is_usable(arn)
        return arn

    def change(self) -> RuleChange:
        """Return the change; the form must be valid."""
        arn = self.cleaned_data["arn"]
        if self.has_secret:
            return RuleChange(credential_arn=arn)
        return RuleChange(custom_role_arn=arn)

    def is_seen(self, rule: Rule) -> bool:
        """Whether the rule is unchanged since the form was displayed."""
        return str(self.cleaned_data["seen"]) == _fingerprint(rule)

    def seen_members(self) -> dict[str, str]:
        """Return the members of the rule as displayed, read from the hidden field."""
        try:
            members = json.loads(str(self.cleaned_data["seen"]))
        except (ValueError, RecursionError):
            return {}
        if not isinstance(members, dict):
            return {}
        return {name: str(value) for name, value in members.items() if value is not None}

    def _choices(self, current: str) -> list[tuple[str, str]]:
        label = secret_label if self.has_secret else role_label
        choices = [(each.arn, label(each)) for each in self.listed or ()]
        if current not in dict(choices):
            choices.insert(0, (current, current))
        return choices

    def _check_is_usable(self, arn: str) -> None:
        chosen = next((each for each in self.listed or () if each.arn == arn), None)
        problem = chosen.problem if isinstance(chosen, Secret) else None
        if problem is not None and problem in REFUSED_SECRETS:
            raise ValidationError(str(REFUSED_SECRETS[problem]), code=problem.value)


def _fingerprint(rule: Rule) -> str:
    """Return a text that is equal exactly when all members of the rules are equal."""
    return json.dumps(asdict(rule), default=str, sort_keys=True)
