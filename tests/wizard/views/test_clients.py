"""The page of the configuration of clients: choices in the address, files to copy and download."""

import json
import tomllib

import boto3
import pytest
import yaml

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person

PAGE = f"/{ACCOUNT}/{REGION}/client-configuration/"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


@pytest.fixture
def rules(aws: FakeAws) -> None:
    ecr = boto3.client("ecr", region_name=REGION)
    for prefix, url, upstream in (
        ("kubernetes", "registry.k8s.io", "ROOT"),
        ("quay", "quay.io", "ROOT"),
        ("argo", "quay.io", "argoproj"),
    ):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl=url,
            upstreamRepositoryPrefix=upstream,
        )


def shown(person: Person) -> dict[str, str]:
    """The text of each file, by where it belongs."""
    names = person.page.select(".config-file > summary")
    texts = person.page.select(".config-file pre code")
    pairs = zip(names, texts, strict=True)
    return {name.get_text(strip=True): text.get_text() for name, text in pairs}


@pytest.mark.usefixtures("rules")
def test_all_rules_are_chosen_at_first_and_the_choice_is_in_the_address(person: Person) -> None:
    person.open(PAGE)
    assert len(person.page.select("input[name=rule][checked]")) == 3
    policies = shown(person)
    assert list(policies) == [
        "MutatingPolicy ecr-pull-through-cache",
        "ClusterPolicy ecr-pull-through-cache",
    ]
    assert all(yaml.safe_load(text)["spec"] for text in policies.values())
    assert f"{HOST}/argo/" in policies["ClusterPolicy ecr-pull-through-cache"]
    person.open(f"{PAGE}?client=renovate&endpoint=dual-stack&rule=quay&rule=no-such-rule")
    aliases = json.loads(shown(person)["renovate.json"])["registryAliases"]
    assert aliases == {f"{ACCOUNT}.dkr-ecr.{REGION}.on.aws/quay": "quay.io"}
    chosen = person.page.select("input[name=rule][checked]")
    assert [box["value"] for box in chosen] == ["quay"]


@pytest.mark.usefixtures("rules")
def test_the_form_is_sent_without_a_script(person: Person) -> None:
    person.open(PAGE)
    person.select("Client", "CRI-O and Podman")
    person.press("Show configuration")
    [text] = shown(person).values()
    locations = {each["prefix"]: each["location"] for each in tomllib.loads(text)["registry"]}
    assert locations["quay.io/argoproj"] == f"{HOST}/argo"
    assert locations["registry.k8s.io"] == f"{HOST}/kubernetes"


@pytest.mark.usefixtures("rules")
def test_a_rule_that_the_client_cannot_use_is_told_with_the_reason(person: Person) -> None:
    person.open(f"{PAGE}?client=containerd")
    assert "1 chosen rule is left out:" in person.text
    assert "argo : The rule has an upstream repository prefix" in person.text
    assert "/etc/containerd/certs.d/quay.io/hosts.toml" in shown(person)
    person.open(f"{PAGE}?client=containerd&some=1")
    assert shown(person) == {}
    assert "Choose at least one rule that the client can use." in person.text


@pytest.mark.usefixtures("rules")
def test_each_file_is_downloaded_with_its_name_and_type(person: Person) -> None:
    types = {"toml": "application/toml", "conf": "application/toml", "json": "application/json"}
    for client in ("kyverno", "containerd", "containers", "bottlerocket", "buildkit", "helm"):
        person.open(f"{PAGE}?client={client}&rule=quay")
        texts = list(shown(person).values())
        links = person.page.select(".config-file a[download]")
        for text, link in zip(texts, links, strict=True):
            answer = person.client.get(f"{PAGE}{link['href']}")
            name = str(link["download"])
            assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
            expected = types.get(name.rpartition(".")[2], "application/yaml")
            assert answer["Content-Type"] == expected
            assert answer.content.decode() == text
    assert person.client.get(f"{PAGE}?client=helm&file=../settings.py").status_code == 404


def test_without_rules_the_logins_are_offered(person: Person) -> None:
    person.open(PAGE)
    assert "No pull through cache rules in this Region." in person.text
    assert shown(person) == {}
    person.open(f"{PAGE}?client=credential-helper")
    assert "The configuration is the same for all rules." in person.text
    assert json.loads(shown(person)["~/.docker/config.json"])["credHelpers"] == {HOST: "ecr-login"}


@pytest.mark.usefixtures("rules")
def test_the_rules_and_a_rule_lead_to_it(person: Person) -> None:
    person.open_rules()
    person.follow("Client configuration")
    assert len(person.page.select("input[name=rule][checked]")) == 3
    person.open(f"/{ACCOUNT}/{REGION}/rules/argo/details/")
    person.follow("Configure clients to pull through this rule")
    chosen = person.page.select("input[name=rule][checked]")
    assert [box["value"] for box in chosen] == ["argo"]
