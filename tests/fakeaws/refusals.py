"""Catches an error response of AWS, so that a test can check its code and message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a client sees of an error."""

    code: str
    message: str
    status: int
    request_id: str


def refusal_of(call: Callable[..., Any], **members: Any) -> Refusal:
    """The refusal of a call that must be refused."""
    try:
        answer = call(**members)
    except ClientError as error:
        metadata = error.response["ResponseMetadata"]
        return Refusal(
            code=error.response["Error"]["Code"],
            message=error.response["Error"]["Message"],
            status=metadata["HTTPStatusCode"],
            request_id=metadata["RequestId"],
        )
    raise AssertionError(f"The call was not refused but answered {answer}")
