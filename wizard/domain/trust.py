"""Evaluates the trust policy of an IAM role: whether a service may assume the role.

The evaluation follows IAM: an explicit Deny wins, actions are case-insensitive and may have the
wildcards `*` and `?`, and all conditions of a statement must be met. AWS does not document which
condition keys are in the request of pull through cache, or of ECR for a template. So the result of
a part is True, False, or None for not certain, and only a certain refusal is reported as one.

Source: "IAM JSON policy elements reference" and "Policy evaluation logic" in the IAM user guide.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

SERVICE_PRINCIPAL: Final = "pullthroughcache.ecr.amazonaws.com"
# Who assumes the role of a repository creation template.
ECR_PRINCIPAL: Final = "ecr.amazonaws.com"

_ACTION: Final = "sts:AssumeRole"
_ANY_ARN: Final = "any ARN of the account"
_QUANTIFIER = re.compile(r"for(all|any)values?:")

Certainty = bool | None


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who assumes the role: a service, for this account."""

    service: str
    account_id: str


class Trust(StrEnum):
    """Whether a role's trust policy lets the service assume it."""

    TRUSTED = "trusted"
    CONDITIONAL = "conditional"
    DENIED = "denied"
    NOT_NAMED = "not-named"

    @property
    def is_refusal(self) -> bool:
        """Whether the service certainly cannot assume the role."""
        return self in (Trust.DENIED, Trust.NOT_NAMED)


def trust_of(policy: Any, *, account_id: str, service: str = SERVICE_PRINCIPAL) -> Trust:
    """Evaluate a trust policy (AssumeRolePolicyDocument) of a role in this account."""
    caller = _Caller(service, account_id)
    if not isinstance(policy, Mapping):
        return Trust.CONDITIONAL
    statements = [each for each in _listed(policy.get("Statement")) if isinstance(each, Mapping)]
    denied = _any(_applies(each, caller) for each in _with_effect(statements, "Deny"))
    allowed = _any(_applies(each, caller) for each in _with_effect(statements, "Allow"))
    if denied:
        return Trust.DENIED
    if allowed is False:
        return Trust.NOT_NAMED
    return Trust.TRUSTED if allowed and denied is False else Trust.CONDITIONAL


def _with_effect(statements: Iterable[Mapping[str, Any]], effect: str) -> list[Mapping[str, Any]]:
    return [statement for statement in statements if statement.get("Effect") == effect]


def _applies(statement: Mapping[str, Any], caller: _Caller) -> Certainty:
    """Whether a statement applies to the request of the service."""
    return _all(
        (
            _has_principal(statement, caller.service),
            _has_action(statement),
            *_conditions(statement.get("Condition"), caller),
        )
    )


def _has_principal(statement: Mapping[str, Any], service: str) -> Certainty:
    if "Principal" in statement:
        return _names_service(statement["Principal"], service)
    if "NotPrincipal" in statement:
        return _not(_names_service(statement["NotPrincipal"], service))
    return False


def _names_service(principal: Any, service: str) -> Certainty:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    if service in _listed(principal.get("Service")):
        return True
    first = f"{service.split('.')[0]}."
    # AWS does not document whether these stand for the service principal.
    services = [str(each) for each in _listed(principal.get("Service"))]
    is_similar = any(each.startswith(first) for each in services)
    is_open = "*" in (*_listed(principal.get("AWS")), *services)
    return None if is_open or is_similar else False


def _has_action(statement: Mapping[str, Any]) -> Certainty:
    if "Action" in statement:
        return any(_like(str(each), _ACTION) for each in _listed(statement["Action"]))
    if "NotAction" in statement:
        return not any(_like(str(each), _ACTION) for each in _listed(statement["NotAction"]))
    return False


def _conditions(condition: Any, caller: _Caller) -> Iterable[Certainty]:
    """Yield the result of each operator and key; all of them must be met."""
    if not condition:
        return
    if not isinstance(condition, Mapping):
        yield None
        return
    for operator, keys in condition.items():
        if not isinstance(keys, Mapping):
            yield None
            continue
        for key, values in keys.items():
            texts = [_text(value) for value in _listed(values)]
            yield _condition(str(operator).lower(), str(key).lower(), texts, caller)


def _condition(operator: str, key: str, values: list[str], caller: _Caller) -> Certainty:
    """Evaluate a condition for each value that its key may have in the request."""
    if any("${" in value for value in values):
        return None
    possible = _possible_values(key, caller)
    results = {_result(operator, found, values, caller.account_id) for found in possible}
    return results.pop() if len(results) == 1 else None


def _possible_values(key: str, caller: _Caller) -> tuple[str | None, ...]:
    """Return the values that a key may have, None for a missing one; empty if that is unknown."""
    known: dict[str, tuple[str | None, ...]] = {
        "aws:sourceaccount": (None, caller.account_id),
        "aws:sourcearn": (None, _ANY_ARN),
        "aws:principalservicename": (caller.service,),
        "aws:principalisawsservice": ("true",),
    }
    return known.get(key, ())


def _result(operator: str, found: str | None, values: list[str], account_id: str) -> Certainty:
    """Evaluate an operator for one value of the key; None for an operator that is not known."""
    if operator == "null":
        wanted = {value.lower() for value in values}
        return None if len(wanted) != 1 else (found is None) == (wanted == {"true"})
    if_exists = operator.endswith("ifexists")
    quantifier = _QUANTIFIER.match(operator)
    operator = _QUANTIFIER.sub("", operator).removesuffix("ifexists")
    negated = "not" in operator
    compared = _COMPARED.get(operator.replace("not", "", 1))
    if compared is None:
        return None
    if found is None:
        for_all = quantifier is not None and quantifier[1] == "all"
        return if_exists or for_all or (negated and quantifier is None)
    matched = _any(_matches(compared, value, found, account_id) for value in values)
    return _not(matched) if negated else matched


# How an operator compares: exactly, without case, with wildcards, or ARNs with wildcards.
_COMPARED: Final[Mapping[str, str]] = {
    "stringequals": "exactly",
    "stringequalsignorecase": "without-case",
    "bool": "without-case",
    "stringlike": "wildcards",
    "arnequals": "arn",
    "arnlike": "arn",
}


def _matches(compared: str, pattern: str, found: str, account_id: str) -> Certainty:
    if found == _ANY_ARN:
        return _matches_any_arn(compared, pattern, account_id)
    if compared == "exactly":
        return pattern == found
    if compared == "without-case":
        return pattern.lower() == found.lower()
    return _wildcards(pattern, 0).fullmatch(found) is not None


def _matches_any_arn(compared: str, pattern: str, account_id: str) -> Certainty:
    """Whether a pattern matches an ARN of which only the account is known."""
    if pattern == "*" and compared in ("wildcards", "arn"):
        return True
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return None if "*" in pattern and compared == "wildcards" else False
    if compared == "wildcards" and "*" in "".join(parts[:4]):
        return None  # the wildcard may stand for colons too
    is_own = _wildcards(parts[4], 0).fullmatch(account_id) is not None
    return None if is_own or not parts[4] else False


def _like(pattern: str, text: str) -> bool:
    """Whether a pattern with wildcards matches, without regard to case."""
    return _wildcards(pattern, re.IGNORECASE).fullmatch(text) is not None


@lru_cache(maxsize=512)
def _wildcards(pattern: str, flags: int) -> re.Pattern[str]:
    """Compile a pattern. Atomic groups, because backtracking takes exponential time per `*`."""
    first, *rest = (_without_stars(part) for part in pattern.split("*"))
    if rest:
        *middle, last = rest
        first += "".join(f"(?>.*?{part})" for part in middle if part) + f".*{last}"
    return re.compile(first, flags | re.DOTALL)


def _without_stars(part: str) -> str:
    return "".join("." if character == "?" else re.escape(character) for character in part)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(value: Any) -> Iterable[Any]:
    """Return a list; IAM policies may have a single value instead of a list."""
    return value if isinstance(value, list) else [value]


def _not(value: Certainty) -> Certainty:
    return None if value is None else not value


def _all(values: Iterable[Certainty]) -> Certainty:
    """Return False if any value is False, else None if any is not certain, else True."""
    found = set(values)
    return False if False in found else None if None in found else True


def _any(values: Iterable[Certainty]) -> Certainty:
    """Return True if any value is True, else None if any is not certain, else False."""
    return _not(_all(_not(value) for value in values))
