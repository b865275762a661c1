"""Secrets that ECR does not see yet: what is written to one service reaches the other late.

Answers for counting how many more looks a secret stays hidden. Refuses to know secrets otherwise,
and any clock: ECR sees a secret after so many looks, not after so many seconds.
"""

import threading


class NewSecrets:
    """How often ECR has still to look, by the secret's ARN."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looks = 0
        self._looks_left: dict[str, int] = {}

    def hide(self, looks: int) -> None:
        """From now on, each secret that is created is not seen at its first looks."""
        with self._lock:
            self._looks = looks

    def clear(self) -> None:
        """Every secret is seen at once."""
        with self._lock:
            self._looks = 0
            self._looks_left.clear()

    def created(self, arn: str) -> None:
        """Secrets Manager has made one."""
        with self._lock:
            if self._looks:
                self._looks_left[arn] = self._looks

    def is_hidden(self, arn: str) -> bool:
        """Whether this look is in vain. Counts as one."""
        with self._lock:
            left = self._looks_left.get(arn, 0)
            if left:
                self._looks_left[arn] = left - 1
            return left > 0


# One list for the process, as moto keeps one state for the process.
NEW_SECRETS = NewSecrets()
