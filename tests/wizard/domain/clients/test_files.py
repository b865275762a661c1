"""The files of clients: what they are made of, which rules they leave out, and hostile values."""

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.domain.clients import (
    ALL,
    DOCKER_HUB,
    DUAL_STACK_HOST,
    ECR_PUBLIC,
    GRAFANA,
    HOST,
    OFFICIAL,
    TARGET,
    rule,
)
from wizard.domain.clients.catalogue import CLIENTS, client_named, configure
from wizard.domain.clients.client import JSON, TOML, YAML, Client, ConfigFile
from wizard.domain.clients.quoting import quoted, quoted_list
from wizard.domain.clients.routes import Omission, cache_of

PARSERS: dict[str, Callable[[str], Any]] = {
    TOML: tomllib.loads,
    YAML: yaml.safe_load,
    JSON: json.loads,
}

client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.key)


def parsed(file: ConfigFile) -> Any:
    return PARSERS[file.media_type](file.text)


@client
@pytest.mark.parametrize("is_dual_stack", [False, True])
def test_every_file_is_valid_and_names_the_chosen_endpoint(
    client: Client, is_dual_stack: bool
) -> None:
    config = configure(client, ALL, TARGET, is_dual_stack=is_dual_stack)
    assert config.files
    host, other = (DUAL_STACK_HOST, HOST) if is_dual_stack else (HOST, DUAL_STACK_HOST)
    text = "".join(file.text for file in config.files)
    assert other not in text
    # The action logs in to the endpoint of the account for IPv4.
    assert host in text or client.key == "github-actions"
    for file in config.files:
        assert parsed(file)
        assert file.text.endswith("\n")
        assert not file.text.endswith("\n\n")
        assert "/" not in file.name
    assert len({file.name for file in config.files}) == len(config.files)


@client
def test_every_client_says_where_its_format_is_described(client: Client) -> None:
    assert client.source.startswith("https://")
    assert client.purpose
    assert client.needs
    assert client.notes


HOSTILE = (
    rule("docker-hub", 'evil"\n[host."https://attacker.example"]\n'),
    rule("docker-hub", "quay.io/path"),
    rule("docker-hub", "user:password@quay.io"),
    rule("docker-hub", "*"),
    rule("docker-hub", "${{ secrets.TOKEN }}"),
    rule("docker-hub", "{{ request.object }}.example.com"),
    rule("docker-hub", "quay.io'; rm -rf /"),
    rule("docker-hub", "../../etc.example"),
    rule("docker-hub", "quay\u2028.io"),
    rule("docker-hub", "b\u00fccher.example"),
    rule("docker-hub", ""),
    rule('a"\nb', "quay.io"),
    rule("a'b", "quay.io"),
    rule("a/../b", "quay.io"),
    rule("{{ x }}", "quay.io"),
    rule("quay", "quay.io", "x'"),
    rule("quay", "quay.io", "$(id)"),
)


@client
def test_a_hostile_rule_is_left_out(client: Client) -> None:
    alone = configure(client, [DOCKER_HUB], TARGET)
    for hostile in HOSTILE:
        config = configure(client, [DOCKER_HUB, hostile], TARGET)
        assert config.files == alone.files, hostile
        if client.uses_rules:
            [left_out] = config.left_out
            assert left_out.rule is hostile
            assert left_out.reason in (Omission.UPSTREAM, Omission.PREFIX)


# A registry's answer is JSON, so that it may have any character, also half of a surrogate pair.
TEXTS = st.text(st.characters(categories=None))


@given(TEXTS)
def test_quoted_values_are_read_as_they_were(text: str) -> None:
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    value = quoted(expected)
    assert json.loads(value) == expected
    assert tomllib.loads(f"a = {value}")["a"] == expected
    assert yaml.safe_load(f"a: {value}")["a"] == expected
    assert tomllib.loads(f"a = {quoted_list([expected, 'b'])}")["a"] == [expected, "b"]
    quoted(text).encode()


def test_rules_for_a_part_of_a_registry_are_told() -> None:
    config = configure(client_named("containerd"), [GRAFANA, OFFICIAL], TARGET)
    assert [each.reason for each in config.left_out] == [Omission.PART_OF_REGISTRY] * 2
    assert config.files == ()


def test_containerd_leaves_out_what_kubelet_has_no_credentials_for() -> None:
    config = configure(client_named("containerd"), [ECR_PUBLIC, DOCKER_HUB], TARGET)
    [left_out] = config.left_out
    assert (left_out.rule, left_out.reason) == (ECR_PUBLIC, Omission.NO_CREDENTIALS)
    provider = parsed(config.files[-1])
    # The fields of CredentialProviderConfig in kubelet.config.k8s.io/v1.
    assert set(provider) == {"apiVersion", "kind", "providers"}
    [ecr] = provider["providers"]
    assert "docker.io" in ecr["matchImages"]
    assert ecr["env"] == [{"name": "AWS_REGION", "value": TARGET.region}]


def test_one_of_two_rules_for_the_same_images_is_used() -> None:
    second = rule("docker-hub-2", "https://registry-1.docker.io", "ROOT")
    cache, left_out = cache_of([second, DOCKER_HUB], TARGET)
    assert [route.rule for route in cache.routes] == [DOCKER_HUB]
    assert [(each.rule, each.reason) for each in left_out] == [(second, Omission.SAME_UPSTREAM)]


@pytest.mark.parametrize("host", [HOST, DUAL_STACK_HOST])
def test_a_registry_is_no_mirror_of_itself(host: str) -> None:
    cache, [left_out] = cache_of([rule("own", host)], TARGET)
    assert not cache.routes
    assert left_out.reason is Omission.OWN_REGISTRY


def test_a_registry_that_the_catalogue_lacks_has_a_route() -> None:
    cache, _ = cache_of([rule("mine", "Registry.Example.COM:5000")], TARGET)
    assert [route.source for route in cache.routes] == ["registry.example.com:5000"]


def test_without_rules_only_logins_have_files() -> None:
    with_files = [each.key for each in CLIENTS if configure(each, [], TARGET).files]
    assert with_files == ["credential-helper", "github-actions"]


def test_the_workflow_logs_in_with_openid_connect() -> None:
    """The structure: docs.github.com/actions/reference/workflows-and-actions/workflow-syntax."""
    for is_dual_stack in (False, True):
        config = configure(client_named("github-actions"), [], TARGET, is_dual_stack=is_dual_stack)
        workflow = parsed(config.files[0])
        # YAML 1.1 reads the key `on` as true.
        assert set(workflow) == {"name", True, "permissions", "jobs"}
        assert workflow["permissions"] == {"id-token": "write", "contents": "read"}
        [job] = workflow["jobs"].values()
        assert set(job) == {"runs-on", "steps"}
        credentials, login = job["steps"]
        assert credentials["with"]["role-to-assume"] == "${{ vars.AWS_ROLE_TO_ASSUME }}"
        assert credentials["with"]["aws-region"] == TARGET.region
        if is_dual_stack:
            assert set(login) == {"name", "run"}
            assert login["run"].endswith(f"--password-stdin {DUAL_STACK_HOST}")
        else:
            # In quotes: an account may begin with 0.
            assert login["with"] == {"registries": TARGET.account_id}


def test_the_policies_have_the_structure_of_their_kinds() -> None:
    """MutatingPolicy: kyverno.io/docs/policy-types/mutating-policy/; ClusterPolicy:
    kyverno.io/docs/policy-types/cluster-policy/mutate/."""
    mutating, cluster = map(parsed, configure(client_named("kyverno"), ALL, TARGET).files)
    assert (mutating["apiVersion"], mutating["kind"]) == (
        "policies.kyverno.io/v1",
        "MutatingPolicy",
    )
    assert set(mutating["spec"]) == {"matchConstraints", "mutations"}
    assert (cluster["apiVersion"], cluster["kind"]) == ("kyverno.io/v1", "ClusterPolicy")
    assert set(cluster["spec"]) == {"background", "rules"}
    for each in cluster["spec"]["rules"]:
        assert set(each) == {"name", "match", "preconditions", "mutate"}
        [foreach] = each["mutate"]["foreach"]
        assert set(foreach) == {"list", "preconditions", "patchesJson6902"}


def test_the_credential_helper_is_for_this_registry_only() -> None:
    config = configure(client_named("credential-helper"), ALL, TARGET)
    assert parsed(config.files[0]) == {"credHelpers": {HOST: "ecr-login"}}
