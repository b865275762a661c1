"""Asks IAM about the policies of the console's credentials, and remembers what it says.

The policies of a session are those of its role, whose path only GetRole tells.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from wizard.backend import iam
from wizard.domain import Target, waiting
from wizard.domain.errors import AccessDenied, AwsError, RoleNotFound
from wizard.domain.principals import Principal, PrincipalKind
from wizard.domain.simulations import Decision, Question
from wizard.services.fanout import ask_together
from wizard.services.permissions.memory import FAILURE_SECONDS, remember, remembered

# IAM has no Regions. Requests that wait for it take shares of this one.
_IAM: Final = "IAM"
# How long a page waits for the role, so that time is left for the answers.
_ROLE_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Failure:
    """A remembered error."""

    error: AwsError


def policy_source(principal: Principal, account_id: str, *, may_ask: bool) -> str | Failure | None:
    """Return the ARN of the user, or of the role of the session; None if it must be asked first."""
    if principal.kind is PrincipalKind.USER:
        return principal.arn
    key = ("role", account_id, principal.name)
    known: str | Failure | None = remembered(key)
    if known is not None or not may_ask:
        return known
    try:
        with waiting.at_most(_ROLE_SECONDS):
            return remember(key, iam.get_role(account_id, principal.name).arn)
    except (AccessDenied, RoleNotFound):
        # If the role has no path, this is its ARN; otherwise IAM says that there is no such role.
        return remember(key, principal.role_arn_without_path)
    except AwsError as error:
        return remember(key, Failure(error.with_traceback(None)), seconds=FAILURE_SECONDS)


def answers(
    source: str, asked: Iterable[Question], account_id: str, *, may_ask: bool
) -> tuple[dict[str, Decision], AwsError | None]:
    """Return IAM's decisions by action, and the first error."""
    told: dict[Question, list[Decision] | Failure] = {}
    unknown = []
    for question in asked:
        known = remembered((source, question))
        if known is None:
            unknown.append(question)
        else:
            told[question] = known
    if may_ask:
        told |= _ask(source, unknown, account_id)
    errors = [each.error for each in told.values() if isinstance(each, Failure)]
    decisions = {
        decision.action: decision
        for each in told.values()
        if not isinstance(each, Failure)
        for decision in each
    }
    return decisions, errors[0] if errors else None


def _ask(
    source: str, asked: Collection[Question], account_id: str
) -> dict[Question, list[Decision] | Failure]:
    answers: dict[Question, list[Decision] | Failure] = {}
    told = ask_together(
        target=Target(account_id=account_id, region=_IAM),
        calls={question: partial(iam.simulate, account_id, source, question) for question in asked},
    )
    for question, answer in told.items():
        key = (source, question)
        if answer.error is None:
            answers[question] = remember(key, answer.value or [])
        else:
            failure = Failure(answer.error.with_traceback(None))
            answers[question] = remember(key, failure, seconds=FAILURE_SECONDS)
    return answers
