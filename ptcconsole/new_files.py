"""Creates files whole or not at all.

Keys are generated once and kept. A file that a full disk or a killed process left empty or cut off
would be read as the key from then on.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_new(path: Path, text: str, *, mode: int) -> bool:
    """Create the file with all of its text; False if it exists, which is then left as it is.

    Of several processes that do so at once, one creates it. Raises OSError, after which there is no
    file of that name.
    """
    if path.exists():
        return False
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        return _name(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _name(unnamed: str, path: Path) -> bool:
    """Give the complete file its name, unless another process was first."""
    try:
        os.link(unnamed, path)
    except FileExistsError:
        return False
    except OSError:
        # The file system has no hard links, such as a folder that a virtual machine shares.
        os.rename(unnamed, path)
    return True
