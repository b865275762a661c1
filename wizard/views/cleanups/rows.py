"""The images of a clean-up as rows: what goes and why, and what became of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wizard.domain.cached_images import CachedImage, ImageKind
from wizard.domain.cleanup import Because
from wizard.models import CleanedBatch, CleanedState, CleanUp, ImageResult
from wizard.services import places
from wizard.views.operations.results import Progress, ResultRow
from wizard.views.tables import Listing, listing_of
from wizard.web import ConsoleRequest
from wizard.words import ErrorView, Text, error_view

_BECAUSE: Final[Mapping[Because, Text]] = {
    Because.CHOSEN: gettext_lazy("Matches"),
    Because.OF_LIST: gettext_lazy("Belongs to a deleted image index"),
    Because.OF_SUBJECT: gettext_lazy("Belongs to a deleted image"),
}
_KINDS: Final[Mapping[ImageKind, Text]] = {
    ImageKind.IMAGE: gettext_lazy("Image"),
    ImageKind.LIST: gettext_lazy("Image index"),
    ImageKind.ARTIFACT: gettext_lazy("Artifact"),
}
_STATUS: Final[Mapping[ImageResult | None, str]] = {
    None: "pending",
    ImageResult.DELETED: "valid",
    ImageResult.ABSENT: "valid",
    ImageResult.FAILED: "failed",
    ImageResult.HELD: "failed",
}
_STATUS_OF_BATCH: Final[Mapping[str, str]] = {
    CleanedState.WAITING: "pending",
    CleanedState.RUNNING: "running",
    CleanedState.ENDED: "valid",
    CleanedState.FAILED: "failed",
}
_URGENCY: Final = ("failed", "warning", "pending", "valid")
_SHORT: Final = 19  # `sha256:` and twelve digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """An image: `why` it is part of the clean-up, and what became of it."""

    image: CachedImage
    why: Text
    kind: Text
    status: str
    word: Text
    reason: str = ""
    error: ErrorView | None = None

    @property
    def repository(self) -> str:
        return self.image.repository

    @property
    def tags(self) -> str:
        return ", ".join(self.image.tags)

    @property
    def digest(self) -> str:
        return self.image.digest[:_SHORT]

    @property
    def pulled_at(self) -> datetime | None:
        return self.image.last_pulled_at

    @property
    def urgency(self) -> int:
        return _URGENCY.index(self.status)

    @property
    def reason_text(self) -> str:
        return str(self.error.title) if self.error else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageProgress(Progress):
    """How many of the images have a result."""

    @property
    def text(self) -> str:
        numbers = {"ended": self.ended, "total": self.total}
        text = ngettext("%(ended)d of %(total)d image", "%(ended)d of %(total)d images", self.total)
        return text % numbers


def rows_of(cleanup: CleanUp, batches: Iterable[CleanedBatch]) -> list[ImageRow]:
    """Return a row for each image; once the work has ended, failures first."""
    rows = [row for batch in batches for row in _rows(batch)]
    is_ended = cleanup.started_at is not None and not cleanup.is_running
    return sorted(rows, key=lambda row: row.urgency) if is_ended else rows


def images_listing(
    request: ConsoleRequest, cleanup: CleanUp, rows: Sequence[ImageRow]
) -> Listing[ImageRow]:
    """Return a page of the images, of a preview or of results."""
    is_preview = cleanup.started_at is None
    return listing_of(
        request,
        rows,
        table="planned" if is_preview else "cleaned",
        searched=_searched,
        sorts=not cleanup.is_running,
        anchor="images",
    )


def progress_of(batches: Iterable[CleanedBatch]) -> ImageProgress:
    found = list(batches)
    total = sum(len(batch.images) for batch in found)
    ended = sum(
        len(batch.images)
        for batch in found
        if batch.state not in (CleanedState.WAITING, CleanedState.RUNNING)
    )
    return ImageProgress(ended=ended, total=total)


def batch_rows(cleanup: CleanUp, batches: Iterable[CleanedBatch]) -> list[ResultRow]:
    """Return a row for each call, for the progress."""
    region = places.region_named(cleanup.region)
    return [
        ResultRow(
            region=region,
            name=batch.repository,
            status=_STATUS_OF_BATCH[batch.state],
            word=CleanedState(batch.state).label,
            made=[_made(batch)] if batch.results else [],
            error=error_view(batch.error) if batch.error else None,
        )
        for batch in batches
    ]


def _made(batch: CleanedBatch) -> str:
    gone = (ImageResult.DELETED, ImageResult.ABSENT)
    number = sum(batch.result_of(digest) in gone for digest in batch.results)
    return ngettext("%d image deleted", "%d images deleted", number) % number


def _rows(batch: CleanedBatch) -> list[ImageRow]:
    error = error_view(batch.error) if batch.error else None
    return [_row(batch, each.image, each.because, error) for each in batch.planned]


def _row(
    batch: CleanedBatch, image: CachedImage, because: Because, error: ErrorView | None
) -> ImageRow:
    result = batch.result_of(image.digest)
    word = result.label if result else _unfinished(batch)
    is_failed = result is None and batch.state == CleanedState.FAILED
    kept = batch.results.get(image.digest, {})
    return ImageRow(
        image=image,
        why=_BECAUSE[because],
        kind=_KINDS[image.kind],
        status="failed" if is_failed else _STATUS.get(result, "warning"),
        word=word,
        reason=kept.get("reason", ""),
        error=error if is_failed else None,
    )


def _unfinished(batch: CleanedBatch) -> Text:
    if batch.state == CleanedState.RUNNING and not batch.cleanup.is_running:
        return _("It isn't known whether AWS deleted it")
    return CleanedState(batch.state).label


def _searched(row: ImageRow) -> tuple[str, ...]:
    image = row.image
    return row.repository, row.tags, image.digest, str(row.kind), str(row.word), row.reason_text
