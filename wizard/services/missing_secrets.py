"""Secrets that rules name and that do not exist any more, and the secrets in their place.

A secret that is deleted and created again under its name gets another ARN. The rules still have the
old one, which ECR does not find.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from wizard.backend import secretsmanager
from wizard.domain import Rule, Secret, SecretArn, Target
from wizard.domain.errors import InvalidIdentifier, SecretNotFound
from wizard.services.fanout import ask_together, fan_out
from wizard.services.known_secrets import KnownSecrets, known_secrets, note_secrets
from wizard.services.rules import read_rules
from wizard.services.secrets import find_secret

# How many secrets are looked up for one page; the calls are made in parallel.
MOST_LOOKED_UP: Final = 20
# The Regions whose rules had secrets the last time, in this process. Of thousands of accounts, it
# begins anew from time to time.
_with_secrets: set[Target] = set()
_MOST_KEPT: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingSecret:
    """An ARN that belongs to no secret, the rules that have it, and what may be meant now."""

    arn: str
    rules: list[Rule]
    successors: list[Secret]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAndSecrets:
    """The rules of a Region, their secrets that are missing, and what is known of the others."""

    rules: list[Rule]
    missing: list[MissingSecret]
    known: KnownSecrets


def read_rules_and_secrets(*, target: Target) -> RulesAndSecrets:
    """Read the rules of a Region, and look for their secrets.

    Where rules had a secret the last time, secrets are listed while the rules are read; elsewhere
    afterwards and if a rule has one. Without an answer nothing is missing, and what was known
    before is returned.
    """
    list_secrets = partial(fan_out, targets=[target], call=secretsmanager.list_secrets)
    asked = list_secrets() if target in _with_secrets else None
    rules = read_rules(target=target)
    if not any(rule.credential_arn for rule in rules):
        _with_secrets.discard(target)
        return RulesAndSecrets(rules=rules, missing=[], known={})
    if len(_with_secrets) >= _MOST_KEPT:
        _with_secrets.clear()
    _with_secrets.add(target)
    listed = next(asked or list_secrets()).value
    if listed is None:
        known = known_secrets(account_id=target.account_id, region=target.region)
        return RulesAndSecrets(rules=rules, missing=[], known=known)
    missing, known = _compared(target, rules, listed)
    return RulesAndSecrets(rules=rules, missing=missing, known=known)


def missing_secrets(
    *, target: Target, rules: Iterable[Rule], listed: Collection[Secret]
) -> list[MissingSecret]:
    """Return the secrets of rules that do not exist, and note what was read.

    ListSecrets can be five minutes behind. So a secret that the list lacks is looked up, up to
    MOST_LOOKED_UP of them.
    """
    missing, _known = _compared(target, rules, listed)
    return missing


def _compared(
    target: Target, rules: Iterable[Rule], listed: Collection[Secret]
) -> tuple[list[MissingSecret], KnownSecrets]:
    users: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.credential_arn:
            users.setdefault(rule.credential_arn, []).append(rule)
    if not users:
        return [], {}
    present = {
        arn: each for arn in users for each in listed if each.exists and each.is_meant_by(arn)
    }
    unlisted = [arn for arn in users if not any(each.is_meant_by(arn) for each in listed)]
    asked = sorted(unlisted)[:MOST_LOOKED_UP]
    describe = partial(secretsmanager.describe_secret, target)
    answers = ask_together(target=target, calls={arn: partial(describe, arn) for arn in asked})
    gone = [arn for arn in asked if isinstance(answers[arn].error, SecretNotFound)]
    present |= {arn: each.value for arn, each in answers.items() if each.value is not None}
    known = note_secrets(target=target, found=present, missing=gone)
    found = _successors(target, gone)
    missing = [MissingSecret(arn=arn, rules=users[arn], successors=found[arn]) for arn in gone]
    return missing, known


def successors(*, target: Target, arn: str) -> list[Secret]:
    """Return the secrets with a name that the missing secret of this ARN may have had."""
    return _successors(target, [arn])[arn]


def _successors(target: Target, arns: Collection[str]) -> dict[str, list[Secret]]:
    """Look up the possible names of all ARNs at once."""
    names = {arn: _possible_names(arn) for arn in arns}
    calls: dict[str, Callable[[], Secret | None]] = {
        name: partial(find_secret, target=target, secret_id=name)
        for name in chain.from_iterable(names.values())
    }
    answers = ask_together(target=target, calls=calls)
    found = {arn: [answers[name].value for name in names[arn]] for arn in arns}
    return {
        arn: [each for each in secrets if each and not each.deleted_at and each.arn != arn]
        for arn, secrets in found.items()
    }


def _possible_names(arn: str) -> tuple[str, ...]:
    """Return the possible names, the one without a suffix first, which is the usual one."""
    try:
        return SecretArn.parse(arn).possible_names[::-1]
    except InvalidIdentifier:
        return ()
