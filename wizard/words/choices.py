"""Texts about choices: prefixes, secrets and roles, and their problems."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import IamRole, Secret, SecretProblem
from wizard.domain.namespaces import Meeting, Overlap
from wizard.domain.prefixes import MAX_LENGTH, MIN_LENGTH, PrefixProblem
from wizard.domain.trust import Trust
from wizard.words.texts import Text

PREFIX_WORDING: Final[Mapping[PrefixProblem, Text]] = {
    PrefixProblem.TOO_SHORT: _("Enter a prefix of at least %(min)d characters."),
    PrefixProblem.TOO_LONG: _("Shorten the prefix to %(max)d characters or fewer."),
    PrefixProblem.UPPERCASE: _("Use lowercase letters. A prefix can't contain uppercase letters."),
    PrefixProblem.CHARACTER: _(
        "Use only lowercase letters, digits, and the characters . _ - and /."
    ),
    PrefixProblem.EMPTY_SEGMENT: _("Enter a letter or digit before and between slashes."),
    PrefixProblem.SEGMENT_EDGE: _(
        "Begin and end each part of the prefix with a letter or a digit."
    ),
    PrefixProblem.SEPARATOR_RUN: _(
        "Between letters and digits, use one period, one or two underscores, or hyphens."
    ),
}

SECRET_NOTES: Final[Mapping[SecretProblem, Text]] = {
    SecretProblem.SCHEDULED_FOR_DELETION: _("scheduled for deletion"),
    SecretProblem.EMPTY: _("has no value"),
    SecretProblem.NOT_FOUND: _("does not exist"),
    SecretProblem.CUSTOMER_KEY: _("encrypted with your own key, which ECR doesn't support"),
}

REFUSED_SECRETS: Final[Mapping[SecretProblem, Text]] = {
    SecretProblem.NOT_FOUND: _(
        "No secret in this account and Region has this ARN. If you delete a secret and create"
        " it again, its ARN changes. Choose another secret."
    ),
    SecretProblem.SCHEDULED_FOR_DELETION: _(
        "This secret is scheduled for deletion. Restore the secret, or choose another one."
    ),
    SecretProblem.EMPTY: _(
        "This secret has no value, so ECR can't use it. In Secrets Manager, add a value with"
        " the keys username and accessToken, or choose another secret."
    ),
}

TRUST_NOTES: Final[Mapping[Trust, Text]] = {
    Trust.NOT_NAMED: _("does not trust pull through cache"),
    Trust.DENIED: _("its trust policy denies pull through cache"),
    Trust.CONDITIONAL: _(
        "might trust pull through cache: its trust policy has conditions that only AWS can evaluate"
    ),
}

OVERLAPS: Final[Mapping[Overlap, Text]] = {
    Overlap.TAKEN: _("The rule %(prefix)s for %(url)s already uses this prefix in this Region."),
    Overlap.TAKEN_BUT_FOR_SLASH: _(
        "The rule %(prefix)s for %(url)s has the same prefix as %(new)s except for a slash."
        " AWS doesn't document whether both rules can exist."
    ),
    Overlap.AROUND: _(
        "The prefix %(new)s is within the prefix of the rule %(prefix)s for %(url)s. AWS"
        " doesn't document which rule serves a pull. It's likely the more specific one."
    ),
    Overlap.INSIDE: _(
        "The prefix of the rule %(prefix)s for %(url)s is within the prefix %(new)s. AWS"
        " doesn't document which rule serves a pull. It's likely the more specific one."
    ),
    Overlap.ROOT: _(
        "You can use the rule %(new)s together with the rule %(prefix)s for %(url)s. ROOT"
        " covers the repositories that no other rule covers."
    ),
}


def secret_label(secret: Secret) -> str:
    """Return a secret's name with its problem, for a list of choices."""
    notes = [str(SECRET_NOTES[secret.problem])] if secret.problem else []
    if secret.primary_region:
        note = gettext("replica of %(region)s") % {"region": secret.primary_region}
        notes.append(note)
    return f"{secret.name} ({', '.join(notes)})" if notes else secret.name


def name_warning(name: str) -> str:
    """Return why a name that ends like an ARN is not a good one."""
    text = gettext(
        "The name %(name)s ends with a hyphen and six characters, like the ARN of a secret."
        " AWS recommends other names, because an ARN without its own suffix can then match"
        " another secret."
    )
    return text % {"name": name}


def secret_notes(secret: Secret) -> str:
    """Return the note about a secret in a table; empty for an ordinary one."""
    return secret_label(secret).removeprefix(secret.name).strip(" ()")


def role_label(role: IamRole) -> str:
    """Return a role's name with the reason why ECR may not be able to assume it."""
    note = TRUST_NOTES.get(role.trust)
    return f"{role.name} ({note})" if note else role.name


def overlap_text(meeting: Meeting) -> str:
    """Return what an existing rule means for a new prefix."""
    rule = meeting.rule
    details = {
        "new": meeting.prefix,
        "prefix": rule.ecr_repository_prefix,
        "url": rule.upstream_registry_url,
    }
    return str(OVERLAPS[meeting.overlap]) % details


def root_text(prefixes: Iterable[str]) -> str:
    """Return how a rule without a cache prefix goes with several existing rules."""
    text = gettext(
        "You can use the rule ROOT together with these rules: %(prefixes)s. ROOT covers the"
        " repositories that no other rule covers."
    )
    return text % {"prefixes": ", ".join(prefixes)}


def root_warning() -> str:
    """Return what a rule without a cache prefix stands for."""
    return gettext(
        "No prefix (ROOT) covers every repository name that no other rule covers. ECR pulls"
        " any such name from the upstream registry, including mistyped names, and upstream"
        " images can appear under names of your own repositories."
    )


def prefix_text(
    problem: PrefixProblem, *, shortest: int = MIN_LENGTH, longest: int = MAX_LENGTH
) -> str:
    return str(PREFIX_WORDING[problem]) % {"min": shortest, "max": longest}
