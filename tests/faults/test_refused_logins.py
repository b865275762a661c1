"""A secret that an upstream registry refused is not tried again before it changes."""

import json
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.allow_list import UPSTREAMS
from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in, someone
from wizard.domain import Target
from wizard.domain.errors import LoginRefusedBefore
from wizard.models import BulkValidation, BulkValidationItem, ItemState
from wizard.services import rules, validation
from wizard.services.bulk_validation.running import run_bulk_validation
from wizard.services.bulk_validation.starting import RuleSelection, start_bulk_validation

ELSEWHERE = "eu-west-1"
HERE = Target(account_id=ACCOUNT, region=REGION)
VALIDATE = "ValidatePullThroughCacheRule"
HOUR = 60 * 60

pytestmark = pytest.mark.promise("B13")


@pytest.fixture
def ada(aws: FakeAws, db: None) -> User:
    return someone("ada")


def secrets(region: str = REGION) -> Any:
    return boto3.client("secretsmanager", region_name=region)


def value(token: str) -> str:
    return json.dumps({"username": "demo", "accessToken": token})


def hub(aws: FakeAws, *prefixes: str, region: str = REGION, token: str = "wrong") -> str:
    """Rules that share a secret of some hours ago; its ARN."""
    name = f"ecr-pullthroughcache/{prefixes[0]}"
    arn = str(secrets(region).create_secret(Name=name, SecretString=value(token))["ARN"])
    ecr = boto3.client("ecr", region_name=region)
    for prefix in prefixes:
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=arn,
        )
    aws.pass_time(HOUR)
    return arn


def validated(ada: User, *selections: RuleSelection) -> dict[str, str]:
    """What a bulk validation made of each rule: valid, failed, or left out."""
    wanted: Sequence[RuleSelection] = selections or [RuleSelection(region=REGION)]
    bulk, _ = start_bulk_validation(account_id=ACCOUNT, selections=wanted, actor=ada)
    assert run_bulk_validation(bulk_id=bulk.pk)
    items = BulkValidationItem.objects.filter(bulk=bulk).exclude(ecr_repository_prefix="")
    return {f"{item.region}/{item.ecr_repository_prefix}": told(item) for item in items}


def told(item: BulkValidationItem) -> str:
    if item.state == ItemState.ERROR:
        assert isinstance(item.error, LoginRefusedBefore), item.error
        return "left out"
    assert item.result is not None
    return "valid" if item.result.is_valid else "failed"


def test_a_refused_secret_is_left_out_until_it_has_another_version(aws: FakeAws, ada: User) -> None:
    arn = hub(aws, "hub")
    assert validated(ada) == {f"{REGION}/hub": "failed"}
    aws.clear_calls()
    assert validated(ada) == {f"{REGION}/hub": "left out"}
    assert VALIDATE not in aws.calls()
    # Tags and a description are no other version.
    secrets().update_secret(SecretId=arn, Description="of Docker Hub")
    assert validated(ada) == {f"{REGION}/hub": "left out"}
    secrets().put_secret_value(SecretId=arn, SecretString=value("still wrong"))
    aws.pass_time(HOUR)
    assert validated(ada) == {f"{REGION}/hub": "failed"}
    assert validated(ada) == {f"{REGION}/hub": "left out"}
    secrets().put_secret_value(SecretId=arn, SecretString=value("demo-access-token"))
    assert validated(ada) == {f"{REGION}/hub": "valid"}
    assert validated(ada) == {f"{REGION}/hub": "valid"}


def test_rules_of_one_secret_are_tried_once_and_those_of_others_go_on(
    aws: FakeAws, ada: User
) -> None:
    hub(aws, *(f"hub-{number}" for number in range(6)))
    hub(aws, "good-1", "good-2", token="demo-access-token")
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    aws.clear_calls()
    found = validated(ada)
    hubs = [found[f"{REGION}/hub-{number}"] for number in range(6)]
    assert sorted(hubs) == ["failed", *["left out"] * 5]
    others = {name: what for name, what in found.items() if "/hub-" not in name}
    assert set(others.values()) == {"valid"}
    assert aws.calls()[VALIDATE] == 4


def test_the_secret_of_another_region_with_the_same_name_is_another_one(
    aws: FakeAws, ada: User
) -> None:
    hub(aws, "hub")
    hub(aws, "hub", region=ELSEWHERE, token="demo-access-token")
    both = [RuleSelection(region=region) for region in (REGION, ELSEWHERE)]
    validated(ada, *both)
    assert validated(ada, *both) == {f"{REGION}/hub": "left out", f"{ELSEWHERE}/hub": "valid"}


def test_a_replica_is_the_same_secret(aws: FakeAws, ada: User) -> None:
    arn = hub(aws, "hub")
    secrets().replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[{"Region": ELSEWHERE}])
    boto3.client("ecr", region_name=ELSEWHERE).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=arn.replace(REGION, ELSEWHERE),
    )
    both = [RuleSelection(region=region) for region in (REGION, ELSEWHERE)]
    assert sorted(validated(ada, *both).values()) == ["failed", "left out"]
    assert set(validated(ada, *both).values()) == {"left out"}
    secrets().put_secret_value(SecretId=arn, SecretString=value("demo-access-token"))
    assert set(validated(ada, *both).values()) == {"valid"}


def test_a_person_tries_it_whenever_they_want_and_only_success_ends_it(
    aws: FakeAws, ada: User
) -> None:
    hub(aws, "hub")
    validated(ada)
    rule = rules.get_rule(target=HERE, ecr_repository_prefix="hub")
    assert not validation.validate_rule(target=HERE, rule=rule, actor=ada).is_valid
    aws.map_upstream("registry-1.docker.io", "http://127.0.0.1:9")
    assert not validation.validate_rule(target=HERE, rule=rule, actor=ada).is_valid
    assert validated(ada) == {f"{REGION}/hub": "left out"}
    # The upstream accepts the same secret, as after the end of a lock.
    open_host = UPSTREAMS.base_url("public.ecr.aws")
    assert open_host is not None
    aws.map_upstream("registry-1.docker.io", open_host)
    assert validation.validate_rule(target=HERE, rule=rule, actor=ada).is_valid
    assert validated(ada) == {f"{REGION}/hub": "valid"}


def test_aws_is_asked_once_about_a_held_secret_of_many_rules(aws: FakeAws, ada: User) -> None:
    hub(aws, *(f"hub-{number}" for number in range(6)))
    validated(ada)
    aws.clear_calls()
    assert set(validated(ada).values()) == {"left out"}
    assert aws.calls()["DescribeSecret"] == 1
    aws.refuse(operation="DescribeSecret")
    aws.clear_calls()
    assert set(validated(ada).values()) == {"left out"}
    assert aws.calls()["DescribeSecret"] == 1


def test_a_secret_that_the_console_may_not_look_at_is_left_alone(aws: FakeAws, ada: User) -> None:
    hub(aws, "hub")
    aws.refuse(operation="DescribeSecret")
    validated(ada)
    assert validated(ada) == {f"{REGION}/hub": "left out"}
    aws.clear_faults()
    aws.pass_time(HOUR)
    assert validated(ada) == {f"{REGION}/hub": "failed"}
    assert validated(ada) == {f"{REGION}/hub": "left out"}


def test_a_secret_of_this_moment_may_not_be_the_one_that_was_refused(
    aws: FakeAws, ada: User
) -> None:
    arn = hub(aws, "hub")
    secrets().put_secret_value(SecretId=arn, SecretString=value("wrong too"))
    assert validated(ada) == {f"{REGION}/hub": "failed"}
    assert validated(ada) == {f"{REGION}/hub": "failed"}


def test_another_failure_holds_nothing_up(aws: FakeAws, ada: User) -> None:
    hub(aws, "hub-1", "hub-2", token="demo-access-token")
    aws.map_upstream("registry-1.docker.io", "http://127.0.0.1:9")
    for _ in range(2):
        assert validated(ada) == {f"{REGION}/hub-1": "failed", f"{REGION}/hub-2": "failed"}


def test_the_page_says_why_and_what_to_do(aws: FakeAws, ada: User) -> None:
    hub(aws, "hub")
    validated(ada)
    validated(ada)
    person: Person = sign_in()
    bulk = BulkValidation.objects.latest("created_at")
    person.open(f"/{ACCOUNT}/validations/{bulk.pk}/")
    assert "refused this secret before, so it wasn't tried again" in person.text
    assert "Update the secret with a valid username and access token" in person.text
