"""Step "Configure authentication": an existing secret, or a new one with the credential."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import (
    EXISTING_SECRET,
    NEW_SECRET,
    Answers,
    Credential,
    RuleDraft,
    Secret,
    SecretArn,
    Step,
    ends_like_arn,
)
from wizard.drafting.steps.base import Choices, ReviewRow, StepForm, StepPage
from wizard.forms.choices import SECRETS_MAY_LAG, chosen_secret
from wizard.forms.fields import (
    ListedArnField,
    SecretNameField,
    TextField,
    TokenField,
    UsernameField,
    check_arn,
    check_pair,
    radio_choices,
)
from wizard.words import Text, name_warning, secret_label

TYPED_SECRET: Final = "typed"  # noqa: S105 - a choice of the form


class AuthenticationForm(StepForm):
    """An existing or a new secret. The token is never redisplayed and not part of the answers."""

    step = Step.AUTHENTICATION
    searched = "secret"

    credential_source = forms.ChoiceField(
        label=_("AWS secret"),
        help_text=_("ECR reads the credentials from a secret in AWS Secrets Manager."),
        widget=forms.RadioSelect,
        choices=radio_choices(
            (
                EXISTING_SECRET,
                _("Use an existing AWS secret"),
                _(
                    "Only secrets of this account and Region whose names begin with"
                    " ecr-pullthroughcache/ are listed."
                ),
            ),
            (
                TYPED_SECRET,
                _("Enter the ARN of a secret"),
                SECRETS_MAY_LAG,
            ),
            (
                NEW_SECRET,
                _("Create an AWS secret"),
                _("The console stores your credentials in a new secret when the rule is created."),
            ),
        ),
        error_messages={"required": _("Choose where the credentials come from.")},
    )
    secret = ListedArnField(kind=SecretArn, label=_("Secret name"), required=False)
    typed_secret_arn = TextField(
        label=_("Secret ARN"),
        constraint=_("Copy the full ARN from Secrets Manager, including the last six characters."),
        required=False,
        max_length=612,
    )
    secret_name = SecretNameField(
        label=_("Secret name"),
        help_text=_("A descriptive name for the secret."),
        constraint=_(
            "1 to 491 characters: letters, digits, and / _ + = . @ -. ECR doesn't support"
            " other characters. Don't end the name with a hyphen and six characters, because"
            " it would look like the end of an ARN."
        ),
        required=False,
    )
    username = UsernameField(required=False)
    access_token = TokenField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        registry = self.draft.registry
        if registry is not None:
            self.fields["username"].label = gettext(registry.username_label)
            if registry.username_hint:
                self.fields["username"].help_text = gettext(registry.username_hint)
            self.fields["access_token"].label = gettext(registry.token_label)
        self._offer_secrets()
        if self.draft.sealed_credential:
            self.fields["access_token"].help_text = _(
                "Stored, not shown. Leave this empty to keep it."
            )

    def initial_answers(self) -> dict[str, Any]:
        answers = super().initial_answers()
        answers["secret"] = answers.pop("credential_arn", "")
        answers.setdefault("credential_source", EXISTING_SECRET if self.listed else NEW_SECRET)
        return answers

    def clean(self) -> dict[str, Any]:
        source = self.cleaned_data.get("credential_source")
        if source == EXISTING_SECRET:
            self.drop("typed_secret_arn", "secret_name", "username", "access_token")
            self.require("secret", _("Choose a secret."))
            self._clean_existing("secret")
        elif source == TYPED_SECRET:
            self.drop("secret", "secret_name", "username", "access_token")
            self.require("typed_secret_arn", _("Enter the ARN of the secret."))
            self._clean_existing("typed_secret_arn")
        elif source == NEW_SECRET:
            self.drop("secret", "typed_secret_arn")
            self._clean_new()
        return self.cleaned_data

    def answers(self) -> Answers:
        answers = {**super().answers()}
        answers.pop("access_token", None)
        typed = answers.pop("typed_secret_arn", "")
        if arn := typed or answers.pop("secret", ""):
            answers |= {"credential_source": EXISTING_SECRET, "credential_arn": arn}
            if name := self._name_of(arn):
                answers["credential_name"] = name
        return answers

    @property
    def restorable(self) -> list[Secret]:
        """Return the listed secrets that are scheduled for deletion and can be restored."""
        return [secret for secret in self.listed or () if secret.deleted_at]

    def credential(self) -> Credential | None:
        """Return the typed credential, or None."""
        token = self.cleaned_data.get("access_token")
        if not token:
            return None
        return Credential(username=self.cleaned_data["username"], access_token=token)

    def _name_of(self, arn: str) -> str:
        """Return the name that AWS told for an ARN, in the list or earlier; empty if none."""
        kept = self.draft.answers.get(Step.AUTHENTICATION, {})
        names = {kept.get("credential_arn", ""): kept.get("credential_name", "")}
        names |= {secret.arn: secret.name for secret in self.listed or ()}
        return names.get(arn, "")

    def _offer_secrets(self) -> None:
        """Offer the listed secrets; if they could not be read, the ARN can be typed."""
        if self.listed is None:
            self.fields["secret"] = TextField(
                label=_("Secret name"),
                help_text=_(
                    "The console couldn't read the list of secrets. Enter the full"
                    " ARN of the secret."
                ),
                required=False,
                max_length=612,
            )
            self._withdraw_typed_arn()
            return
        choices = [(secret.arn, secret_label(secret)) for secret in self.listed]
        chosen = self.initial.get("secret") or ""
        if chosen and chosen not in dict(choices):
            # Chosen earlier, or created recently and not listed yet.
            choices.append((chosen, SecretArn.parse(chosen).resource_name))
        field: Any = self.fields["secret"]
        field.belongs_to = self.draft.target
        field.choices = [("", _("Choose a secret")), *choices]

    def _withdraw_typed_arn(self) -> None:
        """Without a list, the first choice takes an ARN already."""
        source: Any = self.fields["credential_source"]
        source.choices = [choice for choice in source.choices if choice[0] != TYPED_SECRET]
        del self.fields["typed_secret_arn"]

    def _clean_existing(self, name: str) -> None:
        """Check the chosen or typed ARN. The ARN of a known secret is completed."""
        arn = self.cleaned_data.get(name)
        if not arn:
            return
        try:
            check_arn(arn, kind=SecretArn, target=self.draft.target)  # guard: I3
            chosen = chosen_secret(arn, self.listed or ())
        except forms.ValidationError as error:
            self.add_error(name, error)
        else:
            self.cleaned_data[name] = chosen.arn if chosen else arn

    def _clean_new(self) -> None:
        check_pair(self)
        self.require("secret_name", _("Enter a name for the secret."))
        self.require(
            "username", _("Enter the %(field)s.") % {"field": self.fields["username"].label}
        )
        if not self._keeps_credential():
            self.require(
                "access_token",
                _("Enter the %(field)s.") % {"field": self.fields["access_token"].label},
            )

    def _keeps_credential(self) -> bool:
        """Whether the sealed credential is kept: only if the user name is unchanged."""
        kept = self.draft.answers.get(Step.AUTHENTICATION, {}).get("username")
        return bool(self.draft.sealed_credential) and self.cleaned_data.get("username") == kept


def _authentication_rows(draft: RuleDraft) -> list[ReviewRow]:
    answers, registry = draft.answers[Step.AUTHENTICATION], draft.registry
    if not draft.makes_secret:
        rows = [ReviewRow(label=_("AWS secret"), value=_("Use an existing AWS secret"))]
        if name := draft.existing_secret_name:
            rows.append(ReviewRow(label=_("Secret name"), value=name))
        arn = answers["credential_arn"]
        return [*rows, ReviewRow(label=_("Secret ARN"), value=arn, copyable=True)]
    return [
        ReviewRow(label=_("AWS secret"), value=_("Create an AWS secret")),
        ReviewRow(label=_("Secret name"), value=draft.secret_name, copyable=True),
        ReviewRow(label=_(registry.username_label) if registry else "", value=answers["username"]),
        ReviewRow(label=_(registry.token_label) if registry else "", value=_("Stored, not shown")),
    ]


def _authentication_warnings(draft: RuleDraft) -> list[Text]:
    if not draft.makes_secret or not ends_like_arn(draft.secret_name):
        return []
    return [name_warning(draft.secret_name)]


AUTHENTICATION: Final = StepPage(
    title=_("Configure authentication"),
    review_title=_("Authentication"),
    heading=_("Upstream credentials"),
    description=_(
        "Specify the credentials that Amazon ECR uses to authenticate to the upstream registry."
    ),
    form=AuthenticationForm,
    template="wizard/steps/authentication.html",
    choices=Choices.SECRETS,
    review_rows=_authentication_rows,
    review_warnings=_authentication_warnings,
)
