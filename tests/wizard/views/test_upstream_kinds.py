"""Rules with a URL in another spelling, of an unknown kind, and for every repository name."""

import json
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from tests.wizard.views.test_replacement import press_replace
from wizard.domain import RuleDraft, Step, Target
from wizard.views.wizard.summary import sections

BASE = f"/{ACCOUNT}/{REGION}/rules"

# Each Region is made in a thread of its own, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


def tell_rule(aws: FakeAws, url: str, **members: Any) -> None:
    """Let AWS answer with this rule, whose URL the simulated AWS would not have."""
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="old", upstreamRegistryUrl="quay.io"
    )
    rule = {"ecrRepositoryPrefix": "old", "upstreamRegistryUrl": url, **members}
    answer = json.dumps({"pullThroughCacheRules": [rule]})
    aws.garble_answer(answer, operation="DescribePullThroughCacheRules", region=REGION)


def rules_in(region: str) -> dict[str, Any]:
    found = boto3.client("ecr", region_name=region).describe_pull_through_cache_rules()
    return {rule["ecrRepositoryPrefix"]: rule for rule in found["pullThroughCacheRules"]}


def make_secret(region: str = REGION) -> str:
    value = json.dumps({"username": "demo", "accessToken": "token"})
    client = boto3.client("secretsmanager", region_name=region)
    return str(client.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"])


def copy_to(person: Person, prefix: str, region: str) -> None:
    person.open(f"{BASE}/{prefix}/details/")
    person.press("Clone")
    person.find(f'input[name="regions"][value="{region}"]')["checked"] = ""
    person.press("Show plan")


@pytest.mark.parametrize("kind", [None, "quay"])
@pytest.mark.parametrize(
    "url", ["https://quay.io", "quay.io/", "QUAY.IO", "https://Quay.io:443/", "quay.io.", "quay.io"]
)
def test_a_url_in_another_spelling_is_of_its_kind(
    aws: FakeAws, person: Person, url: str, kind: str | None
) -> None:
    tell_rule(aws, url, **({"upstreamRegistry": kind} if kind else {}))
    person.open_rules()
    assert "Quay" in person.find("tbody tr").get_text()
    assert url in person.find("tbody tr").get_text()
    person.open(f"{BASE}/old/details/?image=quay.io/argoproj/argocd")
    assert "quay.io/argoproj/argocd:latest" in person.text
    assert "old/argoproj/argocd:latest" in person.text
    copy_to(person, "old", "eu-west-1")
    assert "No change. An identical rule already exists." in person.text
    person.press("Create in 1 Region")
    assert rules_in("eu-west-1")["old"]["upstreamRegistryUrl"] == "quay.io"


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("brand-new", "registry.example.com"),
        ("brand-new", "quay.io"),
        ("docker-hub", "mirror.example.com"),
        ("quay", "https://quay.io:8443"),
        ("ecr", "https://something.else"),
        (None, "http://registry.example.com/"),
    ],
)
def test_an_unknown_kind_stays_as_it_is(
    aws: FakeAws, person: Person, kind: str | None, url: str
) -> None:
    arn = make_secret()
    members = {"credentialArn": arn} | ({"upstreamRegistry": kind} if kind else {})
    tell_rule(aws, url, **members)
    person.open_rules()
    assert url in person.find("tbody tr").get_text()
    exported = json.loads(person.client.get(f"{BASE}/?format=json").content)
    (line,) = exported if isinstance(exported, list) else exported["rules"]
    assert line["upstream_registry_url"] == url
    assert line["upstream_registry"] == (kind or "")
    for page in ("details", "edit"):
        person.open(f"{BASE}/old/{page}/")
        assert person.status == 200
    person.open(f"{BASE}/old/details/")
    assert "so you can't clone the rule" in person.text
    token = {"csrfmiddlewaretoken": person.csrf_token}
    person.arrive(person.client.post(f"{BASE}/old/clone/", token, follow=True))
    assert "so you can't clone the rule" in person.page.get_text()
    assert person.url == f"{BASE}/old/details/"
    person.press("Replace")
    assert person.heading == "Specify a source"


def test_a_rule_of_an_unknown_kind_is_replaced(aws: FakeAws, person: Person) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="old", upstreamRegistryUrl="quay.io"
    )
    aws.unknown_registry(operation="DescribePullThroughCacheRules")
    person.open(f"{BASE}/old/details/")
    person.press("Replace")
    person.choose("Kubernetes")
    person.press("Next")
    assert person.value_of("Amazon ECR repository prefix") == "old"
    person.press("Next")
    assert person.heading == "Review and create"
    press_replace(person)
    assert rules_in(REGION)["old"]["upstreamRegistryUrl"] == "registry.k8s.io"


def test_a_rule_that_is_put_back_has_the_kind_that_aws_told(aws: FakeAws, person: Person) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    person.open(f"{BASE}/quay/details/")
    person.press("Replace")
    person.choose("Kubernetes")
    person.press("Next")
    person.press("Next")
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    press_replace(person)
    assert rules_in(REGION)["quay"]["upstreamRegistry"] == "quay"


def test_a_rule_for_every_repository_is_made_for_a_registry_with_credentials(
    person: Person,
) -> None:
    make_secret()
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.select("Secret name", "hub")
    person.press("Next")
    assert person.is_chosen("A specific prefix")
    person.choose("No prefix")
    person.fill("Upstream repository prefix", "library")
    person.press("Next")
    assert "only together with a cache prefix" in person.error_at("Upstream repository prefix")
    person.fill("Upstream repository prefix", "")
    person.press("Next")
    assert person.heading == "Review and create"
    assert "No prefix (ROOT) covers every repository name" in person.text
    person.press("Create")
    assert rules_in(REGION)["ROOT"]["upstreamRegistryUrl"] == "registry-1.docker.io"


@pytest.mark.parametrize("registry", ["Amazon ECR Public", "Kubernetes", "Quay"])
def test_a_rule_for_every_repository_is_made_for_an_open_registry(
    person: Person, registry: str
) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose(registry)
    person.press("Next")
    person.choose("No prefix")
    person.press("Next")
    person.press("Create")
    assert list(rules_in(REGION)) == ["ROOT"]
    person.open_rules()
    person.press("Add rule")
    person.choose("Quay")
    person.press("Next")
    person.choose("No prefix")
    person.press("Next")
    assert person.is_refused
    assert "already uses this prefix" in person.text


def test_a_rule_for_every_repository_is_replaced_and_cloned(person: Person) -> None:
    arn = make_secret()
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="ROOT", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )
    make_secret("eu-west-1")
    copy_to(person, "ROOT", "eu-west-1")
    assert "No prefix (ROOT)" in person.text
    person.press("Create in 1 Region")
    assert list(rules_in("eu-west-1")) == ["ROOT"]
    person.open(f"{BASE}/ROOT/details/")
    person.press("Replace")
    person.choose("Quay")
    person.press("Next")
    assert person.is_chosen("No prefix")
    person.press("Next")
    assert person.heading == "Review and create"
    press_replace(person)
    assert rules_in(REGION)["ROOT"]["upstreamRegistryUrl"] == "quay.io"
    person.open(f"{BASE}/ROOT/details/")
    person.press("Replace")
    person.press("Next")
    person.choose("A specific prefix")
    person.fill("Amazon ECR repository prefix", "quay")
    person.press("Next")
    press_replace(person)
    assert list(rules_in(REGION)) == ["quay"]


@pytest.mark.parametrize(
    ("region", "shown"), [("eu-west-1", "Europe (Ireland) (eu-west-1)"), ("ap-west-9", "ap-west-9")]
)
def test_the_review_names_the_region_of_an_upstream_as_far_as_it_is_known(
    region: str, shown: str
) -> None:
    """A rule that is replaced may have an upstream in a Region that the console does not know."""
    target = Target(account_id=ACCOUNT, region=REGION)
    draft = RuleDraft(draft_id="a" * 22, owner_id=1, target=target)
    answers = {"registry": "ecr-same-account", "region": region}
    rows = sections(draft.with_answers(Step.UPSTREAM, answers))[0].rows
    assert [row.value for row in rows if row.is_region] == [shown]
