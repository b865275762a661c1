"""Refuses a call that policies do not allow, in AWS's words."""

from ptcconsole.fakeaws import aws_errors
from ptcconsole.fakeaws.aws_errors import AwsError, Refused
from ptcconsole.fakeaws.callers import caller_arn
from ptcconsole.fakeaws.calls import AwsCall
from ptcconsole.fakeaws.checks import CHECKS, Check
from ptcconsole.fakeaws.iam.authorization import Wanted, policies_of, reason_against
from ptcconsole.fakeaws.iam.wanted import wanted_by

_DEFAULT_REGION = "us-east-1"


def denial(call: AwsCall, body: str) -> AwsError | None:
    """Return why a call is denied, or None.

    The caller's own policies are evaluated only if IAM is checked.
    """
    allowed = policies_of(call.access_key, with_own=Check.IAM in CHECKS)
    if not allowed.decides:
        return None
    arn = caller_arn(call)
    for each in wanted_by(call, body, allowed.account_id):
        reason = reason_against(each, allowed, caller_arn=arn, region=call.region)
        if reason:
            return aws_errors.denied(call, _message_of(each, arn, reason))
    return None


def require(
    access_key: str,
    arn: str,
    *wanted: tuple[str, str],
    code: str = "AccessDeniedException",
    status: int = 400,
    region: str = _DEFAULT_REGION,
    checks: tuple[Check, ...] = (Check.PERMISSIONS, Check.IAM),
) -> None:
    """Raise Refused for the first action and resource that the caller's policies do not allow.

    The caller's own policies are evaluated only if one of `checks` is ordered.
    """
    allowed = policies_of(access_key, with_own=any(check in CHECKS for check in checks))
    for action, resource in wanted:
        each = Wanted(action=action, resource=resource)
        reason = reason_against(each, allowed, caller_arn=arn, region=region)
        if reason:
            raise Refused(code, _message_of(each, arn, reason), status)


def _message_of(wanted: Wanted, arn: str, reason: str) -> str:
    return (
        f"User: {arn} is not authorized to perform: {wanted.action} on resource: "
        f"{wanted.name} {reason}"
    )
