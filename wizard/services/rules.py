"""The rules of a Region."""

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from wizard.backend import ecr
from wizard.domain import AwsAction, Rule, Target
from wizard.domain.errors import AwsError, Throttled
from wizard.services import fanout, last_known
from wizard.services.audit import audited, rule_facts
from wizard.services.closed_regions import note_refusals
from wizard.services.fanout import RegionAnswer, fan_out
from wizard.services.last_known import StoredLists

logger = logging.getLogger(__name__)


def list_rules(*, target: Target) -> list[Rule]:
    """Return the rules of the registry in the order of their prefixes."""
    return sorted(ecr.describe_rules(target), key=lambda rule: rule.ecr_repository_prefix)


def read_rules(*, target: Target) -> list[Rule]:
    """List the rules of a Region and store them as last known.

    The list is returned also when it cannot be stored: a page does not fail over the console's own
    notes.
    """
    asked_at = timezone.now()
    try:
        found = list_rules(target=target)
    except AwsError as error:
        _note_failures({target: error})
        raise
    try:
        last_known.remember_rules(target=target, rules=found, asked_at=asked_at)
    except (DatabaseError, InterfaceError):  # guard: F18
        logger.exception("The rules that were read could not be remembered")
    return found


def read_everywhere(
    *, targets: Collection[Target], deadline_seconds: float | None = None
) -> Iterator[RegionAnswer[list[Rule]]]:
    """Read the rules of many Regions at once, each outcome as it comes.

    AWS is asked at once, before the first outcome is. Lists that differ from the stored ones are
    stored together when the last outcome is out, or the reader stops: writing between the answers
    would delay them. What is stored is read while nothing but AWS is working, or at the end.
    """
    comparison = _Comparison(targets=targets, asked_at=timezone.now())
    deadline = time.monotonic() + (deadline_seconds or fanout.DEADLINE_SECONDS)
    outcomes = fan_out(
        targets=targets,
        call=partial(_list_patiently, deadline=deadline),
        meanwhile=comparison.read,
        deadline_seconds=deadline_seconds,
    )
    return _remembering(outcomes, comparison)


def _remembering(
    outcomes: Iterator[RegionAnswer[list[Rule]]], comparison: "_Comparison"
) -> Iterator[RegionAnswer[list[Rule]]]:
    failures: dict[Target, AwsError] = {}
    told: list[RegionAnswer[object]] = []
    try:
        for outcome in outcomes:
            if outcome.value is not None:
                comparison.add(outcome.target, outcome.value)
            elif outcome.error is not None:
                failures[outcome.target] = outcome.error
            told.append(RegionAnswer(target=outcome.target, error=outcome.error))
            yield outcome
    finally:
        comparison.store()
        _note_failures(failures)
        note_refusals(told, asked_at=comparison.asked_at)


def _note_failures(failures: Mapping[Target, AwsError]) -> None:
    """Store why Regions could not be read; that this fails is only logged."""
    try:
        last_known.note_failures(failures)
    except (DatabaseError, InterfaceError):
        logger.exception("The failed readings could not be noted")


@dataclass(kw_only=True)
class _Comparison:
    """What was read of AWS, less the lists that are stored as they are."""

    targets: Collection[Target]
    asked_at: datetime
    _stored: StoredLists | None = None
    _read: dict[Target, list[Rule]] = field(default_factory=dict)

    def read(self) -> None:
        """Read what is stored; nothing after a failure, which `store` will meet again."""
        try:
            self._stored = last_known.stored_lists(self.targets)
        except (DatabaseError, InterfaceError):
            logger.exception("The last-known rules could not be read")
            self._stored = StoredLists({})
        # Answers that came before there was a pause.
        read, self._read = self._read, {}
        for target, rules in read.items():
            self.add(target, rules)

    def add(self, target: Target, rules: list[Rule]) -> None:
        if self._stored is None or not self._stored.has(target, rules):
            self._read[target] = rules

    def store(self) -> None:
        """Store what differs. A failure is only logged: the page has AWS's answer."""
        try:
            if self._stored is None:
                last_known.remember_everywhere(self._read, asked_at=self.asked_at)
            else:
                last_known.store_everywhere(self._read, asked_at=self.asked_at)
        except (DatabaseError, InterfaceError):  # guard: F18
            logger.exception("The rules that were read could not be remembered")


def _list_patiently(target: Target, *, deadline: float) -> list[Rule]:
    """List the rules, with a second call when all attempts of the first were throttled.

    No second call is made after `deadline` (of `time.monotonic`): the page has ended by then. Of
    340 reads with 30 % throttled, 12 failed with one call, 6 with one call of five attempts, and
    1 with two calls: the second one begins without the long pauses of a fourth and fifth attempt.
    """
    try:
        return list_rules(target=target)
    except Throttled:
        if time.monotonic() >= deadline:
            raise
        return list_rules(target=target)


def get_rule(*, target: Target, ecr_repository_prefix: str) -> Rule:
    """Return one rule; raises RuleNotFound."""
    return ecr.describe_rule(target, ecr_repository_prefix)


def delete_rule(*, target: Target, ecr_repository_prefix: str) -> None:
    """Delete a rule; raises RuleNotFound. Repositories, secret, role and policies stay."""
    before = ecr.describe_rule(target, ecr_repository_prefix)
    with audited(
        AwsAction.DELETE_RULE,
        target=target,
        subject=ecr_repository_prefix,
        before=rule_facts(before),
    ):
        ecr.delete_rule_surely(target, ecr_repository_prefix)
    forget_rule(target=target, rule=before)


def forget_rule(*, target: Target, rule: Rule) -> None:
    """Remove a deleted rule from the last-known ones; a failure is only logged."""
    try:
        last_known.forget_rule(target=target, rule=rule)
    except (DatabaseError, InterfaceError):
        logger.exception("The deleted rule could not be forgotten")
