"""Lifecycle policies: what is refused, what a preview tells, and that it changes nothing."""

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.ecr import models
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.conformance import Recorder
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

DAY = 24 * 60 * 60
NAME = "quay/app"
EXPIRE: Any = {"type": "expire"}
ARCHIVE: Any = {"type": "transition", "targetStorageClass": "archive"}
PUSHED: Any = {"countType": "sinceImagePushed", "countUnit": "days"}
PULLED: Any = PUSHED | {"countType": "sinceImagePulled"}
COUNTED: Any = {"countType": "imageCountMoreThan"}
ARCHIVED: Any = PUSHED | {"countType": "sinceImageTransitioned", "storageClass": "archive"}
ANY: Any = {"tagStatus": "any"}
UNTAGGED: Any = {"tagStatus": "untagged"}
OCI = "application/vnd.oci.image"


def tagged(*patterns: str) -> Any:
    return {"tagStatus": "tagged", "tagPatternList": list(patterns)}


def rule(selection: Any, number: int, action: Any = EXPIRE, *, priority: int = 1) -> Any:
    whole = {**selection, "countNumber": number}
    return {"rulePriority": priority, "selection": whole, "action": action}


def policy(*rules: Any) -> str:
    return json.dumps({"rules": list(rules)}, indent=2)


class Repository:
    """A repository with images whose digests and tags are known."""

    def __init__(self, aws: FakeAws, ecr: "ECRClient") -> None:
        self.aws, self.ecr = aws, ecr
        ecr.create_repository(repositoryName=NAME)

    def push(self, *tags: str, content: Any = None, kind: str = "manifest") -> str:
        """Store an image with these tags; its digest."""
        seed = "+".join(tags) or json.dumps(content)
        config = {"digest": f"sha256:{hashlib.sha256(seed.encode()).hexdigest()}", "size": 1}
        body = content or {"config": config, "layers": []}
        manifest = json.dumps({"schemaVersion": 2, **body})
        digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        for tag in tags or (None,):
            members: Any = {"imageDigest": digest} | ({"imageTag": tag} if tag else {})
            self.ecr.put_image(
                repositoryName=NAME,
                imageManifest=manifest,
                imageManifestMediaType=f"{OCI}.{kind}.v1+json",
                **members,
            )
        return digest

    def pull(self, tag: str) -> None:
        self.ecr.batch_get_image(repositoryName=NAME, imageIds=[{"imageTag": tag}])

    def age(self, days: float) -> None:
        self.aws.pass_time(days * DAY)

    def preview(self, *rules: Any) -> Any:
        """The complete preview of a policy."""
        text = policy(*rules)
        begun = self.ecr.start_lifecycle_policy_preview(
            repositoryName=NAME, lifecyclePolicyText=text
        )
        assert (begun["status"], begun["lifecyclePolicyText"]) == ("IN_PROGRESS", text)
        first = self.ecr.get_lifecycle_policy_preview(repositoryName=NAME)
        assert first["status"] == "IN_PROGRESS"
        assert "previewResults" not in first
        done = self.ecr.get_lifecycle_policy_preview(repositoryName=NAME)
        assert done["status"] == "COMPLETE"
        return done

    def affected(self, *rules: Any) -> list[tuple[str, int]]:
        """The first tag of each image that goes, and the rule that it goes by."""
        return [
            ((each["imageTags"] or ["-"])[0], each["appliedRulePriority"])
            for each in self.preview(*rules)["previewResults"]
        ]


@pytest.fixture
def repository(aws: FakeAws, ecr: "ECRClient") -> Repository:
    return Repository(aws, ecr)


def test_the_oldest_beyond_the_last_are_expired_and_nothing_changes(
    repository: Repository, ecr: "ECRClient"
) -> None:
    for tag in ("1", "2", "3"):
        repository.push(tag)
        repository.age(1)
    done = repository.preview(rule(tagged("*") | COUNTED, 1))
    assert [each["imageTags"] for each in done["previewResults"]] == [["1"], ["2"]]
    first = done["previewResults"][0]
    assert first["action"] == {"type": "EXPIRE"}
    assert (first["appliedRulePriority"], first["storageClass"]) == (1, "STANDARD")
    assert done["summary"] == {"expiringImageTotalCount": 2}
    assert len(ecr.describe_images(repositoryName=NAME)["imageDetails"]) == 3
    assert refusal_of(ecr.get_lifecycle_policy, repositoryName=NAME).code == (
        "LifecyclePolicyNotFoundException"
    )


def test_what_nobody_pulls_is_archived_and_an_archived_image_expires(
    repository: Repository, ecr: "ECRClient"
) -> None:
    for tag in ("pulled", "idle"):
        repository.push(tag)
    repository.age(31)
    repository.pull("pulled")
    unused = rule(ANY | PULLED, 30, ARCHIVE)
    done = repository.preview(unused)
    (idle,) = done["previewResults"]
    assert idle["imageTags"] == ["idle"]
    assert idle["action"] == {"type": "TRANSITION", "targetStorageClass": "ARCHIVE"}
    assert done["summary"]["transitioningImageTotalCounts"] == [
        {"targetStorageClass": "ARCHIVE", "imageTotalCount": 1}
    ]
    assert done["summary"]["expiringImageTotalCount"] == 0
    ecr.update_image_storage_class(
        repositoryName=NAME, imageId={"imageTag": "idle"}, targetStorageClass="ARCHIVE"
    )
    repository.age(89)
    both = unused, rule(ANY | ARCHIVED, 90, priority=2)
    assert repository.affected(*both) == [("pulled", 1)]
    repository.age(2)
    assert repository.affected(*both) == [("pulled", 1), ("idle", 2)]
    # An image that was restored counts from then.
    ecr.update_image_storage_class(
        repositoryName=NAME, imageId={"imageTag": "idle"}, targetStorageClass="STANDARD"
    )
    assert repository.affected(*both) == [("pulled", 1)]
    repository.age(29)
    assert repository.affected(*both) == [("pulled", 1)]
    repository.age(2)
    assert repository.affected(*both) == [("pulled", 1), ("idle", 1)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule(ANY | PUSHED, 8)], [("v1", 1), ("old", 1)]),
        ([rule(ANY | PUSHED, 20)], []),
        ([rule(UNTAGGED | PUSHED, 1)], [("-", 1)]),
        # Each pattern needs a tag of the image; a rule claims its images even if it leaves them.
        ([rule(tagged("v*", "stable") | COUNTED, 1)], []),
        ([rule(tagged("v*") | COUNTED, 1)], [("v1", 1)]),
        (
            [rule(tagged("v*") | COUNTED, 9), rule(ANY | PUSHED, 1, priority=2)],
            [("old", 2), ("-", 2)],
        ),
        (
            [rule(UNTAGGED | PUSHED, 1), rule(tagged("*l*d*") | PUSHED, 1, priority=5)],
            [("-", 1), ("old", 5)],
        ),
        ([rule({"tagStatus": "tagged", "tagPrefixList": ["v", "st"]} | PUSHED, 1)], [("v2", 1)]),
        ([rule(tagged("v*", "st*") | PUSHED, 1, ARCHIVE)], [("v2", 1)]),
    ],
)
def test_a_rule_selects_by_tags_age_and_count(
    repository: Repository, rules: list[Any], expected: list[tuple[str, int]]
) -> None:
    repository.push("v1")
    repository.age(1)
    repository.push("old")
    repository.age(6)
    repository.push("v2", "stable")
    repository.push(content={"config": {"digest": "sha256:0", "size": 1}, "layers": []})
    repository.age(2)
    assert repository.affected(*rules) == expected


def test_images_of_a_list_and_what_refers_to_an_image_stay_until_it_is_gone(
    repository: Repository,
) -> None:
    children = [repository.push(content={"layers": [], "config": {"n": n}}) for n in range(2)]
    listed = [{"digest": digest, "size": 1} for digest in children]
    index = repository.push("latest", content={"manifests": listed}, kind="index")
    repository.push(content={"subject": {"digest": index}, "layers": [], "config": {}})
    repository.push(content={"layers": [], "config": {"n": "alone"}})
    repository.age(9)
    assert repository.affected(rule(UNTAGGED | PUSHED, 1)) == [("-", 1)]
    done = repository.preview(rule(ANY | PUSHED, 1))
    assert {tuple(each["imageTags"]) for each in done["previewResults"]} == {(), ("latest",)}


def test_a_preview_has_pages_a_filter_and_named_images(
    repository: Repository, ecr: "ECRClient"
) -> None:
    digests = [repository.push(str(number)) for number in range(3)]
    untagged = repository.push(content={"layers": [], "config": {}})
    repository.age(2)
    repository.preview(rule(ANY | PUSHED, 1))

    def told(**members: Any) -> list[str]:
        pages = ecr.get_paginator("get_lifecycle_policy_preview").paginate(
            repositoryName=NAME, **members
        )
        return [each["imageDigest"] for page in pages for each in page["previewResults"]]

    assert sorted(told(PaginationConfig={"PageSize": 2})) == sorted([*digests, untagged])
    assert told(filter={"tagStatus": "UNTAGGED"}) == [untagged]
    assert sorted(told(filter={"tagStatus": "TAGGED"})) == sorted(digests)
    named: Any = [{"imageTag": "1"}, {"imageDigest": untagged}]
    assert sorted(told(imageIds=named)) == sorted([digests[1], untagged])
    refusal = refusal_of(
        ecr.get_lifecycle_policy_preview, repositoryName=NAME, imageIds=named, maxResults=1
    )
    assert refusal.code == "InvalidParameterException"


def test_a_preview_in_progress_is_waited_for_and_one_needs_a_policy(
    repository: Repository, ecr: "ECRClient"
) -> None:
    start, get = ecr.start_lifecycle_policy_preview, ecr.get_lifecycle_policy_preview
    assert refusal_of(get, repositoryName=NAME).code == "LifecyclePolicyPreviewNotFoundException"
    assert refusal_of(start, repositoryName=NAME).code == "LifecyclePolicyNotFoundException"
    assert refusal_of(start, repositoryName="quay/none").code == "RepositoryNotFoundException"
    assert refusal_of(get, repositoryName="quay/none").code == "RepositoryNotFoundException"
    text = policy(rule(ANY | PUSHED, 1))
    ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=text)
    assert start(repositoryName=NAME)["lifecyclePolicyText"] == text
    refusal = refusal_of(start, repositoryName=NAME, lifecyclePolicyText=text)
    assert refusal.code == "LifecyclePolicyPreviewInProgressException"
    assert start(repositoryName=NAME)["status"] == "IN_PROGRESS"
    # It goes with its repository.
    ecr.delete_repository(repositoryName=NAME)
    ecr.create_repository(repositoryName=NAME)
    assert refusal_of(get, repositoryName=NAME).code == "LifecyclePolicyPreviewNotFoundException"


LONG: Any = {"description": "x" * 100}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (rule(ANY | PULLED, 1), "requires the action transition"),
        (rule(ANY | ARCHIVED, 89), "minimum: 90, found: 89"),
        (rule(ANY | ARCHIVED, 90, ARCHIVE), "requires the action expire"),
        (rule(ANY | PUSHED | {"storageClass": "archive"}, 1), "sinceImageTransitioned"),
        (rule(ANY | COUNTED | {"countUnit": "days"}, 1), "exactly one schema"),
        (rule(ANY | {"countType": "sinceImagePushed"}, 1), "exactly one schema"),
        (rule(ANY | COUNTED, 0), "minimum: 1, found: 0"),
        (rule(ANY | COUNTED, 1, {"type": "transition"}), "exactly one schema"),
        (rule(ANY | COUNTED, 1, {"type": "keep"}), "not found in enum"),
        (rule({"tagStatus": "tagged"} | COUNTED, 1), "Must specify tagPrefixList"),
        (rule(ANY | COUNTED | {"tagPrefixList": []}, 1), "Must not specify"),
        (rule(tagged("*a*b*c*d*") | COUNTED, 1), "at most 4 wildcards"),
        (rule(UNTAGGED | PUSHED, 2), "Only one rule can select Untagged images per storage class"),
        (rule(UNTAGGED | ARCHIVED, 90, priority=1), "unique rulePriority"),
        (rule(ANY | COUNTED, 1, priority=0) | {"selection": 1}, "exactly one schema"),
        ({"rulePriority": 1}, "missing required properties"),
        (rule(ANY | COUNTED, 1) | {"more": 1}, "not allowed by the schema"),
    ],
)
def test_a_policy_that_ecr_refuses_is_refused(
    repository: Repository, ecr: "ECRClient", broken: Any, reason: str
) -> None:
    first = rule(UNTAGGED | PUSHED, 1) | LONG
    second = {"rulePriority": 2} if broken["rulePriority"] and "unique" not in reason else {}
    text = policy(first, broken | second)
    for call in (ecr.put_lifecycle_policy, ecr.start_lifecycle_policy_preview):
        refusal = refusal_of(call, repositoryName=NAME, lifecyclePolicyText=text)
        assert refusal.code == "InvalidParameterException"
        assert reason in refusal.message


def test_a_rule_for_any_is_the_last_of_its_storage_class(
    repository: Repository, ecr: "ECRClient"
) -> None:
    archived = rule(ANY | ARCHIVED, 90)
    unused = rule(ANY | PULLED, 30, ARCHIVE, priority=2)
    text = policy(archived, unused)
    ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=text)
    broken = policy(archived, unused, rule(UNTAGGED | PUSHED, 1, priority=3))
    refusal = refusal_of(ecr.put_lifecycle_policy, repositoryName=NAME, lifecyclePolicyText=broken)
    assert "tagStatus=ANY must have the lowest priority" in refusal.message


def test_the_answers_are_those_of_the_model(
    repository: Repository, client_of: Callable[..., Any]
) -> None:
    recorder = Recorder()
    repository.push("1")
    repository.push(content={"layers": [], "config": {}})
    repository.age(2)
    repository.ecr = recorder.listen_to(client_of("ecr"))
    repository.preview(rule(UNTAGGED | PUSHED, 1), rule(ANY | PUSHED, 1, ARCHIVE, priority=2))
    text = policy(rule(ANY | PUSHED, 1))
    repository.ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=text)
    repository.ecr.get_account_setting(name="BLOB_MOUNTING")
    repository.ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    assert recorder.answers == 6
    assert recorder.complaints == []


def test_account_settings_have_the_values_of_the_model(aws: FakeAws, ecr: "ECRClient") -> None:
    get, put = ecr.get_account_setting, ecr.put_account_setting
    assert get(name="REGISTRY_POLICY_SCOPE")["value"] == "V2"
    assert put(name="BLOB_MOUNTING", value="ENABLED") | {"ResponseMetadata": 0} == {
        "name": "BLOB_MOUNTING",
        "value": "ENABLED",
        "ResponseMetadata": 0,
    }
    assert get(name="BLOB_MOUNTING")["value"] == "ENABLED"
    assert refusal_of(get, name="OTHER").code == "InvalidParameterException"
    refusal = refusal_of(put, name="REGISTRY_POLICY_SCOPE", value="V3")
    assert refusal.code == "InvalidParameterException"


def test_a_registry_has_a_quota_of_repositories(
    repository: Repository, ecr: "ECRClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MAX_REPOSITORIES", 1)
    refusal = refusal_of(ecr.create_repository, repositoryName="quay/more")
    assert refusal.code == "LimitExceededException"
