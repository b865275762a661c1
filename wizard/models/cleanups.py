"""Clean-ups: the images that a person saw in a preview, and what became of each of them."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain import Target
from wizard.domain.cached_images import CachedImage
from wizard.domain.cleanup import Because, PlannedImage, why_left
from wizard.domain.errors import AwsError, is_answer_lost, recorded_error
from wizard.models.held import HeldRow
from wizard.models.kept import KeptCharField, KeptJSONField


class CleanedState(models.TextChoices):
    """The states of a batch of images in a clean-up."""

    WAITING = "waiting", _("Not started")
    RUNNING = "running", _("In progress")
    ENDED = "ended", _("Done")
    FAILED = "failed", _("Not deleted")


class ImageResult(models.TextChoices):
    """What became of an image: the first two are gone, the last one can be tried again."""

    DELETED = "deleted", _("Deleted")
    ABSENT = "absent", _("Already deleted")
    PULLED = "pulled", _("Kept: pulled since the preview")
    RETAGGED = "retagged", _("Kept: its tags changed since the preview")
    CHANGED = "changed", _("Kept: changed since the preview")
    HELD = "held", _("Kept: another image needs it")
    FAILED = "failed", _("Not deleted")


class CleanUp(HeldRow):
    """A preview of what goes from repositories, and its deletion once a person confirmed it.

    The ID comes from the form. `started_at` is None as long as it is a preview. `skipped` are the
    repositories that the preview could not cover: name and reason. `criteria` are the answers of
    the form.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    # The person who made the preview, or last started or continued the deletion.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    # The rule whose repositories it covers, or one repository.
    ecr_repository_prefix = KeptCharField(max_length=256, blank=True)
    repository = KeptCharField(max_length=256, blank=True)
    criteria = KeptJSONField(default=dict)
    kept = models.IntegerField(default=0)
    unread_lists = models.IntegerField(default=0)
    skipped = KeptJSONField(default=list)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["account_id", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.pk}"

    @property
    def name(self) -> str:
        """Return the prefix of the rule, or the repository."""
        return self.repository or self.ecr_repository_prefix

    @property
    def target(self) -> Target:
        return Target(account_id=self.account_id, region=self.region)


class CleanedBatch(models.Model):
    """Images of one repository that one call deletes: the journal of this call.

    `images` are as in the preview. `RUNNING` and the ID of the audited change are written before
    the call. `results` has the result of each image by its digest; a digest without one is left to
    do.
    """

    cleanup = models.ForeignKey(CleanUp, on_delete=models.CASCADE, related_name="batches")
    # The order of deletion within a repository.
    number = models.IntegerField()
    repository = KeptCharField(max_length=256)
    images = KeptJSONField(default=list)
    state = models.CharField(
        max_length=16, choices=CleanedState.choices, default=CleanedState.WAITING
    )
    results = KeptJSONField(default=dict)
    error_record = KeptJSONField(null=True, blank=True)
    event_id = models.UUIDField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["cleanup", "number"], name="one_row_per_cleaned_batch")
        ]

    def __str__(self) -> str:
        return f"{self.repository}: {self.state}"

    @property
    def planned(self) -> list[PlannedImage]:
        return [_planned(each, self.repository) for each in self.images]

    @property
    def left(self) -> list[PlannedImage]:
        """Return the images that are not gone and not kept for good."""
        retried = (None, ImageResult.FAILED, ImageResult.HELD)
        return [each for each in self.planned if self.result_of(each.image.digest) in retried]

    def result_of(self, digest: str) -> ImageResult | None:
        found = self.results.get(digest)
        return ImageResult(found["result"]) if found else None

    def compare(self, now: Mapping[str, CachedImage]) -> list[str]:
        """Note which images changed since the preview; return the digests of the others.

        `now` are all images of the repository by digest.
        """
        unchanged = []
        for each in self.left:
            digest, why = each.image.digest, why_left(each, now)
            if why is not None:  # guard: F24
                self.note(digest, ImageResult(why.value))
                continue
            unchanged.append(digest)
        return unchanged

    def note(self, digest: str, result: ImageResult, *, reason: str = "") -> None:
        """Set what became of an image; `reason` is AWS's."""
        self.results[digest] = {"result": result.value, "reason": reason}

    @property
    def error(self) -> AwsError | None:
        return recorded_error(self.error_record) if self.error_record else None

    @property
    def is_unknown(self) -> bool:
        """Whether it is not known what AWS deleted: cut off, or the answer was lost."""
        if self.state == CleanedState.RUNNING:
            return True
        return self.error is not None and is_answer_lost(self.error)


def image_record(planned: PlannedImage) -> dict[str, Any]:
    """Return an image of a preview as JSON."""
    image = planned.image
    return {
        "digest": image.digest,
        "tags": list(image.tags),
        "size_bytes": image.size_bytes,
        "pushed_at": _text(image.pushed_at),
        "last_pulled_at": _text(image.last_pulled_at),
        "media_type": image.media_type,
        "artifact_media_type": image.artifact_media_type,
        "status": image.status,
        "subject": image.subject,
        "because": planned.because.value,
        "holders": list(planned.holders),
        "members": list(planned.members),
        "used_at": _text(planned.used_at),
        "level": planned.level,
    }


def _planned(record: Mapping[str, Any], repository: str) -> PlannedImage:
    return PlannedImage(
        image=CachedImage(
            repository=repository,
            digest=record["digest"],
            tags=tuple(record["tags"]),
            size_bytes=record["size_bytes"],
            pushed_at=_moment(record["pushed_at"]),
            last_pulled_at=_moment(record["last_pulled_at"]),
            media_type=record["media_type"],
            artifact_media_type=record["artifact_media_type"],
            status=record["status"],
            subject=record["subject"],
        ),
        because=Because(record["because"]),
        holders=tuple(record["holders"]),
        members=tuple(record["members"]),
        used_at=_moment(record["used_at"]),
        level=record["level"],
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
