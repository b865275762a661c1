"""Policy documents: their principals, allowed actions and conditions."""

import json
from typing import Any

import pytest

from ptcconsole.fakeaws.policies import Caller, allows, denies

ADA = "arn:aws:iam::123456789012:user/ada"
CALLER = Caller(
    names=frozenset({("AWS", ADA), ("Service", "pull.example")}),
    context={"aws:SourceAccount": "123456789012", "aws:SourceArn": "arn:aws:ecr:one"},
)


def _document(*statements: dict[str, Any]) -> str:
    basic = {"Effect": "Allow", "Principal": {"AWS": ADA}, "Action": "sts:AssumeRole"}
    return json.dumps({"Statement": [basic | statement for statement in statements]})


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Action": ["sts:TagSession", "STS:Assume*"]},
        {"Action": "*"},
        {"Principal": "*"},
        {"Principal": {"Service": ["other.example", "pull.example"]}},
        {"Condition": {"StringEquals": {"aws:sourceaccount": ["1", "123456789012"]}}},
        {"Condition": {"StringLike": {"aws:SourceAccount": "1234*"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:ecr:o?e"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": "1"}}},
        {"Condition": {"StringEqualsIfExists": {"sts:ExternalId": "x"}}},
    ],
)
def test_a_statement_that_fits_allows(statement: dict[str, Any]) -> None:
    assert allows(_document(statement), "sts:AssumeRole", CALLER)


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny"},
        {"Action": "sts:TagSession"},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:user/*"}},
        {"Principal": {"Service": ADA}},
        {"Principal": None},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "1"}}},
        {"Condition": {"StringEquals": {"sts:ExternalId": "x"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": "123456789012"}}},
        {"Condition": {"IpAddress": {"aws:SourceAccount": "123456789012"}}},
    ],
)
def test_a_statement_that_does_not_fit_allows_nothing(statement: dict[str, Any]) -> None:
    assert not allows(_document(statement), "sts:AssumeRole", CALLER)


def test_a_denial_wins_wherever_it_stands() -> None:
    document = _document({"Effect": "Deny", "Principal": "*"}, {})
    assert denies(document, "sts:AssumeRole", CALLER)
    assert not allows(document, "sts:AssumeRole", CALLER)


def test_a_denial_of_all_but_some_spares_those() -> None:
    others = {"AWS": "arn:aws:iam::123456789012:user/bob"}
    for spared, denied in ((others, True), ({"AWS": ADA}, False)):
        statement = {"Effect": "Deny", "NotPrincipal": spared, "Principal": None}
        assert denies(_document(statement), "sts:AssumeRole", CALLER) == denied


@pytest.mark.parametrize("document", [None, "", "not JSON", "[]", "{}", '{"Statement": "x"}'])
def test_what_is_no_policy_allows_and_denies_nothing(document: str | None) -> None:
    assert not allows(document, "sts:AssumeRole", CALLER)
    assert not denies(document, "sts:AssumeRole", CALLER)
