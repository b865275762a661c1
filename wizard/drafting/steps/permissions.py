"""Step "Specify permissions": the IAM role for a cross-account upstream."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import Answers, IamRole, RoleArn, RuleDraft, Step, similar_role
from wizard.domain.trust import Trust
from wizard.drafting.steps.base import Choices, ReviewRow, StepForm, StepPage
from wizard.forms.choices import check_role
from wizard.forms.fields import ListedArnField, TextField, check_arn, radio_choices
from wizard.words import TRUST_NOTES, Text, role_label

LISTED = "list"
TYPED = "typed"

# The answer `role_state` of a role that the account's list does not have.
UNLISTED = "unlisted"


class PermissionsForm(StepForm):
    """A role from the account's list, or a typed ARN."""

    step = Step.PERMISSIONS
    searched = "custom_role_arn"

    role_source = forms.ChoiceField(
        label=_("Choose a role from"),
        widget=forms.RadioSelect,
        choices=radio_choices(
            (LISTED, _("The roles of this account"), ""),
            (TYPED, _("Enter the ARN of a role"), ""),
        ),
        error_messages={"required": _("Choose how to specify the role.")},
    )
    custom_role_arn = ListedArnField(
        kind=RoleArn,
        label=_("IAM role"),
        help_text=_("The role that ECR assumes to read the other account's registry."),
        required=False,
    )
    typed_role_arn = TextField(
        label=_("IAM role"),
        help_text=_("The ARN of the role that ECR assumes to read the other account's registry."),
        constraint=_("For example arn:aws:iam::111122223333:role/example-role."),
        required=False,
        max_length=2048,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["custom_role_arn"]
        field.belongs_to = self.draft.target
        field.choices = [("", _("Choose a role")), *self._role_groups()]

    def _role_groups(self) -> list[tuple[Any, list[tuple[str, str]]]]:
        """Return the roles that ECR may assume, then the others with the reason."""
        usable = [role for role in self.listed or () if not role.trust.is_refusal]
        others = [role for role in self.listed or () if role.trust.is_refusal]
        groups = (
            (_("Roles that pull through cache can assume"), usable),
            (_("Roles that pull through cache can't assume"), others),
        )
        return [
            (title, [(role.arn, role_label(role)) for role in roles])
            for title, roles in groups
            if roles
        ]

    def initial_answers(self) -> dict[str, Any]:
        answers = super().initial_answers()
        known = {role.arn for role in self.listed or ()}
        chosen = answers.get("custom_role_arn", "")
        is_typed = chosen not in known if chosen else not known
        answers["role_source"] = TYPED if is_typed else LISTED
        answers["typed_role_arn"] = chosen if is_typed else ""
        return answers

    def shown_field(self, name: str) -> str:
        is_typed = self["role_source"].value() == TYPED
        return "typed_role_arn" if is_typed and name == "custom_role_arn" else name

    def clean(self) -> dict[str, Any]:
        source = self.cleaned_data.get("role_source")
        if source == LISTED:
            self.drop("typed_role_arn")
            self._clean_role("custom_role_arn", _("Choose a role."))
        elif source == TYPED:
            self.drop("custom_role_arn")
            self._clean_role("typed_role_arn", _("Enter the ARN of the role."))
        return self.cleaned_data

    def answers(self) -> Answers:
        """Return the ARN, and what the list says about the role for the warnings of the review."""
        data = self.cleaned_data
        arn = data.get("custom_role_arn") or data["typed_role_arn"]
        if self.listed is None:
            return {"custom_role_arn": arn}
        role = self._role(arn)
        meant = None if role else similar_role(arn, self.listed)
        return {
            "custom_role_arn": arn,
            "role_state": role.trust.value if role else UNLISTED,
            **({"role_meant": meant.arn} if meant else {}),
        }

    def _role(self, arn: str) -> IamRole | None:
        return next((role for role in self.listed or () if role.arn == arn), None)

    def _clean_role(self, name: str, missing: Any) -> None:
        self.require(name, missing)
        arn = self.cleaned_data.get(name)
        if not arn:
            return
        try:
            check_arn(arn, kind=RoleArn, target=self.draft.target)  # guard: I4
            check_role(arn, self.listed)  # guard: I9
        except forms.ValidationError as error:
            self.add_error(name, error)


def _permissions_rows(draft: RuleDraft) -> list[ReviewRow]:
    arn = draft.answers[Step.PERMISSIONS]["custom_role_arn"]
    return [
        ReviewRow(label=_("IAM role"), value=RoleArn.parse(arn).name),
        ReviewRow(label=_("Role ARN"), value=arn, copyable=True),
    ]


def _permissions_warnings(draft: RuleDraft) -> list[Text]:
    answers = draft.answers[Step.PERMISSIONS]
    state, meant = answers.get("role_state"), answers.get("role_meant", "")
    if state == Trust.CONDITIONAL:
        return [gettext("The role %(note)s.") % {"note": TRUST_NOTES[Trust.CONDITIONAL]}]
    if state != UNLISTED:
        return []
    text = gettext("This role isn't in the list of roles of this account. It might be new.")
    if meant:
        text += " " + gettext("Or did you mean %(arn)s?") % {"arn": meant}
    return [text]


PERMISSIONS: Final = StepPage(
    title=_("Specify permissions"),
    review_title=_("Permissions"),
    heading=_("Cross-account access"),
    description=_("Choose the role that ECR assumes to pull from the other account."),
    form=PermissionsForm,
    template="wizard/steps/permissions.html",
    choices=Choices.ROLES,
    review_rows=_permissions_rows,
    review_warnings=_permissions_warnings,
)
