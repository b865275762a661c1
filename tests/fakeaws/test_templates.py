"""Repository creation templates: the four operations, and what they do to a cached repository."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient

ACCOUNT = "123456789012"
CACHE: Any = ["PULL_THROUGH_CACHE"]
EXPIRY = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 14,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)
SHARED = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
                "Action": "ecr:BatchGetImage",
            }
        ],
    }
)


def make(ecr: "ECRClient", prefix: str, **members: Any) -> Any:
    members = {"appliedFor": CACHE} | members
    answer = ecr.create_repository_creation_template(prefix=prefix, **members)
    assert answer["registryId"] == ACCOUNT
    return answer["repositoryCreationTemplate"]


def prefixes(ecr: "ECRClient", **members: Any) -> list[str]:
    answer = ecr.describe_repository_creation_templates(**members)
    return sorted(each["prefix"] for each in answer["repositoryCreationTemplates"])


def pulled(ecr: "ECRClient", name: str) -> Any:
    """The repository that a pull through the rule of Quay makes."""
    ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "1"}])
    (repository,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    return repository


@pytest.fixture
def quay(aws: FakeAws, ecr: "ECRClient") -> "ECRClient":
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    return ecr


def test_a_template_is_created_changed_and_deleted(aws: FakeAws, ecr: "ECRClient") -> None:
    made = make(ecr, "quay", description="of Quay", lifecyclePolicy=EXPIRY)
    assert made["imageTagMutability"] == "MUTABLE"
    assert made["encryptionConfiguration"] == {"encryptionType": "AES256"}
    assert made["createdAt"] == made["updatedAt"]
    aws.pass_time(60)
    answer = ecr.update_repository_creation_template(prefix="quay", imageTagMutability="IMMUTABLE")
    changed = answer["repositoryCreationTemplate"]
    assert changed["updatedAt"] > changed["createdAt"]
    (seen,) = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
    assert seen == changed
    assert (seen["description"], seen["lifecyclePolicy"]) == ("of Quay", EXPIRY)
    gone = ecr.delete_repository_creation_template(prefix="quay")["repositoryCreationTemplate"]
    assert gone == seen
    assert prefixes(ecr) == []


def test_a_prefix_has_one_template_and_an_unknown_one_is_told(
    aws: FakeAws, ecr: "ECRClient"
) -> None:
    make(ecr, "quay")
    for prefix in ("quay", "quay/"):
        refusal = refusal_of(
            ecr.create_repository_creation_template, prefix=prefix, appliedFor=CACHE
        )
        assert refusal.code == "TemplateAlreadyExistsException"
    for call in (ecr.update_repository_creation_template, ecr.delete_repository_creation_template):
        assert refusal_of(call, prefix="other").code == "TemplateNotFoundException"


def test_templates_are_listed_by_name_and_in_pages(aws: FakeAws, ecr: "ECRClient") -> None:
    names = [f"team-{number}" for number in range(5)] + ["ROOT"]
    for name in names:
        make(ecr, name)
    pages = ecr.get_paginator("describe_repository_creation_templates")
    seen = [
        each["prefix"]
        for page in pages.paginate(PaginationConfig={"PageSize": 2})
        for each in page["repositoryCreationTemplates"]
    ]
    assert sorted(seen) == sorted(names)
    assert prefixes(ecr, prefixes=["team-1", "team-9"]) == ["team-1"]
    refusal = refusal_of(
        ecr.describe_repository_creation_templates, prefixes=["team-1"], maxResults=2
    )
    assert refusal.code == "InvalidParameterException"


@pytest.mark.parametrize(
    "members",
    [
        {"prefix": "Quay"},
        {"appliedFor": ["PULL"]},
        {"imageTagMutability": "SOMETIMES"},
        {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
        {"imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "v*"}]},
        {"lifecyclePolicy": "{}"},
        {"lifecyclePolicy": "no JSON"},
        {"repositoryPolicy": "[]"},
        {"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/x"}},
        {
            "encryptionConfiguration": {
                "encryptionType": "AES256",
                "kmsKey": f"arn:aws:kms:us-east-2:{ACCOUNT}:key/a",
            }
        },
    ],
    ids=str,
)
def test_what_no_template_can_be_is_refused(
    aws: FakeAws, unchecked_ecr: "ECRClient", members: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        make(unchecked_ecr, **({"prefix": "quay"} | members))
    assert prefixes(unchecked_ecr) == []


def test_a_change_that_does_not_fit_the_rest_is_refused(aws: FakeAws, ecr: "ECRClient") -> None:
    wildcard: Any = [{"filterType": "WILDCARD", "filter": "v*"}]
    make(
        ecr,
        "quay",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=wildcard,
    )
    change = ecr.update_repository_creation_template
    assert refusal_of(change, prefix="quay", lifecyclePolicy="x").code == (
        "InvalidParameterException"
    )
    answer = change(prefix="quay", imageTagMutability="MUTABLE")
    assert "imageTagMutabilityExclusionFilters" not in answer["repositoryCreationTemplate"]
    refusal = refusal_of(change, prefix="quay", imageTagMutabilityExclusionFilters=wildcard)
    assert refusal.code == "InvalidParameterException"


def test_a_pull_makes_the_repository_as_the_longest_prefix_says(quay: "ECRClient") -> None:
    make(quay, "ROOT", imageTagMutability="IMMUTABLE")
    make(quay, "quay", repositoryPolicy=SHARED, lifecyclePolicy=EXPIRY)
    make(quay, "quay/team", imageTagMutability="IMMUTABLE")
    make(quay, "quay/team/pushed", appliedFor=["CREATE_ON_PUSH"])
    assert pulled(quay, "quay/app")["imageTagMutability"] == "MUTABLE"
    policy = quay.get_repository_policy(repositoryName="quay/app")["policyText"]
    assert json.loads(policy) == json.loads(SHARED)
    lifecycle = quay.get_lifecycle_policy(repositoryName="quay/app")["lifecyclePolicyText"]
    assert json.loads(lifecycle) == json.loads(EXPIRY)
    assert pulled(quay, "quay/team/app")["imageTagMutability"] == "IMMUTABLE"
    assert pulled(quay, "quay/team/pushed/app")["imageTagMutability"] == "IMMUTABLE"
    assert pulled(quay, "quay/teams/app")["imageTagMutability"] == "MUTABLE"


def test_a_template_changes_no_repository_that_exists(quay: "ECRClient") -> None:
    pulled(quay, "quay/app")
    make(quay, "quay", imageTagMutability="IMMUTABLE")
    assert pulled(quay, "quay/app")["imageTagMutability"] == "MUTABLE"
    quay.delete_repository_creation_template(prefix="quay")
    assert pulled(quay, "quay/other")["imageTagMutability"] == "MUTABLE"


def test_tags_need_a_role_that_ecr_may_assume_and_that_may_set_them(
    quay: "ECRClient", iam: "IAMClient", make_role: Callable[..., str]
) -> None:
    make(quay, "quay", resourceTags=[{"Key": "team", "Value": "build"}])

    def refusal() -> str:
        images: Any = [{"imageTag": "1"}]
        return refusal_of(quay.batch_get_image, repositoryName="quay/app", imageIds=images).code

    assert refusal() == "RepositoryNotFoundException"
    arn = make_role("maker", "ecr.amazonaws.com")
    quay.update_repository_creation_template(prefix="quay", customRoleArn=arn)
    assert refusal() == "RepositoryNotFoundException"
    statement = {
        "Effect": "Allow",
        "Action": ["ecr:CreateRepository", "ecr:TagResource"],
        "Resource": "*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="maker", PolicyName="make", PolicyDocument=document)
    made = pulled(quay, "quay/app")
    tags = quay.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"]
    assert tags == [{"Key": "team", "Value": "build"}]
    other = make_role("cache", "pullthroughcache.ecr.amazonaws.com")
    iam.put_role_policy(RoleName="cache", PolicyName="make", PolicyDocument=document)
    quay.update_repository_creation_template(prefix="quay", customRoleArn=other)
    images: Any = [{"imageTag": "1"}]
    refused = refusal_of(quay.batch_get_image, repositoryName="quay/other", imageIds=images)
    assert refused.code == "RepositoryNotFoundException"


def test_a_key_needs_the_role_too(
    quay: "ECRClient", customer_key: str, iam: "IAMClient", make_role: Callable[..., str]
) -> None:
    make(quay, "quay", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": customer_key})
    images: Any = [{"imageTag": "1"}]
    refused = refusal_of(quay.batch_get_image, repositoryName="quay/app", imageIds=images)
    assert refused.code == "RepositoryNotFoundException"
    arn = make_role("maker", "ecr.amazonaws.com")
    statement = {"Effect": "Allow", "Action": ["ecr:*", "kms:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="maker", PolicyName="make", PolicyDocument=document)
    quay.update_repository_creation_template(prefix="quay", customRoleArn=arn)
    assert pulled(quay, "quay/app")["encryptionConfiguration"]["kmsKey"] == customer_key


def test_who_sets_a_role_and_policies_needs_their_permissions(
    aws: FakeAws, client_of: Callable[..., Any], iam: "IAMClient"
) -> None:
    aws.check("permissions")
    iam.create_user(UserName="temp")
    keys = iam.create_access_key(UserName="temp")["AccessKey"]
    mine = client_of(
        "ecr",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
    )

    def allow(*actions: str) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="temp", PolicyName="p", PolicyDocument=document)

    role = f"arn:aws:iam::{ACCOUNT}:role/maker"
    whole: Any = {"customRoleArn": role, "lifecyclePolicy": EXPIRY, "repositoryPolicy": SHARED}
    given = ["ecr:CreateRepositoryCreationTemplate"]
    for missing in ("iam:PassRole", "ecr:SetRepositoryPolicy", "ecr:PutLifecyclePolicy"):
        allow(*given)
        refusal = refusal_of(
            mine.create_repository_creation_template, prefix="quay", appliedFor=CACHE, **whole
        )
        assert refusal.code == "AccessDeniedException"
        assert missing in refusal.message
        given.append(missing)
    allow(*given)
    make(mine, "quay", **whole)


def test_templates_are_kept_per_region(
    aws: FakeAws, ecr: "ECRClient", client_of: Callable[..., Any]
) -> None:
    make(ecr, "quay")
    assert prefixes(client_of("ecr", "eu-west-1")) == []
