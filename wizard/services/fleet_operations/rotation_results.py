"""How far the parts are whose work is a rotation of their account: numbers, failures, results."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from wizard.domain.errors import AwsError
from wizard.models import (
    BulkValidationItem,
    FleetPart,
    RotatedSecret,
    RotatedState,
    Rotation,
    UsedBy,
    ValidationResult,
)
from wizard.services import rotations
from wizard.services.fleet_operations.part_results import PartResult
from wizard.services.fleet_operations.rotation_plans import resource_of, secret_name

# What the results of a rule are called, besides "error" and the states of parts and secrets.
VALID: Final = "valid"
INVALID: Final = "failed"
ROTATED: Final = "rotated"
Results = Mapping[UsedBy, ValidationResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How many secrets a part has, and of how many the rules are valid with the new version."""

    total: int
    succeeded: int

    @property
    def failed(self) -> int:
        return self.total - self.succeeded


def numbers_of(part: FleetPart, rotation: Rotation) -> Numbers:
    """Return the numbers of a part that ends."""
    secrets = list(rotation.secrets.select_related("rotation"))
    results = rotations.results_of(secrets)
    changed = {key_of_secret(each) for each in secrets}
    untried = sum(key not in changed for key in part.failed_rules)
    good = sum(not _is_bad(each, results) for each in secrets)
    return Numbers(total=len(secrets) + untried, succeeded=good)


def untold(rotation: Rotation) -> list[RotatedSecret]:
    """Return the secrets of which it is not written down what became of the new version."""
    secrets = rotation.secrets.select_related("rotation")
    return [
        each
        for each in secrets
        if each.is_unknown or (rotations.is_missing(each) and each.error is None)
    ]


def key_of_secret(secret: RotatedSecret) -> str:
    """Return the secret as a part names it."""
    return f"{secret.region}/{resource_of(secret.arn)}"


def succeeded_and_failed(parts: Collection[FleetPart]) -> dict[uuid.UUID, tuple[int, int]]:
    """Return how many secrets of the parts have the new version, and how many failed."""
    part_of = {each.rotation_id: each.pk for each in parts if each.rotation_id}
    if not part_of:
        return {}
    rows = RotatedSecret.objects.filter(rotation__in=part_of).order_by().values_list("rotation")
    counted = rows.annotate(
        succeeded=Count("pk", filter=Q(state=RotatedState.SUCCEEDED)),
        failed=Count("pk", filter=Q(state=RotatedState.FAILED)),
    )
    return {part_of[pk]: (succeeded, failed) for pk, succeeded, failed in counted}


def first_errors(parts: Collection[FleetPart]) -> dict[uuid.UUID, AwsError]:
    """Return the error of one of the secrets of each part that has failed ones."""
    part_of = {each.rotation_id: each.pk for each in parts if each.rotation_id}
    if not part_of:
        return {}
    rows = RotatedSecret.objects.filter(rotation__in=part_of, error_record__isnull=False)
    found: dict[uuid.UUID, AwsError] = {}
    for each in rows.order_by("-pk"):
        if each.error is not None:
            found[part_of[each.rotation_id]] = each.error
    return found


def bulks_of(parts: Collection[FleetPart]) -> Mapping[uuid.UUID, uuid.UUID]:
    """Return the parts by the validation of their rotations' rules."""
    part_of = {each.rotation_id: each.pk for each in parts if each.rotation_id}
    if not part_of:
        return {}
    rows = Rotation.objects.filter(pk__in=part_of, bulk__isnull=False).order_by()
    return {bulk: part_of[pk] for pk, bulk in rows.values_list("pk", "bulk") if bulk}


def results_of_rotation(part: FleetPart) -> Iterator[PartResult]:
    """Yield a result for each rule of the part's secrets, and for each secret without one."""
    errors: dict[str, AwsError | None] = dict(part.rule_errors)
    secrets: Sequence[RotatedSecret] = ()
    if part.rotation_id is not None:
        rows = RotatedSecret.objects.filter(rotation=part.rotation_id)
        secrets = list(rows.select_related("rotation"))
    results = rotations.results_of(secrets) if secrets else {}
    messages = _errors_of_validation(part)
    for each in secrets:
        yield from _results(part, each, results, messages, errors.pop(key_of_secret(each), None))
    if part.rotation_id is None:
        errors = {str(key): errors.get(str(key)) for key in part.rules}
    for key, error in errors.items():
        region, _slash, resource = key.partition("/")
        told = error or part.region_errors.get(region) or part.error
        yield PartResult(
            part=part,
            region=region,
            ecr_repository_prefix="",
            secret_name=secret_name(resource),
            status="error" if told else str(part.state),
            error=told,
        )


def retried(part: FleetPart) -> tuple[list[str], uuid.UUID | None]:
    """Return the secrets that a retry changes, and the rotation that it goes on with, if any.

    A rotation goes on if it lacks a new version. Where all have it, and rules are not valid, it is
    the wrong one, and a retry is a rotation of its own.
    """
    if part.rotation_id is None:
        return [str(key) for key in part.rules], None
    rows = RotatedSecret.objects.filter(rotation=part.rotation_id)
    secrets = list(rows.select_related("rotation"))
    results = rotations.results_of(secrets)
    bad = [each for each in secrets if _is_bad(each, results)]
    keys = [key_of_secret(each) for each in bad]
    others = [key for key in part.failed_rules if key not in keys]
    is_open = not others and not any(_is_refuted(each, results) for each in bad)
    return [*keys, *others], part.rotation_id if is_open and bad else None


def _is_refuted(secret: RotatedSecret, results: Results) -> bool:
    """Whether a rule is not valid with the new version."""
    return any(rule in results and not results[rule].is_valid for rule in secret.rules)


def _is_bad(secret: RotatedSecret, results: Results) -> bool:
    if secret.state != RotatedState.SUCCEEDED:
        return True
    return any(rule not in results or not results[rule].is_valid for rule in secret.rules)


def _results(
    part: FleetPart,
    secret: RotatedSecret,
    results: Results,
    messages: Mapping[UsedBy, AwsError],
    untried: AwsError | None,
) -> Iterator[PartResult]:
    error = secret.error or untried
    for rule in secret.rules:
        result = results.get(rule)
        status, failure = _status(secret), ""
        if secret.state == RotatedState.SUCCEEDED and result is not None:
            status = VALID if result.is_valid else INVALID
            failure = result.failure
        elif secret.state == RotatedState.SUCCEEDED and rule in messages:
            status, error = "error", messages[rule]
        yield PartResult(
            part=part,
            region=rule.region,
            ecr_repository_prefix=rule.ecr_repository_prefix,
            secret_name=rotations.key_of(secret).partition("/")[2],
            status=status,
            failure=failure,
            error=error,
        )


def _status(secret: RotatedSecret) -> str:
    if secret.state == RotatedState.SUCCEEDED:
        return ROTATED
    return str(secret.state) if secret.state == RotatedState.PUT_BACK else "error"


def _errors_of_validation(part: FleetPart) -> Mapping[UsedBy, AwsError]:
    rows = BulkValidationItem.objects.filter(bulk__in=bulks_of([part]))
    return {
        UsedBy(region=each.region, ecr_repository_prefix=each.ecr_repository_prefix): each.error
        for each in rows.filter(error_record__isnull=False)
        if each.error is not None
    }
