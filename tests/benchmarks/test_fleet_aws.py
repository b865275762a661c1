"""The stub of many accounts answers as AWS does, and counts what it is asked at the same time."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.benchmarks.fleet_accounts import MANAGER, account_ids, role_arn
from tests.benchmarks.servers import StubAws, fleet_aws

ONE, OTHER = account_ids(2)


@pytest.fixture(scope="module")
def fleet() -> Iterator[StubAws]:
    """The running stub."""
    with fleet_aws() as running:
        yield running


def _client(fleet: StubAws, service: str, region: str = "eu-west-1", **more: Any) -> Any:
    keys = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
    retries = {"total_max_attempts": 1, "mode": "standard"}
    config = Config(retries=retries, read_timeout=2)  # type: ignore[arg-type]
    options = {**keys, "endpoint_url": fleet.url, "config": config, **more}
    return boto3.client(service, region, **options)  # type: ignore[call-overload]


def _ecr(fleet: StubAws, account_id: str, *regions: str) -> Any:
    """Return a client of a Region, or a list of one for each, with one session."""
    keys = _client(fleet, "sts").assume_role(
        RoleArn=role_arn(account_id), RoleSessionName="visit", ExternalId="right"
    )["Credentials"]
    session = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    made = [_client(fleet, "ecr", region, **session) for region in regions or ["eu-west-1"]]
    return made if len(regions) > 1 else made[0]


def _rules(ecr: Any) -> list[dict[str, Any]]:
    pages = ecr.get_paginator("describe_pull_through_cache_rules").paginate()
    return [rule for page in pages for rule in page["pullThroughCacheRules"]]


def _code(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**members)
    return refused.value.response["Error"]["Code"]


def test_a_session_acts_in_its_account_whose_rules_come_in_pages(fleet: StubAws) -> None:
    fleet.set(accounts=45, rules=130, regions=["eu-west-1"], lacking=2)
    for account_id, has_hub in ((ONE, False), (OTHER, True)):
        rules = _rules(_ecr(fleet, account_id))
        assert {rule["registryId"] for rule in rules} == {account_id}
        assert any(rule["ecrRepositoryPrefix"] == "docker-hub" for rule in rules) is has_hub
        assert len(rules) == (130 if has_hub else 104)
        secrets = {rule["credentialArn"] for rule in rules if "credentialArn" in rule}
        assert all(f":eu-west-1:{account_id}:" in arn for arn in secrets)
        assert _rules(_ecr(fleet, account_id, "us-east-1")) == []
    pages = _client(fleet, "organizations").get_paginator("list_accounts").paginate()
    listed = [account["Id"] for page in pages for account in page["Accounts"]]
    assert listed == account_ids(45)
    assert _client(fleet, "sts").get_caller_identity()["Account"] == MANAGER


def test_a_rule_that_is_made_is_there_in_its_account(fleet: StubAws) -> None:
    fleet.set(rules=5)
    ecr = _ecr(fleet, ONE)
    new: Any = {"ecrRepositoryPrefix": "new", "upstreamRegistryUrl": "quay.io"}
    ecr.create_pull_through_cache_rule(**new)
    assert (
        _code(ecr.create_pull_through_cache_rule, **new)
        == "PullThroughCacheRuleAlreadyExistsException"
    )
    assert len(_rules(ecr)) == 6
    named = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["new", "quay"])
    assert len(named["pullThroughCacheRules"]) == 2
    other = _ecr(fleet, OTHER).describe_pull_through_cache_rules
    assert _code(other, ecrRepositoryPrefixes=["new"]) == "PullThroughCacheRuleNotFoundException"


def test_what_is_set_to_fail_fails(fleet: StubAws) -> None:
    fleet.set(refusing=2, closed=["sa-east-1"], dead=["me-south-1"], failing=1)
    assume = _client(fleet, "sts").assume_role
    assert _code(assume, RoleArn=role_arn(ONE), RoleSessionName="visit") == "AccessDenied"
    ecr = _ecr(fleet, OTHER)
    validated = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="quay")
    assert (validated["isValid"], bool(validated["failure"])) == (False, True)
    closed = _ecr(fleet, OTHER, "sa-east-1").describe_pull_through_cache_rules
    assert _code(closed) == "AccessDeniedException"
    with pytest.raises(ReadTimeoutError):
        _ecr(fleet, OTHER, "me-south-1").describe_pull_through_cache_rules()


def test_calls_at_once_are_counted(fleet: StubAws) -> None:
    fleet.set(dead=["eu-west-1"])
    with ExitStack() as stack:
        for account_id in (ONE, ONE, OTHER):
            stack.enter_context(_asked(fleet, account_id))
        while sum(fleet.seen()["calls"].values()) < 3:
            pass
        seen = fleet.seen()
    assert (seen["most_at_once"], seen["most_in_all"]) == (2, 3)
    assert seen["pairs_at_once"] == {"1": 1, "2": 1}
    assert seen["calls"] == {"DescribePullThroughCacheRules": 3}


@contextmanager
def _asked(fleet: StubAws, account_id: str) -> Iterator[None]:
    """Send a call, and leave it unanswered until the end."""
    host = urlsplit(fleet.url)
    with socket.create_connection((str(host.hostname), int(host.port or 0))) as connection:
        credential = f"Credential=ASIA{account_id}0000/20261130/eu-west-1/ecr/aws4_request"
        connection.sendall(
            "POST / HTTP/1.1\r\nX-Amz-Target: E.DescribePullThroughCacheRules\r\n"
            f"Authorization: {credential}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        )
        yield


def test_each_account_has_a_budget_in_each_region(fleet: StubAws) -> None:
    fleet.set(burst=2)
    ecr, elsewhere = _ecr(fleet, ONE, "eu-west-1", "us-east-1")
    other = _ecr(fleet, OTHER)
    for _ in range(2):
        _rules(ecr)
    assert _code(ecr.describe_pull_through_cache_rules) == "ThrottlingException"
    assert len(_rules(other)) == 5
    assert len(_rules(elsewhere)) == 5
    seen = fleet.seen()
    assert (seen["throttled"], seen["most_sessions"]) == (1, 1)
