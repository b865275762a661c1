"""The part of an account in creating or copying rules: an import of that account.

First each Region is asked for the secrets that the rules name. Then the operations are inserted,
all at once. Their import's ID follows from the part's, so that a part that is begun twice inserts
nothing twice. Journal, leases and recovery are those of operations.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from wizard.domain import AwsAction, NewRule, Role, Secret, SecretProblem, Target, check_new_rule
from wizard.domain.errors import (
    AwsError,
    InvalidIdentifier,
    InvalidParameter,
    InvalidRule,
    RoleWithdrawn,
    SecretNotFound,
    SecretUnusable,
    error_record,
)
from wizard.domain.fleet_rules import FleetRule, recorded_rule, rule_record
from wizard.models import FleetPart, PartState
from wizard.services import access, operations
from wizard.services.fleet_operations.named_secrets import find_secrets
from wizard.services.fleet_operations.settling import come_back, end

_RULES: Final = "rules"
# How soon the operations are looked at again that another worker has.
_SOONEST: Final = timedelta(seconds=5)


def asked_for(rules: Sequence[FleetRule]) -> dict[str, Any]:
    """Return what an operation has to know to create these rules."""
    return {_RULES: [rule_record(each) for each in rules]}


def create(part: FleetPart) -> None:
    """Create the rules of the part that are not created yet.

    If another worker has some of them, or AWS throttles, the part stays open and is looked at
    again.
    """
    if part.import_id is None and not _begin(part):
        return
    import_id = part.import_id
    if import_id is None:
        return
    operations.run_import(import_id=import_id, account_id=part.account_id)
    state = operations.state_of_import(import_id=import_id, account_id=part.account_id)
    if state.open:
        soonest = timezone.now() + _SOONEST
        come_back(part, at=max(soonest, state.next_look or soonest))
        return
    total, succeeded = len(part.rules), state.succeeded
    is_done = succeeded == total
    end(
        part,
        PartState.DONE if is_done else PartState.FAILED,
        total=total,
        succeeded=succeeded,
        failed=total - succeeded,
    )


@dataclass(slots=True)
class _Found:
    """The rules that can be created, and why others cannot, by `region/prefix`."""

    rules: list[tuple[Target, NewRule]] = field(default_factory=list)
    errors: dict[str, AwsError] = field(default_factory=dict)


def _begin(part: FleetPart) -> bool:
    """Insert the operations; False if the part ended, as nothing of it can be created."""
    person = access.user_with_grants(part.operation.actor_id)
    refused = {
        region: RoleWithdrawn(operation=AwsAction.CREATE_RULE, region=region)
        for region in part.regions
        if not _may(person, Target(account_id=part.account_id, region=region))  # guard: W9
    }
    found = _find(part, [each for each in part.regions if each not in refused])
    part.failed_regions = {region: error_record(each) for region, each in refused.items()}
    part.failed_rules = {name: error_record(each) for name, each in found.errors.items()}
    if not found.rules or person is None:
        number = len(part.rules)
        end(
            part,
            PartState.FAILED,
            failed_regions=part.failed_regions,
            failed_rules=part.failed_rules,
            total=number,
            failed=number,
        )
        return False
    part.import_id, part.state = uuid.uuid5(part.pk, "import"), PartState.RUNNING
    with transaction.atomic():
        operations.begin_import(import_id=part.import_id, rules=found.rules, actor=person)
        part.save(update_fields=["import_id", "state", "failed_regions", "failed_rules"])
    return True


def _may(person: User | None, target: Target) -> bool:
    return person is not None and access.may(user=person, role=Role.OPERATOR, target=target)


def _find(part: FleetPart, regions: Sequence[str]) -> _Found:
    """Return the part's rules as they are in these Regions, with the secrets there."""
    rules = {each.ecr_repository_prefix: each for each in _rules_of(part.operation.asked)}
    wanted: dict[str, list[FleetRule]] = {}
    for each in part.rules:
        region, _slash, prefix = str(each).partition("/")
        if region in regions and prefix in rules:
            wanted.setdefault(region, []).append(rules[prefix])
    names = {
        region: {rule.secret_name for rule in listed if rule.secret_name}
        for region, listed in wanted.items()
    }
    secrets = find_secrets(account_id=part.account_id, names=names)
    found = _Found()
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
    place: dict[str, Any] = {"operation": AwsAction.CREATE_RULE, "region": target.region}
    arn = None
    if rule.secret_name:
        secret = secrets[rule.secret_name]
        if isinstance(secret, AwsError):
            raise secret
        if secret.problem is SecretProblem.NOT_FOUND:
            raise SecretNotFound(**place)
        if secret.problem in (SecretProblem.SCHEDULED_FOR_DELETION, SecretProblem.EMPTY):
            raise SecretUnusable(**place)
        arn = secret.arn
    made = rule.in_place(target, credential_arn=arn)
    try:
        check_new_rule(made, target)
    except (InvalidRule, InvalidIdentifier) as error:
        raise InvalidParameter(str(error), **place) from error
    return made


def _rules_of(asked: Mapping[str, Any]) -> list[FleetRule]:
    """Return the rules that an operation creates."""
    return [recorded_rule(each) for each in asked.get(_RULES, ())]
