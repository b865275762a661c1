"""The part of an account in creating or copying rules: an import with the secrets of that account.

Each Region is asked for the secrets that the rules name.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from wizard.domain import AwsAction, NewRule, Secret, Target, check_new_rule
from wizard.domain.errors import AwsError, InvalidIdentifier, InvalidParameter, InvalidRule
from wizard.domain.fleet_rules import FleetRule, recorded_rule, rule_record
from wizard.models import FleetPart
from wizard.services.fleet_operations.import_parts import Found, carry_out, rules_by_region
from wizard.services.fleet_operations.named_secrets import arn_of, find_secrets

_RULES: Final = "rules"


def asked_for(rules: Sequence[FleetRule]) -> dict[str, Any]:
    """Return what an operation has to know to create these rules."""
    return {_RULES: [rule_record(each) for each in rules]}


def create(part: FleetPart) -> None:
    """Create the rules of the part that are not created yet."""
    carry_out(part, _find)


def _find(part: FleetPart, regions: Sequence[str]) -> Found:
    """Return the part's rules as they are in these Regions, with the secrets there."""
    rules = {each.ecr_repository_prefix: each for each in _rules_of(part.operation.asked)}
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
    made = rule.in_place(target, credential_arn=arn)
    try:
        check_new_rule(made, target)
    except (InvalidRule, InvalidIdentifier) as error:
        place: dict[str, Any] = {"operation": AwsAction.CREATE_RULE, "region": target.region}
        raise InvalidParameter(str(error), **place) from error
    return made


def _rules_of(asked: Mapping[str, Any]) -> list[FleetRule]:
    """Return the rules that an operation creates."""
    return [recorded_rule(each) for each in asked.get(_RULES, ())]
