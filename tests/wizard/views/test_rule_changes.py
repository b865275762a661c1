"""Editing and cloning a rule through its pages."""

import json

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.views.test_replacement import press_replace

BASE = f"/{ACCOUNT}/{REGION}/rules"
TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ]
}


def make_secret(name: str) -> str:
    value = json.dumps({"username": "demo", "accessToken": "token"})
    client = boto3.client("secretsmanager", region_name=REGION)
    return client.create_secret(Name=f"ecr-pullthroughcache/{name}", SecretString=value)["ARN"]


def credential_of(prefix: str) -> str:
    client = boto3.client("ecr", region_name=REGION)
    answer = client.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[prefix])
    return answer["pullThroughCacheRules"][0].get("credentialArn", "")


@pytest.fixture
def hub(aws: FakeAws) -> str:
    """A Docker Hub rule with the secret `old`; `new` exists beside it. Returns its prefix."""
    old, _new = make_secret("old"), make_secret("new")
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=old
    )
    return "hub"


def change_behind_the_back(prefix: str, arn: str) -> None:
    boto3.client("ecr", region_name=REGION).update_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, credentialArn=arn
    )


def test_a_rule_gets_another_secret(person: Person, hub: str) -> None:
    person.open(f"{BASE}/{hub}/edit/")
    person.select("Secret name", "ecr-pullthroughcache/new")
    person.press("Save changes")
    assert "Updated rule hub (us-east-2)." in person.page.get_text()
    assert "/new-" in credential_of(hub)


def test_a_rule_changed_by_somebody_else_is_a_conflict_and_nothing_is_overwritten(
    person: Person, hub: str
) -> None:
    other = make_secret("other")
    person.open(f"{BASE}/{hub}/edit/")
    person.select("Secret name", "ecr-pullthroughcache/new")
    change_behind_the_back(hub, other)
    person.press("Save changes")
    assert person.status == 409
    assert "The rule has changed" in person.text
    assert other in person.text
    assert credential_of(hub) == other
    person.press("Save changes")
    assert "/new-" in credential_of(hub)


def test_a_typed_arn_that_no_list_has_is_kept_through_a_conflict(
    aws: FakeAws, person: Person
) -> None:
    """Otherwise the list shows its first role, and saving again takes that."""
    iam, client = boto3.client("iam"), boto3.client("ecr", region_name=REGION)
    first, own, other = (
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        for name in ("first", "own", "other")
    )
    typed = first.replace("first", "unseen")
    client.create_pull_through_cache_rule(
        ecrRepositoryPrefix="partner",
        upstreamRegistryUrl="111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        customRoleArn=own,
    )
    person.open(f"{BASE}/partner/edit/")
    person.fill("Or enter an ARN", typed)
    client.update_pull_through_cache_rule(ecrRepositoryPrefix="partner", customRoleArn=other)
    person.press("Save changes")
    assert person.status == 409
    assert person.value_of("Or enter an ARN") == typed
    assert person.find("#id_arn option[selected]")["value"] == other


def test_two_people_who_edit_at_once_do_not_overwrite_each_other(person: Person, hub: str) -> None:
    second = sign_in("grace")
    make_secret("other")
    for editor in (person, second):
        editor.open(f"{BASE}/{hub}/edit/")
    person.select("Secret name", "ecr-pullthroughcache/new")
    person.press("Save changes")
    second.select("Secret name", "ecr-pullthroughcache/other")
    second.press("Save changes")
    assert second.status == 409
    assert "/new-" in credential_of(hub)


def test_a_rule_without_secret_and_role_says_that_nothing_can_be_changed(
    person: Person, quay: str
) -> None:
    person.open(f"{BASE}/{quay}/edit/")
    assert person.status == 200
    assert "This rule doesn't use credentials" in person.text
    assert not person.page.select("main select")


def test_a_secret_of_elsewhere_or_on_its_way_out_is_refused(
    aws: FakeAws, person: Person, hub: str
) -> None:
    arn = make_secret("gone")
    boto3.client("secretsmanager", region_name=REGION).delete_secret(SecretId=arn)
    person.open(f"{BASE}/{hub}/edit/")
    person.select("Secret name", "ecr-pullthroughcache/gone")
    person.press("Save changes")
    assert "Restore the secret, or choose another one" in person.error_at("Secret name")
    aws.refuse(operation="ListSecrets")
    person.open(f"{BASE}/{hub}/edit/")
    person.fill("Secret name", arn.replace(REGION, "eu-west-1"))
    person.press("Save changes")
    assert "another Region" in person.error_at("Secret name")
    assert "/old-" in credential_of(hub)


def test_aws_s_refusal_is_shown_with_the_form(aws: FakeAws, person: Person, hub: str) -> None:
    person.open(f"{BASE}/{hub}/edit/")
    person.select("Secret name", "ecr-pullthroughcache/new")
    aws.refuse(operation="UpdatePullThroughCacheRule")
    person.press("Save changes")
    assert person.status == 403
    assert "ecr:UpdatePullThroughCacheRule" in person.text
    assert "/old-" in credential_of(hub)


def test_a_cross_account_rule_gets_another_role(aws: FakeAws, person: Person) -> None:
    iam = boto3.client("iam")
    arns = [
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        for name in ("first", "second")
    ]
    client = boto3.client("ecr", region_name=REGION)
    client.create_pull_through_cache_rule(
        ecrRepositoryPrefix="partner",
        upstreamRegistryUrl="111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        customRoleArn=arns[0],
    )
    person.open(f"{BASE}/partner/edit/")
    person.select("IAM role", "second")
    person.press("Save changes")
    rule = client.describe_pull_through_cache_rules()["pullThroughCacheRules"][0]
    assert rule["customRoleArn"] == arns[1]


def test_a_clone_begins_with_the_rule_s_answers(person: Person, hub: str) -> None:
    person.open_rules()
    data = {"csrfmiddlewaretoken": person.csrf_token}
    answer = person.client.post(f"{BASE}/{hub}/clone/", data)
    person.open(answer["Location"])
    assert person.heading == "Review and create"
    assert "ecr-pullthroughcache/old" in person.text
    person.follow("Edit Destination")
    assert person.value_of("Amazon ECR repository prefix") == "hub"
    person.press("Next")
    assert "already uses this prefix" in person.error_at("Amazon ECR repository prefix")
    person.fill("Amazon ECR repository prefix", "hub-copy")
    person.press("Next")
    assert person.heading == "Review and create"
    person.press("Create")
    assert credential_of("hub-copy") == credential_of("hub")


def test_a_clone_keeps_the_upstream_namespace(aws: FakeAws, person: Person) -> None:
    client = boto3.client("ecr", region_name=REGION)
    client.create_pull_through_cache_rule(
        ecrRepositoryPrefix="a" * 30,
        upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com",
        upstreamRepositoryPrefix="team",
    )
    person.open_rules()
    data = {"csrfmiddlewaretoken": person.csrf_token}
    answer = person.client.post(f"{BASE}/{'a' * 30}/clone/", data)
    person.open(answer["Location"])
    assert person.heading == "Review and create"
    person.follow("Edit Namespaces")
    assert person.value_of("Cache repository prefix") == "a" * 30
    assert person.value_of("Upstream repository prefix") == "team"


def test_a_clone_of_a_rule_with_a_role_that_its_kind_does_not_ask_for_can_be_created(
    aws: FakeAws, person: Person
) -> None:
    client = boto3.client("ecr", region_name=REGION)
    client.create_pull_through_cache_rule(
        ecrRepositoryPrefix="own",
        upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com",
        customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/example-role",
    )
    person.open_rules()
    data = {"csrfmiddlewaretoken": person.csrf_token}
    person.open(person.client.post(f"{BASE}/own/clone/", data)["Location"])
    assert "role/example-role isn't used" in person.page.get_text()
    person.follow("Edit Namespaces")
    person.fill("Cache repository prefix", "own-copy")
    person.press("Next")
    person.press("Create")
    assert person.heading == "Rule created: own-copy"


def replace(person: Person, prefix: str) -> None:
    """Begin the replacement of a rule, as its page's button does."""
    person.open_rules()
    data = {"csrfmiddlewaretoken": person.csrf_token, "replace": ""}
    person.open(person.client.post(f"{BASE}/{prefix}/clone/", data)["Location"])


def rules() -> dict[str, str]:
    """Prefix to upstream URL of every rule of the Region."""
    client = boto3.client("ecr", region_name=REGION)
    found = client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return {rule["ecrRepositoryPrefix"]: rule["upstreamRegistryUrl"] for rule in found}


def replace_quay_by_kubernetes(person: Person, prefix: str = "quay") -> None:
    replace(person, "quay")
    assert person.heading == "Specify a source"
    person.choose("Kubernetes")
    person.press("Next")
    person.fill("Amazon ECR repository prefix", prefix)
    person.press("Next")
    assert person.heading == "Review and create"


def test_a_rule_is_replaced_under_its_own_prefix(person: Person, quay: str) -> None:
    replace_quay_by_kubernetes(person)
    assert "no rule has the prefix quay" in person.text
    press_replace(person)
    assert person.heading == "Rule replaced: quay"
    assert rules() == {"quay": "registry.k8s.io"}


def test_under_another_prefix_the_new_rule_is_made_first(
    aws: FakeAws, person: Person, quay: str
) -> None:
    replace_quay_by_kubernetes(person, "k8s")
    assert "Change them to use k8s" in person.text
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    press_replace(person)
    assert rules() == {"quay": "quay.io"}
    assert "DeletePullThroughCacheRule" not in aws.calls()
    press_replace(person)
    assert rules() == {"k8s": "registry.k8s.io"}


def test_a_replacement_that_fails_half_way_puts_the_old_rule_back(
    aws: FakeAws, person: Person, quay: str
) -> None:
    replace_quay_by_kubernetes(person)
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    press_replace(person)
    assert person.heading == "Review and create"
    assert "No access" in person.text
    assert rules() == {"quay": "quay.io"}
    press_replace(person)
    assert rules() == {"quay": "registry.k8s.io"}


def test_a_rule_that_was_changed_meanwhile_is_not_replaced(
    aws: FakeAws, person: Person, hub: str
) -> None:
    replace(person, hub)
    person.choose("Quay")
    person.press("Next")
    person.fill("Amazon ECR repository prefix", hub)
    person.press("Next")
    change_behind_the_back(hub, make_secret("other"))
    press_replace(person)
    assert person.status == 409
    assert "The rule has changed" in person.text
    assert rules() == {hub: "registry-1.docker.io"}
