"""The demo contents: every state that the console can show, written as a client writes."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws import demo
from ptcconsole.fakeaws.server import FakeAws

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


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
            "github",
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
    assert outcomes == {True: valid.split(), False: invalid.split()}


def test_seeding_validates_nothing(seeded: FakeAws) -> None:
    assert "ValidatePullThroughCacheRule" not in seeded.calls()


def test_the_demo_covers_every_kind_of_upstream(
    seeded: FakeAws, client_of: Callable[..., Any]
) -> None:
    kinds = Counter(
        rule["upstreamRegistry"]
        for contents in demo.REGIONS
        for rule in _rules(client_of("ecr", contents.region))
    )
    model = client_of("ecr").meta.service_model
    assert set(kinds) == set(model.shape_for("UpstreamRegistry").enum)


@pytest.mark.usefixtures("seeded")
def test_the_demo_secrets_are_in_every_state(secrets: "SecretsManagerClient") -> None:
    found = {
        secret["Name"]: secret
        for secret in secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    }
    assert "DeletedDate" in found["ecr-pullthroughcache/gitlab-old"]
    assert "SecretVersionsToStages" not in found["ecr-pullthroughcache/azure-new"]
    assert "payments/database" in found


@pytest.mark.usefixtures("seeded")
def test_one_demo_role_may_be_assumed_by_pull_through_cache(iam: "IAMClient") -> None:
    roles: list[Any] = list(iam.list_roles()["Roles"])
    trusted = {
        role["RoleName"]: role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
        for role in roles
    }
    assert trusted == {
        "ecr-pull-through-cache": "pullthroughcache.ecr.amazonaws.com",
        "build-server": "ec2.amazonaws.com",
        "nightly-report": "lambda.amazonaws.com",
    }
    policy: Any = iam.get_role_policy(
        RoleName="ecr-pull-through-cache", PolicyName="pull-through-cache"
    )["PolicyDocument"]
    assert "ecr:BatchImportUpstreamImage" in policy["Statement"][0]["Action"]


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
