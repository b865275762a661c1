"""Secrets that rules name and that do not exist any more, and the secrets in their place.

A secret that is deleted and created again under its name gets another ARN. The rules still have the
old one, which ECR does not find.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial

from wizard.backend import secretsmanager
from wizard.domain import Rule, Secret, SecretArn, Target
from wizard.domain.errors import InvalidIdentifier, SecretNotFound
from wizard.services.fanout import ask_together, fan_out
from wizard.services.rules import read_rules
from wizard.services.secrets import find_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingSecret:
    """An ARN that belongs to no secret, the rules that have it, and what may be meant now."""

    arn: str
    rules: list[Rule]
    successors: list[Secret]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAndSecrets:
    """The rules of a Region, and which of their secrets are missing as far as AWS told."""

    rules: list[Rule]
    missing: list[MissingSecret]


def read_rules_and_secrets(*, target: Target) -> RulesAndSecrets:
    """Read the rules of a Region, and look for their secrets.

    The secrets are listed while the rules are read. Without an answer nothing is missing.
    """
    asked = fan_out(targets=[target], call=secretsmanager.list_secrets)
    rules = read_rules(target=target)
    if not any(rule.credential_arn for rule in rules):
        return RulesAndSecrets(rules=rules, missing=[])
    listed = next(asked).value
    missing = [] if listed is None else missing_secrets(target=target, rules=rules, listed=listed)
    return RulesAndSecrets(rules=rules, missing=missing)


def missing_secrets(
    *, target: Target, rules: Iterable[Rule], listed: Collection[Secret]
) -> list[MissingSecret]:
    """Return the secrets of rules that do not exist.

    ListSecrets can be five minutes behind. So a secret that the list lacks is looked up.
    """
    users: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.credential_arn:
            users.setdefault(rule.credential_arn, []).append(rule)
    unlisted = [arn for arn in users if not any(each.is_meant_by(arn) for each in listed)]
    describe = partial(secretsmanager.describe_secret, target)
    calls = {arn: partial(describe, arn) for arn in unlisted}
    answers = ask_together(target=target, calls=calls)
    return [
        MissingSecret(arn=arn, rules=users[arn], successors=successors(target=target, arn=arn))
        for arn in sorted(unlisted)
        if isinstance(answers[arn].error, SecretNotFound)
    ]


def successors(*, target: Target, arn: str) -> list[Secret]:
    """Return the secrets with a name that the missing secret of this ARN may have had."""
    try:
        names = SecretArn.parse(arn).possible_names
    except InvalidIdentifier:
        return []
    calls: dict[str, Callable[[], Secret | None]] = {
        name: partial(find_secret, target=target, secret_id=name) for name in names
    }
    answers = ask_together(target=target, calls=calls)
    found = [answers[name].value for name in reversed(names)]
    return [secret for secret in found if secret and not secret.deleted_at and secret.arn != arn]
