"""What ECR tells about images: sizes, types, subjects, referrers, the archive."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.ecr import models
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
ANY: Any = {"imageStatus": "ANY"}


def put(
    ecr: "ECRClient",
    tag: str = "",
    media_type: str = MANIFEST,
    *,
    repository: str = "app",
    **members: Any,
) -> str:
    """Push a manifest; its digest."""
    text = json.dumps({"schemaVersion": 2, "mediaType": media_type, **members})
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    more: Any = {"imageTag": tag} if tag else {}
    ecr.put_image(repositoryName=repository, imageManifest=text, imageDigest=digest, **more)
    return digest


def image(ecr: "ECRClient", size: int, tag: str = "", **members: Any) -> str:
    config = {"mediaType": CONFIG, "size": size, "digest": f"sha256:{size:064}"}
    return put(ecr, tag, config=config, layers=[], **members)


def details(ecr: "ECRClient", **members: Any) -> dict[str, Any]:
    found = ecr.describe_images(repositoryName="app", **members)["imageDetails"]
    return {each["imageDigest"]: each for each in found}


def test_a_list_has_the_size_of_its_largest_image(ecr: "ECRClient") -> None:
    ecr.create_repository(repositoryName="app")
    children = [image(ecr, size) for size in (100, 300)]
    listed = put(ecr, "all", INDEX, manifests=[{"digest": digest} for digest in children])
    empty = put(ecr, "none", INDEX, manifests=[{"digest": f"sha256:{7:064}"}])
    found = details(ecr)
    assert [found[digest]["imageSizeInBytes"] for digest in (*children, listed)] == [100, 300, 300]
    assert "imageSizeInBytes" not in found[empty]
    assert found[children[0]]["artifactMediaType"] == CONFIG
    assert "artifactMediaType" not in found[listed]


def test_referrers_are_listed_by_subject_type_and_page(ecr: "ECRClient") -> None:
    ecr.create_repository(repositoryName="app")
    subject = image(ecr, 100, "1")
    types = ["application/spdx+json", *["application/vnd.example.signature"] * 3]
    for number, kind in enumerate(types):
        image(ecr, number, artifactType=kind, subject={"digest": subject})
    image(ecr, 50, subject={"digest": f"sha256:{7:064}"})
    found = details(ecr)
    assert sum(each.get("subjectManifestDigest") == subject for each in found.values()) == 4
    asked: Any = {"repositoryName": "app", "subjectId": {"imageDigest": subject}}
    first = ecr.list_image_referrers(**asked, maxResults=3)
    second = ecr.list_image_referrers(**asked, nextToken=first["nextToken"])
    assert (len(first["referrers"]), len(second["referrers"])) == (3, 1)
    (sbom,) = ecr.list_image_referrers(**asked, filter={"artifactTypes": types[:1]})["referrers"]
    assert sbom["artifactType"] == types[0]


def test_archived_images_are_listed_when_asked_for_and_cannot_be_pulled(
    aws: FakeAws, ecr: "ECRClient"
) -> None:
    ecr.create_repository(repositoryName="app")
    kept, moved = image(ecr, 100, "kept"), image(ecr, 200, "moved")
    asked: Any = {"repositoryName": "app", "imageId": {"imageTag": "moved"}}
    told = ecr.update_image_storage_class(**asked, targetStorageClass="ARCHIVE")
    assert told["imageStatus"] == "ARCHIVED"
    assert details(ecr).keys() == {kept}
    everything = details(ecr, filter=ANY)
    assert everything.keys() == {kept, moved}
    assert everything[moved]["imageStatus"] == "ARCHIVED"
    assert "lastArchivedAt" in everything[moved]
    assert "lastArchivedAt" not in everything[kept]
    listed = ecr.list_images(repositoryName="app", filter={"imageStatus": "ARCHIVED"})["imageIds"]
    assert listed == [{"imageDigest": moved, "imageTag": "moved"}]
    pulled = ecr.batch_get_image(repositoryName="app", imageIds=[{"imageTag": "moved"}])
    assert [failure["failureCode"] for failure in pulled["failures"]] == ["ImageInaccessible"]
    told = ecr.update_image_storage_class(**asked, targetStorageClass="STANDARD")
    assert told["imageStatus"] == "ACTIVATING"
    aws.pass_time(20 * 60)
    assert details(ecr)[moved]["imageStatus"] == "ACTIVE"


def test_images_of_an_unknown_repository_are_refused(ecr: "ECRClient") -> None:
    refusal = refusal_of(ecr.describe_images, repositoryName="nothing")
    assert refusal.code == "RepositoryNotFoundException"
    ecr.create_repository(repositoryName="app")
    wanted: Any = [{"imageTag": "1"}]
    refusal = refusal_of(ecr.describe_images, repositoryName="app", imageIds=wanted)
    assert refusal.code == "ImageNotFoundException"


def test_a_repository_has_a_quota_of_images(
    aws: FakeAws, ecr: "ECRClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MAX_IMAGES_OF_REPOSITORY", 1)
    ecr.create_repository(repositoryName="app")
    image(ecr, 1, "first")
    assert refusal_of(image, ecr=ecr, size=2).code == "LimitExceededException"
    # Another tag is no other image.
    image(ecr, 1, "second")
    (found,) = ecr.describe_images(repositoryName="app")["imageDetails"]
    assert sorted(found["imageTags"]) == ["first", "second"]
