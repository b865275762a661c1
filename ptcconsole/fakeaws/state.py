"""The file in which the simulated AWS outlives a restart.

Answers for writing moto's state whole or not at all, and for setting aside a file that this moto
cannot read. Refuses to know what the state means. The file holds the simulated secrets and is
unpickled when it is read, so it is its owner's alone: never point `--data-dir` at a file of others.
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
from moto.secretsmanager.models import secretsmanager_backends
from moto.sts.models import sts_backends

FILE_NAME = "aws.state"

_SERVICES: dict[str, BackendDict[Any]] = {
    "ecr": ecr_backends,
    "secretsmanager": secretsmanager_backends,
    "iam": iam_backends,
    "kms": kms_backends,
    "sts": sts_backends,
}
# One more for each change of what is kept: an older file is set aside, not guessed at.
_HEADER = {"format": 2, "moto": moto.__version__}
# What pickle may raise for a file that is cut short, or of classes that are no more.
_UNREADABLE = (
    *(pickle.UnpicklingError, EOFError, AttributeError, ImportError),
    *(KeyError, TypeError, ValueError),
)


class StateFile:
    """The state file in one folder, which is made when it is missing."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._path = data_dir / FILE_NAME

    def save(self) -> None:
        """Replace the file in one step: a crash leaves the old state or the new one."""
        # The temporary file is readable by its owner only, and stays so under its final name.
        with tempfile.NamedTemporaryFile(
            dir=self._path.parent, prefix=f"{FILE_NAME}.", delete=False
        ) as file:
            file.write(json.dumps(_HEADER).encode() + b"\n" + _pickled())
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, self._path)

    def load(self) -> str:
        """Take over the saved state. Returns a line to show when there is one, else nothing."""
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
    # Lists first: a call in another thread may be making a Region's backend at this moment.
    backends = {
        service: {
            account_id: dict(list(account.items()))
            for account_id, account in list(accounts.items())
        }
        for service, accounts in _SERVICES.items()
    }
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    # A lock is not state: each comes back as a new one.
    pickler.dispatch_table = copyreg.dispatch_table.copy()
    for new_lock in (threading.RLock, threading.Lock):
        pickler.dispatch_table[type(new_lock())] = _as_new(new_lock)
    # Nor is the key pair that moto gives every KMS key: nothing is signed here.
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
