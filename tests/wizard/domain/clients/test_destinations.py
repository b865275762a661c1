"""Each client ends at the repository that the domain's own mapping of images says."""

import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]
import pytest
import yaml
from jmespath import functions

from tests.wizard.domain.clients import ALL, HOST, TARGET, WHOLE
from wizard.domain import Rule
from wizard.domain.clients.catalogue import client_named, configure
from wizard.domain.clients.client import ConfigFile
from wizard.domain.converter.mapping import RuleMap

DIGEST = "sha256:" + "a" * 64
IMAGES = (
    "nginx",
    "nginx:1.27",
    f"nginx:1.27@{DIGEST}",
    "library/nginx",
    "docker.io/nginx",
    "docker.io/library/nginx:1.27",
    "index.docker.io/library/nginx",
    "grafana/grafana:11",
    f"docker.io/grafana/loki@{DIGEST}",
    "bitnami/redis:7.4",
    "docker.io/bitnami/redis",
    "ghcr.io/org/charts/app:1",
    "quay.io/argoproj/argocd",
    "public.ecr.aws/docker/library/nginx",
    "222233334444.dkr.ecr.us-east-1.amazonaws.com/team/app:1",
)
ELSEWHERE = (
    *("localhost/app", "localhost:5000/app", "registry.example.com/library/nginx", "gcr.io/a/b:1"),
    *("docker.io.example.com/nginx", "ghcr.io:5000/a/b", f"{HOST}/docker-hub/library/nginx:1"),
)


def normalised(image: str) -> str:
    """The image with host and namespace, as Docker and containerd complete it; see
    normalize.go of github.com/distribution/reference."""
    first, slash, _rest = image.partition("/")
    if not slash or ("." not in first and ":" not in first and first != "localhost"):
        image = f"docker.io/{image}"
    image = re.sub("^index[.]docker[.]io/", "docker.io/", image)
    return re.sub("^docker[.]io/([^/]+)$", r"docker.io/library/\1", image)


def destination(image: str, rules: Sequence[Rule]) -> str:
    """The image that the domain maps an image to, by the most specific rule."""
    new = RuleMap(rules, TARGET).to_cache(image).new
    return str(new) if new else image


def files(client: str, rules: Sequence[Rule] = ALL) -> list[ConfigFile]:
    return list(configure(client_named(client), rules, TARGET).files)


def mirrored(image: str, mirrors: Mapping[str, str]) -> str:
    """Follow mirrors: the address of one replaces the host, before and after `/v2`."""
    host, _, path = normalised(image).partition("/")
    if host not in mirrors:
        return image
    registry, _, prefix = mirrors[host].removeprefix("https://").partition("/v2")
    return f"{registry}{prefix}/{path}"


def containerd() -> dict[str, str]:
    mirrors = {}
    for file in files("containerd", WHOLE):
        if found := re.fullmatch("/etc/containerd/certs.d/(.*)/hosts.toml", file.path):
            hosts = tomllib.loads(file.text)
            # parseHostConfig of containerd appends /v2 to a path that does not end with it.
            assert hosts["override_path"] is True
            assert hosts["capabilities"] == ["pull", "resolve"]
            assert set(hosts) == {"server", "capabilities", "override_path"}
            mirrors[found[1]] = hosts["server"]
    return mirrors


def bottlerocket() -> dict[str, str]:
    [file] = files("bottlerocket", WHOLE)
    mirrors = tomllib.loads(file.text)["settings"]["container-registry"]["mirrors"]
    return {each["registry"]: each["endpoint"][0] for each in mirrors}


def buildkit() -> dict[str, str]:
    [file] = files("buildkit", WHOLE)
    registries = tomllib.loads(file.text)["registry"]
    # newMirrorRegistryHost of BuildKit puts the path of the mirror after /v2.
    mirrors = {host: each["mirrors"][0].split("/", 1) for host, each in registries.items()}
    return {host: "/v2/".join(parts) for host, parts in mirrors.items()}


@pytest.mark.parametrize("mirrors", [containerd, bottlerocket, buildkit])
def test_mirrors_of_whole_registries_lead_to_the_cache(
    mirrors: Callable[[], dict[str, str]],
) -> None:
    found = mirrors()
    # containerd has no credentials of the cache for images of ECR Public.
    rules = [rule for rule in WHOLE if rule.upstream_host in found or rule is WHOLE[0]]
    assert len(rules) == len(found) >= len(WHOLE) - 1
    for image in (*IMAGES, *ELSEWHERE):
        assert mirrored(image, found) == destination(image, rules), image


def test_registries_conf_leads_to_the_cache() -> None:
    [file] = files("containers")
    config = tomllib.loads(file.text)
    assert config["unqualified-search-registries"] == ["docker.io"]
    registries = {each["prefix"]: each["location"] for each in config["registry"]}
    assert len(registries) == len(config["registry"])
    for image in (*IMAGES, *ELSEWHERE):
        name = normalised(image)
        # The longest prefix counts: rewriteReference of github.com/containers/image.
        prefixes = [prefix for prefix in registries if name.startswith(f"{prefix}/")]
        prefix = max(prefixes, key=len, default="")
        found = name.replace(prefix, registries[prefix], 1) if prefix else image
        assert found == destination(image, ALL), image


def test_skopeo_reads_registries_conf(tmp_path: Path) -> None:
    """The proxy refuses connections, so that nothing leaves this machine."""
    config = tmp_path / "registries.conf"
    config.write_text(files("containers")[0].text)
    for image in ("nginx:1.27", "docker.io/grafana/loki:3", "quay.io/argoproj/argocd:v2"):
        options = ["--registries-conf", str(config), "--registries.d", str(tmp_path)]
        run = subprocess.run(
            ["skopeo", "--debug", *options, "inspect", "--raw", f"docker://{image}"],
            env={"HTTPS_PROXY": "http://127.0.0.1:9", "HOME": str(tmp_path), "PATH": "/usr/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert f'Trying to access \\"{destination(image, ALL)}\\"' in run.stderr


class KyvernoFunctions(functions.Functions):  # type: ignore[misc]
    """The function that Kyverno adds to JMESPath; `$1` is Go's name of a group."""

    @functions.signature(*[{"types": ["string"]}] * 3)  # type: ignore[untyped-decorator]
    def _func_regex_replace_all(self, pattern: str, text: str, replacement: str) -> str:
        return re.sub(pattern, replacement.replace("$1", r"\g<1>"), text)


def kyverno(index: int) -> Any:
    return yaml.safe_load(files("kyverno")[index].text)


def expression(text: str) -> str:
    """The expression in `{{ }}`."""
    assert text.startswith("{{ ")
    assert text.endswith(" }}")
    assert "{" not in text[2:-2]
    return text[3:-3]


def by_cluster_policy(image: str, foreach: dict[str, Any]) -> str:
    options = jmespath.Options(custom_functions=KyvernoFunctions())
    data = {"element": {"image": image}}
    [condition] = foreach["preconditions"]["all"]
    if jmespath.search(expression(condition["key"]), data) is not condition["value"]:
        return image
    [patch] = yaml.safe_load(foreach["patchesJson6902"])
    found = jmespath.search(expression(patch["value"]), data, options=options)
    assert isinstance(found, str)
    return found


def test_the_cluster_policy_rewrites_each_kind_of_container() -> None:
    rules = kyverno(1)["spec"]["rules"]
    names = ["containers", "initContainers", "ephemeralContainers"]
    assert [rule["name"] for rule in rules] == [f"rewrite-{name.lower()}" for name in names]
    for name, rule in zip(names, rules, strict=True):
        [resources] = rule["match"]["any"]
        assert "Pod" in resources["resources"]["kinds"]
        [foreach] = rule["mutate"]["foreach"]
        assert foreach["list"] == f"request.object.spec.{name}"
        [patch] = yaml.safe_load(foreach["patchesJson6902"])
        assert patch["op"] == "replace"
        assert patch["path"] == f"/spec/{name}/{{{{ elementIndex }}}}/image"
        for image in (*IMAGES, *ELSEWHERE):
            assert by_cluster_policy(image, foreach) == destination(image, ALL), image


CASE = re.compile(
    r"c[.]image[.]matches[(]'([^']*)'[)] [?] '([^']*)' [+] c[.]image(?:[.]substring[(](.*)[)])? :"
)


def by_mutating_policy(image: str, expression: str) -> str:
    """Evaluate the cases of the CEL expression in turn."""
    first, *cases, last = (line.strip() for line in expression.splitlines()[5:-3])
    assert first == "c.image.startsWith('localhost/') ? c.image :"
    assert last == "c.image"
    if image.startswith("localhost/"):
        return image
    for case in cases:
        found = CASE.fullmatch(case)
        assert found, case
        pattern, replacement, start = found.groups()
        if re.search(pattern, image):
            return replacement + image[_start(image, start or "0") :]
    return image


def _start(image: str, text: str) -> int:
    call, _, number = text.rpartition(" + ")
    found = {
        "": 0,
        "c.image.indexOf('/')": image.find("/"),
        "c.image.lastIndexOf('/')": image.rfind("/"),
    }
    return found[call] + int(number)


def test_the_mutating_policy_rewrites_each_kind_of_container() -> None:
    policy = kyverno(0)
    [rule] = policy["spec"]["matchConstraints"]["resourceRules"]
    assert rule["resources"] == ["pods", "pods/ephemeralcontainers"]
    mutations = policy["spec"]["mutations"]
    names = ["containers", "initContainers", "ephemeralContainers"]
    for name, mutation in zip(names, mutations, strict=True):
        assert mutation["patchType"] == "ApplyConfiguration"
        text = mutation["applyConfiguration"]["expression"]
        assert f"{name}: object.spec.?{name}.orValue([]).map(c, Object.spec.{name}{{" in text
        assert text.count("(") == text.count(")")
        assert text.count("{") == text.count("}")
        for image in (*IMAGES, *ELSEWHERE):
            assert by_mutating_policy(image, text) == destination(image, ALL), image


def test_renovate_looks_up_the_image_that_the_cache_stands_for() -> None:
    [file] = files("renovate")
    aliases: dict[str, str] = json.loads(file.text)["registryAliases"]
    for image in IMAGES:
        uri = destination(image, ALL)
        # getDep of Renovate takes the first alias that fits.
        alias = next(alias for alias in aliases if uri.startswith(f"{alias}/"))
        assert uri.replace(alias, aliases[alias], 1) == normalised(image)


def test_helm_values_lead_to_the_cache() -> None:
    [file] = files("helm")
    values = yaml.safe_load(file.text)["global"]["pullThroughCache"]
    for image in IMAGES:
        name = normalised(image)
        source = max((key for key in values if name.startswith(f"{key}/")), key=len)
        entry = values[source]
        assert name.replace(source, entry["prefix"], 1) == destination(image, ALL)
        parts = [entry["registry"], entry["repositoryPrefix"]]
        assert "/".join(filter(None, parts)) == entry["prefix"]
