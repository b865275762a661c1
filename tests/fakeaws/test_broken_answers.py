"""Latency, throttling rates, and malformed responses."""

from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from ptcconsole.fakeaws.latency import Latency
from ptcconsole.fakeaws.odd_answers import FORMS
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@pytest.fixture
def quay(ecr: "ECRClient") -> None:
    """One rule."""
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")


def _refused(ecr: "ECRClient", calls: int) -> list[bool]:
    def is_refused() -> bool:
        try:
            ecr.describe_pull_through_cache_rules()
        except ClientError as error:
            return error.response["Error"]["Code"] == "ThrottlingException"
        return False

    return [is_refused() for _ in range(calls)]


def test_a_share_of_the_calls_is_throttled_and_the_same_ones_by_the_same_seed(
    aws: FakeAws, ecr: "ECRClient"
) -> None:
    runs = []
    for seed in (1, 1, 2):
        aws.clear_faults()
        aws.throttle(share=0.5, seed=seed)
        runs.append(_refused(ecr, 40))
    assert runs[0] == runs[1] != runs[2]
    assert 10 < sum(runs[0]) < 30


@pytest.mark.parametrize(("share", "refused"), [(0, False), (1, True)])
def test_a_share_of_none_or_all_is_exact(
    aws: FakeAws, ecr: "ECRClient", share: float, refused: bool
) -> None:
    aws.throttle(share=share)
    assert _refused(ecr, 5) == [refused] * 5


def test_a_share_beyond_all_is_refused(aws: FakeAws) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        aws.throttle(share=1.5)


def test_the_table_of_latencies_names_regions_and_all_others() -> None:
    latency = Latency()
    assert latency.of("us-east-2") == 0
    latency.replace({"us-east-2": 0.5}, others=0.25)
    assert (latency.of("us-east-2"), latency.of("eu-west-1")) == (0.5, 0.25)
    latency.replace({"eu-west-1": 0.5})
    assert (latency.of("us-east-2"), latency.of("eu-west-1")) == (0, 0.5)


def test_calls_with_a_latency_are_answered_all_the_same(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.latency({"us-east-2": 0.01}, others=0.001)
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    with pytest.raises(ValueError, match="cannot be below zero"):
        aws.latency({"us-east-2": -1})
    with urllib3.PoolManager() as http:
        answer = http.request("POST", f"{aws.url}/_fakeaws/latency", json={"others": 0})
    assert answer.status == 400


@pytest.mark.usefixtures("quay")
def test_half_an_answer_is_what_arrives_of_a_malformed_one(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.malform_answer(operation="DescribePullThroughCacheRules", times=1)
    # botocore takes a body that is not JSON for an answer without members.
    answer = ecr.describe_pull_through_cache_rules()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "pullThroughCacheRules" not in answer
    assert len(ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]) == 1


def test_what_was_answered_malformed_is_done(
    aws: FakeAws, secrets: "SecretsManagerClient", client_of: Callable[..., Any]
) -> None:
    aws.malform_answer()
    assert "ARN" not in secrets.create_secret(Name="ecr-pullthroughcache/x", SecretString="x")
    with pytest.raises(ResponseParserError, match="Unable to parse response"):
        client_of("iam").list_roles()
    aws.clear_faults()
    assert len(secrets.list_secrets()["SecretList"]) == 1


@pytest.mark.usefixtures("quay")
def test_a_kind_of_the_future_is_described_but_not_stored(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.unknown_registry(times=1)
    kinds = []
    for _ in range(2):
        (rule,) = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
        kinds.append(rule["upstreamRegistry"])
    assert kinds == ["future-registry", "quay"]


@pytest.mark.usefixtures("quay")
def test_endless_pages_go_on_for_as_long_as_somebody_asks(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.endless_pages(operation="DescribePullThroughCacheRules")
    pages = ecr.get_paginator("describe_pull_through_cache_rules").paginate()
    found = [page["pullThroughCacheRules"][0] for page in islice(pages, 30)]
    assert {rule["ecrRepositoryPrefix"] for rule in found} == {"quay"}
    assert aws.calls()["DescribePullThroughCacheRules"] == 30


def test_endless_pages_of_secrets_are_in_that_services_own_words(
    aws: FakeAws, secrets: "SecretsManagerClient"
) -> None:
    aws.endless_pages()
    first, second = islice(secrets.get_paginator("list_secrets").paginate(), 2)
    assert first["NextToken"] != second["NextToken"]


def test_a_refusal_stays_as_it_is_when_answers_are_broken(aws: FakeAws, ecr: "ECRClient") -> None:
    for order in (aws.malform_answer, aws.unknown_registry, aws.endless_pages):
        order()
        refusal = refusal_of(ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["none"])
        assert refusal.code == "PullThroughCacheRuleNotFoundException"


def test_an_odd_answer_comes_over_the_wire_whether_the_call_is_executed_or_not(
    aws: FakeAws, ecr: "ECRClient"
) -> None:
    rule: Any = {"upstreamRegistryUrl": "quay.io"}
    for prefix, is_executed in (("done", True), ("not-done", False)):
        aws.answer_oddly("sign-in page", is_executed=is_executed, times=1)
        answer = ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, **rule)
        assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "text/html"
        assert "ecrRepositoryPrefix" not in answer
    (found,) = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert found["ecrRepositoryPrefix"] == "done"


@pytest.mark.parametrize("form", sorted(FORMS))
def test_after_every_odd_answer_the_next_call_is_answered_as_usual(
    aws: FakeAws, ecr: "ECRClient", form: str
) -> None:
    aws.answer_oddly(form, times=1)
    with suppress(BotoCoreError, ClientError, AttributeError, UnicodeDecodeError):
        ecr.describe_registry()
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []


def test_an_odd_answer_of_an_unknown_form_is_refused(aws: FakeAws) -> None:
    with pytest.raises(ValueError, match="No odd answer is called strange"):
        aws.answer_oddly("strange")
