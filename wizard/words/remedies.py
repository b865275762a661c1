"""Why a validation failed, and what cures it: one table for rules, bulk validations and alerts.

AWS returns a message without a code and does not document its messages. Therefore patterns are
matched, and AWS's message is always shown too. A message without a match has a general reason. An
error of the call itself has a class, and a table of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.domain import SecretProblem, errors
from wizard.domain.failures import OTHER, failure_key
from wizard.words.errors import error_view
from wizard.words.texts import Text


class Cure(StrEnum):
    """What a person can do about a failed rule. The value is part of addresses and exports."""

    REPLACE_TOKEN = "replace-token"  # noqa: S105 - the name of a button
    RESTORE_SECRET = "restore-secret"  # noqa: S105
    CHOOSE_SECRET = "choose-secret"  # noqa: S105
    SECRET_POLICY = "secret-policy"  # noqa: S105
    CHOOSE_ROLE = "choose-role"
    TRUST_POLICY = "trust-policy"
    PERMISSIONS_POLICY = "permissions-policy"
    REGISTRY_POLICY = "registry-policy"
    VALIDATE = "validate"


# The label of each button.
CURE_LABELS: Final[Mapping[Cure, Text]] = {
    Cure.REPLACE_TOKEN: _("Replace token"),
    Cure.RESTORE_SECRET: _("Restore secret"),
    Cure.CHOOSE_SECRET: _("Choose another secret"),
    Cure.SECRET_POLICY: _("Show the secret policy"),
    Cure.CHOOSE_ROLE: _("Choose another role"),
    Cure.TRUST_POLICY: _("Show the trust policy"),
    Cure.PERMISSIONS_POLICY: _("Show the permissions policy"),
    Cure.REGISTRY_POLICY: _("Show the registry policy"),
    Cure.VALIDATE: _("Validate again"),
}

# What a person without permission can ask an operator for.
CURE_REQUESTS: Final[Mapping[Cure, Text]] = {
    Cure.REPLACE_TOKEN: _("Replace the token in the rule's secret."),
    Cure.RESTORE_SECRET: _("Restore the secret of the rule."),
    Cure.CHOOSE_SECRET: _("Choose another secret for the rule."),
    Cure.CHOOSE_ROLE: _("Choose another role for the rule."),
    Cure.VALIDATE: _("Validate the rule again."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReason:
    """Why a validation failed. `key` distinguishes reasons, also in addresses.

    `cures` are in the order in which they are worth trying.
    """

    key: str
    title: Text
    remedy: Text
    cures: tuple[Cure, ...]

    @property
    def is_general(self) -> bool:
        """Whether no pattern matched, so that the message alone says what is wrong."""
        return self.key == OTHER


# A reason for each key of `domain/failures.py`, which has the patterns.
_REASONS: Final[Sequence[FailureReason]] = (
    FailureReason(
        key="login-refused",
        title=_("The upstream registry refused the credentials"),
        remedy=_(
            "Update the secret with a valid username and access token. Chainguard pull tokens"
            " expire after 30 days."
        ),
        cures=(Cure.REPLACE_TOKEN, Cure.CHOOSE_SECRET, Cure.VALIDATE),
    ),
    FailureReason(
        key="secret-deleted",
        title=_("The secret is scheduled for deletion"),
        remedy=_("Restore the secret of the rule, or choose another secret for the rule."),
        cures=(Cure.RESTORE_SECRET, Cure.CHOOSE_SECRET, Cure.VALIDATE),
    ),
    FailureReason(
        key="secret-empty",
        title=_("The secret has no value"),
        remedy=_("Store a username and an access token in the secret."),
        cures=(Cure.REPLACE_TOKEN, Cure.CHOOSE_SECRET, Cure.VALIDATE),
    ),
    FailureReason(
        key="secret-missing",
        title=_("The secret doesn't exist"),
        remedy=_(
            "Choose another secret for the rule. A secret that you create again under the same"
            " name has a different ARN."
        ),
        cures=(Cure.CHOOSE_SECRET, Cure.VALIDATE),
    ),
    FailureReason(
        key="secret-key",
        title=_("Amazon ECR can't decrypt the secret"),
        remedy=_(
            "Pull through cache supports only secrets that are encrypted with the key"
            " aws/secretsmanager. Choose such a secret for the rule."
        ),
        cures=(Cure.CHOOSE_SECRET, Cure.VALIDATE),
    ),
    FailureReason(
        key="secret-denied",
        title=_("Amazon ECR can't read the secret"),
        remedy=_("Check the resource policy of the secret. It must not deny access to ECR."),
        cures=(Cure.SECRET_POLICY, Cure.CHOOSE_SECRET, Cure.VALIDATE),
    ),
    FailureReason(
        key="secret-format",
        title=_("The secret doesn't contain the keys username and accessToken"),
        remedy=_("Replace the value. The console stores it as JSON with these keys."),
        cures=(Cure.REPLACE_TOKEN, Cure.CHOOSE_SECRET, Cure.VALIDATE),
    ),
    FailureReason(
        key="no-grant",
        title=_("The upstream account doesn't allow access"),
        remedy=_("Add the registry policy to the private registry of the upstream account."),
        cures=(Cure.REGISTRY_POLICY, Cure.VALIDATE),
    ),
    FailureReason(
        key="role-missing",
        title=_("The IAM role doesn't exist"),
        remedy=_("Choose another role for the rule, or create the role with its trust policy."),
        cures=(Cure.CHOOSE_ROLE, Cure.TRUST_POLICY, Cure.PERMISSIONS_POLICY, Cure.VALIDATE),
    ),
    FailureReason(
        key="role-trust",
        title=_("The IAM role doesn't trust pull through cache"),
        remedy=_(
            "Let pullthroughcache.ecr.amazonaws.com assume the role in its trust policy, or"
            " choose another role for the rule."
        ),
        cures=(Cure.TRUST_POLICY, Cure.CHOOSE_ROLE, Cure.VALIDATE),
    ),
    FailureReason(
        key="role-permissions",
        title=_("The IAM role can't pull from the upstream registry"),
        remedy=_("Add the permissions policy to the role, or choose another role."),
        cures=(Cure.PERMISSIONS_POLICY, Cure.CHOOSE_ROLE, Cure.VALIDATE),
    ),
    FailureReason(
        key="unreachable",
        title=_("The upstream registry didn't respond as expected"),
        remedy=_("Check the status page of the upstream registry, then validate again."),
        cures=(Cure.VALIDATE,),
    ),
)
_ANY: Final = FailureReason(
    key=OTHER,
    title=_("Amazon ECR couldn't validate the rule"),
    remedy=_("Check the upstream URL and the credentials of the rule, and then validate it again."),
    cures=(Cure.VALIDATE, Cure.CHOOSE_SECRET),
)

FAILURE_REASONS: Final[Mapping[str, FailureReason]] = {
    reason.key: reason for reason in (*_REASONS, _ANY)
}

# Cures of errors of the call. The first class that an error is an instance of applies.
_CURES_OF_ERRORS: Final[Sequence[tuple[type[errors.AwsError], tuple[Cure, ...]]]] = (
    (errors.RuleNotFound, ()),
    (errors.SecretNotFound, (Cure.CHOOSE_SECRET, Cure.VALIDATE)),
    (errors.SecretNotDecryptable, (Cure.CHOOSE_SECRET, Cure.VALIDATE)),
    (errors.SecretNotAccessible, (Cure.SECRET_POLICY, Cure.CHOOSE_SECRET, Cure.VALIDATE)),
    (errors.SecretScheduledForDeletion, (Cure.RESTORE_SECRET, Cure.CHOOSE_SECRET, Cure.VALIDATE)),
    (errors.RoleNotFound, (Cure.CHOOSE_ROLE, Cure.TRUST_POLICY, Cure.VALIDATE)),
    (errors.AwsError, (Cure.VALIDATE,)),
)

# The reason that a secret's state is, which is read now and not from the last validation.
_KEYS_OF_PROBLEMS: Final[Mapping[SecretProblem, str]] = {
    SecretProblem.SCHEDULED_FOR_DELETION: "secret-deleted",
    SecretProblem.EMPTY: "secret-empty",
    SecretProblem.CUSTOMER_KEY: "secret-key",
    SecretProblem.NOT_FOUND: "secret-missing",
}


def failure_reason(failure: str) -> FailureReason:
    """Return the reason for AWS's message about a failed validation."""
    return reason_of_key(failure_key(failure))


def reason_of_key(key: str) -> FailureReason:
    """Return the reason with this key; the general one for a key of another version."""
    return FAILURE_REASONS.get(key, _ANY)


def problem_reason(problem: SecretProblem) -> FailureReason:
    """Return the reason why validations of rules with such a secret fail."""
    wanted = _KEYS_OF_PROBLEMS[problem]
    return FAILURE_REASONS[wanted]


def error_reason(error: errors.AwsError) -> FailureReason:
    """Return the reason for an error of the call, by which there is no result."""
    if isinstance(error, errors.LoginRefusedBefore):
        return FAILURE_REASONS["login-refused"]  # of the validation in which it was refused
    view = error_view(error)
    cures = next(cures for kind, cures in _CURES_OF_ERRORS if isinstance(error, kind))
    return FailureReason(
        key=f"{type(error).__name__}-{error.code}",
        title=view.title,
        remedy=view.remedy,
        cures=cures,
    )
