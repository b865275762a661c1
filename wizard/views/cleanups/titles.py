"""Titles, outcomes, criteria and addresses of clean-ups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.models import CleanedBatch, CleanUp, ImageResult
from wizard.services import cleanups
from wizard.views.operations.titles import Outcome
from wizard.web import place_url

_GONE = (ImageResult.DELETED, ImageResult.ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many images there are, are gone, are kept for good, and are left to do."""

    images: int
    gone: int
    left: int

    @property
    def kept(self) -> int:
        return self.images - self.gone - self.left


def counts_of(batches: Sequence[CleanedBatch]) -> Counts:
    """Return the counts of a clean-up."""
    results = [batch.result_of(each["digest"]) for batch in batches for each in batch.images]
    return Counts(
        images=len(results),
        gone=sum(result in _GONE for result in results),
        left=sum(len(batch.left) for batch in batches),
    )


def cleanup_url(cleanup: CleanUp, name: str = "cleanup-detail") -> str:
    """Return the address of a clean-up's page, or another of its addresses."""
    return place_url(name, cleanup.target, cleanup_id=str(cleanup.pk))


def is_unsettled(cleanup: CleanUp, batches: Sequence[CleanedBatch]) -> bool:
    """Whether its process died, or a call has no result."""
    if cleanup.is_running:
        return False
    return cleanup.is_interrupted or any(each.is_unknown for each in batches)


def title_of(cleanup: CleanUp, batches: Sequence[CleanedBatch]) -> str:
    """Return what becomes of the images, in one line."""
    counts = counts_of(batches)
    numbers = {"done": counts.gone, "all": counts.images}
    if cleanup.started_at is None:
        return _("Clean up %(name)s") % {"name": cleanup.name}
    if cleanup.is_running:
        text = ngettext("Deleting %d image", "Deleting %d images", counts.images)
        return text % counts.images
    if is_unsettled(cleanup, batches):
        return _("Interrupted: %(done)d of %(all)d images deleted") % numbers
    if counts.gone == counts.images:
        return ngettext("%d image deleted", "%d images deleted", counts.gone) % counts.gone
    return _("%(done)d of %(all)d images deleted") % numbers


def outcome_of(cleanup: CleanUp, batches: Sequence[CleanedBatch]) -> Outcome | None:
    """Return what is gone and what is not, in a sentence; None for a preview or running work."""
    if cleanup.is_running or cleanup.started_at is None:
        return None
    if is_unsettled(cleanup, batches):
        text = _(
            "The console stopped while it deleted the images. Retry compares them with AWS, and"
            " deletes those that still exist and haven't changed."
        )
        return Outcome(kind="warning", text=text)
    counts = counts_of(batches)
    if counts.left:
        text = ngettext("%d image was not deleted.", "%d images were not deleted.", counts.left)
        return Outcome(kind="error", text=text % counts.left)
    if counts.kept:
        text = ngettext(
            "%d image changed since the preview and is kept.",
            "%d images changed since the preview and are kept.",
            counts.kept,
        )
        return Outcome(kind="success", text=text % counts.kept)
    return Outcome(kind="success", text=_("The images are deleted."))


def criteria_of(cleanup: CleanUp) -> Iterator[str]:
    """Yield what was asked for, a sentence each."""
    chosen = cleanup.criteria
    if days := chosen.get("unpulled_days"):
        yield ngettext("Not pulled for %d day.", "Not pulled for %d days.", days) % days
    if days := chosen.get("pushed_days"):
        text = ngettext("Cached more than %d day ago.", "Cached more than %d days ago.", days)
        yield text % days
    if chosen.get("untagged_only"):
        yield _("Untagged images only.")
    if kept := chosen.get("kept_tags"):
        yield _("Images with these tags are kept: %(tags)s.") % {"tags": ", ".join(kept)}


def skipped_of(cleanup: CleanUp) -> list[tuple[str, str]]:
    """Return the repositories that are not part of it, each with the reason."""
    words = {
        cleanups.TOO_LARGE: _(
            "It has more images than the console reads. Use a lifecycle policy for it."
        ),
        cleanups.NOT_LISTED: _(
            "This Region has more repositories than the console lists. The others are left out."
        ),
        cleanups.TOO_MANY: _("It is beyond what one clean-up covers. Clean up again afterwards."),
    }
    text = _("The console couldn't read it (%(code)s).")
    return [(name, words.get(why, text % {"code": why})) for name, why in cleanup.skipped]
