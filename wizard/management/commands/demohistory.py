"""`manage.py demohistory USERNAME`: what the demo's console did in the days before its first start.

The services that the pages use do everything, against the simulated AWS: validations of each demo
rule on several days, an operation that AWS refused, one that was interrupted, an API token that
expires soon. Only the clock of this process is set back, so that the events have earlier dates.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from wizard.domain import Credential, Place, Role, RuleDraft, Scope, Step, Target
from wizard.domain.origins import Origin, Way, acting
from wizard.models import Operation, OperationState, ValidationResult
from wizard.services import bulk_validation, health, operations, people, places

REGIONS: Final = ("us-east-2", "eu-west-1", "ap-southeast-2")
HOME, EUROPE = REGIONS[:2]
# So long ago that a token of 30 days expires soon.
BEGAN_DAYS_AGO: Final = 27
VALIDATED_DAYS_AGO: Final = (7, 4, 1, 0)
COLLEAGUE: Final = "maria"


class Command(BaseCommand):
    help = "Give the demo a history, once. Only for the simulated AWS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="becomes an administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SIMULATED_AWS:
            raise CommandError("The AWS is not simulated.")
        if ValidationResult.objects.exists():
            return
        with days_ago(BEGAN_DAYS_AGO):
            people.create_link(username=options["username"])
        actor = User.objects.get(username=options["username"])
        origin = Origin(user_id=actor.pk, username=actor.get_username(), way=Way.COMMAND)
        with acting(origin):
            _fill(places.default_target().account_id, actor)


def _fill(account_id: str, actor: User) -> None:
    with days_ago(BEGAN_DAYS_AGO):
        people.create_token(user=actor, name="nightly-report", scopes=[Scope.RULES_READ], days=30)
    with days_ago(10):
        place = Place(account_id=account_id, region=EUROPE)
        people.add_person(username=COLLEAGUE, grants={place: Role.OPERATOR})
    for days in VALIDATED_DAYS_AGO:
        with days_ago(days):
            _validate(account_id, actor)
        if days == 4:
            with days_ago(3):
                _refused(Target(account_id=account_id, region=HOME), actor)
                _interrupted(Target(account_id=account_id, region=EUROPE), actor)
    home = Target(account_id=account_id, region=HOME)
    ends = timezone.localdate() + timedelta(days=5)
    health.note_expiry(
        target=home, ecr_repository_prefix="chainguard", expires_on=ends, actor=actor
    )
    health.set_schedule(target=home, every_hours=24, actor=actor)


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    """Set the clock of Django back. Requests to AWS are signed with the real time."""
    real = timezone.now

    def earlier() -> datetime:
        return real() - timedelta(days=days)

    with patch.object(timezone, "now", earlier):
        yield


def _validate(account_id: str, actor: User) -> None:
    selections = [bulk_validation.RuleSelection(region=region) for region in REGIONS]
    bulk, _is_new = bulk_validation.start_bulk_validation(
        account_id=account_id, selections=selections, actor=actor
    )
    bulk_validation.run_bulk_validation(bulk_id=bulk.pk, tick_seconds=0.05)


def _refused(target: Target, actor: User) -> None:
    """Another rule has the prefix, so AWS refuses the rule after its secret was created."""
    draft = _draft(target, actor, "docker-hub", "kubernetes")
    answers = {"credential_source": "create", "secret_name": "ecr-pullthroughcache/team"}
    draft = draft.with_answers(Step.AUTHENTICATION, {**answers, "username": "demo"})
    draft = replace(draft, sealed_credential="sealed")
    _confirm(draft, actor, Credential(username="demo", access_token="demo-access-token"))  # noqa: S106 - of the simulation


def _interrupted(target: Target, actor: User) -> None:
    """What a server leaves that stops after its call and before the result is written."""
    _confirm(_draft(target, actor, "k8s", "k8s-staging"), actor)
    Operation.objects.filter(account_id=target.account_id, region=target.region).update(
        state=OperationState.RUNNING, finished_at=None, lease_until=None
    )


def _draft(target: Target, actor: User, registry: str, prefix: str) -> RuleDraft:
    empty = RuleDraft(draft_id=f"demo-{registry}", owner_id=actor.pk, target=target)
    draft = empty.with_answers(Step.SOURCE, {"registry": registry})
    return draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": prefix})


def _confirm(draft: RuleDraft, actor: User, credential: Credential | None = None) -> None:
    operations.confirm(
        draft=draft, shown=draft.fingerprint, chosen=draft, credential=credential, actor=actor
    )
