"""One repository with its images."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from wizard.domain import Target
from wizard.domain.cached_images import CachedImage, ImageKind, referrer_counts, sums_of
from wizard.domain.namespaces import registry_host
from wizard.services import cached_images
from wizard.services.repositories import is_older
from wizard.views.repositories.rows import ImageRow
from wizard.views.table_filters import Filter, options
from wizard.views.tables import Listing, listing_of
from wizard.web import ConsoleRequest, at_target
from wizard.words import Text, error_view

# The values of `show`.
_SHOWN: Final[Mapping[str, Text]] = {
    "": gettext_lazy("All images"),
    "untagged": gettext_lazy("Without a tag"),
    "unpulled": gettext_lazy("Without a recorded pull"),
    "archived": gettext_lazy("Archived"),
    "artifacts": gettext_lazy("Artifacts"),
}
_WANTED: Final[Mapping[str, Callable[[CachedImage], bool]]] = {
    "untagged": lambda image: not image.tags,
    "unpulled": lambda image: image.last_pulled_at is None,
    "archived": lambda image: image.is_archived,
    "artifacts": lambda image: image.kind is ImageKind.ARTIFACT,
}


@require_safe
@at_target
def repository_images(request: ConsoleRequest, repository: str) -> HttpResponse:
    """Show the images of a repository, newest first. Raises RepositoryNotFound."""
    target = request.target
    found = cached_images.images_of(target=target, repository=repository)
    rule, listed = found.rule.value, found.images.value
    error = error_view(found.images.error) if found.images.error else None
    context = {
        "repository": found.repository,
        "host": registry_host(target),
        "rule": rule,
        "rule_error": error_view(found.rule.error) if found.rule.error else None,
        "is_older": rule is not None and is_older(found.repository, rule),
        "error": error,
    }
    if listed is not None:
        context["total"] = len(listed.images)
        rows = _rows(target, listed.images)
        context |= {
            "is_complete": listed.is_complete,
            "sums": sums_of(listed.images, is_complete=listed.is_complete),
            "has_lists": any(image.is_list for image in listed.images),
            "listing": _listing(request, rows),
        }
    status = error.status if error else 200
    return render(request, "repositories/images.html", context, status=status)


def _listing(request: ConsoleRequest, rows: list[ImageRow]) -> Listing[ImageRow]:
    """Return a page of the images, those of a kind if one is chosen (`show`)."""
    chosen = request.GET.get("show", "")
    is_wanted = _WANTED.get(chosen)
    choices = [(value, str(label)) for value, label in _SHOWN.items()]
    return listing_of(
        request,
        rows if is_wanted is None else [row for row in rows if is_wanted(row.image)],
        table="images",
        searched=_searched,
        filters=[Filter(name="show", label=_("Show"), options=options(choices, chosen))],
        is_filtered=is_wanted is not None,
    )


def _rows(target: Target, images: tuple[CachedImage, ...]) -> list[ImageRow]:
    counts = referrer_counts(images)
    rows = [
        ImageRow(image=image, uri=_uri(target, image), referrer_counts=counts.get(image.digest, {}))
        for image in images
    ]
    return sorted(rows, key=_pushed, reverse=True)


def _pushed(row: ImageRow) -> datetime:
    return row.image.pushed_at or datetime.min.replace(tzinfo=UTC)


def _uri(target: Target, image: CachedImage) -> str:
    name = f"{registry_host(target)}/{image.repository}"
    return f"{name}:{image.tags[0]}" if image.tags else f"{name}@{image.digest}"


def _searched(row: ImageRow) -> tuple[str, ...]:
    return *row.image.tags, row.image.digest, row.image.media_type, row.image.artifact_media_type
