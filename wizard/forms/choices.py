"""Checks of a chosen secret or role, for the wizard and for the form that edits a rule.

Only what is certain is refused. AWS decides about a secret or role that is in no list.
"""

from collections.abc import Iterable
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.domain import IamRole, Secret, namesake
from wizard.words import REFUSED_SECRETS, Text

SECRETS_MAY_LAG: Final[Text] = gettext_lazy(
    "If the list doesn't contain the secret, enter its ARN. Lists in AWS can be up to five"
    " minutes out of date."
)


def chosen_secret(arn: str, listed: Iterable[Secret]) -> Secret | None:
    """Return the listed secret that an ARN means, or None.

    Raises ValidationError if ECR refuses the secret.
    """
    chosen = next((secret for secret in listed if secret.is_meant_by(arn)), None)
    problem = chosen.problem if chosen else None
    if problem is not None and problem in REFUSED_SECRETS:
        raise ValidationError(str(REFUSED_SECRETS[problem]), code=problem.value)
    return chosen


def check_role(arn: str, listed: Iterable[IamRole] | None) -> None:
    """Raise ValidationError for a role that ECR certainly cannot use, however it was named."""
    roles = tuple(listed or ())
    role, other = next((role for role in roles if role.arn == arn), None), namesake(arn, roles)
    if role is None and other is not None:  # guard: I9
        text = _(
            "No role has this ARN. The role %(name)s of this account has the ARN %(arn)s,"
            " which includes its path."
        )
        raise ValidationError(text % {"name": other.name, "arn": other.arn}, code="path")
    if role is not None and role.trust.is_refusal:  # guard: I9
        text = _(
            "ECR can't assume this role because its trust policy doesn't allow"
            " pullthroughcache.ecr.amazonaws.com. Correct the trust policy and try again, or"
            " choose another role."
        )
        raise ValidationError(text, code=role.trust.value)
