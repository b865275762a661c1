"""Layers and configs of images, by digest, as files of a folder.

Without a folder of the simulation's own it is a temporary one, which goes when the process ends.
"""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

_DIGEST = re.compile(r"sha256:(?P<hex>[0-9a-f]{64})")


class BlobStore:
    """A folder with a file per digest. All registries share it: a digest is its content."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def use(self, folder: Path) -> None:
        """Keep the files there from now on. It is created with the first one."""
        self._folder = folder

    def keep(self, digest: str, content: bytes) -> None:
        """Write a file, whole or not at all."""
        path = self._path(digest)
        if path is None or path.exists():
            return
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, path)

    def content(self, digest: str) -> bytes | None:
        """Return the bytes of a digest, or None."""
        path = self._path(digest)
        return path.read_bytes() if path is not None and path.exists() else None

    def _path(self, digest: str) -> Path | None:
        named = _DIGEST.fullmatch(digest)
        if named is None:
            return None
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="ptcconsole-blobs-"))
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / named["hex"]


# One per process, like moto's state.
BLOBS = BlobStore()
