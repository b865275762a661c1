"""Times of pulls, and whose pulls do not count."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

ACCOUNT = "123456789012"
IMAGES: Any = [{"imageTag": "1"}]


def pulled(ecr: "ECRClient") -> None:
    ecr.batch_get_image(repositoryName="quay/app", imageIds=IMAGES)


def last_pull(ecr: "ECRClient") -> datetime | None:
    (image,) = ecr.describe_images(repositoryName="quay/app")["imageDetails"]
    return image.get("lastRecordedPullTime")


def test_pulls_of_excluded_principals_are_not_recorded(
    aws: FakeAws, iam: "IAMClient", sts: "STSClient", client_of: Callable[..., "ECRClient"]
) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName="scanner", Path="/tools/", AssumeRolePolicyDocument=document)[
        "Role"
    ]["Arn"]
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    scanner = client_of(
        "ecr",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    ecr = client_of("ecr")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    ecr.register_pull_time_update_exclusion(principalArn=arn)
    pulled(scanner)
    assert last_pull(ecr) is None
    pulled(ecr)
    first = last_pull(ecr)
    assert first is not None
    aws.pass_time(1800)
    pulled(scanner)
    assert last_pull(ecr) == first
    ecr.deregister_pull_time_update_exclusion(principalArn=arn)
    pulled(scanner)
    later = last_pull(ecr)
    assert later is not None
    assert later > first


def test_exclusions_are_listed_once_each_and_limited(aws: FakeAws, ecr: "ECRClient") -> None:
    arns = [f"arn:aws:iam::{ACCOUNT}:role/scan/{number}" for number in range(100)]
    for arn in arns:
        ecr.register_pull_time_update_exclusion(principalArn=arn)
    pages: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        page: Any = ecr.list_pull_time_update_exclusions(maxResults=40, **token)
        pages.append(page["pullTimeUpdateExclusions"])
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert [len(page) for page in pages] == [40, 40, 20]
    assert sorted(arn for page in pages for arn in page) == sorted(arns)
    register = ecr.register_pull_time_update_exclusion
    assert refusal_of(register, principalArn=arns[0]).code == "ExclusionAlreadyExistsException"
    one_more = f"arn:aws:iam::{ACCOUNT}:user/one-more"
    assert refusal_of(register, principalArn=one_more).code == "LimitExceededException"
    refusal = refusal_of(ecr.deregister_pull_time_update_exclusion, principalArn=one_more)
    assert refusal.code == "ExclusionNotFoundException"


def test_what_is_no_role_or_user_is_refused(aws: FakeAws, unchecked_ecr: "ECRClient") -> None:
    register = unchecked_ecr.register_pull_time_update_exclusion
    for arn in (
        "me",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/scanner/me",
        f"arn:aws:iam::{ACCOUNT}:root",
    ):
        assert refusal_of(register, principalArn=arn).code == "InvalidParameterException"
