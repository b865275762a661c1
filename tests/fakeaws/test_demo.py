"""The demo content has every state that the console can show, and is created by API calls."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from ptcconsole.fakeaws import demo, demo_accounts, demo_contents
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient


@pytest.fixture
def seeded(aws: FakeAws) -> FakeAws:
    """An AWS with the demo contents."""
    demo.seed(aws.url)
    return aws


def _rules(ecr: "ECRClient") -> list[Any]:
    rules: list[Any] = list(ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"])
    return rules


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    ("region", "valid", "invalid"),
    [
        (
            "us-east-2",
            "base-images chainguard docker-hub docker-official ecr-public kubernetes partner quay",
            "azure former-partner github gitlab",
        ),
        ("eu-west-1", "azure docker-hub kubernetes", "gitlab"),
        ("ap-southeast-2", "ROOT github", "wrong-role"),
    ],
)
def test_some_demo_rules_are_valid_and_some_are_not(
    client_of: Callable[..., Any], region: str, valid: str, invalid: str
) -> None:
    ecr = client_of("ecr", region)
    outcomes: dict[bool, list[str]] = {True: [], False: []}
    for rule in _rules(ecr):
        prefix = rule["ecrRepositoryPrefix"]
        answer = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
        outcomes[answer["isValid"]].append(prefix)
    sorted_outcomes = {is_valid: sorted(prefixes) for is_valid, prefixes in outcomes.items()}
    assert sorted_outcomes == {True: valid.split(), False: invalid.split()}


def test_the_organization_has_accounts_in_every_state(
    seeded: FakeAws, client_of: Callable[..., Any]
) -> None:
    listed = client_of("organizations").list_accounts()["Accounts"]
    states = {account["Name"]: account["State"] for account in listed}
    assert len(states) == 6
    assert states["former-shop"] == "SUSPENDED"
    sts = client_of("sts")
    for member in demo_accounts.MEMBERS:
        arn = f"arn:aws:iam::{member.account_id}:role/PtcConsole"
        order = {"RoleArn": arn, "RoleSessionName": "me", "ExternalId": member.external_id}
        if not member.has_role:
            assert refusal_of(sts.assume_role, **order).code == "AccessDenied"
            continue
        keys = sts.assume_role(**order)["Credentials"]
        for region in member.closed_regions:
            ecr = client_of(
                "ecr",
                region,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
            )
            refusal = refusal_of(ecr.describe_pull_through_cache_rules)
            assert "explicit deny in a service control policy" in refusal.message
    seeded.reset()
    demo.seed(seeded.url)
    demo.seed(seeded.url)


def test_seeding_validates_nothing(seeded: FakeAws) -> None:
    assert "ValidatePullThroughCacheRule" not in seeded.calls()


def test_the_rules_are_some_days_old_and_aws_s_clock_is_right_again(
    seeded: FakeAws, client_of: Callable[..., Any]
) -> None:
    ecr = client_of("ecr", "us-east-2")
    ages = {(datetime.now(UTC) - rule["createdAt"]).days for rule in _rules(ecr)}
    assert ages == {12}
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="new", upstreamRegistryUrl="public.ecr.aws"
    )
    new = next(rule for rule in _rules(ecr) if rule["ecrRepositoryPrefix"] == "new")
    assert (datetime.now(UTC) - new["createdAt"]).days == 0


def test_the_demo_covers_every_kind_of_upstream(
    seeded: FakeAws, client_of: Callable[..., Any]
) -> None:
    kinds = Counter(
        rule["upstreamRegistry"]
        for contents in demo_contents.REGIONS
        for rule in _rules(client_of("ecr", contents.region))
    )
    model = client_of("ecr").meta.service_model
    assert set(kinds) == set(model.shape_for("UpstreamRegistry").enum)


@pytest.mark.usefixtures("seeded")
def test_three_regions_have_rules_and_all_others_have_none(client_of: Callable[..., Any]) -> None:
    regions = boto3.Session().get_available_regions("ecr")
    counts = {region: len(_rules(client_of("ecr", region))) for region in regions}
    filled = {region: count for region, count in counts.items() if count}
    assert filled == {"us-east-2": 12, "eu-west-1": 4, "ap-southeast-2": 3}


@pytest.fixture
def listed(seeded: FakeAws, secrets: "SecretsManagerClient") -> dict[str, Any]:
    """The demo secrets of us-east-2 as ListSecrets tells them, by the end of their names."""
    found = secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    return {secret["Name"].removeprefix("ecr-pullthroughcache/"): secret for secret in found}


def test_the_demo_secrets_are_in_every_state(listed: dict[str, Any]) -> None:
    def having(member: str) -> set[str]:
        return {name for name, secret in listed.items() if member in secret}

    assert having("DeletedDate") == {"gitlab-old"}
    assert having("KmsKeyId") == {"own-key"}
    assert having("PrimaryRegion") == {"shared"}
    assert listed["shared"]["PrimaryRegion"] == "eu-west-1"
    assert set(listed) - having("SecretVersionsToStages") == {"azure-new"}
    assert "payments/database" in listed


def test_two_demo_secrets_hold_what_ecr_cannot_read(
    listed: dict[str, Any], secrets: "SecretsManagerClient"
) -> None:
    def value(name: str) -> str:
        return secrets.get_secret_value(SecretId=listed[name]["ARN"])["SecretString"]

    assert json.loads(value("azure")) == {"username": "demo", "token": "demo-access-token"}
    assert value("plain-text") == "demo-access-token"


@pytest.mark.usefixtures("seeded")
def test_the_demo_roles_trust_pull_through_cache_in_every_way(iam: "IAMClient") -> None:
    def told(statement: dict[str, Any]) -> str:
        condition = " if" if "Condition" in statement else ""
        return f"{statement['Effect']} {statement['Principal']['Service']}{condition}"

    roles: list[Any] = list(iam.list_roles()["Roles"])
    trust = {
        role["RoleName"]: [told(each) for each in role["AssumeRolePolicyDocument"]["Statement"]]
        for role in roles
    }
    cache = "pullthroughcache.ecr.amazonaws.com"
    assert trust == {
        "AWSServiceRoleForECRPullThroughCache": [f"Allow {cache}"],
        "ecr-pull-through-cache": [f"Allow {cache}"],
        "ecr-pull-through-cache-conditional": [f"Allow {cache} if"],
        "ecr-pull-through-cache-denied": [f"Allow {cache}", f"Deny {cache}"],
        "former-partner-reader": ["Allow ec2.amazonaws.com"],
        "ecr-repository-creation": ["Allow ecr.amazonaws.com"],
        "build-server": ["Allow ec2.amazonaws.com"],
        "nightly-report": ["Allow lambda.amazonaws.com"],
    }
    policy: Any = iam.get_role_policy(
        RoleName="ecr-pull-through-cache", PolicyName="pull-through-cache"
    )["PolicyDocument"]
    assert "ecr:BatchImportUpstreamImage" in policy["Statement"][0]["Action"]


@pytest.mark.usefixtures("seeded")
def test_the_console_may_assume_a_role_in_the_demos_other_account(
    sts: "STSClient", client_of: Callable[..., Any]
) -> None:
    keys = sts.assume_role(
        RoleArn=f"arn:aws:iam::{demo_contents.OTHER_ACCOUNT_ID}:role/{demo_contents.CONSOLE_ROLE}",
        RoleSessionName="console",
        ExternalId=demo_contents.EXTERNAL_ID,
    )["Credentials"]
    there = client_of(
        "ecr",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    rule = next(each for each in _rules(there) if each["ecrRepositoryPrefix"] == "quay")
    assert rule["registryId"] == demo_contents.OTHER_ACCOUNT_ID


@pytest.mark.usefixtures("listed")
def test_a_demo_rule_that_was_deleted_comes_back_with_its_secret_gone_again(
    seeded: FakeAws, ecr: "ECRClient", secrets: "SecretsManagerClient"
) -> None:
    before = ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="gitlab")["credentialArn"]
    demo.seed(seeded.url)
    (rule,) = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["gitlab"])[
        "pullThroughCacheRules"
    ]
    assert rule["credentialArn"] == before
    assert "DeletedDate" in secrets.describe_secret(SecretId=before)


def test_seeding_again_changes_nothing(seeded: FakeAws, client_of: Callable[..., Any]) -> None:
    def contents() -> list[Any]:
        found: list[Any] = []
        for region in ("us-east-2", "eu-west-1", "ap-southeast-2"):
            found += _rules(client_of("ecr", region))
            answer = client_of("secretsmanager", region).list_secrets(IncludePlannedDeletion=True)
            found += [
                {key: value for key, value in secret.items() if key != "LastAccessedDate"}
                for secret in answer["SecretList"]
            ]
        return found

    before = contents()
    demo.seed(seeded.url)
    assert contents() == before


def test_the_templates_set_up_the_repositories_of_the_demo(
    seeded: FakeAws, client_of: Callable[..., Any]
) -> None:
    demo.seed(seeded.url)
    ecr = client_of("ecr", "us-east-2")
    templates = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
    found = {each["prefix"]: each for each in templates}
    assert set(found) == {"docker-hub", "ROOT"}
    for name, prefix in (
        ("docker-hub/grafana/grafana", "docker-hub"),
        ("kubernetes/pause", "ROOT"),
    ):
        (made,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
        tags = ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"]
        assert tags == found[prefix]["resourceTags"]
        policy = ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
        assert json.loads(policy) == json.loads(found[prefix]["lifecyclePolicy"])


def test_images_were_pulled_once_and_some_days_ago(
    seeded: FakeAws, client_of: Callable[..., Any]
) -> None:
    demo.seed(seeded.url)
    ecr = client_of("ecr", "us-east-2")
    repositories = ecr.describe_repositories()["repositories"]
    assert [(datetime.now(UTC) - each["createdAt"]).days for each in repositories] == [12] * 5
    images = ecr.describe_images(repositoryName="docker-official/nginx")["imageDetails"]
    assert sorted(tag for image in images for tag in image["imageTags"]) == ["1.27", "latest"]
    assert {(datetime.now(UTC) - image["lastRecordedPullTime"]).days for image in images} == {12}
