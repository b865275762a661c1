"""What a sweep reads: the rules of an account's Regions, which are asked at once.

Each Region is asked by one call at a time, so that a sweep is one of the calls that AWS's limits of
an account and Region have room for. A Region that does not answer costs its own time limit: what
the others answer is stored all the same. An error is no answer, so it deletes no rule.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils import timezone

from wizard.domain import Rule, Target
from wizard.domain.errors import AwsError, RegionUnreachable, Throttled
from wizard.services import last_known, rules
from wizard.services.closed_regions import closed_regions, note_refusals
from wizard.services.fanout import RegionAnswer, fan_out
from wizard.services.sweeps.hanging import HangingRegions

# Less than the lease: the sweep of an account ends before another worker may take it.
DEADLINE_SECONDS: Final = 8.0

hanging: Final = HangingRegions()

_HANGS: Final = "The Region did not answer for other accounts just now, so it was not asked."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a sweep: how many Regions were read, and the errors of the others.

    `error` is why the account as a whole could not be read.
    """

    regions_read: int = 0
    failed: dict[str, AwsError] = field(default_factory=dict)
    error: AwsError | None = None

    @property
    def reason(self) -> AwsError | None:
        """Return why the account is asked less often: it failed as a whole, or AWS throttles."""
        if self.error is not None:
            return self.error
        if self.failed and not self.regions_read:
            return next(iter(self.failed.values()))
        throttled = (each for each in self.failed.values() if isinstance(each, Throttled))
        return next(throttled, None)


def read_account(targets: Collection[Target]) -> Outcome:
    """Ask the Regions of an account, and store the complete lists.

    Raises an error of the database when they cannot be stored.
    """
    asked_at = timezone.now()
    asked = [target for target in targets if hanging.may_ask(target.region)]
    read: dict[Target, list[Rule]] = {}
    failed: dict[Target, AwsError] = {
        target: RegionUnreachable(_HANGS, code="Hanging", region=target.region)
        for target in set(targets).difference(asked)
    }
    answers: list[RegionAnswer[object]] = []
    for answer in fan_out(targets=asked, call=_list_rules, deadline_seconds=DEADLINE_SECONDS):
        answers.append(RegionAnswer(target=answer.target, error=answer.error))
        if answer.error is None or not answer.error.was_not_made:
            # Without credentials for the account, its Regions were not asked.
            hanging.note(answer.target.region, hung=isinstance(answer.error, RegionUnreachable))
        if answer.error is not None:
            failed[answer.target] = answer.error
        elif answer.value is not None:
            read[answer.target] = answer.value
    last_known.remember_everywhere(read, asked_at=asked_at)
    last_known.note_failures(failed)
    note_refusals(answers, asked_at=asked_at)
    return Outcome(regions_read=len(read), failed=_by_region(failed))


def _by_region(failed: Mapping[Target, AwsError]) -> dict[str, AwsError]:
    """The errors by Region, without those of Regions that are closed: that is no failure."""
    accounts = {target.account_id for target in failed}
    closed = {row.target for each in accounts for row in closed_regions(account_id=each)}
    return {target.region: failed[target] for target in sorted(failed) if target not in closed}


def _list_rules(target: Target) -> list[Rule]:
    return rules.list_rules(target=target)
