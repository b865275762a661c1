"""The preview of a clean-up: what the criteria delete, stored as rows before anybody confirms it.

What a person confirms are these rows, so nothing is deleted that was not on the page. The images
of a list are read only while the console's own pulls do not count: reading a list is a pull.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from wizard.domain import Role, Target
from wizard.domain.cleanup import Criteria, PlannedImage, RepositoryPlan
from wizard.domain.errors import CleanUpNotFound
from wizard.models import CleanedBatch, CleanUp, image_record
from wizard.services import access
from wizard.services.cleanups import looking, own_pulls
from wizard.services.lanes import read_each

# The most that one clean-up covers; what is left is for the next one.
MOST_REPOSITORIES: Final = 300
MOST_IMAGES: Final = 5000
# A preview that nobody confirmed is deleted after this time.
KEPT_FOR: Final = timedelta(days=1)

# Why a repository is not part of the clean-up, besides AWS's errors.
TOO_LARGE: Final = "too-large"
TOO_MANY: Final = "too-many"
NOT_LISTED: Final = "not-listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person asks for: the rule or the repository, and the criteria in days."""

    ecr_repository_prefix: str = ""
    repository: str = ""
    pushed_days: int | None = None
    unpulled_days: int | None = None
    untagged_only: bool = False
    kept_tags: tuple[str, ...] = ()

    def criteria(self, now: datetime) -> Criteria:
        def before(days: int | None) -> datetime | None:
            return None if days is None else now - timedelta(days=days)

        return Criteria(
            pushed_before=before(self.pushed_days),
            not_pulled_since=before(self.unpulled_days),
            untagged_only=self.untagged_only,
            kept_tags=self.kept_tags,
        )


def plan(*, cleanup_id: uuid.UUID, target: Target, choice: Choice, actor: User) -> CleanUp:
    """Store what the choice would delete; returns the row of an earlier try of the same form.

    Raises RuleNotFound, RepositoryNotFound, NotPermitted, errors of reading the registry, and
    CleanUpNotFound if the ID is that of another person's form, or of another Region's.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    names, is_complete = looking.repositories(
        target,
        ecr_repository_prefix=choice.ecr_repository_prefix,
        repository=choice.repository,
    )
    names = _left_first(target, choice, names)
    skipped = [(name, TOO_MANY) for name in names[MOST_REPOSITORIES:]]
    if not is_complete:
        skipped.append((choice.ecr_repository_prefix, NOT_LISTED))
    criteria, reads_lists = choice.criteria(timezone.now()), own_pulls.may_read_lists(target=target)
    answers = read_each(
        target=target,
        names=names[:MOST_REPOSITORIES],
        read=lambda name: looking.plan_of(target, name, criteria, reads_lists=reads_lists),
    )
    plans: dict[str, RepositoryPlan] = {}
    for name, answer in answers.items():
        if answer.error is not None:
            skipped.append((name, answer.error.code or type(answer.error).__name__))
        elif answer.value is None:
            skipped.append((name, TOO_LARGE))
        else:
            plans[name] = answer.value
    chosen = _bounded(plans, skipped)
    kept = {
        "criteria": {
            "pushed_days": choice.pushed_days,
            "unpulled_days": choice.unpulled_days,
            "untagged_only": choice.untagged_only,
            "kept_tags": list(choice.kept_tags),
        },
        "kept": sum(each.kept for each in plans.values()),
        "unread_lists": sum(each.unread_lists for each in plans.values()),
        "skipped": [list(each) for each in skipped],
    }
    _forget_old()
    try:
        with transaction.atomic():
            cleanup = CleanUp.objects.create(
                id=cleanup_id,
                account_id=target.account_id,
                region=target.region,
                actor=actor,
                ecr_repository_prefix=choice.ecr_repository_prefix,
                repository=choice.repository,
                **kept,
            )
            CleanedBatch.objects.bulk_create(_batches(cleanup, chosen))
    except IntegrityError:  # guard: W1
        place = {"account_id": target.account_id, "region": target.region}
        earlier = CleanUp.objects.filter(pk=cleanup_id, actor=actor, **place).first()
        if earlier is None:
            raise CleanUpNotFound(str(cleanup_id)) from None
        return earlier
    return cleanup


def _left_first(target: Target, choice: Choice, names: Collection[str]) -> list[str]:
    """Return the names with those first that the last clean-up of the rule left out.

    Otherwise each one would begin with the same repositories, and never come to the others. A
    preview counts if it was confirmed, or had nothing to confirm.
    """
    done = Q(started_at__isnull=False) | Q(batches__isnull=True)
    last = CleanUp.objects.filter(
        done,
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=choice.ecr_repository_prefix,
        repository="",
    ).order_by("-created_at")
    skipped = last.values_list("skipped", flat=True).first() or []
    places = {name: place for place, (name, _why) in enumerate(skipped)}
    return sorted(names, key=lambda name: places.get(name, len(places)))


def _bounded(
    plans: dict[str, RepositoryPlan], skipped: list[tuple[str, str]]
) -> list[tuple[str, Sequence[PlannedImage]]]:
    """Return the images of each repository, whole repositories up to MOST_IMAGES."""
    chosen: list[tuple[str, Sequence[PlannedImage]]] = []
    count = 0
    for name in sorted(plans):
        planned = plans[name].planned
        if planned and count and count + len(planned) > MOST_IMAGES:
            skipped.append((name, TOO_MANY))
            continue
        count += len(planned)
        chosen.append((name, planned))
    return chosen


def _batches(
    cleanup: CleanUp, chosen: Iterable[tuple[str, Sequence[PlannedImage]]]
) -> Iterator[CleanedBatch]:
    number, size = 0, looking.IMAGES_PER_CALL
    for name, planned in chosen:
        for _level, of_level in groupby(planned, key=lambda each: each.level):
            some = list(of_level)
            for start in range(0, len(some), size):
                number += 1
                records = [image_record(each) for each in some[start : start + size]]
                yield CleanedBatch(cleanup=cleanup, number=number, repository=name, images=records)


def _forget_old() -> None:
    """Delete the previews that nobody confirmed."""
    old = timezone.now() - KEPT_FOR
    CleanUp.objects.filter(started_at__isnull=True, created_at__lt=old).delete()
