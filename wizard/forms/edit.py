"""The form that edits a rule: its secret or its role, the only members that AWS can change."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain import RoleArn, Rule, RuleChange, Secret, SecretArn, Target
from wizard.forms.choices import SECRETS_MAY_LAG, check_role, chosen_secret
from wizard.forms.fields import TextField, check_arn
from wizard.forms.renderer import ConsoleForm
from wizard.words import role_label, secret_label


class EditForm(ConsoleForm):
    """Edits the secret or the role, whichever the rule has.

    `listed` are the secrets or roles to choose from. It is None when AWS did not list them; then
    the ARN is typed. Otherwise an ARN that the list lacks can be typed beside it. The hidden field
    `seen` is the rule as displayed, to detect concurrent edits. `proposed` is the ARN to begin with
    instead of the rule's own.
    """

    arn = TextField(max_length=2048, error_messages={"required": _("Choose one.")})
    typed_arn = TextField(
        label=_("Or enter an ARN"), required=False, max_length=2048, optional_label=True
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        rule: Rule,
        target: Target,
        listed: Iterable[Any] | None,
        proposed: str = "",
    ) -> None:
        self.rule, self.target = rule, target
        self.listed = None if listed is None else tuple(listed)
        self.has_secret = rule.credential_arn is not None
        current = rule.credential_arn or rule.custom_role_arn
        known = {each.arn for each in self.listed or ()}
        begin = proposed if proposed in known else current
        super().__init__(data, initial={"arn": begin, "seen": _fingerprint(rule)})
        field = self.fields["arn"]
        field.label = _("Secret name") if self.has_secret else _("IAM role")
        if self.listed is None:
            field.help_text = _("The console couldn't read the list. Enter the full ARN.")
            del self.fields["typed_arn"]
        else:
            field.widget = forms.Select(choices=self._choices(str(current)))
            typed: Any = self.fields["typed_arn"]
            unlisted_role = _("If the list doesn't contain the role, enter its ARN.")
            typed.help_text = SECRETS_MAY_LAG if self.has_secret else unlisted_role

    def clean_arn(self) -> str:
        return self._checked(str(self.cleaned_data["arn"]))

    def clean_typed_arn(self) -> str:
        typed = str(self.cleaned_data["typed_arn"])
        return self._checked(typed) if typed else ""

    def clean(self) -> dict[str, Any]:
        """Take the typed ARN, if there is one."""
        if typed := self.cleaned_data.get("typed_arn"):
            self.cleaned_data["arn"] = typed
            self.errors.pop("arn", None)
        return self.cleaned_data

    def _checked(self, arn: str) -> str:
        """Return the ARN of a secret or role that can be used; an ARN of a listed one in full."""
        kind: type[SecretArn] | type[RoleArn] = SecretArn if self.has_secret else RoleArn
        check_arn(arn, kind=kind, target=self.target)  # guard: I3 I4
        if self.has_secret:
            return self._checked_secret(arn)
        check_role(arn, self.listed)  # guard: I9
        return arn

    def change(self) -> RuleChange:
        """Return the change; the form must be valid."""
        arn = self.cleaned_data["arn"]
        if self.has_secret:
            return RuleChange(credential_arn=arn)
        return RuleChange(custom_role_arn=arn)

    def wanted(self) -> dict[str, str]:
        """Return what was chosen or typed, as the initial values of a further form."""
        if typed := self.cleaned_data.get("typed_arn"):
            return {"typed_arn": typed}
        return {"arn": self.cleaned_data["arn"]}

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

    def _checked_secret(self, arn: str) -> str:
        secrets = [each for each in self.listed or () if isinstance(each, Secret)]
        chosen = chosen_secret(arn, secrets)
        return chosen.arn if chosen else arn


def _fingerprint(rule: Rule) -> str:
    """Return a text that is equal exactly when all members of the rules are equal."""
    return json.dumps(asdict(rule), default=str, sort_keys=True)
