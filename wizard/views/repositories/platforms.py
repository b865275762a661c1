"""The platforms of the lists of images in a repository, which only a pull of the lists tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from wizard.domain.cached_images import CachedImage, ListedImage
from wizard.services import cached_images
from wizard.services.cached_images import RepositoryPlatforms
from wizard.views.repositories.rows import short_digest
from wizard.web import ConsoleRequest, at_target, takes

# A manifest of 4 MB can list some 40,000 images. Real lists have some ten.
MOST_ENTRIES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRow:
    """An entry of a list. `image` is None if it is not in the repository: it was never pulled."""

    entry: ListedImage
    image: CachedImage | None

    @property
    def digest(self) -> str:
        return short_digest(self.entry.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A list with its first entries, and how many more it has.

    `rows` is None if AWS did not return it.
    """

    image: CachedImage
    rows: Sequence[PlatformRow] | None
    more: int = 0

    @property
    def name(self) -> str:
        """Return the tags of the list, or the beginning of its digest."""
        return ", ".join(self.image.tags) or short_digest(self.image.digest)


@require_POST
@takes()
@at_target
def repository_platforms(request: ConsoleRequest, repository: str) -> HttpResponse:
    """Show the platforms of each list. Raises RepositoryNotFound, and errors of reading."""
    found = cached_images.platforms_of(target=request.target, repository=repository)
    context = {
        "repository": repository,
        "lists": [_list_view(found, image) for image in found.lists],
        "not_asked": found.not_asked,
    }
    return render(request, "repositories/platforms.html", context)


def _list_view(found: RepositoryPlatforms, image: CachedImage) -> ListView:
    entries = found.entries.get(image.digest)
    if entries is None:
        return ListView(image=image, rows=None)
    shown = entries[:MOST_ENTRIES]
    rows = [PlatformRow(entry=each, image=found.images.get(each.digest)) for each in shown]
    return ListView(image=image, rows=rows, more=len(entries) - len(shown))
