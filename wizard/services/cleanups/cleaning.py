"""One repository of a clean-up whose lease is held: read it again, delete what is as it was.

Lease, row and audit row are written in one transaction before each call, their results in another
one after it. An image is deleted by its digest, and only if nothing about it changed since the
preview.
"""

import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

from django.utils import timezone

from wizard.backend import image_deletion, images
from wizard.domain import AwsAction, Role
from wizard.domain.errors import (
    AwsError,
    NotTried,
    RepositoryNotFound,
    RoleWithdrawn,
    error_record,
    known_not_made,
)
from wizard.models import CleanedBatch, CleanedState, ImageResult
from wizard.services import access, held
from wizard.services.audit import audited


@dataclass(slots=True, kw_only=True)
class RepositoryWork:
    """The batches of one repository, which are deleted one after the other."""

    region: str
    batches: list[CleanedBatch] = field(default_factory=list)
    # The error that ended the work.
    error: AwsError | None = None


def clean(work: RepositoryWork) -> None:
    """Delete the images of a repository; each row has the results, or the error of AWS.

    Raises AuditUnavailable, and deletes nothing, when an intent cannot be written, and LeaseLost
    when another process has taken the clean-up.
    """
    for row in work.batches:
        _clean(row)
        if row.state == CleanedState.FAILED and row.error is not None:
            # What it holds would be refused too.
            work.error = row.error
            break


def leave(work: RepositoryWork, silent: AwsError) -> None:
    """Note that the repository is not tried, because the Region did not respond for another."""
    words = "Not tried, because the Region didn't respond for another repository."
    for row in work.batches:
        if not row.is_unknown:
            action, region = AwsAction.DELETE_IMAGES, work.region
            untried = NotTried(words, code=silent.code, operation=action, region=region)
            _end(row, CleanedState.FAILED, known_not_made(untried))


def _clean(row: CleanedBatch) -> None:
    try:
        _check_role(row)
        now = images.every_image(row.cleanup.target, row.repository)
    except AwsError as error:
        _end(row, CleanedState.FAILED, error)
        return
    digests = row.compare(now)
    if not digests:
        _end(row, _state_of(row))
        return
    with suppress(AwsError):  # The row has it.
        _delete(row, digests)


def _check_role(row: CleanedBatch) -> None:
    """Read the person's grants once more: a role that was removed meanwhile ends here."""
    cleanup = row.cleanup
    actor = access.user_with_grants(cleanup.actor_id)
    is_allowed = actor and access.may(user=actor, role=Role.OPERATOR, target=cleanup.target)
    if not is_allowed:  # guard: Z2
        raise RoleWithdrawn(operation=AwsAction.DELETE_IMAGES, region=cleanup.region)


def _delete(row: CleanedBatch, digests: Collection[str]) -> None:
    row.event_id = uuid.uuid4()
    with audited(
        AwsAction.DELETE_IMAGES,
        target=row.cleanup.target,
        subject=row.repository,
        before={"digests": list(digests)},
        event_id=row.event_id,
        alongside=lambda: _begin(row),
    ) as change:
        change.alongside = lambda: _write(row)
        try:
            done = image_deletion.delete_images(row.cleanup.target, row.repository, digests)
        except RepositoryNotFound:
            note_gone(row, digests)
            row.state = CleanedState.ENDED
        except Exception as error:
            row.state = CleanedState.FAILED
            if isinstance(error, AwsError):
                row.error_record = error_record(error)
            raise
        else:
            note_gone(row, done.gone)
            for digest, refused in done.refused.items():
                reason = ": ".join(filter(None, (refused.code, refused.reason)))
                row.note(digest, ImageResult.FAILED, reason=reason)
            row.state = _state_of(row)
            change.after = {"deleted": len(done.gone), "refused": list(done.refused)}


def note_gone(row: CleanedBatch, digests: Collection[str]) -> None:
    """Note the images that no longer exist as deleted."""
    for digest in digests:
        row.note(digest, ImageResult.DELETED)


def _state_of(row: CleanedBatch) -> CleanedState:
    return CleanedState.FAILED if row.left else CleanedState.ENDED


def _begin(row: CleanedBatch) -> None:
    held.renew(row.cleanup)
    row.state, row.error_record, row.finished_at = CleanedState.RUNNING, None, None
    row.save(update_fields=["state", "results", "error_record", "event_id", "finished_at"])


def _write(row: CleanedBatch) -> None:
    row.finished_at = timezone.now()
    # Another process that has taken the clean-up meanwhile has looked at AWS itself.
    ours = CleanedBatch.objects.filter(
        pk=row.pk,
        cleanup__runner=row.cleanup.runner,  # guard: F7
    )
    ours.update(
        state=row.state,
        results=row.results,
        error_record=row.error_record,
        finished_at=row.finished_at,
    )


def _end(row: CleanedBatch, state: CleanedState, error: AwsError | None = None) -> None:
    """Note what became of a batch that nothing was requested for."""
    held.renew(row.cleanup)
    row.state, row.finished_at = state, timezone.now()
    row.error_record = error_record(error) if error else None
    row.save(update_fields=["state", "results", "error_record", "finished_at"])
