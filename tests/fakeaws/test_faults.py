"""Injected faults, and responses to operations that are not simulated."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from botocore.exceptions import ConnectionClosedError

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient


def test_a_refused_call_reads_as_iam_words_it(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.refuse(operation="DescribePullThroughCacheRules", region="us-east-2")
    refusal = refusal_of(ecr.describe_pull_through_cache_rules)
    assert (refusal.code, refusal.status) == ("AccessDeniedException", 400)
    assert refusal.message.startswith(
        "User: arn:aws:iam::123456789012:user/console is not authorized to perform: "
        "ecr:DescribePullThroughCacheRules on resource: *"
    )
    assert refusal.request_id


@pytest.mark.parametrize(
    ("order", "json_code", "query_code"),
    [
        ("refuse", "AccessDeniedException", "AccessDenied"),
        ("throttle", "ThrottlingException", "Throttling"),
        ("expire_credentials", "ExpiredTokenException", "ExpiredToken"),
    ],
)
def test_each_service_is_refused_in_its_own_protocol(
    aws: FakeAws,
    ecr: "ECRClient",
    secrets: "SecretsManagerClient",
    iam: "IAMClient",
    sts: "STSClient",
    order: str,
    json_code: str,
    query_code: str,
) -> None:
    getattr(aws, order)()
    assert refusal_of(ecr.describe_pull_through_cache_rules).code == json_code
    assert refusal_of(secrets.list_secrets).code == json_code
    assert refusal_of(iam.list_roles).code == query_code
    assert refusal_of(iam.get_role, RoleName="any").code == query_code
    assert refusal_of(sts.get_caller_identity).code == query_code


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ecr", "describe_pull_through_cache_rules", "ServerException"),
        ("secretsmanager", "list_secrets", "InternalServiceError"),
        ("iam", "list_roles", "ServiceFailure"),
        ("sts", "get_caller_identity", "InternalFailure"),
    ],
)
def test_a_failing_service_answers_its_own_500(
    aws: FakeAws, client_of: Callable[..., Any], service: str, operation: str, code: str
) -> None:
    aws.fail(service=service)
    refusal = refusal_of(getattr(client_of(service), operation))
    assert (refusal.code, refusal.status) == (code, 500)


def test_any_error_can_be_ordered_by_its_code(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.fail(operation="DeletePullThroughCacheRule", code="OddException", message="Odd.")
    refusal = refusal_of(ecr.delete_pull_through_cache_rule, ecrRepositoryPrefix="quay")
    assert (refusal.code, refusal.message, refusal.status) == ("OddException", "Odd.", 400)


def test_filters_leave_other_regions_services_and_operations_alone(
    aws: FakeAws, ecr: "ECRClient", secrets: "SecretsManagerClient", client_of: Callable[..., Any]
) -> None:
    aws.refuse(service="ecr", operation="DescribePullThroughCacheRules", region="eu-west-1")
    elsewhere = client_of("ecr", "eu-west-1")
    assert refusal_of(elsewhere.describe_pull_through_cache_rules)
    assert elsewhere.describe_repositories()["repositories"] == []
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    assert secrets.list_secrets()["SecretList"] == []


def test_a_fault_ends_after_so_many_times_or_when_cleared(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.throttle(times=2)
    for _ in range(2):
        assert refusal_of(ecr.describe_pull_through_cache_rules).code == "ThrottlingException"
    ecr.describe_pull_through_cache_rules()
    aws.throttle()
    aws.clear_faults()
    ecr.describe_pull_through_cache_rules()


def test_an_unreachable_region_hangs_up_and_does_nothing(
    aws: FakeAws, ecr: "ECRClient", client_of: Callable[..., Any]
) -> None:
    aws.unreachable(region="us-east-2")
    with pytest.raises(ConnectionClosedError):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
        )
    client_of("ecr", "eu-west-1").describe_pull_through_cache_rules()
    aws.clear_faults()
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []


def test_a_lost_answer_hangs_up_after_the_work_is_done(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.lose_answer(operation="CreatePullThroughCacheRule", times=1)
    with pytest.raises(ConnectionClosedError):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
        )
    assert len(ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]) == 1


def test_a_held_call_waits_for_its_release_while_others_are_answered(
    aws: FakeAws, ecr: "ECRClient", client_of: Callable[..., Any]
) -> None:
    aws.hold(region="us-east-2")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(ecr.describe_pull_through_cache_rules)
        aws.wait_for_call("DescribePullThroughCacheRules")
        client_of("ecr", "eu-west-1").describe_pull_through_cache_rules()
        assert not held.done()
        aws.release()
        assert held.result()["pullThroughCacheRules"] == []


def test_a_slow_call_is_answered_all_the_same(aws: FakeAws, ecr: "ECRClient") -> None:
    aws.slow(0.01)
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []


def test_calls_are_counted_by_operation_whatever_became_of_them(
    aws: FakeAws, ecr: "ECRClient", iam: "IAMClient"
) -> None:
    aws.throttle(service="ecr", times=1)
    refusal_of(ecr.describe_pull_through_cache_rules)
    ecr.describe_pull_through_cache_rules()
    iam.list_roles()
    assert aws.calls() == {"DescribePullThroughCacheRules": 2, "ListRoles": 1}
    aws.clear_calls()
    assert aws.calls() == {}


def test_a_reset_forgets_state_faults_counts_and_upstreams(
    aws: FakeAws, ecr: "ECRClient", secrets: "SecretsManagerClient"
) -> None:
    upstreams = aws.upstreams()
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    secrets.create_secret(Name="ecr-pullthroughcache/x", SecretString="x")
    aws.map_upstream("quay.io", "http://127.0.0.1:9")
    aws.refuse()
    aws.reset()
    assert aws.calls() == {}
    assert aws.upstreams() == upstreams
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    assert secrets.list_secrets()["SecretList"] == []


@pytest.mark.parametrize("kind", ["", "explode"])
def test_an_order_that_makes_no_sense_is_refused(aws: FakeAws, kind: str) -> None:
    with urllib3.PoolManager() as http:
        answer = http.request("POST", f"{aws.url}/_fakeaws/faults", json={"kind": kind})
        unknown = http.request("POST", f"{aws.url}/_fakeaws/nothing", json={})
    assert answer.status == 400
    assert unknown.status == 404


def test_an_operation_that_nobody_simulates_answers_a_400(
    ecr: "ECRClient", iam: "IAMClient", client_of: Callable[..., Any]
) -> None:
    for call in (
        ecr.get_signing_configuration,
        client_of("ecr-public", "us-east-1").describe_registries,
    ):
        refusal = refusal_of(call)
        assert (refusal.code, refusal.status) == ("UnknownOperationException", 400)
    refusal = refusal_of(
        iam.simulate_custom_policy,
        PolicyInputList=["{}"],
        ActionNames=["ecr:GetAuthorizationToken"],
    )
    assert (refusal.code, refusal.status) == ("InvalidAction", 400)


def test_a_region_that_does_not_exist_knows_nobody(client_of: Callable[..., Any]) -> None:
    refusal = refusal_of(client_of("ecr", "eu-nowhere-1").describe_pull_through_cache_rules)
    assert (refusal.code, refusal.status) == ("UnrecognizedClientException", 400)


def test_an_unsigned_request_is_refused(aws: FakeAws) -> None:
    with urllib3.PoolManager() as http:
        answer = http.request("POST", aws.url, body="{}")
    assert answer.status == 403
    assert answer.json()["__type"] == "MissingAuthenticationTokenException"


def test_a_page_in_a_browser_is_refused(aws: FakeAws, ecr: "ECRClient") -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    from_a_page = {"Origin": "https://example.com"}
    with urllib3.PoolManager() as http:
        for method, page in (("POST", "/_fakeaws/reset"), ("POST", "/"), ("OPTIONS", "/")):
            answer = http.request(method, f"{aws.url}{page}", headers=from_a_page)
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]) == 1


def test_what_iam_policies_forbid_is_refused_in_each_protocol(
    aws: FakeAws, iam: "IAMClient", client_of: Callable[..., Any]
) -> None:
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    bob = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    with urllib3.PoolManager() as http:
        http.request("POST", f"{aws.url}/moto-api/reset-auth", body="0")
        try:
            as_json = refusal_of(client_of("ecr", **bob).describe_pull_through_cache_rules)
            as_xml = refusal_of(client_of("iam", **bob).list_roles)
        finally:
            http.request("POST", f"{aws.url}/moto-api/reset-auth", body="inf")
    assert as_json.code == "AccessDeniedException"
    assert "ecr:DescribePullThroughCacheRules" in as_json.message
    assert as_xml.code == "AccessDenied"


def test_a_budget_of_calls_is_used_up_for_each_operation_and_region(
    aws: FakeAws, client_of: Callable[..., Any]
) -> None:
    aws.limit_rate(burst=2, service="ecr")
    here, there = client_of("ecr"), client_of("ecr", "eu-west-1")
    for _ in range(2):
        here.describe_pull_through_cache_rules()
    refusal = refusal_of(here.describe_pull_through_cache_rules)
    assert (refusal.code, refusal.message) == ("ThrottlingException", "Rate exceeded")
    here.describe_repositories()
    there.describe_pull_through_cache_rules()
    client_of("secretsmanager").list_secrets()


def test_a_budget_of_calls_refills_with_time(aws: FakeAws, client_of: Callable[..., Any]) -> None:
    aws.limit_rate(burst=1, per_second=1_000_000)
    for _ in range(5):
        client_of("ecr").describe_pull_through_cache_rules()
