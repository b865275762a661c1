"""The wizard's live answers report the same errors as Next, and write nothing."""

import boto3
import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from tests.wizard.conftest import TARGET
from tests.wizard.views.test_wizard import begin, prefixes, type_new_secret
from wizard.drafting.store import load_draft

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def preview(person: Person, path: str, query: str, step: str = "destination") -> str:
    answer = person.client.get(f"{path}{step}/preview/?{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def add_rule(prefix: str, url: str = "quay.io") -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url
    )


def test_the_preview_shows_the_pull_uri_of_what_is_typed(person: Person) -> None:
    path = begin(person, "Quay")
    assert f"{HOST}/quay/argoproj/argocd:v2.13.0" in person.text
    fragment = preview(person, path, "ecr_repository_prefix=mirror")
    assert f"{HOST}/mirror/argoproj/argocd:v2.13.0" in fragment
    assert "quay.io/argoproj/argocd:v2.13.0" in fragment
    assert "24 characters left" in fragment
    person.open(person.url)
    assert person.value_of("Amazon ECR repository prefix") == "quay"


def test_the_preview_explains_official_images_of_docker_hub(person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    assert f"{HOST}/docker-hub/library/nginx:latest" in person.text
    assert "library/" in person.text
    person.fill("Upstream repository prefix", "library")
    person.press("Next")
    assert f"{HOST}/docker-hub/nginx:latest" in person.text


@pytest.mark.parametrize(
    ("existing", "typed", "words"),
    [
        ("quay", "quay", "already uses this prefix in this Region"),
        ("team", "team/a", "is within the prefix of the rule team"),
        ("team/a", "team", "The prefix of the rule team/a for quay.io is within the prefix team"),
        ("ROOT", "team", "ROOT covers the repositories that no other rule covers"),
    ],
)
def test_rules_that_meet_the_prefix_are_told_while_typing_and_at_the_review(
    person: Person, existing: str, typed: str, words: str
) -> None:
    if existing != "ROOT":
        add_rule(existing)
    else:
        add_rule("ROOT", f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com")
    path = begin(person, "Quay")
    assert words in preview(person, path, f"ecr_repository_prefix={typed}")
    person.fill("Amazon ECR repository prefix", typed)
    person.press("Next")
    assert words in person.text


def test_a_rule_without_a_prefix_names_all_other_rules_in_one_notice(person: Person) -> None:
    for prefix in ("quay", "team", "team/a"):
        add_rule(prefix)
    path = begin(person, "Quay")
    text = preview(person, path, "ecr_repository_prefix=ROOT&cache_namespace=root")
    assert "together with these rules: quay, team, team/a. ROOT covers" in text
    assert text.count('class="alert alert-info"') == 1


def test_a_taken_prefix_never_reaches_create(aws: FakeAws, person: Person) -> None:
    add_rule("quay")
    begin(person, "Quay")
    person.fill("Amazon ECR repository prefix", "quay")
    person.press("Next")
    assert person.is_refused
    assert "already uses this prefix" in person.error_at("Amazon ECR repository prefix")
    assert aws.calls()["CreatePullThroughCacheRule"] == 1


def test_rules_that_cannot_be_read_keep_nobody_from_going_on(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules")
    path = begin_without_list(person)
    assert "No access" in preview(person, path, "ecr_repository_prefix=quay")
    person.press("Next")
    assert person.heading == "Review and create"
    aws.clear_faults()
    person.press("Create")
    assert prefixes() == ["quay"]


def begin_without_list(person: Person) -> str:
    person.open_rules()
    assert person.status == 403
    person.press("Add rule")
    path = person.url.rpartition("source/")[0]
    person.choose("Quay")
    person.press("Next")
    return path


@pytest.mark.parametrize("prefix", ["", "A", "%3Cscript%3E", "a" * 5000, "%00", "a..b"])
def test_a_prefix_that_is_not_valid_has_no_example(person: Person, prefix: str) -> None:
    path = begin(person, "Quay")
    fragment = preview(person, path, f"ecr_repository_prefix={prefix}")
    assert HOST not in fragment
    assert "<script>" not in fragment


def test_a_step_without_prefixes_has_no_preview(person: Person) -> None:
    path = begin(person, "Docker Hub")
    for step in ("authentication", "source", "review", "billing"):
        assert person.client.get(f"{path}{step}/preview/").status_code == 404


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("registry=docker-hub", ["Specify a source", "Configure authentication"]),
        ("registry=ecr&ecr_access=ecr-cross-account", ["Specify upstream", "Specify permissions"]),
        ("registry=ecr", ["Specify upstream", "Specify namespaces"]),
        ("registry=quay&ecr_access=ecr-cross-account", ["Specify a source"]),
        ("registry=harbor", ["Specify a source", "Specify a destination"]),
        ("", ["Specify a source", "Specify a destination"]),
    ],
)
def test_a_chosen_tile_plans_the_steps_and_writes_nothing(
    person: Person, query: str, titles: list[str]
) -> None:
    path = begin(person, "Kubernetes")
    answer = person.client.get(f"{path}plan/?{query}")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert [title for title in titles if title not in text] == []
    person.open(f"{path}source/")
    assert person.is_chosen("Kubernetes")


def test_a_secret_scheduled_for_deletion_is_restored_and_chosen(person: Person) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name="ecr-pullthroughcache/old", SecretString="{}")
    secrets.delete_secret(SecretId="ecr-pullthroughcache/old")
    begin(person, "Docker Hub")
    assert any("scheduled for deletion" in each for each in person.options_of("Secret name"))
    person.choose("Use an existing AWS secret")
    person.select("Secret name", "ecr-pullthroughcache/old")
    person.press("Next")
    assert "Restore the secret, or choose another one" in person.error_at("Secret name")
    person.press("Restore ecr-pullthroughcache/old")
    assert "Restored secret" in person.page.get_text()
    person.press("Next")
    assert person.heading == "Specify a destination"
    assert "DeletedDate" not in secrets.describe_secret(SecretId="ecr-pullthroughcache/old")


def test_restoring_a_secret_forgets_the_credential_that_was_typed_for_another(
    person: Person,
) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    old = secrets.create_secret(Name="ecr-pullthroughcache/old", SecretString="{}")["ARN"]
    secrets.delete_secret(SecretId=old)
    path = begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    assert person.heading == "Specify a destination"
    data = {"csrfmiddlewaretoken": person.csrf_token, "arn": old}
    answer = person.client.post(f"{path}restore-secret/", data)
    assert answer.status_code == 303
    assert answer.cookies["ptc_credential"]["max-age"] == 0
    owner_id = User.objects.get().pk
    draft = load_draft(draft_id=path.split("/")[-2], owner_id=owner_id, target=TARGET)
    assert draft.sealed_credential == ""


def test_secrets_ecr_cannot_use_are_told_before_they_are_chosen(person: Person) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name="ecr-pullthroughcache/empty")
    key = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="ecr-pullthroughcache/own-key", SecretString="{}", KmsKeyId=key)
    begin(person, "Docker Hub")
    options = person.options_of("Secret name")
    assert "ecr-pullthroughcache/empty (has no value)" in options
    assert any("encrypted with your own key" in option for option in options)
    person.choose("Use an existing AWS secret")
    person.select("Secret name", "ecr-pullthroughcache/empty")
    person.press("Next")
    assert "has no value" in person.error_at("Secret name")


def test_a_made_secret_whose_rule_was_refused_can_be_let_go(aws: FakeAws, person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    person.press("Next")
    aws.refuse(operation="CreatePullThroughCacheRule")
    person.press("Create")
    person.press("Schedule the secret's deletion")
    assert person.heading == "Configure authentication"
    secrets = boto3.client("secretsmanager", region_name=REGION)
    assert "DeletedDate" in secrets.describe_secret(SecretId="ecr-pullthroughcache/hub")
    aws.clear_faults()
    type_new_secret(person, name="hub-2")
    person.press("Next")
    person.press("Next")
    person.press("Create")
    assert person.heading == "Rule created: docker-hub"


def test_roles_are_offered_by_whether_ecr_may_assume_them(person: Person) -> None:
    iam = boto3.client("iam")
    trusted = """{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"}}]}"""
    iam.create_role(RoleName="z-trusted", AssumeRolePolicyDocument=trusted)
    iam.create_role(
        RoleName="a-other",
        AssumeRolePolicyDocument=trusted.replace("pullthroughcache.ecr", "ec2"),
    )
    person.open_rules()
    person.press("Add rule")
    person.choose("Amazon ECR Private")
    person.choose("Cross account")
    person.select("Region", "eu-west-1")
    person.fill("Account", "111122223333")
    person.press("Next")
    assert person.options_of("IAM role") == [
        "Choose a role",
        "z-trusted",
        "a-other (does not trust pull through cache)",
    ]
    person.select("IAM role", "a-other")
    person.press("Next")
    assert "ECR can't assume this role" in person.error_at("IAM role")
    assert '"Service": "pullthroughcache.ecr.amazonaws.com"' in person.text
    assert "arn:aws:ecr:eu-west-1:111122223333:repository/*" in person.text
    person.select("IAM role", "z-trusted")
    person.press("Next")
    assert person.heading == "Specify namespaces"


def test_a_draft_is_kept_listed_and_continued(person: Person) -> None:
    begin(person, "Quay")
    person.press("Cancel")
    person.press("Keep as draft")
    assert person.heading == "Pull through cache configuration"
    assert "1 draft Quay" in person.text
    person.follow("Continue")
    assert person.heading == "Specify a destination"
    person.press("Next")
    person.press("Create")
    person.open_rules()
    assert "1 draft" not in person.text


def test_leaving_goes_where_the_person_wanted_and_nowhere_else(person: Person) -> None:
    path = begin(person, "Quay")
    data = {"csrfmiddlewaretoken": person.csrf_token, "keep": "", "next": "/sign-in/"}
    assert person.client.post(f"{path}cancel/", data)["Location"] == "/sign-in/"
    data["next"] = "https://evil.example/"
    assert person.client.post(f"{path}cancel/", data)["Location"].endswith("/rules/")


def test_a_rule_is_deleted_only_when_it_is_confirmed(person: Person, quay: str) -> None:
    person.open_rules()
    person.follow("quay")
    person.follow("Delete")
    assert person.heading == "Delete rule"
    assert "The following aren't deleted: repositories and their images" in person.text
    confirm = 'To confirm this deletion, type "confirm".'
    person.fill(confirm, "yes")
    person.press("Delete")
    assert person.is_refused
    assert prefixes() == ["quay"]
    person.fill(confirm, "CONFIRM")
    person.press("Delete")
    assert person.heading == "Pull through cache configuration"
    assert f"Deleted rule quay ({REGION})." in person.page.get_text()
    assert prefixes() == []


def test_a_rule_that_may_not_be_deleted_stays_and_says_why(
    aws: FakeAws, person: Person, quay: str
) -> None:
    aws.refuse(operation="DeletePullThroughCacheRule")
    person.open_rules()
    person.follow("quay")
    person.follow("Delete")
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert person.status == 403
    assert "ecr:DeletePullThroughCacheRule" in person.text
    assert prefixes() == ["quay"]


def test_a_constraint_is_read_out_with_its_field(person: Person) -> None:
    begin(person, "Quay")
    control = person.find("#id_ecr_repository_prefix")
    described = str(control["aria-describedby"]).split()
    assert "id_ecr_repository_prefix_constraint" in described
    assert all(person.page.find(id=each) for each in described)
