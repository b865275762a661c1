"""Runs a profile's credential_process: without a terminal, with a time limit, without its stderr.

It takes the place of `subprocess.Popen` in botocore, which waits for the program without a limit,
lets it use the terminal of the server, and puts what it writes to stderr into an exception.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import PurePath
from typing import Any, Final

from wizard.domain.errors import CredentialProgramFailed

# Pages wait for the program.
LIMIT_SECONDS: Final = 10.0


class BoundedProgram:
    """The part of Popen that botocore uses. The program is a session of its own, to be ended whole.

    Raises CredentialProgramFailed, which names the program without its arguments.
    """

    returncode: int

    def __init__(self, command: Sequence[str], **_options: Any) -> None:
        self._name = PurePath(command[0]).name if command else ""
        if not command:
            raise self._failed("is empty")
        try:
            self._program = subprocess.Popen(  # noqa: S603 - the command of the server's own profile
                command,
                stdin=subprocess.DEVNULL,  # guard: F17
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # guard: S9
                start_new_session=True,
            )
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise self._failed(f"could not be started: {reason}") from None

    def communicate(self) -> tuple[bytes, bytes]:
        try:
            output, _none = self._program.communicate(timeout=LIMIT_SECONDS)  # guard: F17
        except subprocess.TimeoutExpired:
            self._end()
            raise self._failed(f"did not end within {LIMIT_SECONDS:g} seconds") from None
        self.returncode = self._program.returncode
        if self.returncode:
            raise self._failed(f"ended with exit code {self.returncode}")
        return output, b""

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._program.pid, signal.SIGKILL)
        self._program.communicate()

    def _failed(self, words: str) -> CredentialProgramFailed:
        name = f" ({self._name})" if self._name else ""
        return CredentialProgramFailed(
            f"The profile's credential_process{name} {words}.", code="CredentialProcess"
        )
