"""The page of one rule: fields, pull commands, validations, its secret or role, and its links."""

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from bs4 import Tag
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from wizard.models import ValidationResult
from wizard.services import fanout

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
TOKEN = "dckr_pat_canary"


def url_of(prefix: str) -> str:
    return f"/{ACCOUNT}/{REGION}/rules/{prefix}/details/"


@pytest.fixture
def hub(aws: FakeAws) -> str:
    """A rule with a secret whose token is wrong; returns the secret's ARN."""
    value = json.dumps({"username": "demo", "accessToken": TOKEN})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn: str = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    for prefix in ("hub", "team/hub"):
        boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=arn,
        )
    return arn


def container(person: Person, heading: str) -> Tag:
    for section in person.page.select("section.container"):
        if section.h2 and section.h2.get_text(" ", strip=True) == heading:
            return section
    raise AssertionError(f"no container {heading!r}")


def text_of(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def copies(person: Person) -> list[str]:
    return [str(button["data-copy"]) for button in person.page.select("main [data-copy]")]


def test_the_list_leads_to_the_rule_and_back(person: Person, quay: str) -> None:
    person.open_rules()
    person.follow("quay")
    assert person.url == url_of("quay")
    assert person.heading == "quay"
    person.follow("Pull through cache")
    assert person.url == f"/{ACCOUNT}/{REGION}/rules/"


@pytest.mark.kind_aws("AWS tells every member")
def test_every_field_is_shown_and_can_be_copied(person: Person, hub: str) -> None:
    person.open(url_of("team/hub"))
    text = text_of(container(person, "Rule"))
    for value in ("team/hub", "registry-1.docker.io", "ROOT", hub, ACCOUNT):
        assert value in text
        assert value in copies(person)
    assert "Upstream registry Docker Hub" in text


def test_an_official_image_gets_its_library(person: Person, hub: str) -> None:
    person.open(url_of("hub"))
    person.open(f"{url_of('hub')}?image=nginx")
    assert person.value_of("Image") == "nginx"
    text = text_of(container(person, "Pull an image"))
    assert "library/ was added" in text
    uri = f"{HOST}/hub/library/nginx:latest"
    login = (
        f"aws ecr get-login-password --region {REGION} |"
        f" docker login --username AWS --password-stdin {HOST}"
    )
    assert {uri, f"docker pull {uri}", login} <= set(copies(person))


def test_another_image_gets_nothing_added(person: Person, hub: str) -> None:
    person.open(f"{url_of('hub')}?image=docker.io/grafana/grafana:11")
    assert "was added" not in person.text
    assert f"docker pull {HOST}/hub/grafana/grafana:11" in copies(person)


def test_a_pasted_command_is_read_and_stands_in_the_field_as_it_was(
    person: Person, hub: str
) -> None:
    person.open(f"{url_of('hub')}?image=docker%20pull%20grafana/grafana:11")
    assert person.value_of("Image") == "docker pull grafana/grafana:11"
    assert f"docker pull {HOST}/hub/grafana/grafana:11" in copies(person)


def test_the_commands_of_the_dual_stack_endpoint_are_there_too(person: Person, hub: str) -> None:
    person.open(f"{url_of('hub')}?image=nginx")
    host = f"{ACCOUNT}.dkr-ecr.{REGION}.on.aws"
    assert f"docker pull {host}/hub/library/nginx:latest" in copies(person)
    assert any(copy.endswith(f"--password-stdin {host}") for copy in copies(person))


def test_a_uri_that_goes_through_the_rule_already_says_so(person: Person, hub: str) -> None:
    person.open(f"{url_of('hub')}?image={HOST}/hub/library/nginx:1")
    assert "This URI already pulls through the rule." in person.text
    person.open(f"{url_of('hub')}?image={HOST}/other/nginx:1")
    assert person.error_at("Image") == (
        "This repository is in your private registry, but not under the rule's prefix."
    )


def test_a_prefix_typed_twice_is_asked_about(person: Person, hub: str) -> None:
    person.open(f"{url_of('hub')}?image=hub/nginx:1")
    assert "the URI has it twice" in person.text
    person.follow("nginx:1")
    assert person.value_of("Image") == "nginx:1"
    assert f"docker pull {HOST}/hub/library/nginx:1" in copies(person)


def test_an_image_without_a_registry_alias_is_suggested_with_one(person: Person) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="public", upstreamRegistryUrl="public.ecr.aws"
    )
    person.open(f"{url_of('public')}?image=nginx")
    person.follow("docker/library/nginx")
    assert f"docker pull {HOST}/public/docker/library/nginx:latest" in copies(person)


def test_an_image_of_another_registry_is_refused_at_its_field(person: Person, hub: str) -> None:
    person.open(f"{url_of('hub')}?image=quay.io/argoproj/argocd")
    assert person.error_at("Image") == "This image belongs to another registry than the rule."
    field = person.find("#id_image")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "id_image_error"
    assert not [copy for copy in copies(person) if copy.startswith("docker pull")]


def test_a_rule_begins_without_results(person: Person, quay: str) -> None:
    person.open(url_of(quay))
    assert "Not validated" in text_of(person.find("#state"))
    assert container(person, "Validation").find("svg", {"class": "timeline"}) is None


def test_results_are_drawn_and_told(person: Person, hub: str) -> None:
    person.open(url_of("hub"))
    person.press("Validate")
    person.press("Validate again")
    section = container(person, "Validation")
    result = ValidationResult.objects.first()
    assert result is not None
    assert not result.is_valid
    text = text_of(person.find("#state"))
    assert "Failed" in text
    assert result.failure in text
    assert "by ada" in text
    assert f"ECR took {result.duration_ms} ms" in text
    picture = section.find("svg", {"class": "timeline"})
    assert isinstance(picture, Tag)
    assert picture["role"] == "img"
    labels = [person.page.find(id=each) for each in str(picture["aria-labelledby"]).split()]
    assert all(labels)
    first, last = (int(str(bar["x"])) for bar in picture.find_all("rect"))
    # Above the days at the ends of the axis.
    assert (first, last) == (59, int(str(picture["width"])) - 17)
    assert " ms" in picture.find_all("text")[0].get_text()
    titles = [title.get_text() for title in picture.find_all("title")]
    assert [title.split(", ")[3] for title in titles] == ["Failed", "Failed"]
    assert "0 valid 2 failed" in text_of(section)
    assert len(section.select("tbody tr")) == 2


def test_an_old_result_is_called_stale(person: Person, quay: str) -> None:
    person.open(url_of(quay))
    person.press("Validate")
    ValidationResult.objects.update(validated_at=timezone.now() - timedelta(hours=25))
    person.open(url_of(quay))
    assert "Stale" in text_of(person.find("#state"))
    person.open_rules()
    assert "Stale" in person.text


def test_a_recent_result_is_not(person: Person, quay: str) -> None:
    person.open(url_of(quay))
    person.press("Validate")
    person.open(url_of(quay))
    assert "Stale" not in person.text


def test_the_secret_is_named_and_never_shown(person: Person, hub: str) -> None:
    person.open_rules()
    person.open(url_of("hub"))
    text = text_of(container(person, "Secret and role"))
    assert "ecr-pullthroughcache/hub" in text
    assert "Exists" in text
    assert "Other rules with the same secret" in text
    assert "team/hub" in text
    assert TOKEN not in str(person.page)


def test_a_secret_that_is_to_be_deleted_is_told(person: Person, hub: str) -> None:
    boto3.client("secretsmanager", region_name=REGION).delete_secret(SecretId=hub)
    person.open(url_of("hub"))
    assert "Scheduled for deletion" in text_of(container(person, "Secret and role"))


def test_what_aws_does_not_tell_of_the_secret_is_that_part_s_alone(
    aws: FakeAws, person: Person, hub: str
) -> None:
    aws.refuse(service="secretsmanager")
    for operation in ("DescribeRepositories", "DescribeRepositoryCreationTemplates"):
        aws.refuse(operation=operation)
    person.open(url_of("hub"))
    assert person.status == 200
    for heading in ("Secret and role", "Repositories", "Repository creation template"):
        assert "No access" in text_of(container(person, heading))
    assert "Docker Hub" in text_of(container(person, "Rule"))


def test_parts_that_hang_are_told_at_the_deadline(
    aws: FakeAws, person: Person, hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 0.0)
    for operation in ("DescribeSecret", "DescribeRepositories"):
        aws.hold(operation=operation)
    person.open(url_of("hub"))
    aws.release()
    assert person.status == 200
    for heading in ("Secret and role", "Repositories"):
        assert "The Region doesn't respond" in text_of(container(person, heading))
    assert "registry-1.docker.io" in text_of(container(person, "Rule"))


@pytest.mark.parametrize(
    ("service", "note"),
    [
        ("pullthroughcache.ecr.amazonaws.com", "Trusts pull through cache"),
        ("ec2.amazonaws.com", "Does not trust pull through cache"),
    ],
)
def test_the_role_s_trust_is_checked(aws: FakeAws, person: Person, service: str, note: str) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam = boto3.client("iam")
    arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))["Role"][
        "Arn"
    ]
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="partner",
        upstreamRegistryUrl="210987654321.dkr.ecr.eu-west-1.amazonaws.com",
        customRoleArn=arn,
    )
    later = json.dumps(trust).replace("pullthroughcache.ecr.amazonaws.com", service)
    iam.update_assume_role_policy(RoleName="reader", PolicyDocument=later)
    person.open(url_of("partner"))
    part = container(person, "Secret and role")
    assert "reader" in text_of(part)
    assert note in text_of(part)
    links = [str(link["href"]) for link in part.select("a.external")]
    assert links == ["https://console.aws.amazon.com/iam/home#/roles/details/reader"]


LAST_HUNDRED = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": 100,
            },
            "action": {"type": "expire"},
        }
    ]
}


def make_repositories(*names: str) -> None:
    ecr = boto3.client("ecr", region_name=REGION)
    for name in names:
        ecr.create_repository(repositoryName=name)


def test_repositories_that_the_rule_covers_are_counted(person: Person, quay: str) -> None:
    person.open(url_of(quay))
    assert "No repositories." in text_of(container(person, "Repositories"))
    make_repositories("quay/argoproj/argocd", "quayside/app", "quay", "other/quay/app")
    person.open(url_of(quay))
    told = text_of(container(person, "Repositories"))
    assert "1 repository" in told
    assert "which were pushed" in told
    assert "more under this prefix" not in told


def test_repositories_that_pulls_made_are_counted_by_the_rule_that_covers_them(
    person: Person, quay: str
) -> None:
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay/argoproj", upstreamRegistryUrl="quay.io"
    )
    for name in ("quay/app", "quay/app", "quay/other", "quay/argoproj/argocd"):
        ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "1"}])
    for prefix, told in (("quay", "2 repositories"), ("quay/argoproj", "1 repository")):
        person.open(url_of(prefix))
        assert told in text_of(container(person, "Repositories"))


def test_repositories_of_rules_with_longer_prefixes_are_counted_there(
    person: Person, quay: str
) -> None:
    ecr = boto3.client("ecr", region_name=REGION)
    for prefix, url in (("ROOT", "public.ecr.aws"), ("quay/argoproj", "quay.io")):
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url)
    make_repositories("quay/a", "quay/argoproj/b", "quay/argoproj/c", "quay/argoprojx/d", "own")
    for prefix, own, others in (("quay", 2, 2), ("quay/argoproj", 2, 0), ("ROOT", 1, 4)):
        person.open(url_of(prefix))
        told = text_of(container(person, "Repositories"))
        assert f"{own} repositor" in told
        assert (f"{others} more under this prefix" in told) is (others > 0)


def test_the_review_says_how_many_repositories_a_new_rule_covers_already(
    aws: FakeAws, person: Person
) -> None:
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay/argoproj", upstreamRegistryUrl="quay.io"
    )
    make_repositories("quay/a", "quay/b", "quay/argoproj/c", "own")
    person.open_rules()
    person.press("Add rule")
    person.choose("Quay")
    person.press("Next")
    person.press("Next")
    assert person.heading == "Review and create"
    assert "2 existing repositories have names that this rule covers" in person.text
    aws.refuse(operation="DescribeRepositories")
    person.open(person.url)
    assert person.status == 200
    assert "names that this rule covers" not in person.text


def test_the_template_that_makes_the_repositories_is_told_with_what_surprises(
    person: Person, quay: str
) -> None:
    heading = "Repository creation template"
    person.open(url_of(quay))
    assert "No template applies" in text_of(container(person, heading))
    ecr: Any = boto3.client("ecr", region_name=REGION)
    wildcard = [{"filterType": "WILDCARD", "filter": "dev-*"}]
    ecr.create_repository_creation_template(
        prefix="ROOT",
        appliedFor=["PULL_THROUGH_CACHE"],
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=wildcard,
        resourceTags=[{"Key": "team", "Value": "<b>build</b>"}],
    )
    ecr.create_repository_creation_template(
        prefix="quay/team", appliedFor=["PULL_THROUGH_CACHE", "REPLICATION"]
    )
    person.open(url_of(quay))
    told = text_of(container(person, heading))
    for words in (
        *("ROOT", "Immutable with exclusion", "dev-*", "AES-256", "team=<b>build</b>"),
        *("has no role", "Tags are immutable", "no lifecycle policy", "quay/team"),
    ):
        assert words in told
    ecr.create_repository_creation_template(
        prefix="quay",
        appliedFor=["PULL_THROUGH_CACHE"],
        lifecyclePolicy=json.dumps(LAST_HUNDRED),
    )
    person.open(url_of(quay))
    told = text_of(container(person, heading))
    assert "Mutable" in told
    assert "imageCountMoreThan" in told
    assert "has no role" not in told
    assert "no lifecycle policy" not in told


def test_the_review_counts_the_repositories_of_each_region(aws: FakeAws, person: Person) -> None:
    other = boto3.client("ecr", region_name="eu-west-1")
    other.create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay/argoproj", upstreamRegistryUrl="quay.io"
    )
    for name in ("quay/a", "quay/b", "quay/c", "quay/argoproj/d"):
        other.create_repository(repositoryName=name)
    make_repositories("quay/a")
    person.open_rules()
    person.press("Add rule")
    person.choose("Quay")
    person.press("Next")
    person.press("Next")
    for code in ("eu-west-1", "eu-west-2"):
        person.find(f'input[name="regions"][value="{code}"]')["checked"] = ""
    aws.refuse(operation="DescribeRepositories", region="eu-west-2")
    person.press("Show plan")
    assert "1 existing repository has a name that this rule covers" in person.text
    regions = [row.get_text(" ") for row in person.page.select("#further-regions dl > div")]
    told = {text.split("(")[-1].split(")")[0]: "existing repositor" in text for text in regions}
    assert told == {REGION: False, "eu-west-1": True, "eu-west-2": False}
    assert "3 existing repositories" in person.text


def test_the_next_steps_are_those_of_the_user_guide(person: Person, quay: str) -> None:
    person.open(url_of(quay))
    links = [str(link["href"]) for link in container(person, "Next steps").find_all("a")]
    pages = [link.rpartition("/")[2] for link in links]
    assert pages == [
        "repository-creation-templates.html",
        "pull-through-cache-working-validating.html",
        "pull-through-cache-working-pulling.html",
    ]


def test_a_rule_has_one_primary_button_and_a_menu_of_the_rest(person: Person, quay: str) -> None:
    person.open(url_of(quay))
    heading = person.page.select("main .header-row")[0]
    shown = [
        " ".join(each.get_text(" ").split())
        for each in heading.select(".button-row > :is(.button, .menu)")
    ]
    assert [text.split()[0] for text in shown] == ["Download", "Actions"]
    assert len(person.page.select("main .button-primary")) == 1
    menu = person.page.select("main .header-row .menu")[-1]
    assert {"Replace", "Delete"} <= set(menu.get_text(" ", strip=True).split())


def test_delete_is_asked_first(person: Person, quay: str) -> None:
    person.open(url_of(quay))
    person.follow("Delete")
    assert person.heading == "Delete rule"


def test_a_rule_that_is_not_there_is_not_found(person: Person) -> None:
    person.open(url_of("nowhere"))
    assert person.status == 404
    assert "The rule doesn't exist" in person.text


def test_validate_comes_back_to_the_rule(person: Person, quay: str) -> None:
    person.open(url_of(quay))
    person.press("Validate")
    assert person.url == url_of(quay)
    assert "Rule quay (us-east-2) is valid." in person.page.get_text()


# --- The Region's list --------------------------------------------------------------------------


def test_the_list_is_filtered_and_says_when_nothing_matches(person: Person, quay: str) -> None:
    rules = f"/{ACCOUNT}/{REGION}/rules/"
    person.open(f"{rules}?q=QUAY")
    assert "1 match" in person.text
    person.open(f"{rules}?registry=kubernetes")
    assert "No matches" in person.text
    assert "No rules" not in person.text
    person.follow("Clear filter")
    assert person.find("tbody th").get_text(strip=True) == quay


def test_the_list_is_sorted_by_its_heads_and_taken_as_shown(person: Person, hub: str) -> None:
    person.open_rules()
    assert person.find('[aria-sort="ascending"]').get_text(strip=True) == "Prefix"
    person.follow("Prefix")
    assert [head.get_text(strip=True) for head in person.page.select("tbody th")] == [
        "team/hub",
        "hub",
    ]
    answer = person.client.get(f"{person.url}&format=json")
    assert [rule["ecr_repository_prefix"] for rule in json.loads(answer.content)] == [
        "team/hub",
        "hub",
    ]


def test_an_address_that_no_table_knows_falls_back(person: Person, quay: str) -> None:
    person.open(f"/{ACCOUNT}/{REGION}/rules/?sort=nothing&status=nonsense&format=xml")
    assert person.status == 200
    assert person.find("tbody th").get_text(strip=True) == quay
