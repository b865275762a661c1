"""Secrets that an upstream registry has refused: they are not tried again without a person.

Registries ban accounts whose credentials fail again and again. A bulk validation, which a schedule
may have started, leaves out the rules of a secret that was refused, until the secret has another
version. A person who validates one rule always tries it.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from django.db.models import Max, Q
from django.utils import timezone

from wizard.backend import secretsmanager
from wizard.domain import Target
from wizard.domain.errors import AwsError, LoginRefusedBefore
from wizard.domain.refusals import is_login_refused
from wizard.models import ValidationResult

# A version of before this is the one that was tried; AWS allows clocks to differ by five minutes.
_SURELY_TRIED: Final = timedelta(minutes=5)
# The version of a secret that the console may not look at.
UNKNOWN: Final = "unknown"


def refused_version(target: Target, arn: str, failure: str) -> str:
    """Return the version that the upstream refused; empty for another failure or a newer version.

    Calls AWS, and not the database.
    """
    if not arn or not is_login_refused(failure):
        return ""
    try:
        staged = secretsmanager.staged_versions(target, arn)
    except AwsError:
        return UNKNOWN
    changed_at = staged.secret.changed_at
    is_tried = changed_at is None or changed_at + _SURELY_TRIED < timezone.now()
    return staged.current if is_tried else ""


class RefusedLogins:
    """The refused secrets of an account during one bulk validation, for the threads of its calls.

    Until a secret was accepted once, its rules are validated one after the other: the first refusal
    then stops the others.
    """

    def __init__(self, versions: Mapping[str, str]) -> None:
        self._versions = dict(versions)
        self._accepted: set[str] = set()
        self._refused: set[str] = set()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def turn(self, target: Target, arn: str) -> Iterator[None]:
        """Wait for the turn to try a secret. Raises LoginRefusedBefore."""
        key = _key(arn)
        if not arn or key in self._accepted:
            yield
            return
        with self._turns[key]:
            if key not in self._refused and self._is_held(target, arn):  # guard: B13
                self._refused.add(key)
            if key in self._refused:
                raise LoginRefusedBefore(region=target.region)
            yield

    def note(self, arn: str, *, is_valid: bool, failure: str) -> None:
        """Remember what became of a secret, for the rest of this bulk validation."""
        key = _key(arn)
        if is_valid:
            self._accepted.add(key)
        elif is_login_refused(failure):
            self._refused.add(key)  # guard: B13

    def _is_held(self, target: Target, arn: str) -> bool:
        """Whether the secret still has the version that was refused, or can't be looked at.

        AWS is asked once: a Region that does not respond would hold up each rule of the secret.
        """
        refused = self._versions.pop(_key(arn), "")
        if not refused:
            return False
        try:
            return secretsmanager.staged_versions(target, arn).current == refused
        except AwsError:
            return True


def refused_logins(*, account_id: str) -> RefusedLogins:
    """Read which secrets of an account were refused, the last time that the upstream judged them.

    A failure of another kind, such as an upstream that cannot be reached, judges nothing.
    """
    results = ValidationResult.objects.filter(account_id=account_id).exclude(credential_arn="")
    judged = results.filter(Q(is_valid=True) | ~Q(refused_version=""))
    last = judged.values("credential_arn").annotate(last=Max("pk"))
    newest = ValidationResult.objects.filter(pk__in=last.values("last")).order_by("pk")
    rows = newest.values_list("credential_arn", "refused_version")
    return RefusedLogins({_key(arn): version for arn, version in rows})


def _key(arn: str) -> str:
    """Return a secret's ARN without its Region: a replica has the versions of its original."""
    parts = arn.split(":", 4)
    return ":".join([*parts[:3], *parts[4:]])
