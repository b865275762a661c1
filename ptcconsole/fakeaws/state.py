"""The state file of the simulated AWS.

moto's state is pickled and written atomically. A file that this version cannot read is renamed and
ignored. The file contains the simulated secrets and is readable by its owner only. Because
unpickling executes code, `--data-dir` must not point at files of other people.
"""

import copyreg
import io
import json
import os
import pickle
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moto
from moto.core.base_backend import BackendDict
from moto.ecr.models import ecr_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.kms.utils import ECDSAPrivateKey, RSAPrivateKey
from moto.organizations.models import organizations_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sts.models import sts_backends

from ptcconsole.fakeaws.organizations.models import learn_members

FILE_NAME = "aws.state"

_SERVICES: dict[str, BackendDict[Any]] = {
    "ecr": ecr_backends,
    "secretsmanager": secretsmanager_backends,
    "iam": iam_backends,
    "kms": kms_backends,
    "organizations": organizations_backends,
    "sts": sts_backends,
}
# Incremented with each change of the format; files with an older format are ignored.
_HEADER = {"format": 7, "moto": moto.__version__}
# What unpickling raises for a truncated file, or one with classes that no longer exist.
_UNREADABLE = (
    *(pickle.UnpicklingError, EOFError, AttributeError, ImportError),
    *(KeyError, TypeError, ValueError),
)


class StateFile:
    """The state file in a folder, which is created if missing."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._path = data_dir / FILE_NAME

    def save(self) -> None:
        """Replace the file atomically."""
        # The temporary file has mode 0600, which it keeps under its final name.
        with tempfile.NamedTemporaryFile(
            dir=self._path.parent, prefix=f"{FILE_NAME}.", delete=False
        ) as file:
            file.write(json.dumps(_HEADER).encode() + b"\n" + _pickled())
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, self._path)

    def load(self) -> str:
        """Restore the saved state; return a line to display, or an empty text."""
        if not self._path.exists():
            return ""
        header, _, pickled = self._path.read_bytes().partition(b"\n")
        if header != json.dumps(_HEADER).encode():
            return self._set_aside("was written by another version")
        try:
            _restore(pickle.loads(pickled))  # noqa: S301 - our own file, see above
        except _UNREADABLE:
            return self._set_aside("cannot be read")
        return ""

    @property
    def exists(self) -> bool:
        """Whether there is a saved state."""
        return self._path.exists()

    def _set_aside(self, reason: str) -> str:
        aside = self._path.with_suffix(".set-aside")
        os.replace(self._path, aside)
        return f"The saved AWS state {reason}; it was moved to {aside} and a new one begins."


def _pickled() -> bytes:
    # Copied first, because a concurrent call may create the backend of a Region.
    backends = {
        service: {
            account_id: dict(list(account.items()))
            for account_id, account in list(accounts.items())
        }
        for service, accounts in _SERVICES.items()
    }
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    # Locks cannot be pickled and are created again.
    pickler.dispatch_table = copyreg.dispatch_table.copy()
    for new_lock in (threading.RLock, threading.Lock):
        pickler.dispatch_table[type(new_lock())] = _as_new(new_lock)
    # Neither can the key pair of a KMS key, which is not used here.
    for key_pair in (ECDSAPrivateKey, RSAPrivateKey):
        pickler.dispatch_table[key_pair] = _as_new(type(None))
    pickler.dump(backends)
    return stream.getvalue()


def _as_new(make: Callable[[], Any]) -> Callable[[Any], tuple[Callable[[], Any], tuple[()]]]:
    return lambda _lock: (make, ())


def _restore(backends: dict[str, dict[str, dict[str, Any]]]) -> None:
    for service, accounts in backends.items():
        for account_id, regions in accounts.items():
            for region, backend in regions.items():
                _SERVICES[service][account_id][region] = backend
    learn_members()
