"""How the part of an account in a rotation over accounts ends: its numbers, and reasons."""

from collections.abc import Mapping

from wizard.domain.errors import AwsError, error_record
from wizard.models import FleetPart, PartState, Rotation
from wizard.services.fleet_operations.rotation_choice import (
    not_kept,
    person_of,
    reason_of_untold,
)
from wizard.services.fleet_operations.rotation_results import key_of_secret, numbers_of, untold
from wizard.services.fleet_operations.settling import come_back, end, fail


def end_without_credential(part: FleetPart) -> None:
    """End a part that had not begun when the credential was erased."""
    fail(part, not_kept(part))


def end_refused(part: FleetPart, refused: Mapping[str, AwsError]) -> None:
    """End a part none of whose secrets can be changed."""
    note_refused(part, refused)
    number = len(part.rules)
    end(part, PartState.FAILED, failed_rules=part.failed_rules, total=number, failed=number)


def end_unusable(part: FleetPart, error: AwsError) -> None:
    """End a part in whose account nothing more can be done, with what its rotation has done."""
    rotation = Rotation.objects.filter(pk=part.rotation_id).first() if part.rotation_id else None
    if rotation is None:
        fail(part, error)
        return
    note_refused(part, {key_of_secret(each): error for each in untold(rotation)})
    _end_with_numbers(part, rotation, error)


def note_refused(part: FleetPart, refused: Mapping[str, AwsError]) -> None:
    """Write the reasons of secrets into the part, which the caller saves."""
    part.failed_rules |= {key: error_record(error) for key, error in refused.items()}


def end_rotated(part: FleetPart, rotation: Rotation, *, is_kept: bool) -> None:
    """End the part; say of the secrets that had no turn why.

    If only the console's own trouble kept them from it, they have another one later.
    """
    person = person_of(part)
    for each in untold(rotation):
        if each.error is not None:
            continue
        error = reason_of_untold(part, each, person, is_kept=is_kept)
        if error is None:
            come_back(part)
            return
        note_refused(part, {key_of_secret(each): error})
    _end_with_numbers(part, rotation)


def _end_with_numbers(part: FleetPart, rotation: Rotation, error: AwsError | None = None) -> None:
    numbers = numbers_of(part, rotation)
    columns = {"error_record": error_record(error)} if error and numbers.failed else {}
    end(
        part,
        PartState.FAILED if numbers.failed else PartState.DONE,
        failed_rules=part.failed_rules,
        total=numbers.total,
        succeeded=numbers.succeeded,
        failed=numbers.failed,
        **columns,
    )
