"""The pages of repository creation templates."""

import json
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.conftest import TARGET
from wizard.domain import Role
from wizard.domain.templates import CreationTemplate
from wizard.forms.templates import TemplateForm
from wizard.models import AuditEvent

FILTERS = "imageTagMutabilityExclusionFilters"
BASE = f"/{ACCOUNT}/{REGION}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/makes-repositories"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234-abcd"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
    },
    indent=2,
)
SELECTION = {
    "tagStatus": "untagged",
    "countType": "sinceImagePushed",
    "countUnit": "days",
    "countNumber": 14,
}
EXPIRY = json.dumps(
    {"rules": [{"rulePriority": 1, "selection": SELECTION, "action": {"type": "expire"}}]}
)


def client() -> Any:
    return boto3.client("ecr", region_name=REGION)


def make(prefix: str, **members: Any) -> None:
    members = {"appliedFor": ["PULL_THROUGH_CACHE"]} | members
    client().create_repository_creation_template(prefix=prefix, **members)


def stored(prefix: str) -> dict[str, Any]:
    answer = client().describe_repository_creation_templates(prefixes=[prefix])
    found: dict[str, Any] = answer["repositoryCreationTemplates"][0]
    return {name: value for name, value in found.items() if not name.endswith("At")}


def garble(aws: FakeAws, **members: Any) -> None:
    """Let AWS describe one template, with these members."""
    told = {"prefix": "hub", "appliedFor": ["PULL_THROUGH_CACHE"], "createdAt": 1.0} | members
    body = json.dumps({"registryId": ACCOUNT, "repositoryCreationTemplates": [told]})
    aws.clear_faults()
    aws.garble_answer(body, operation="DescribeRepositoryCreationTemplates")


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def test_a_template_is_created_with_every_setting_and_shown(person: Person) -> None:
    person.open(f"{BASE}/templates/")
    assert "No templates" in person.text
    person.follow("Create template")
    person.fill("Prefix", "hub")
    person.choose("Create on push")
    person.fill("Template description", "Caches of Docker Hub")
    person.choose("Immutable")
    person.fill("Tag exclusions", "latest\r\n dev-* \r\n\r\nlatest")
    person.choose("AWS KMS")
    person.fill("KMS key", KEY)
    person.fill("Repository permissions", POLICY)
    person.choose("JSON")
    person.fill("Policy", EXPIRY)
    person.fill("Repository AWS tags", 'team=platform\ncost center=\n"a=b"=c')
    person.fill("Repository creation role", ROLE)
    person.press("Create template")
    # Immutable tags are told before.
    assert "choose Create template again" in person.text
    assert "Tags are immutable" in person.text
    assert client().describe_repository_creation_templates()["repositoryCreationTemplates"] == []
    person.press("Create template")
    assert person.status == 200, person.text
    assert stored("hub") == {
        "prefix": "hub",
        "appliedFor": ["CREATE_ON_PUSH", "PULL_THROUGH_CACHE"],
        "description": "Caches of Docker Hub",
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [
            {"filterType": "WILDCARD", "filter": "latest"},
            {"filterType": "WILDCARD", "filter": "dev-*"},
        ],
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY},
        "repositoryPolicy": POLICY,
        "lifecyclePolicy": EXPIRY,
        "resourceTags": [
            {"Key": "team", "Value": "platform"},
            {"Key": "cost center", "Value": ""},
            {"Key": "a=b", "Value": "c"},
        ],
        "customRoleArn": ROLE,
    }
    assert person.heading == "Template hub"
    for told in (
        *("Pull through cache", "Create on push", "Immutable with exclusion", "dev-*"),
        *("arn:aws:kms", "ecr:BatchGetImage", "sinceImagePushed", "team=platform", "makes"),
    ):
        assert told in person.text
    person.follow("Edit")
    before = stored("hub")
    person.press("Save changes")
    assert stored("hub") == before


def test_any_prefix_is_root(person: Person) -> None:
    person.open(f"{BASE}/new-template/")
    person.fill("Prefix", "Not a prefix")
    person.choose("Any prefix in your ECR registry")
    person.press("Create template")
    assert stored("ROOT")["prefix"] == "ROOT"


@pytest.mark.parametrize(
    ("label", "typed", "told"),
    [
        ("Prefix", "", "Enter a prefix."),
        ("Prefix", "Hub", "Use lowercase letters"),
        ("Prefix", "a" * 257, "256 characters"),
        ("Template description", "x" * 257, "256"),
        ("Tag exclusions", "a b", "isn't a filter"),
        ("Tag exclusions", "a\nb\nc\nd\ne\nf", "at most 5 filters"),
        ("KMS key", KEY, "AES-256 doesn't use a KMS key"),
        ("KMS key", KEY.replace(REGION, "eu-west-1"), "another Region"),
        ("KMS key", KEY.replace("key/1234-abcd", "alias/mine"), "ARN of an alias"),
        ("Repository permissions", '{\n  "a": [\n}', "line 3, at character 1"),
        ("Repository permissions", "[]", "as a JSON object"),
        ("Repository permissions", '{"a":"' + "x" * 10_240 + '"}', "10240 characters"),
        ("Policy", "{'rules': []}", "Line 1, column 2"),
        ("Policy", '{"rules": []}', "The policy has no rule."),
        ("Repository AWS tags", "aws:x=y", "reserved for AWS"),
        ("Repository AWS tags", "a=b\na=c", "appears twice"),
        ("Repository AWS tags", "=b", "1 to 128 characters"),
        ("Repository AWS tags", "a!=b", "doesn't accept"),
        ("Repository creation role", ROLE.replace(ACCOUNT, "111122223333"), "another account"),
    ],
)
def test_what_ecr_would_refuse_is_told_at_its_field_and_nothing_is_lost(
    aws: FakeAws, person: Person, label: str, typed: str, told: str
) -> None:
    person.open(f"{BASE}/new-template/")
    person.fill("Prefix", "hub")
    person.fill("Repository creation role", ROLE)
    if label == "Policy":
        person.choose("JSON")
    person.fill(label, typed)
    aws.clear_calls()
    person.press("Create template")
    assert person.is_refused
    assert told in person.error_at(label)
    assert person.value_of(label) == typed
    assert "CreateRepositoryCreationTemplate" not in aws.calls()


def test_what_aws_refuses_is_told_at_the_field_that_it_names(aws: FakeAws, person: Person) -> None:
    make("hub")
    person.open(f"{BASE}/new-template/?prefix=hub")
    person.fill("Template description", "another one")
    person.press("Create template")
    assert "already exists" in person.error_at("Prefix")
    person.open(f"{BASE}/new-template/?prefix=quay")
    person.fill("Repository permissions", '{"Version": "2012-10-17", "Statement": "none"}')
    person.press("Create template")
    assert "Request ID:" in person.text
    assert person.value_of("Prefix") == "quay"


def test_the_same_form_sent_twice_creates_one_template(person: Person) -> None:
    person.open(f"{BASE}/new-template/?prefix=hub")
    fields = {
        each["name"]: each.get("value", "")
        for each in person.page.select("form.stack input")
        if each.get("type") not in ("radio", "checkbox") or each.has_attr("checked")
    }
    answers = [person.client.post(f"{BASE}/new-template/", fields) for _each in range(2)]
    where = f"{BASE}/templates/hub/details/"
    assert [(each.status_code, each["Location"]) for each in answers] == [(303, where)] * 2


def test_templates_around_are_told_before_the_template_is_created(person: Person) -> None:
    make("ROOT")
    make("hub/team")
    make("hub/push", appliedFor=["CREATE_ON_PUSH"])
    person.open(f"{BASE}/new-template/?prefix=hub")
    person.press("Create template")
    assert "The template ROOT applies to these repositories now." in person.text
    assert "still apply to the repositories below it: hub/team." in person.text
    # Another prefix has another warning, which is told as well.
    person.fill("Prefix", "quay")
    person.press("Create template")
    assert "The template ROOT applies to these repositories now." in person.text
    person.press("Create template")
    assert person.heading == "Template quay"


def test_a_template_is_edited_and_settings_are_removed(person: Person) -> None:
    make(
        "hub", description="old", lifecyclePolicy=EXPIRY, resourceTags=[{"Key": "a", "Value": "b"}]
    )
    person.open(f"{BASE}/templates/hub/edit/")
    assert "Prefix" not in person.text.partition("Applied for")[0]
    person.fill("Template description", "")
    assert person.find("[name=lifecycle_policy]").get_text(strip=True) == EXPIRY
    person.choose("No lifecycle policy")
    person.fill("Repository AWS tags", "")
    person.press("Save changes")
    assert person.status == 200
    assert "Updated template hub" in person.page.get_text()
    found = stored("hub")
    assert found["resourceTags"] == []
    assert found.keys().isdisjoint({"description", "lifecyclePolicy"})


def test_what_is_new_in_aws_is_shown_and_not_taken_away(aws: FakeAws, person: Person) -> None:
    make("hub")
    garble(aws, appliedFor=["NEW_WORKFLOW", "REPLICATION"], imageTagMutability="NEW")
    person.open(f"{BASE}/templates/hub/edit/")
    assert person.is_chosen("NEW_WORKFLOW")
    person.press("Save changes")
    assert person.error_at("Mutable") or person.is_refused
    garble(aws, encryptionConfiguration={"encryptionType": "KMS_NEW"})
    person.open(f"{BASE}/templates/hub/edit/")
    person.press("Save changes")
    assert person.is_refused
    assert "UpdateRepositoryCreationTemplate" not in aws.calls()


def trusting(name: str, service: str, path: str = "/") -> str:
    """Make a role that the service can assume; return its ARN."""
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam = boto3.client("iam", region_name=REGION)
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=policy)
    return str(made["Role"]["Arn"])


def test_a_role_that_ecr_cannot_assume_is_told_before_and_can_be_used(
    aws: FakeAws, person: Person
) -> None:
    missing, untrusting = "IAM has no role with the ARN", "doesn't let ECR assume it"
    other = trusting("other", "pullthroughcache.ecr.amazonaws.com")
    creator = trusting("creator", "ecr.amazonaws.com", "/ecr/")
    person.open(f"{BASE}/new-template/")
    person.fill("Prefix", "hub")
    for arn, told in (
        (f"arn:aws:iam::{ACCOUNT}:role/nobody", missing),
        (other, untrusting),
        # The name of a role that exists, without its path.
        (f"arn:aws:iam::{ACCOUNT}:role/creator", missing),
    ):
        person.fill("Repository creation role", arn)
        person.press("Create template")
        assert person.status == 409
        assert told in person.text
    person.press("Create template")
    assert person.heading == "Template hub"
    # What is kept as it is isn't told again, and a good role has no warning.
    for arn in (f"arn:aws:iam::{ACCOUNT}:role/creator", creator):
        person.open(f"{BASE}/templates/hub/edit/")
        person.fill("Template description", arn)
        person.fill("Repository creation role", arn)
        person.press("Save changes")
        assert person.heading == "Template hub", person.text
    assert stored("hub")["customRoleArn"] == creator


def test_where_iam_does_not_tell_about_a_role_nothing_is_said(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="GetRole")
    person.open(f"{BASE}/new-template/")
    person.fill("Prefix", "hub")
    person.fill("Repository creation role", f"arn:aws:iam::{ACCOUNT}:role/nobody")
    person.press("Create template")
    assert person.heading == "Template hub"


def test_a_filter_of_a_type_that_is_new_in_aws_is_sent_as_it_is(
    aws: FakeAws, person: Person
) -> None:
    make("hub")
    filters = [
        {"filterType": "WILDCARD", "filter": "v*"},
        {"filterType": "PREFIX", "filter": "re:v"},
    ]
    garble(aws, imageTagMutability="MUTABLE_WITH_EXCLUSION", **{FILTERS: filters})
    person.open(f"{BASE}/templates/hub/details/")
    assert "v*, PREFIX:re:v" in person.text
    person.open(f"{BASE}/templates/hub/edit/")
    person.fill("Tag exclusions", "v*\nPREFIX:other")
    person.press("Save changes")
    assert "PREFIX:other isn't a filter" in person.error_at("Tag exclusions")
    assert "UpdateRepositoryCreationTemplate" not in aws.calls()
    person.fill("Tag exclusions", "v*\nPREFIX:re:v")
    person.fill("Template description", "new")
    person.press("Save changes")
    # This AWS knows one type, and refuses the other by its name.
    assert aws.calls()["UpdateRepositoryCreationTemplate"] == 1
    assert "PREFIX" in person.text
    audited = AuditEvent.objects.filter(phase="intent").latest("sequence")
    assert audited.after is not None
    assert audited.after["exclusion_filters"] == ["PREFIX:re:v", "v*"]


@pytest.mark.parametrize(
    "odd",
    [
        {"appliedFor": None, "imageTagMutability": None, "encryptionConfiguration": None},
        {"description": 7, "resourceTags": [{}], "lifecyclePolicy": "no JSON", "createdAt": "now"},
        {"prefix": "team/\u0000<b>", "kmsKey": "x", "repositoryPolicy": "[" * 2_000},
        {"resourceTags": "none"},
        {"encryptionConfiguration": [1]},
        {"prefix": None},
    ],
)
def test_odd_members_of_a_template_never_blank_a_page(
    aws: FakeAws, person: Person, odd: dict[str, Any]
) -> None:
    garble(aws, **odd)
    for page in ("", "hub/details/", "hub/edit/", "hub/delete/", "hub/copy/"):
        person.open(f"{BASE}/templates/{page}")
        assert person.status in (200, 404, 502), page
        assert person.heading


def test_a_template_has_the_common_rules_and_shows_them_again(person: Person) -> None:
    person.open(f"{BASE}/new-template/?prefix=hub")
    person.choose("Common rules")
    person.fill("Delete untagged images", "7")
    person.choose("Keep the newest")
    person.fill("Keep", "5")
    person.press("Create template")
    rules = json.loads(stored("hub")["lifecyclePolicy"])["rules"]
    assert [rule["selection"]["countNumber"] for rule in rules] == [7, 5]
    person.open(f"{BASE}/templates/hub/edit/")
    assert person.value_of("Delete untagged images") == "7"
    assert person.value_of("Keep") == "5"
    person.fill("Template description", "of others")
    person.press("Save changes")
    assert json.loads(stored("hub")["lifecyclePolicy"])["rules"] == rules


@pytest.mark.parametrize(("typed", "is_taken"), [("1", True), ("2", False)])
def test_a_policy_that_only_ecr_understands_is_kept_as_it_is(typed: str, is_taken: bool) -> None:
    known = CreationTemplate(
        prefix="hub",
        applied_for=frozenset({"PULL_THROUGH_CACHE"}),
        lifecycle_policy='{"rules": [{"new": 1}]}',
    )
    sent = {
        "applied_for": ["PULL_THROUGH_CACHE"],
        "image_tag_mutability": "MUTABLE",
        "encryption_type": "AES256",
        "lifecycle": "json",
        "lifecycle_policy": known.lifecycle_policy.replace("1", typed),
    }
    form = TemplateForm(sent, target=TARGET, template=known)
    assert form.is_valid() is is_taken, form.errors


def test_a_template_that_changed_meanwhile_is_not_overwritten(aws: FakeAws, person: Person) -> None:
    make("hub", description="old")
    person.open(f"{BASE}/templates/hub/edit/")
    other = Person(client=person.client)
    other.open(f"{BASE}/templates/hub/delete/")
    aws.pass_time(60)
    client().update_repository_creation_template(prefix="hub", description="theirs")
    person.fill("Template description", "mine")
    person.press("Save changes")
    assert stored("hub")["description"] == "theirs"
    for told in ("Differences", "old", "theirs", "mine"):
        assert told in person.text
    other.fill('To confirm this deletion, type "confirm".', "confirm")
    other.press("Delete")
    assert "The template has changed" in other.text
    assert stored("hub")["description"] == "theirs"
    person.press("Save changes")
    assert stored("hub")["description"] == "mine"


def test_a_template_is_deleted_after_a_typed_confirmation(person: Person) -> None:
    make("hub/team")
    person.open(f"{BASE}/templates/hub/team/details/")
    person.follow("Delete")
    person.press("Delete")
    assert person.is_refused
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert "Deleted template hub/team" in person.page.get_text()
    assert "No templates" in person.text
    person.open(f"{BASE}/templates/hub/team/details/")
    assert person.status == 404
    assert "The template doesn't exist" in person.text


def test_the_list_names_the_rules_of_each_template(aws: FakeAws, person: Person) -> None:
    make("ROOT", description="of all")
    make("hub", imageTagMutability="IMMUTABLE", customRoleArn=ROLE)
    for prefix in ("hub", "quay"):
        client().create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
        )
    person.open(f"{BASE}/templates/")
    rows = {
        row.select("th a")[0].get_text(): [
            cell.get_text(" ", strip=True) for cell in row.select("td")
        ]
        for row in person.page.select("tbody tr")
    }
    assert rows["hub"][:5] == [
        *("Pull through cache", "hub", "Immutable", "AES-256", "makes-repositories")
    ]
    assert rows["ROOT"][1] == "quay"
    aws.refuse(operation="DescribePullThroughCacheRules")
    person.open(f"{BASE}/templates/")
    assert person.status == 200
    assert "Unknown" in person.text
    assert "No access" in person.text
    aws.refuse(operation="DescribeRepositoryCreationTemplates")
    person.open(f"{BASE}/templates/")
    assert person.status == 403
    assert "ecr:DescribeRepositoryCreationTemplates" in person.text


def test_a_rule_leads_to_its_template_and_to_a_new_one(person: Person) -> None:
    client().create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="quay.io"
    )
    person.open(f"{BASE}/rules/hub/details/")
    person.follow("Create template")
    assert person.value_of("Prefix") == "hub"
    person.press("Create template")
    assert person.heading == "Template hub"
    person.follow("hub")
    person.open(f"{BASE}/rules/hub/details/")
    assert "Create template" not in person.text
    person.follow("Edit template")
    assert person.heading == "Edit template hub"


def test_a_viewer_sees_templates_and_no_buttons(aws: FakeAws, db: None) -> None:
    make("hub")
    viewer = sign_in("vic", Role.VIEWER)
    for page in ("templates/", "templates/hub/details/"):
        viewer.open(f"{BASE}/{page}")
        assert viewer.status == 200
        for button in ("Create template", "Edit", "Delete"):
            assert button not in [
                each.get_text(strip=True) for each in viewer.page.select("main a")
            ]
