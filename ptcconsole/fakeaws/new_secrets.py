"""Eventual consistency: ECR does not see a new secret at its first reads.

The delay is a number of reads instead of a time, so that tests are deterministic.
"""

import threading


class NewSecrets:
    """The remaining reads without success, by the ARN of the secret."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looks = 0
        self._looks_left: dict[str, int] = {}

    def hide(self, looks: int) -> None:
        """Hide each secret created from now on for a number of reads."""
        with self._lock:
            self._looks = looks

    def clear(self) -> None:
        """Hide no secret."""
        with self._lock:
            self._looks = 0
            self._looks_left.clear()

    def created(self, arn: str) -> None:
        """Note a secret that was created."""
        with self._lock:
            if self._looks:
                self._looks_left[arn] = self._looks

    def is_hidden(self, arn: str) -> bool:
        """Whether this read does not see the secret; counts the read."""
        with self._lock:
            left = self._looks_left.get(arn, 0)
            if left:
                self._looks_left[arn] = left - 1
            return left > 0


# One per process, like moto's state.
NEW_SECRETS = NewSecrets()
