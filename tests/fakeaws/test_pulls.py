"""Pulls through the cache: repositories and images that appear by themselves."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.ecr.pulls import covering_rule
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

DAY = 24 * 60 * 60


def _pull(ecr: "ECRClient", repository: str, *tags: str) -> list[str]:
    images: Any = [{"imageTag": tag} for tag in tags]
    answer = ecr.batch_get_image(repositoryName=repository, imageIds=images)
    return [image["imageId"]["imageTag"] for image in answer["images"]]


def _repositories(ecr: "ECRClient") -> list[str]:
    return sorted(each["repositoryName"] for each in ecr.describe_repositories()["repositories"])


def test_a_pull_makes_the_repository_and_the_image(aws: FakeAws, ecr: "ECRClient") -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    assert _pull(ecr, "quay/org/app", "1", "2") == ["1", "2"]
    assert _pull(ecr, "quay/org/app", "3") == ["3"]
    assert _repositories(ecr) == ["quay/org/app"]
    images = ecr.list_images(repositoryName="quay/org/app")["imageIds"]
    assert sorted(image["imageTag"] for image in images) == ["1", "2", "3"]
    assert len({image["imageDigest"] for image in images}) == 3


def test_what_no_rule_covers_is_not_pulled(aws: FakeAws, ecr: "ECRClient") -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    for name in ("quay", "quayside/app", "other/app"):
        refusal = refusal_of(ecr.batch_get_image, repositoryName=name, imageIds=[{"imageTag": "1"}])
        assert refusal.code == "RepositoryNotFoundException"
    assert _repositories(ecr) == []


def test_a_login_that_the_upstream_refuses_is_an_error_until_the_secret_is_right(
    aws: FakeAws, ecr: "ECRClient", secrets: "SecretsManagerClient", secret_arn: str
) -> None:
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="ghcr.io", credentialArn=secret_arn
    )
    assert _pull(ecr, "hub/app", "1") == ["1"]
    wrong = json.dumps({"username": "demo", "accessToken": "wrong"})
    secrets.put_secret_value(SecretId=secret_arn, SecretString=wrong)
    for repository in ("hub/app", "hub/other"):
        refusal = refusal_of(
            ecr.batch_get_image, repositoryName=repository, imageIds=[{"imageTag": "2"}]
        )
        assert refusal.code == "UnableToGetUpstreamImageException"
    # What is cached is served, also when it is a day old.
    assert _pull(ecr, "hub/app", "1") == ["1"]
    aws.pass_time(DAY)
    assert _pull(ecr, "hub/app", "1") == ["1"]
    assert _repositories(ecr) == ["hub/app"]


def test_the_upstream_is_asked_once_a_day(aws: FakeAws, ecr: "ECRClient") -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    _pull(ecr, "quay/app", "1")
    aws.map_upstream("quay.io", "http://127.0.0.1:9")
    for passed in (0, DAY):
        aws.pass_time(passed)
        assert _pull(ecr, "quay/app", "1") == ["1"]
    refusal = refusal_of(
        ecr.batch_get_image, repositoryName="quay/app", imageIds=[{"imageTag": "2"}]
    )
    assert refusal.code == "UnableToGetUpstreamImageException"


@pytest.mark.parametrize(
    ("repository", "prefix"),
    [
        ("team/app", "team"),
        ("team/hub/app", "team/hub"),
        ("team/hubble/app", "team"),
        ("app", "ROOT"),
        ("other/app", "ROOT"),
    ],
)
def test_the_longest_prefix_covers_a_repository(repository: str, prefix: str) -> None:
    assert covering_rule(["team", "ROOT", "team/hub"], repository) == prefix
    assert covering_rule([], repository) is None
