"""Static files of production: hashed and compressed once for a version, not at each start.

Compression at the best level takes seconds of CPU time, in which a console that restarts serves
nothing. A file in the folder says of which sources everything in it was made. It is written last,
so that a folder whose making was interrupted is made again.
"""

import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from whitenoise.storage import CompressedManifestStaticFilesStorage

_SOURCES: Final = "sources.sha256"
# What decides, besides the sources, what is made of them.
_MAKERS: Final = ("django", "whitenoise", "brotli")


class CollectedStorage(CompressedManifestStaticFilesStorage):
    """whitenoise's storage, which leaves a folder alone that it has made of the same sources."""

    def post_process(self, paths: Mapping[str, Any], **options: Any) -> Iterator[Any]:
        """Make the files under their hashed names; `paths` are the sources that were found."""
        noted, sources = Path(self.path(_SOURCES)), _digest(paths)
        if self._has_all() and noted.is_file() and noted.read_text("ascii") == sources:
            # collectstatic has just copied them, because they were deleted the last time, too.
            self.delete_files(paths)
            return
        noted.unlink(missing_ok=True)
        yield from super().post_process(paths, **options)
        noted.write_text(sources, "ascii")

    def _has_all(self) -> bool:
        # Without its list, which whitenoise reads at the start, nothing is known to be there.
        made = self.hashed_files.values()
        return bool(made) and all(Path(self.path(name)).is_file() for name in made)


def _digest(paths: Mapping[str, Any]) -> str:
    """Return a digest of the contents of all sources, and of the versions of what reads them."""
    digest = hashlib.sha256()
    for maker in _MAKERS:
        digest.update(f"{maker} {version(maker)}\n".encode())
    for name, (storage, path) in sorted(paths.items()):
        with storage.open(path) as source:
            content = hashlib.sha256(source.read()).hexdigest()
        digest.update(f"{content} {name}\n".encode())
    return digest.hexdigest()
