"""Repositories and images are read as ECR describes them, whatever members an answer lacks."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.test_images import INDEX, image, put
from tests.person import REGION
from tests.wizard.conftest import TARGET
from wizard.backend import images
from wizard.domain import errors
from wizard.domain.cached_images import ListedImage

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


@pytest.fixture
def registry(aws: FakeAws) -> "ECRClient":
    """A registry with the empty repository `app`."""
    client: ECRClient = boto3.client("ecr", region_name=REGION)
    client.create_repository(repositoryName="app")
    return client


def test_images_are_described_with_archived_and_untagged_ones(registry: "ECRClient") -> None:
    tagged, bare = image(registry, 100, "1"), image(registry, 200)
    artifact = image(registry, 5, artifactType="application/spdx+json", subject={"digest": tagged})
    registry.update_image_storage_class(
        repositoryName="app", imageId={"imageDigest": bare}, targetStorageClass="ARCHIVE"
    )
    found = images.describe_images(TARGET, "app")
    assert found.is_complete
    by_digest = {each.digest: each for each in found.images}
    assert by_digest.keys() == {tagged, bare, artifact}
    assert by_digest[tagged].tags == ("1",)
    assert by_digest[tagged].size_bytes == 100
    assert by_digest[tagged].last_pulled_at is None
    assert (by_digest[bare].tags, by_digest[bare].is_archived) == ((), True)
    assert by_digest[bare].last_archived_at is not None
    assert by_digest[artifact].refers_to == tagged


def test_the_entries_of_lists_are_asked_a_hundred_at_a_time(
    aws: FakeAws, registry: "ECRClient"
) -> None:
    child = image(registry, 100)
    platform = {"os": "linux", "architecture": "arm64"}
    listed = put(registry, "all", INDEX, manifests=[{"digest": child, "platform": platform}])
    unknown = [f"sha256:{number:064}" for number in range(150)]
    before = aws.calls().get("BatchGetImage", 0)
    found = images.children(TARGET, "app", [listed, child, *unknown])
    assert found == {listed: (ListedImage(digest=child, platform="linux/arm64"),)}
    assert aws.calls()["BatchGetImage"] - before == 2
    assert images.children(TARGET, "app", []) == {}


def test_repositories_come_by_name_with_the_time_of_their_creation(registry: "ECRClient") -> None:
    registry.create_repository(repositoryName="a/b")
    found = images.describe_repositories(TARGET)
    assert [each.name for each in found.repositories] == ["a/b", "app"]
    assert found.is_complete
    one = images.describe_repository(TARGET, "app")
    assert one == found.repositories[1]
    assert one.created_at is not None


def test_a_repository_that_does_not_exist_is_told(registry: "ECRClient") -> None:
    with pytest.raises(errors.RepositoryNotFound):
        images.describe_images(TARGET, "gone")
    with pytest.raises(errors.RepositoryNotFound):
        images.describe_repository(TARGET, "gone")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"imageSizeInBytes": "12"}, None),
        ({"imageSizeInBytes": -1}, None),
        ({"imageSizeInBytes": True}, None),
        ({"imageSizeInBytes": 2**80}, None),
        ({"imageSizeInBytes": 12}, 12),
        ({"lastRecordedPullTime": "soon", "imageSizeInBytes": 12}, errors.AwsError),
        ({"imageTags": [None]}, errors.AwsError),
        ({"imageDigest": None}, errors.AwsError),
    ],
)
def test_members_of_another_type_are_absent_or_an_error(
    aws: FakeAws, registry: "ECRClient", members: dict[str, Any], expected: Any
) -> None:
    told = {"imageDetails": [{"imageDigest": "sha256:1", **members}]}
    aws.garble_answer(json.dumps(told), operation="DescribeImages")
    if isinstance(expected, type):
        with pytest.raises(expected):
            images.describe_images(TARGET, "app")
    else:
        (found,) = images.describe_images(TARGET, "app").images
        assert (found.size_bytes, found.status, found.tags) == (expected, "", ())
