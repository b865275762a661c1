"""Asking STS for a session of an account's role, with the console's own credentials.

STS of the home Region is asked. Its sessions are valid in all Regions, unlike those of the global
endpoint.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from wizard.backend.account_clients import sts, sts_regions
from wizard.backend.calls import call
from wizard.domain import known_credentials
from wizard.domain.errors import (
    AccessDenied,
    AccountRoleNotAssumed,
    AccountRoleUnavailable,
    AwsError,
    InvalidParameter,
    RegionUnreachable,
    ServiceFailure,
    UnexpectedAwsError,
)
from wizard.domain.principals import Principal, parse_principal

OPERATION: Final = "AssumeRole"
_KEYS: Final = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials that botocore signs with, and the session that they are of."""

    credentials: Any = field(repr=False)
    caller: Principal


class RoleClient:
    """The client of botocore's fetcher. `caller` is the session that STS made last."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self.caller = Principal(arn="")

    def assume_role(self, **parameters: Any) -> dict[str, Any]:
        """Return what the fetcher reads of the answer; raises an AwsError."""
        silence: AwsError | None = None
        for region in sts_regions():
            try:
                return self._checked(call(sts(region).assume_role, **parameters))
            except (RegionUnreachable, ServiceFailure) as error:
                silence = silence or error
            except (AccessDenied, InvalidParameter) as error:
                raise _refused(error) from None
        raise _unavailable(silence)

    def _checked(self, answer: Any) -> dict[str, Any]:
        try:
            caller = parse_principal(str(answer["AssumedRoleUser"]["Arn"]))
            keys = {name: answer["Credentials"][name] for name in _KEYS}
        except (LookupError, TypeError):
            raise _unusable(answer, "The answer breaks off.") from None
        if caller.account_id != self._account_id:  # guard: Z14
            raise _unusable(answer, "The role belongs to another account.")
        secrets = keys["SecretAccessKey"], keys["SessionToken"]
        known_credentials.remember_role(self._account_id, secrets)
        self.caller = caller
        return {"Credentials": keys, "AssumedRoleUser": {"Arn": caller.arn}}


def _unavailable(silence: AwsError | None) -> AwsError:
    """Return the error for a role; a proxy or a certificate has an error of its own."""
    if silence is not None and type(silence) is not RegionUnreachable:
        return silence
    words, code = (silence.message, silence.code) if silence else ("", "")
    return AccountRoleUnavailable(words, code=code, operation=OPERATION)


def _refused(error: AwsError) -> AccountRoleNotAssumed:
    return AccountRoleNotAssumed(
        error.message,
        code=error.code,
        operation=error.operation,
        region=error.region,
        request_id=error.request_id,
    )


def _unusable(answer: Any, words: str) -> UnexpectedAwsError:
    metadata = answer.get("ResponseMetadata", {}) if isinstance(answer, dict) else {}
    return UnexpectedAwsError(
        words,
        code="MalformedAnswer",
        operation=OPERATION,
        request_id=metadata.get("RequestId", ""),
    )
