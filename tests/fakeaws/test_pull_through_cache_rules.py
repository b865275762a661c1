"""The five operations on pull through cache rules, and each condition under which they fail."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
SECRET_NOT_FOUND = (
    "The ARN of the secret specified in the pull through cache rule was not found. Update the "
    "pull through cache rule with a valid secret ARN and try again."
)
NEEDS_LOGIN = (
    "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN "
    "containing the upstream registry credentials."
)


def _members(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _prefixes(ecr: "ECRClient") -> list[str]:
    rules = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return sorted(rule["ecrRepositoryPrefix"] for rule in rules)


def test_create_answers_the_rule_with_its_kind_and_registry(ecr: "ECRClient") -> None:
    answer = _members(
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
        )
    )
    assert isinstance(answer.pop("createdAt"), datetime)
    assert answer == {
        "ecrRepositoryPrefix": "quay",
        "upstreamRegistryUrl": "quay.io",
        "upstreamRegistry": "quay",
        "registryId": ACCOUNT,
    }


def test_describe_answers_what_create_answered(ecr: "ECRClient", secret_arn: str) -> None:
    created = _members(
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="dh-lib",
            upstreamRegistryUrl="registry-1.docker.io",
            upstreamRegistry="docker-hub",
            credentialArn=secret_arn,
            upstreamRepositoryPrefix="library",
            registryId=ACCOUNT,
        )
    )
    assert _members(ecr.describe_pull_through_cache_rules()) == {"pullThroughCacheRules": [created]}
    assert created["upstreamRepositoryPrefix"] == "library"
    assert created["credentialArn"] == secret_arn


def test_a_rule_tells_the_prefix_root_only_when_it_was_given(ecr: "ECRClient") -> None:
    for prefix, extras in {"given": {"upstreamRepositoryPrefix": "ROOT"}, "not-given": {}}.items():
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="quay.io",
            **extras,  # type: ignore[arg-type]
        )
    rules = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    told = {rule["ecrRepositoryPrefix"]: rule.get("upstreamRepositoryPrefix") for rule in rules}
    assert told == {"given": "ROOT", "not-given": None}


def test_an_empty_registry_describes_as_an_empty_list(ecr: "ECRClient") -> None:
    assert _members(ecr.describe_pull_through_cache_rules()) == {"pullThroughCacheRules": []}


def test_update_answers_neither_url_nor_kind_nor_creation_time(
    ecr: "ECRClient", secrets: "SecretsManagerClient", secret_arn: str
) -> None:
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="ghcr", upstreamRegistryUrl="ghcr.io", credentialArn=secret_arn
    )
    new_arn = secrets.create_secret(Name="ecr-pullthroughcache/new", SecretString="x")["ARN"]
    answer = _members(
        ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="ghcr", credentialArn=new_arn)
    )
    updated_at = answer.pop("updatedAt")
    assert answer == {
        "ecrRepositoryPrefix": "ghcr",
        "registryId": ACCOUNT,
        "credentialArn": new_arn,
    }
    (rule,) = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert rule["updatedAt"] == updated_at
    assert rule["credentialArn"] == new_arn


def test_delete_answers_all_but_the_kind_and_removes_the_rule(ecr: "ECRClient") -> None:
    created = _members(
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="k8s", upstreamRegistryUrl="registry.k8s.io"
        )
    )
    deleted = _members(ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="k8s"))
    assert deleted == {k: v for k, v in created.items() if k != "upstreamRegistry"}
    assert _prefixes(ecr) == []


def test_rules_belong_to_one_region(ecr: "ECRClient", client_of: Callable[..., Any]) -> None:
    elsewhere = client_of("ecr", "eu-west-1")
    for client in (ecr, elsewhere):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
        )
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
    assert _prefixes(ecr) == []
    assert _prefixes(elsewhere) == ["quay"]


def test_rules_belong_to_one_account(
    aws: FakeAws, ecr: "ECRClient", client_of: Callable[..., Any]
) -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    other = client_of("ecr", **aws.keys_of(OTHER_ACCOUNT))
    assert _prefixes(other) == []
    made = other.create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    assert made["registryId"] == OTHER_ACCOUNT


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("public.ecr.aws", "ecr-public"),
        ("registry.k8s.io", "k8s"),
        ("quay.io", "quay"),
        ("registry-1.docker.io", "docker-hub"),
        ("ghcr.io", "github-container-registry"),
        ("myregistry.azurecr.io", "azure-container-registry"),
        ("registry.gitlab.com", "gitlab-container-registry"),
        ("cgr.dev", "chainguard"),
        (f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com", "ecr"),
    ],
)
def test_the_kind_follows_from_the_url(
    ecr: "ECRClient", secret_arn: str, url: str, kind: str
) -> None:
    open_to_all = kind in ("ecr-public", "k8s", "quay", "ecr")
    secret: Any = {} if open_to_all else {"credentialArn": secret_arn}
    answer = ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="some/where", upstreamRegistryUrl=url, **secret
    )
    assert answer["upstreamRegistry"] == kind


def test_a_kind_that_is_not_the_urls_is_refused(ecr: "ECRClient") -> None:
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix="quay",
        upstreamRegistryUrl="quay.io",
        upstreamRegistry="k8s",
    )
    assert refusal.code == "InvalidParameterException"
    assert "'upstreamRegistry'" in refusal.message


@pytest.mark.parametrize(
    "url",
    [
        "harbor.example.com",
        "docker.io",
        "https://quay.io",
        "quay.io/",
        "a.b.azurecr.io",
        ".azurecr.io",
        "12345.dkr.ecr.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.nowhere-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com",
    ],
)
def test_an_unsupported_upstream_is_refused(ecr: "ECRClient", url: str) -> None:
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule, ecrRepositoryPrefix="x1", upstreamRegistryUrl=url
    )
    assert refusal.code == "UnsupportedUpstreamRegistryException"
    assert refusal.message == (
        f"The upstream registry URL {url} is invalid. Specify a valid upstream registry URL and "
        "try again"
    )


def test_an_upstream_with_login_is_refused_without_a_secret(ecr: "ECRClient") -> None:
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix="gh",
        upstreamRegistryUrl="ghcr.io",
    )
    assert (refusal.code, refusal.message) == ("UnsupportedUpstreamRegistryException", NEEDS_LOGIN)


def test_an_open_upstream_is_refused_with_a_secret(ecr: "ECRClient", secret_arn: str) -> None:
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix="quay",
        upstreamRegistryUrl="quay.io",
        credentialArn=secret_arn,
    )
    assert refusal.code == "InvalidParameterException"
    assert "'credentialArn'" in refusal.message


def _create_docker_hub(ecr: "ECRClient", credential_arn: str) -> Any:
    return refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix="docker-hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=credential_arn,
    )


@pytest.mark.parametrize(
    ("region", "account"),
    [("us-east-2", ACCOUNT), ("us-east-1", ACCOUNT), ("us-east-2", OTHER_ACCOUNT)],
)
def test_an_unknown_secret_is_not_found(ecr: "ECRClient", region: str, account: str) -> None:
    arn = f"arn:aws:secretsmanager:{region}:{account}:secret:ecr-pullthroughcache/none-AbCdEf"
    refusal = _create_docker_hub(ecr, arn)
    assert (refusal.code, refusal.message) == ("SecretNotFoundException", SECRET_NOT_FOUND)


def test_a_secret_of_another_region_is_not_found(
    ecr: "ECRClient", client_of: Callable[..., Any]
) -> None:
    elsewhere = client_of("secretsmanager", "eu-west-1")
    arn = elsewhere.create_secret(Name="ecr-pullthroughcache/x", SecretString="{}")["ARN"]
    assert _create_docker_hub(ecr, arn).code == "SecretNotFoundException"


def test_a_secret_scheduled_for_deletion_is_not_found(
    ecr: "ECRClient", secrets: "SecretsManagerClient", secret_arn: str
) -> None:
    secrets.delete_secret(SecretId=secret_arn)
    assert _create_docker_hub(ecr, secret_arn).code == "SecretNotFoundException"


def test_a_secret_without_a_value_is_not_found(
    ecr: "ECRClient", secrets: "SecretsManagerClient"
) -> None:
    arn = secrets.create_secret(Name="ecr-pullthroughcache/empty")["ARN"]
    assert _create_docker_hub(ecr, arn).code == "SecretNotFoundException"


def test_a_secret_with_a_key_of_its_own_cannot_be_decrypted(
    ecr: "ECRClient", secrets: "SecretsManagerClient", customer_key: str
) -> None:
    arn = secrets.create_secret(
        Name="ecr-pullthroughcache/own-key", SecretString="{}", KmsKeyId=customer_key
    )["ARN"]
    assert _create_docker_hub(ecr, arn).code == "UnableToDecryptSecretValueException"


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"Service": "pullthroughcache.ecr.amazonaws.com"},
    ],
)
def test_a_secret_whose_policy_denies_the_service_cannot_be_accessed(
    ecr: "ECRClient", secrets: "SecretsManagerClient", secret_arn: str, principal: Any
) -> None:
    statement = {"Effect": "Deny", "Principal": principal, "Action": "secretsmanager:*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Resource": "*"}})
    secrets.put_resource_policy(SecretId=secret_arn, ResourcePolicy=policy)
    refusal = _create_docker_hub(ecr, secret_arn)
    assert refusal.code == "UnableToAccessSecretException"
    assert "Verify the resource permissions" in refusal.message


def test_a_secret_whose_policy_denies_somebody_else_is_taken(
    ecr: "ECRClient", secrets: "SecretsManagerClient", secret_arn: str
) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/intern"},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    secrets.put_resource_policy(SecretId=secret_arn, ResourcePolicy=policy)
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="gh", upstreamRegistryUrl="ghcr.io", credentialArn=secret_arn
    )


def test_a_new_secret_is_found_only_after_a_while(
    aws: FakeAws, ecr: "ECRClient", secrets: "SecretsManagerClient", secret_arn: str
) -> None:
    aws.hide_new_secrets(times=2)
    new = secrets.create_secret(Name="ecr-pullthroughcache/new", SecretString="{}")["ARN"]
    rule: Any = {"ecrRepositoryPrefix": "gh", "upstreamRegistryUrl": "ghcr.io"}
    rule["credentialArn"] = new
    for _ in range(2):
        refusal = refusal_of(ecr.create_pull_through_cache_rule, **rule)
        assert (refusal.code, refusal.message) == ("SecretNotFoundException", SECRET_NOT_FOUND)
    assert ecr.create_pull_through_cache_rule(**rule)["credentialArn"] == new
    older = ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="gh", credentialArn=secret_arn)
    assert older["credentialArn"] == secret_arn


def test_a_new_secret_that_was_hidden_is_found_when_faults_are_cleared(
    aws: FakeAws, ecr: "ECRClient", secrets: "SecretsManagerClient"
) -> None:
    aws.hide_new_secrets(times=9)
    new = secrets.create_secret(Name="ecr-pullthroughcache/new", SecretString="{}")["ARN"]
    aws.clear_faults()
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="gh", upstreamRegistryUrl="ghcr.io", credentialArn=new
    )


def test_the_first_rule_brings_the_service_linked_role(ecr: "ECRClient", iam: "IAMClient") -> None:
    assert iam.list_roles()["Roles"] == []
    for prefix in ("one", "two"):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
        )
    (role,) = iam.list_roles()["Roles"]
    assert role["RoleName"] == "AWSServiceRoleForECRPullThroughCache"
    assert role["Path"] == "/aws-service-role/pullthroughcache.ecr.amazonaws.com/"


def test_what_the_secret_holds_is_not_looked_at_when_creating(
    ecr: "ECRClient", secrets: "SecretsManagerClient"
) -> None:
    arn = secrets.create_secret(Name="ecr-pullthroughcache/word", SecretString="test")["ARN"]
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="docker-hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=arn,
    )
    assert _prefixes(ecr) == ["docker-hub"]


@pytest.mark.parametrize("again", ["quay", "quay/"])
def test_a_prefix_can_be_used_once(ecr: "ECRClient", again: str) -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix=again,
        upstreamRegistryUrl="registry.k8s.io",
    )
    assert refusal.code == "PullThroughCacheRuleAlreadyExistsException"
    assert refusal.message == (
        "A pull through cache rule with these settings already exists for the private registry."
    )


def test_several_rules_may_use_one_upstream(ecr: "ECRClient") -> None:
    for prefix in ("ROOT", "a.b-c_d", "quay", "quay/inner", "root"):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
        )
    assert _prefixes(ecr) == ["ROOT", "a.b-c_d", "quay", "quay/inner", "root"]


def test_a_prefix_in_use_is_told_before_a_missing_secret(ecr: "ECRClient") -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="hub", upstreamRegistryUrl="quay.io")
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
    )
    assert refusal.code == "PullThroughCacheRuleAlreadyExistsException"


def test_of_many_creates_of_one_prefix_exactly_one_wins(aws: FakeAws, ecr: "ECRClient") -> None:
    def create(_number: int) -> str:
        try:
            ecr.create_pull_through_cache_rule(
                ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
            )
        except ecr.exceptions.PullThroughCacheRuleAlreadyExistsException:
            return "taken"
        return "created"

    aws.hold(operation="CreatePullThroughCacheRule")
    with ThreadPoolExecutor(8) as pool:
        outcomes = [pool.submit(create, number) for number in range(8)]
        aws.wait_for_call("CreatePullThroughCacheRule", 8)
        aws.release()
    assert sorted(outcome.result() for outcome in outcomes) == ["created"] + ["taken"] * 7


def test_the_fifty_first_rule_is_refused(ecr: "ECRClient") -> None:
    for number in range(50):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"quay-{number}", upstreamRegistryUrl="quay.io"
        )
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix="quay-50",
        upstreamRegistryUrl="quay.io",
    )
    assert refusal.code == "LimitExceededException"
    assert "would have exceeded a service limit" in refusal.message


def test_the_root_prefix_takes_no_upstream_prefix(ecr: "ECRClient") -> None:
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix="ROOT",
        upstreamRegistryUrl="quay.io",
        upstreamRepositoryPrefix="argoproj",
    )
    assert refusal.code == "InvalidParameterException"
    assert "'upstreamRepositoryPrefix'" in refusal.message


def test_another_accounts_registry_needs_a_role_of_the_own_account(ecr: "ECRClient") -> None:
    rule: dict[str, Any] = {
        "ecrRepositoryPrefix": "partner",
        "upstreamRegistryUrl": f"{OTHER_ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com",
    }
    for role in (
        {},
        {"customRoleArn": f"arn:aws:iam::{OTHER_ACCOUNT}:role/theirs"},
        {"customRoleArn": "some-role"},
    ):
        refusal = refusal_of(ecr.create_pull_through_cache_rule, **rule, **role)
        assert refusal.code == "InvalidParameterException"
        assert "'customRoleArn'" in refusal.message
    own_role = f"arn:aws:iam::{ACCOUNT}:role/path/ours"
    made = ecr.create_pull_through_cache_rule(**rule, customRoleArn=own_role)
    assert made["customRoleArn"] == own_role


def test_a_role_is_refused_where_the_upstream_has_no_use_for_it(ecr: "ECRClient") -> None:
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix="quay",
        upstreamRegistryUrl="quay.io",
        customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/ours",
    )
    assert refusal.code == "InvalidParameterException"
    assert "'customRoleArn'" in refusal.message


def test_an_update_of_nothing_is_refused(ecr: "ECRClient") -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    refusal = refusal_of(ecr.update_pull_through_cache_rule, ecrRepositoryPrefix="quay")
    assert refusal.code == "InvalidParameterException"
    assert refusal.message == (
        "Invalid input: Please set either credential arn or role arn to update the credentials"
    )


def test_an_update_to_an_unknown_secret_is_refused(ecr: "ECRClient", secret_arn: str) -> None:
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="gh", upstreamRegistryUrl="ghcr.io", credentialArn=secret_arn
    )
    refusal = refusal_of(
        ecr.update_pull_through_cache_rule,
        ecrRepositoryPrefix="gh",
        credentialArn=secret_arn.replace("demo", "other"),
    )
    assert (refusal.code, refusal.message) == ("SecretNotFoundException", SECRET_NOT_FOUND)


def test_an_update_changes_the_role_of_a_cross_account_rule(ecr: "ECRClient") -> None:
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="partner",
        upstreamRegistryUrl=f"{OTHER_ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com",
        customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/old",
    )
    new_role = f"arn:aws:iam::{ACCOUNT}:role/new"
    answer = ecr.update_pull_through_cache_rule(
        ecrRepositoryPrefix="partner", customRoleArn=new_role
    )
    assert answer["customRoleArn"] == new_role


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("update", {"customRoleArn": f"arn:aws:iam::{ACCOUNT}:role/x"}),
        ("delete", {}),
        ("validate", {}),
    ],
)
def test_an_unknown_prefix_is_not_found(
    ecr: "ECRClient", operation: str, members: dict[str, str]
) -> None:
    call = getattr(ecr, f"{operation}_pull_through_cache_rule")
    refusal = refusal_of(call, ecrRepositoryPrefix="unknown", **members)
    assert refusal.code == "PullThroughCacheRuleNotFoundException"
    assert refusal.message == (
        "The pull through cache rule was not found. Specify a valid pull through cache rule and "
        "try again."
    )


def test_describing_by_name_answers_those_rules_and_fails_on_an_unknown_one(
    ecr: "ECRClient",
) -> None:
    for prefix in ("one", "two", "three"):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
        )
    named = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["two", "one"])
    assert [r["ecrRepositoryPrefix"] for r in named["pullThroughCacheRules"]] == ["two", "one"]
    refusal = refusal_of(
        ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["one", "four"]
    )
    assert refusal.code == "PullThroughCacheRuleNotFoundException"


@pytest.mark.parametrize("operation", ["create", "describe", "update", "delete", "validate"])
def test_another_accounts_registry_id_is_refused(ecr: "ECRClient", operation: str) -> None:
    plural = "rules" if operation == "describe" else "rule"
    members: dict[str, Any] = {"registryId": OTHER_ACCOUNT}
    if operation != "describe":
        members["ecrRepositoryPrefix"] = "quay"
    if operation == "create":
        members["upstreamRegistryUrl"] = "quay.io"
    call = getattr(ecr, f"{operation}_pull_through_cache_{plural}")
    refusal = refusal_of(call, **members)
    assert refusal.code == "AccessDeniedException"
    assert "because no resource-based policy allows the ecr:" in refusal.message


def test_answers_and_refusals_carry_a_request_id(ecr: "ECRClient") -> None:
    answer = ecr.describe_pull_through_cache_rules()
    assert answer["ResponseMetadata"]["RequestId"]
    refusal = refusal_of(ecr.delete_pull_through_cache_rule, ecrRepositoryPrefix="none")
    assert refusal.request_id
    assert refusal.status == 400
