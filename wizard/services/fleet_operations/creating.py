"""The part of an account in creating or copying rules: an import with the secrets of that account.

Each Region is asked for the secrets that the rules name, or gets them, with the credential that the
operation keeps.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wizard.domain import AwsAction, NewRule, Secret, Target, check_new_rule, expected_secret_arn
from wizard.domain.errors import (
    AwsError,
    InvalidIdentifier,
    InvalidParameter,
    InvalidRule,
)
from wizard.domain.fleet_rules import FleetRule, recorded_rule, rule_record
from wizard.models import FleetOperation, FleetPart
from wizard.services.fleet_operations import sealed_values
from wizard.services.fleet_operations.import_parts import Found, carry_out, rules_by_region
from wizard.services.fleet_operations.named_secrets import arn_of, find_secrets

_RULES: Final = "rules"
# Whether the secrets are created, and the operations that this one retries.
_MAKES_SECRETS: Final = "makes_secrets"
_RETRIED: Final = "retried"


def asked_for(rules: Sequence[FleetRule], *, makes_secrets: bool = False) -> dict[str, Any]:
    """Return what an operation has to know to create these rules, and their secrets if it does."""
    asked: dict[str, Any] = {_RULES: [rule_record(each) for each in rules]}
    return asked | {_MAKES_SECRETS: True} if makes_secrets else asked


def asked_again(operation: FleetOperation) -> dict[str, Any]:
    """Return what a retry of an operation has to know: secrets that were made are its own."""
    asked: dict[str, Any] = dict(operation.asked)
    if makes_secrets(operation):
        asked[_RETRIED] = [*asked.get(_RETRIED, ()), str(operation.pk)]
    return asked


def makes_secrets(operation: FleetOperation) -> bool:
    """Whether an operation creates secrets, for which it needs the upstream credential."""
    return bool(operation.asked.get(_MAKES_SECRETS))


def create(part: FleetPart) -> None:
    """Create the rules of the part that are not created yet."""
    if not makes_secrets(part.operation):
        carry_out(part, _find)
        return
    credential = sealed_values.kept_value(part.operation)
    if credential is None:
        lost = sealed_values.why_lost(part.operation)
        carry_out(part, _find_with_new_secrets, lost=lost)
        return
    carry_out(part, _find_with_new_secrets, credential=credential)


def _find_with_new_secrets(part: FleetPart, regions: Sequence[str]) -> Found:
    """Return the part's rules as they will be in these Regions, each with a secret of its own."""
    rules = {each.ecr_repository_prefix: each for each in rules_of(part.operation)}
    found = Found(retried=_retried_imports(part))
    for region, prefixes in rules_by_region(part, regions).items():
        target = Target(account_id=part.account_id, region=region)
        for rule in (rules[each] for each in prefixes if each in rules):
            name = rule.secret_name
            try:
                made = _checked(
                    rule.in_place(target, credential_arn=expected_secret_arn(target, name)), target
                )
            except AwsError as error:
                found.errors[f"{region}/{rule.ecr_repository_prefix}"] = error
            else:
                found.rules.append((target, made))
                found.new_secrets[target, rule.ecr_repository_prefix] = name
    return found


def _retried_imports(part: FleetPart) -> list[uuid.UUID]:
    """Return the imports of the account in the operations that this one retries."""
    earlier = FleetPart.objects.filter(
        operation__in=part.operation.asked.get(_RETRIED, ()), account_id=part.account_id
    )
    return [each for each in earlier.values_list("import_id", flat=True) if each is not None]


def _find(part: FleetPart, regions: Sequence[str]) -> Found:
    """Return the part's rules as they are in these Regions, with the secrets there."""
    rules = {each.ecr_repository_prefix: each for each in rules_of(part.operation)}
    wanted = {
        region: [rules[each] for each in prefixes if each in rules]
        for region, prefixes in rules_by_region(part, regions).items()
    }
    names = {
        region: {rule.secret_name for rule in listed if rule.secret_name}
        for region, listed in wanted.items()
    }
    secrets = find_secrets(account_id=part.account_id, names=names)
    found = Found()
    for region, listed in wanted.items():
        target = Target(account_id=part.account_id, region=region)
        for rule in listed:
            try:
                made = _in_place(rule, target, secrets[region])
            except AwsError as error:
                found.errors[f"{region}/{rule.ecr_repository_prefix}"] = error
            else:
                found.rules.append((target, made))
    return found


def _in_place(rule: FleetRule, target: Target, secrets: Mapping[str, Secret | AwsError]) -> NewRule:
    """Return the rule as it is created there; raises an AwsError if it cannot be."""
    arn = arn_of(rule.secret_name, secrets, target) if rule.secret_name else None
    return _checked(rule.in_place(target, credential_arn=arn), target)


def _checked(made: NewRule, target: Target) -> NewRule:
    """Return the rule if AWS would accept it; raises InvalidParameter."""
    try:
        check_new_rule(made, target)
    except (InvalidRule, InvalidIdentifier) as error:
        place: dict[str, Any] = {"operation": AwsAction.CREATE_RULE, "region": target.region}
        raise InvalidParameter(str(error), **place) from error
    return made


def rules_of(operation: FleetOperation) -> list[FleetRule]:
    """Return the rules that an operation creates."""
    return [recorded_rule(each) for each in operation.asked.get(_RULES, ())]
