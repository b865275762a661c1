"""Pagination of rules, repositories, images, secrets and roles."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@pytest.fixture
def prefixes(ecr: "ECRClient") -> list[str]:
    """Seven rules, in the order in which they are answered, which is not that of their names."""
    for number in range(7):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"quay-{number}", upstreamRegistryUrl="quay.io"
        )
    rules = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    names = [rule["ecrRepositoryPrefix"] for rule in rules]
    assert names != sorted(names)
    return names


def test_pages_hold_as_many_rules_as_asked_for(ecr: "ECRClient", prefixes: list[str]) -> None:
    pages = ecr.get_paginator("describe_pull_through_cache_rules").paginate(
        PaginationConfig={"PageSize": 3}
    )
    found = [[r["ecrRepositoryPrefix"] for r in page["pullThroughCacheRules"]] for page in pages]
    assert found == [prefixes[:3], prefixes[3:6], prefixes[6:]]


def test_the_last_page_has_no_token_even_if_it_is_full(
    ecr: "ECRClient", prefixes: list[str]
) -> None:
    answer = ecr.describe_pull_through_cache_rules(maxResults=len(prefixes))
    assert "nextToken" not in answer


def test_a_rule_deleted_between_two_pages_leaves_the_rest_in_place(
    ecr: "ECRClient", prefixes: list[str]
) -> None:
    first = ecr.describe_pull_through_cache_rules(maxResults=3)
    for prefix in prefixes[2:4]:
        ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    second = ecr.describe_pull_through_cache_rules(nextToken=first["nextToken"])
    found = [rule["ecrRepositoryPrefix"] for rule in second["pullThroughCacheRules"]]
    assert found == prefixes[4:]


@pytest.mark.usefixtures("prefixes")
def test_pages_and_names_do_not_go_together(ecr: "ECRClient") -> None:
    token = ecr.describe_pull_through_cache_rules(maxResults=3)["nextToken"]
    by_size = refusal_of(
        ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["quay-1"], maxResults=3
    )
    by_token = refusal_of(
        ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["quay-1"], nextToken=token
    )
    assert by_size.code == by_token.code == "InvalidParameterException"


@pytest.mark.parametrize("token", ["made up", "bm90IGpzb24=", "e30="])
def test_a_token_that_was_never_given_out_is_refused(ecr: "ECRClient", token: str) -> None:
    refusal = refusal_of(ecr.describe_pull_through_cache_rules, nextToken=token)
    assert refusal.code == "InvalidParameterException"
    assert "'nextToken'" in refusal.message


def _repositories(ecr: "ECRClient", count: int) -> list[str]:
    names = [f"quay/app-{number:03}" for number in range(count)]
    for name in names:
        ecr.create_repository(repositoryName=name)
    return names


def _sizes(pages: Any, key: str) -> list[int]:
    return [len(page[key]) for page in pages]


def test_repositories_come_a_hundred_at_a_time_or_as_many_as_asked_for(ecr: "ECRClient") -> None:
    names = _repositories(ecr, 120)
    pages = ecr.get_paginator("describe_repositories")
    assert _sizes(pages.paginate(), "repositories") == [100, 20]
    by_fifty = pages.paginate(PaginationConfig={"PageSize": 50})
    assert _sizes(by_fifty, "repositories") == [50, 50, 20]
    found = [each["repositoryName"] for page in pages.paginate() for each in page["repositories"]]
    assert sorted(found) == names
    named = ecr.describe_repositories(repositoryNames=names[:3])
    assert len(named["repositories"]) == 3
    for more in ({"maxResults": 10}, {"nextToken": "any"}):
        refusal = refusal_of(ecr.describe_repositories, repositoryNames=names[:3], **more)
        assert refusal.code == "InvalidParameterException"
    assert refusal_of(ecr.describe_repositories, nextToken="zzz").code == (
        "InvalidParameterException"
    )


def test_images_come_in_pages_and_by_whether_they_have_a_tag(ecr: "ECRClient") -> None:
    ecr.create_repository(repositoryName="app")
    for number in range(5):
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
        tag: Any = {"imageTag": f"v{number}"} if number < 3 else {}
        text = json.dumps(manifest | {"annotations": {"number": str(number)}})
        ecr.put_image(repositoryName="app", imageManifest=text, **tag)
    for pages, key in (
        (ecr.get_paginator("list_images"), "imageIds"),
        (ecr.get_paginator("describe_images"), "imageDetails"),
    ):
        whole = pages.paginate(repositoryName="app", PaginationConfig={"PageSize": 2})
        assert _sizes(whole, key) == [2, 2, 1]
        for status, count in {"TAGGED": 3, "UNTAGGED": 2, "ANY": 5}.items():
            chosen: Any = {"tagStatus": status}
            found = pages.paginate(repositoryName="app", filter=chosen)
            assert _sizes(found, key) == [count]
    refusal = refusal_of(
        ecr.describe_images, repositoryName="app", imageIds=[{"imageTag": "v1"}], maxResults=2
    )
    assert refusal.code == "InvalidParameterException"


def test_a_page_of_secrets_may_be_empty_although_more_follow(
    secrets: "SecretsManagerClient",
) -> None:
    for name in ("other-1", "other-2", "wanted"):
        secrets.create_secret(Name=name, SecretString="x")
    wanted: Any = {"Filters": [{"Key": "name", "Values": ["wanted"]}], "MaxResults": 2}
    first = secrets.list_secrets(**wanted)
    assert first["SecretList"] == []
    second = secrets.list_secrets(**wanted, NextToken=first["NextToken"])
    assert [secret["Name"] for secret in second["SecretList"]] == ["wanted"]
    assert "NextToken" not in second


def test_secrets_are_sorted_by_what_is_asked_for(secrets: "SecretsManagerClient") -> None:
    for name in ("b", "a", "c"):
        secrets.create_secret(Name=name, SecretString="x")

    def names(**members: Any) -> str:
        return "".join(secret["Name"] for secret in secrets.list_secrets(**members)["SecretList"])

    assert (names(), names(SortOrder="asc"), names(SortOrder="desc")) == ("bac", "bac", "cab")
    assert (names(SortBy="name"), names(SortBy="name", SortOrder="desc")) == ("abc", "cba")


def test_answers_can_vary_within_what_aws_documents(
    aws: FakeAws,
    ecr: "ECRClient",
    secrets: "SecretsManagerClient",
    iam: "IAMClient",
    make_role: Callable[..., str],
) -> None:
    _repositories(ecr, 7)
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    for number in range(5):
        secrets.create_secret(Name=f"s{number}", SecretString="x")
        make_role(f"r{number}", "ec2.amazonaws.com")
    aws.vary_answers()
    repositories = ecr.get_paginator("describe_repositories").paginate()
    assert _sizes(repositories, "repositories") == [3, 3, 1]
    found = secrets.get_paginator("list_secrets").paginate()
    assert [[s["Name"] for s in page["SecretList"]] for page in found] == [
        ["s4", "s3", "s2"],
        ["s1", "s0"],
    ]
    # The fifth role is the one that the rule's creation made.
    assert _sizes(iam.get_paginator("list_roles").paginate(), "Roles") == [3, 3]
    (rule,) = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert "upstreamRegistry" not in rule
    assert (rule["upstreamRepositoryPrefix"], rule["updatedAt"]) == ("ROOT", rule["createdAt"])
    assert "failure" not in ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="quay")
    aws.clear_faults()
    (rule,) = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert rule["upstreamRegistry"] == "quay"
