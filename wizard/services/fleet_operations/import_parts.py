"""The part of an account whose work is an import of it: begun once, looked at until it has ended.

What the import has to contain is found first, which calls AWS. Then the operations are inserted,
all at once. The import's ID follows from the part's, so that a part that is begun twice inserts
nothing twice. Journal, leases and recovery are those of operations.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from wizard.domain import AwsAction, Credential, NewRule, Role, Target
from wizard.domain.errors import AwsError, CredentialNotKept, RoleWithdrawn, error_record
from wizard.models import FleetPart, PartState
from wizard.services import access, operations, sweeps
from wizard.services.fleet_operations.settling import come_back, end

# How soon the operations are looked at again that another worker has.
_SOONEST: Final = timedelta(seconds=5)


@dataclass(slots=True)
class Found:
    """What is to be done in an account, and why other rules fail, by `region/prefix`.

    `rules` are created, some of them in the place of `replaced` ones. Rules that are in neither
    are as asked already. `new_secrets` are the names of the secrets that rules make, whose ARNs are
    made up, and `retried` the imports that may have made them.
    """

    rules: list[tuple[Target, NewRule]] = field(default_factory=list)
    replaced: dict[tuple[Target, str], NewRule] = field(default_factory=dict)
    errors: dict[str, AwsError] = field(default_factory=dict)
    new_secrets: dict[tuple[Target, str], str] = field(default_factory=dict)
    retried: Sequence[uuid.UUID] = ()


def carry_out(
    part: FleetPart,
    find: Callable[[FleetPart, Sequence[str]], Found],
    *,
    credential: Credential | None = None,
    lost: type[AwsError] = CredentialNotKept,
) -> None:
    """Do what is left of a part; `find` tells what that is in the Regions that it gets.

    The `credential` is for rules that make a secret; `lost` says why there is none.

    If another worker has some of the operations, or AWS throttles, the part stays open and is
    looked at again.
    """
    if part.import_id is None and not _begin(part, find):
        return
    import_id = part.import_id
    if import_id is None:
        return
    operations.run_import(
        import_id=import_id, account_id=part.account_id, credential=credential, lost=lost
    )
    state = operations.state_of_import(import_id=import_id, account_id=part.account_id)
    if state.open:
        soonest = timezone.now() + _SOONEST
        come_back(part, at=max(soonest, state.next_look or soonest))
        return
    _end(part, failed=len(state.ended) - state.succeeded)


def rules_by_region(part: FleetPart, regions: Sequence[str]) -> dict[str, list[str]]:
    """Return the prefixes of the part's rules in these Regions."""
    found: dict[str, list[str]] = {}
    for each in part.rules:
        region, _slash, prefix = str(each).partition("/")
        if region in regions:
            found.setdefault(region, []).append(prefix)
    return found


def _begin(part: FleetPart, find: Callable[[FleetPart, Sequence[str]], Found]) -> bool:
    """Insert the operations; False if the part ended, as there is nothing to insert."""
    person = access.user_with_grants(part.operation.actor_id)
    refused: dict[str, AwsError] = {}
    for region in part.regions:
        target = Target(account_id=part.account_id, region=region)
        if person is None or not access.may(
            user=person, role=Role.OPERATOR, target=target
        ):  # guard: W9
            refused[region] = RoleWithdrawn(operation=AwsAction.CREATE_RULE, region=region)
    found = find(part, [each for each in part.regions if each not in refused])
    part.failed_regions = {region: error_record(each) for region, each in refused.items()}
    part.failed_rules = {name: error_record(each) for name, each in found.errors.items()}
    if not found.rules or person is None:
        _end(part, failed=0)
        return False
    part.import_id, part.state = uuid.uuid5(part.pk, "import"), PartState.RUNNING
    with transaction.atomic():
        operations.begin_import(
            import_id=part.import_id,
            rules=found.rules,
            replaced=found.replaced,
            new_secrets=found.new_secrets,
            retried=found.retried,
            actor=person,
        )
        part.save(update_fields=["import_id", "state", "failed_regions", "failed_rules"])
    return True


def _end(part: FleetPart, *, failed: int) -> None:
    """End the part; `failed` are those of its operations that failed.

    Then the account is read, so that the lists of all accounts show what was changed.
    """
    in_refused = rules_by_region(part, list(part.failed_regions))
    failed += len(part.failed_rules) + sum(map(len, in_refused.values()))
    end(
        part,
        PartState.FAILED if failed else PartState.DONE,
        failed_regions=part.failed_regions,
        failed_rules=part.failed_rules,
        total=len(part.rules),
        succeeded=len(part.rules) - failed,
        failed=failed,
    )
    sweeps.read_soon(account_id=part.account_id)
