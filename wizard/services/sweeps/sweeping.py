"""One sweep: the rules of an account's Regions are read at once, and stored as last known.

Each Region is asked by one call at a time, so that a sweep is one of the calls that AWS's limits of
an account and Region have room for. A Region that does not answer costs its own time limit: what
the others answer is stored all the same. An error is no answer, so it deletes no rule.
"""

from collections.abc import Collection
from typing import Final

from django.utils import timezone

from wizard.domain import Rule, Target
from wizard.domain.errors import (
    AwsError,
    CredentialsOfAnotherAccount,
    RegionUnreachable,
    UnknownAccount,
)
from wizard.models import Sweep
from wizard.services import last_known, places, rules
from wizard.services.fanout import fan_out
from wizard.services.sweeps.hanging import HangingRegions
from wizard.services.sweeps.rows import Outcome, finish, take

# Less than the lease: the sweep of an account ends before another worker may take it.
DEADLINE_SECONDS: Final = 8.0

hanging: Final = HangingRegions()

_HANGS: Final = "The Region did not answer for other accounts just now, so it was not asked."


def sweep_account(*, account_id: str) -> bool:
    """Read the account's Regions if it is due; False if it is not, or another worker does it."""
    sweep = take(account_id)
    if sweep is None:
        return False
    finish(sweep, _swept(sweep))
    return True


def _swept(sweep: Sweep) -> Outcome:
    try:
        places.check_account(sweep.account_id)
    except AwsError as error:
        return Outcome(error=error)
    except UnknownAccount:  # guard: B6
        return Outcome(error=CredentialsOfAnotherAccount(code="OtherAccount"))
    targets = [
        Target(account_id=sweep.account_id, region=region.code) for region in places.list_regions()
    ]
    return _read([each for each in targets if hanging.may_ask(each.region)], targets)


def _read(asked: Collection[Target], all_targets: Collection[Target]) -> Outcome:
    """Ask the Regions, store the complete lists, and return the errors of the others."""
    asked_at = timezone.now()
    read: dict[Target, list[Rule]] = {}
    failed: dict[Target, AwsError] = {
        target: RegionUnreachable(_HANGS, code="Hanging", region=target.region)
        for target in all_targets
        if target not in asked
    }
    answers = fan_out(targets=asked, call=_list_rules, deadline_seconds=DEADLINE_SECONDS)
    for answer in answers:
        hanging.note(answer.target.region, hung=isinstance(answer.error, RegionUnreachable))
        if answer.error is not None:
            failed[answer.target] = answer.error
        elif answer.value is not None:
            read[answer.target] = answer.value
    last_known.remember_everywhere(read, asked_at=asked_at)
    by_region = {target.region: error for target, error in sorted(failed.items())}
    return Outcome(regions_read=len(read), failed=by_region)


def _list_rules(target: Target) -> list[Rule]:
    return rules.list_rules(target=target)
