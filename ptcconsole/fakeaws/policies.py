"""Evaluates the parts of IAM policies that the simulation needs.

These are Effect, Action, NotAction, Principal, NotPrincipal, Resource, NotResource and conditions
of texts, ARNs and truth values. A condition with an unknown operator never matches. Resource is
not evaluated in resource-based policies.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

PTC_PRINCIPAL = "pullthroughcache.ecr.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The principals of a caller by type (`AWS`, `Service`), and the request context."""

    names: frozenset[tuple[str, str]]
    context: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def pull_through_cache(cls, account_id: str) -> "Caller":
        """Return ECR's pull through cache as it assumes a role for a registry of the account."""
        return cls(
            names=frozenset({("Service", PTC_PRINCIPAL)}),
            context={"aws:SourceAccount": account_id},
        )


def allows(document: str | None, action: str, caller: Caller) -> bool:
    """Whether a statement allows the action and none denies it."""
    return _has_statement("Allow", document, action, caller) and not denies(
        document, action, caller
    )


def denies(document: str | None, action: str, caller: Caller) -> bool:
    """Whether a statement denies the action."""
    return _has_statement("Deny", document, action, caller)


def permits(documents: Iterable[str], action: str, resource: str) -> bool:
    """Whether identity-based policies allow the action on the resource, and none denies it."""
    return effects(documents, action, resource) == {"Allow"}


def effects(
    documents: Iterable[str],
    action: str,
    resource: str,
    context: Mapping[str, str] = MappingProxyType({}),
    *,
    exactly: bool = False,
) -> set[str]:
    """Return the effects of all statements that apply to the action on the resource.

    A resource that ends in `*` is whatever begins so, as simulations understand it, or `exactly`
    this text, as a request for all resources is.
    """
    covers = _like if exactly else _overlaps
    return {
        str(statement.get("Effect"))
        for document in documents
        for statement in _statements(document)
        if _is_about(statement, "Action", action.lower())
        and _is_about(statement, "Resource", resource, covers)
        and _is_met(statement.get("Condition") or {}, context)
    }


def condition_keys(documents: Iterable[str]) -> set[str]:
    """Return the names of the condition keys that the policies use."""
    return {
        name
        for document in documents
        for statement in _statements(document)
        for tests in (statement.get("Condition") or {}).values()
        for name in tests
    }


def without_conditions(document: str) -> str:
    """Return a policy without the statements that have conditions."""
    statements = [each for each in _statements(document) if not each.get("Condition")]
    return json.dumps({"Statement": statements})


def _has_statement(effect: str, document: str | None, action: str, caller: Caller) -> bool:
    return any(
        statement.get("Effect") == effect
        and _is_about(statement, "Action", action.lower())
        and _is_meant(statement, caller)
        and _is_met(statement.get("Condition") or {}, caller.context)
        for statement in _statements(document)
    )


def _statements(document: str | None) -> Iterator[dict[str, Any]]:
    try:
        policy = json.loads(document or "{}")
    except ValueError:
        return
    statements = policy.get("Statement", []) if isinstance(policy, dict) else []
    for statement in statements if isinstance(statements, list) else [statements]:
        if isinstance(statement, dict):
            yield statement


def _is_about(
    statement: Mapping[str, Any],
    member: str,
    value: str,
    covers: Callable[[str, str], bool] | None = None,
) -> bool:
    """Whether Action or Resource, or their negation, covers the value."""
    negated = f"Not{member}" in statement
    patterns = _texts(statement.get(f"Not{member}" if negated else member))
    if member == "Action":
        patterns = [pattern.lower() for pattern in patterns]
    matches = covers or _like
    return any(matches(pattern, value) for pattern in patterns) != negated


def _overlaps(pattern: str, resource: str) -> bool:
    """Whether the pattern covers the resource or, if that ends in `*`, something below it."""
    if not resource.endswith("*"):
        return _like(pattern, resource)
    head = re.split(r"[*?]", pattern)[0]
    return head.startswith(resource[:-1]) or resource.startswith(head)


def _is_meant(statement: Mapping[str, Any], caller: Caller) -> bool:
    if "NotPrincipal" in statement:
        return not _is_named(statement["NotPrincipal"], caller)
    return _is_named(statement.get("Principal"), caller)


def _is_named(principal: Any, caller: Caller) -> bool:
    by_kind = {"AWS": principal} if isinstance(principal, str) else principal
    if not isinstance(by_kind, dict):
        return False
    return any(
        kind == own_kind and known in ("*", own_name)
        for kind, names in by_kind.items()
        for known in _texts(names)
        for own_kind, own_name in caller.names
    )


def _is_met(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    # Names of condition keys are case-insensitive; their values are not.
    known = {name.lower(): value for name, value in context.items()}
    return all(
        _is_test_met(operator, _texts(wanted), known.get(name.lower()))
        for operator, tests in condition.items()
        for name, wanted in tests.items()
    )


def _is_test_met(operator: str, wanted: list[str], value: str | None) -> bool:
    # A request has one value of each key here, for which the two set operators are the same.
    test = operator.rpartition(":")[2].removesuffix("IfExists")
    if test == "Null":
        return ("true" in wanted) == (value is None)
    is_negated = "Not" in test
    if value is None:
        return is_negated or operator.endswith("IfExists")
    matches = _TESTS.get(test.replace("Not", "", 1))
    if matches is None:
        return False
    return any(matches(pattern, value) for pattern in wanted) != is_negated


def _like(pattern: str, value: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value) is not None


_TESTS: Mapping[str, Callable[[str, str], bool]] = MappingProxyType(
    {
        "StringEquals": str.__eq__,
        "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
        "StringLike": _like,
        "ArnEquals": _like,
        "ArnLike": _like,
        "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    }
)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    texts = [str(each).lower() if isinstance(each, bool) else each for each in values]
    return [text for text in texts if isinstance(text, str)]
