"""Changes that are seen late: in lists of secrets, by ECR, and in the states of Regions."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.lags import Lag
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME = "ecr-pullthroughcache/x"
OPT_IN = "af-south-1"


def _names(secrets: "SecretsManagerClient", **members: Any) -> list[str]:
    return [secret["Name"] for secret in secrets.list_secrets(**members)["SecretList"]]


def test_a_new_secret_is_listed_late_and_described_at_once(
    aws: FakeAws, secrets: "SecretsManagerClient"
) -> None:
    secrets.create_secret(Name="old", SecretString="x")
    aws.lag("listed-secrets", reads=2)
    secrets.create_secret(Name=NAME, SecretString="x")
    for _look in range(2):
        assert _names(secrets) == ["old"]
        assert secrets.describe_secret(SecretId=NAME)["Name"] == NAME
    assert _names(secrets) == ["old", NAME]


def test_a_list_in_pages_is_one_look(aws: FakeAws, secrets: "SecretsManagerClient") -> None:
    for number in range(3):
        secrets.create_secret(Name=f"old-{number}", SecretString="x")
    aws.lag("listed-secrets", reads=1)
    secrets.create_secret(Name=NAME, SecretString="x")
    counts = []
    for _look in range(2):
        pages = secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 2})
        counts.append(sum(len(page["SecretList"]) for page in pages))
    assert counts == [3, 4]


def test_a_deletion_and_its_end_are_listed_late(
    aws: FakeAws, secrets: "SecretsManagerClient"
) -> None:
    secrets.create_secret(Name=NAME, SecretString="x")
    aws.lag("listed-secrets", reads=1)
    secrets.delete_secret(SecretId=NAME)
    assert (_names(secrets), _names(secrets)) == ([NAME], [])
    secrets.restore_secret(SecretId=NAME)
    assert (_names(secrets), _names(secrets)) == ([], [NAME])
    secrets.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    assert (_names(secrets), _names(secrets)) == ([NAME], [])


def test_a_replica_is_listed_late_where_it_is(
    aws: FakeAws, secrets: "SecretsManagerClient", client_of: Callable[..., Any]
) -> None:
    secrets.create_secret(Name=NAME, SecretString="x")
    elsewhere = client_of("secretsmanager", "eu-west-1")
    aws.lag("listed-secrets", reads=1)
    secrets.replicate_secret_to_regions(SecretId=NAME, AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert (_names(elsewhere), _names(elsewhere)) == ([], [NAME])
    secrets.remove_regions_from_replication(SecretId=NAME, RemoveReplicaRegions=["eu-west-1"])
    assert (_names(elsewhere), _names(elsewhere)) == ([NAME], [])
    assert refusal_of(elsewhere.describe_secret, SecretId=NAME).code == "ResourceNotFoundException"


def test_a_refused_creation_changes_no_list(aws: FakeAws, secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=NAME, SecretString="x")
    aws.lag("listed-secrets", reads=1)
    assert refusal_of(secrets.create_secret, Name=NAME, SecretString="y").code == (
        "ResourceExistsException"
    )
    assert _names(secrets) == [NAME]


def test_clearing_faults_shows_every_change(aws: FakeAws, secrets: "SecretsManagerClient") -> None:
    aws.lag("listed-secrets", reads=9)
    secrets.create_secret(Name=NAME, SecretString="x")
    assert _names(secrets) == []
    aws.clear_faults()
    assert _names(secrets) == [NAME]


def test_a_region_is_on_its_way_until_its_state_was_read_often_enough(
    aws: FakeAws, client_of: Callable[..., Any]
) -> None:
    account, sts = client_of("account", "us-east-1"), client_of("sts", OPT_IN)

    def state() -> str:
        return str(account.get_region_opt_status(RegionName=OPT_IN)["RegionOptStatus"])

    aws.lag("regions", reads=1)
    aws.switch_off_region(OPT_IN)
    assert refusal_of(sts.get_caller_identity).code == "InvalidClientTokenId"
    assert (state(), state()) == ("DISABLING", "DISABLED")
    aws.switch_on_region(OPT_IN)
    assert refusal_of(sts.get_caller_identity).code == "InvalidClientTokenId"
    regions = client_of("ec2").describe_regions()["Regions"]
    assert OPT_IN not in {region["RegionName"] for region in regions}
    assert (state(), state()) == ("ENABLING", "ENABLED")
    assert sts.get_caller_identity()["Account"] == "123456789012"


def test_a_lag_of_seconds_ends_by_itself() -> None:
    lag = Lag()
    lag.order(seconds=0.000001)
    assert lag.begin("a")
    while lag.hides("a"):
        pass
    lag.order(seconds=3600)
    assert lag.begin("b")
    assert (lag.hides("a"), lag.hides("b")) == (False, True)


def test_what_does_not_lag_is_an_error(aws: FakeAws) -> None:
    with pytest.raises(ValueError, match="'tides' is not a valid LagKind"):
        aws.lag("tides", reads=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="A lag cannot be below zero"):
        aws.lag("roles", reads=-1)
