"""Rotations as pages show them: one with its secrets and results, the newest, the unsettled."""

import uuid
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Q, QuerySet
from django.utils import timezone

from wizard.domain.errors import RotationNotFound
from wizard.models import RotatedSecret, RotatedState, Rotation, UsedBy, ValidationResult

NEWEST = 20


def get_rotation(*, rotation_id: uuid.UUID, account_id: str) -> Rotation:
    """Return a rotation of the account; raises RotationNotFound."""
    rows = Rotation.objects.select_related("actor", "bulk")
    rotation = rows.filter(pk=rotation_id, account_id=account_id).first()
    if rotation is None:
        raise RotationNotFound(str(rotation_id))
    return rotation


def secrets_of(rotation: Rotation, *, regions: Collection[str]) -> list[RotatedSecret]:
    """Return the secrets in these Regions; raises RotationNotFound if there are none."""
    found = list(rotation.secrets.filter(region__in=regions).select_related("rotation"))
    if not found:
        raise RotationNotFound(str(rotation.pk))
    return found


def newest_rotations(*, account_id: str, regions: Collection[str]) -> list[Rotation]:
    """Return the newest rotations with a secret in these Regions."""
    return list(_with_secrets(account_id, Q(secrets__region__in=regions))[:NEWEST])


def unsettled_rotations(
    *, account_id: str = "", regions: Collection[str] | None = None
) -> list[Rotation]:
    """Return the rotations whose process died, or with a change whose result is not known."""
    now = timezone.now()
    is_left = Q(lease_until__isnull=True, secrets__state=RotatedState.RUNNING)
    condition = Q(lease_until__lt=now) | is_left
    if regions is not None:
        condition &= Q(secrets__region__in=regions)
    return list(_with_secrets(account_id, condition))


def dead_rotations() -> "QuerySet[Rotation]":
    """Return the rotations whose process died after it had begun its work on the last secret.

    Where a secret has no new version, a person is needed, who has the token.
    """
    dead = Rotation.objects.filter(lease_until__lt=timezone.now())
    open_ones = RotatedSecret.objects.filter(state=RotatedState.WAITING)
    return dead.exclude(pk__in=open_ones.values("rotation_id"))


def results_of(secrets: Sequence[RotatedSecret]) -> Mapping[UsedBy, ValidationResult]:
    """Return the last validation of each rule since its secret was changed."""
    since = {rule: each.changed_at for each in secrets for rule in each.rules if each.changed_at}
    if not since:
        return {}
    results = ValidationResult.objects.filter(
        account_id=secrets[0].rotation.account_id,
        region__in={rule.region for rule in since},
        ecr_repository_prefix__in={rule.ecr_repository_prefix for rule in since},
        validated_at__gte=min(since.values()),
    ).order_by("validated_at", "pk")
    found: dict[UsedBy, ValidationResult] = {}
    for result in results:
        rule = UsedBy(region=result.region, ecr_repository_prefix=result.ecr_repository_prefix)
        if rule in since and result.validated_at >= since[rule]:
            found[rule] = result
    return found


def _with_secrets(account_id: str, condition: Q) -> "QuerySet[Rotation]":
    rows = Rotation.objects.filter(condition)
    if account_id:
        rows = rows.filter(account_id=account_id)
    ids = rows.values("pk").distinct()
    newest = Rotation.objects.filter(pk__in=ids).select_related("actor")
    return newest.order_by("-created_at", "pk")
