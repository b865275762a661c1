"""Pagination of DescribePullThroughCacheRules."""

from typing import TYPE_CHECKING

import pytest

from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


@pytest.fixture
def prefixes(ecr: "ECRClient") -> list[str]:
    """Seven rules, in the order in which they are answered."""
    names = [f"quay-{number}" for number in range(7)]
    for name in reversed(names):
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=name, upstreamRegistryUrl="quay.io")
    return names


def test_pages_hold_as_many_rules_as_asked_for(ecr: "ECRClient", prefixes: list[str]) -> None:
    pages = ecr.get_paginator("describe_pull_through_cache_rules").paginate(
        PaginationConfig={"PageSize": 3}
    )
    found = [[r["ecrRepositoryPrefix"] for r in page["pullThroughCacheRules"]] for page in pages]
    assert found == [prefixes[:3], prefixes[3:6], prefixes[6:]]


def test_the_last_page_has_no_token_even_if_it_is_full(
    ecr: "ECRClient", prefixes: list[str]
) -> None:
    answer = ecr.describe_pull_through_cache_rules(maxResults=len(prefixes))
    assert "nextToken" not in answer


@pytest.mark.usefixtures("prefixes")
def test_a_rule_deleted_between_two_pages_leaves_the_rest_in_place(ecr: "ECRClient") -> None:
    first = ecr.describe_pull_through_cache_rules(maxResults=3)
    for prefix in ("quay-2", "quay-3"):
        ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    second = ecr.describe_pull_through_cache_rules(nextToken=first["nextToken"])
    found = [rule["ecrRepositoryPrefix"] for rule in second["pullThroughCacheRules"]]
    assert found == ["quay-4", "quay-5", "quay-6"]


@pytest.mark.usefixtures("prefixes")
def test_pages_and_names_do_not_go_together(ecr: "ECRClient") -> None:
    token = ecr.describe_pull_through_cache_rules(maxResults=3)["nextToken"]
    by_size = refusal_of(
        ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["quay-1"], maxResults=3
    )
    by_token = refusal_of(
        ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["quay-1"], nextToken=token
    )
    assert by_size.code == by_token.code == "InvalidParameterException"


@pytest.mark.parametrize("token", ["made up", "bm90IGpzb24=", "e30="])
def test_a_token_that_was_never_given_out_is_refused(ecr: "ECRClient", token: str) -> None:
    refusal = refusal_of(ecr.describe_pull_through_cache_rules, nextToken=token)
    assert refusal.code == "InvalidParameterException"
    assert "'nextToken'" in refusal.message
