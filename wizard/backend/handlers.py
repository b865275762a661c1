"""What is done at botocore's events, in every client of the console.

A call that would read a secret's value is refused before it is sent.
"""

from typing import Any, Final

from wizard.backend import attempts, signing
from wizard.backend.answers import check_answer


def _read_no_value(**_request: Any) -> None:
    raise PermissionError("The console reads no secret's value.")


HANDLERS: Final[dict[str, Any]] = {
    "before-parse": check_answer,  # guard: F19
    "before-send": attempts.note_sending,
    "before-sign": signing.sign,  # guard: Z14
    "response-received": attempts.hear,  # guard: F2 F3
    "provide-client-params.secrets-manager.GetSecretValue": _read_no_value,  # guard: S5
    "provide-client-params.secrets-manager.BatchGetSecretValue": _read_no_value,  # guard: S5
}
