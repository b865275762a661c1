"""Tests of a typed credential at its upstream registry, before it is stored anywhere.

A test changes nothing, and nothing depends on it. Each is written into the audit trail, without the
credential. A person has a number of tests in a time, so that the console is no means to guess.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from wizard import upstreams
from wizard.domain import Credential, Role, Target
from wizard.domain.upstream_logins import LoginJudgement, LoginPlace, LoginVerdict
from wizard.models import AuditOutcome
from wizard.services import access, audit

MOST_TESTS: Final = 10
WINDOW: Final = timedelta(minutes=15)
_ACTION: Final = "TestCredential"

# The people whose test is running in this process: the next one is counted after it.
_testing: Final = set[int]()
_lock: Final = Lock()


def is_offered() -> bool:
    """Whether tests are on. In a simulation, only if something stands for the registries."""
    has_way = not settings.SIMULATED_AWS or bool(settings.SIMULATED_UPSTREAMS)
    return settings.UPSTREAM_TESTS and has_way


def test_credential(
    *, user: User, target: Target, place: LoginPlace, credential: Credential
) -> LoginJudgement:
    """Try the credential at the upstream. Raises NotPermitted or AuditUnavailable."""
    access.check_access(user=user, role=Role.OPERATOR, target=target)  # guard: Z3
    with _turn(user.pk) as has_turn:
        if not has_turn:
            return LoginJudgement(verdict=LoginVerdict.BUSY, host=place.host)
        since = timezone.now() - WINDOW
        if audit.count_events(_ACTION, user_id=user.pk, since=since) >= MOST_TESTS:  # guard: Z13
            seconds = int(WINDOW.total_seconds())
            return LoginJudgement(
                verdict=LoginVerdict.TOO_MANY, host=place.host, retry_after=seconds
            )
        judged = upstreams.try_credential(place, credential, stand_ins=settings.SIMULATED_UPSTREAMS)
        audit.record_event(
            _ACTION,
            subject=place.host,
            target=target,
            outcome=_outcome(judged.verdict),
            after={"verdict": judged.verdict.value},
        )
    return judged


@contextmanager
def _turn(user_id: int) -> Iterator[bool]:
    """One test of a person at a time; false while another one runs."""
    with _lock:
        is_free = user_id not in _testing
        _testing.add(user_id)
    try:
        yield is_free
    finally:
        if is_free:
            with _lock:
                _testing.discard(user_id)


def _outcome(verdict: LoginVerdict) -> AuditOutcome:
    if verdict is LoginVerdict.ACCEPTED:
        return AuditOutcome.SUCCEEDED
    return AuditOutcome.REFUSED if verdict.is_refusal else AuditOutcome.FAILED
