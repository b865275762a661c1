"""References are mapped through the rules of a Region and back, and name the same image then."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wizard.domain import Rule, Target
from wizard.domain.converter.mapping import Finding, Mapped, RuleMap
from wizard.domain.images import Reference, parse_reference
from wizard.domain.namespaces import dual_stack_host

HERE = Target(account_id="123456789012", region="us-east-2")
HOST = "123456789012.dkr.ecr.us-east-2.amazonaws.com"
DUAL_STACK = "123456789012.dkr-ecr.us-east-2.on.aws"
ELSEWHERE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ANOTHER = "210987654321.dkr.ecr.us-east-2.amazonaws.com"
DIGEST = "sha256:" + "4" * 64


def rule(prefix: str, url: str, upstream: str | None = None) -> Rule:
    return Rule(
        ecr_repository_prefix=prefix,
        upstream_registry_url=url,
        registry_id=HERE.account_id,
        upstream_repository_prefix=upstream,
    )


HUB = rule("docker-hub", "registry-1.docker.io")
OFFICIAL = rule("official", "https://registry-1.docker.io", "library")
QUAY = rule("quay", "quay.io", "ROOT")
GITHUB = rule("team/github/", "ghcr.io", "our-org/")
PUBLIC = rule("ROOT", "public.ecr.aws")
OTHER_REGION = rule("ecr", ELSEWHERE)
RULES = (HUB, OFFICIAL, QUAY, GITHUB, PUBLIC, OTHER_REGION)


def mapped(text: str, *rules: Rule) -> Mapped:
    return RuleMap(rules or RULES, HERE).to_cache(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nginx", "official/nginx"),
        ("nginx:1.27", "official/nginx:1.27"),
        ("docker.io/nginx", "official/nginx"),
        ("index.docker.io/library/nginx", "official/nginx"),
        ("registry-1.docker.io:443/library/nginx", "official/nginx"),
        (f"grafana/grafana:11@{DIGEST}", f"docker-hub/grafana/grafana:11@{DIGEST}"),
        ("quay.io/argoproj/argocd:v2", "quay/argoproj/argocd:v2"),
        ("Quay.IO/argoproj/argocd", "quay/argoproj/argocd"),
        ("ghcr.io/our-org/app:1", "team/github/app:1"),
        ("public.ecr.aws/amazonlinux/amazonlinux", "amazonlinux/amazonlinux"),
        (f"{ELSEWHERE}/team/app:1", "ecr/team/app:1"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws/team/app", "ecr/team/app"),
        # Without its namespace, ECR would not find an official image.
        (f"{HOST}/docker-hub/nginx:1", "docker-hub/library/nginx:1"),
    ],
)
def test_a_reference_goes_through_the_most_specific_rule(text: str, expected: str) -> None:
    found = mapped(text)
    assert (found.finding, str(found.new)) == (Finding.MAPPED, f"{HOST}/{expected}")
    again = RuleMap(RULES, HERE).to_cache(str(found.new))
    assert (again.finding, again.rule) == (Finding.THROUGH, found.rule)


@pytest.mark.parametrize(
    ("text", "rules", "finding"),
    [
        (f"{HOST}/docker-hub/library/nginx", [HUB], Finding.THROUGH),
        (f"{DUAL_STACK}/quay/a/b:1", [QUAY], Finding.THROUGH),
        (f"{HOST}/whatever", [PUBLIC], Finding.THROUGH),
        (f"{HOST}/team/app", [HUB, GITHUB], Finding.OWN),
        (f"{HOST}/docker-hub", [HUB], Finding.OWN),
        ("nginx", [QUAY], Finding.NO_RULE),
        ("registry.k8s.io/pause:3.9", [QUAY], Finding.NO_RULE),
        (f"{ELSEWHERE}/app", [HUB], Finding.NO_RULE),
        (f"{ANOTHER}/app", [HUB], Finding.NO_RULE),
        ("grafana/grafana", [OFFICIAL], Finding.OUTSIDE),
        ("ghcr.io/our-organization/app", [GITHUB], Finding.OUTSIDE),
        ("grafana/grafana", [HUB, rule("docker-hub/grafana", "quay.io")], Finding.COVERED),
        ("gcr.io/project/app", [HUB], Finding.UNSUPPORTED),
        ("localhost:5000/app", [HUB], Finding.UNSUPPORTED),
        ("quay.io:8443/app", [QUAY], Finding.UNSUPPORTED),
        ("quay.io/a/" + "b" * 244, [rule("mirrors/of/quay", "quay.io")], Finding.TOO_LONG),
        ("${IMAGE}:1", [HUB], Finding.INVALID),
        ("", [HUB], Finding.INVALID),
    ],
)
def test_why_a_reference_is_not_mapped(text: str, rules: list[Rule], finding: Finding) -> None:
    found = mapped(text, *rules)
    assert (found.finding, found.new) == (finding, None)


@pytest.mark.parametrize(
    ("text", "registry", "url", "prefix"),
    [
        ("nginx", "docker-hub", "registry-1.docker.io", "docker-hub"),
        ("ghcr.io/a/b", "github-container-registry", "ghcr.io", "github"),
        ("ourteam.azurecr.io/a", "azure-container-registry", "ourteam.azurecr.io", "azure"),
        (f"{ELSEWHERE}/a", "ecr-same-account", ELSEWHERE, "ecr"),
        (f"{ANOTHER}/a", "ecr-cross-account", ANOTHER, "ecr"),
    ],
)
def test_the_rule_that_a_reference_needs(text: str, registry: str, url: str, prefix: str) -> None:
    needed = mapped(text, QUAY).needed
    assert needed is not None
    assert (needed.registry.name, needed.upstream_registry_url) == (registry, url)
    assert needed.ecr_repository_prefix == prefix


def test_each_needed_rule_gets_a_prefix_that_no_other_has() -> None:
    rules = RuleMap([rule("docker-hub", "quay.io"), rule("azure/", "oneteam.azurecr.io")], HERE)
    texts = (
        "nginx",
        "twoteam.azurecr.io/a",
        "threeteam.azurecr.io/a",
        "twoteam.azurecr.io/b",
        "gcr.io/a",
    )
    needed = [rules.to_cache(text).needed for text in texts]
    prefixes = [each and each.ecr_repository_prefix for each in needed]
    assert prefixes == ["docker-hub-2", "azure-2", "azure-3", "azure-2", None]


@pytest.mark.parametrize(
    ("text", "finding", "expected"),
    [
        (f"{HOST}/docker-hub/grafana/grafana:11", Finding.MAPPED, "docker.io/grafana/grafana:11"),
        (f"{DUAL_STACK}/official/nginx", Finding.MAPPED, "docker.io/library/nginx"),
        (f"{HOST}/team/github/app@{DIGEST}", Finding.MAPPED, f"ghcr.io/our-org/app@{DIGEST}"),
        (
            f"{HOST}/amazonlinux/amazonlinux",
            Finding.MAPPED,
            "public.ecr.aws/amazonlinux/amazonlinux",
        ),
        (f"{HOST}/ecr/team/app", Finding.MAPPED, f"{ELSEWHERE}/team/app"),
        ("nginx", Finding.UPSTREAM, None),
        (f"{ELSEWHERE}/app", Finding.UPSTREAM, None),
        ("a b", Finding.INVALID, None),
    ],
)
def test_the_way_back(text: str, finding: Finding, expected: str | None) -> None:
    found = RuleMap(RULES, HERE).to_upstream(text)
    assert (found.finding, found.new and str(found.new)) == (finding, expected)


def test_a_repository_that_no_rule_covers_has_no_way_back() -> None:
    assert RuleMap([HUB], HERE).to_upstream(f"{HOST}/app").finding is Finding.OWN


def test_the_dual_stack_name_may_be_asked_for() -> None:
    rules = RuleMap(RULES, HERE, host=dual_stack_host(HERE))
    assert str(rules.to_cache("nginx").new) == f"{DUAL_STACK}/official/nginx"


COMPONENTS = st.sampled_from(
    [*("a", "library", "our-org", "docker-hub", "quay", "b--c", "d_e", "x.y", "github", "ecr")]
)
PATHS = st.lists(COMPONENTS, min_size=1, max_size=4).map("/".join)
HOSTS = st.sampled_from(
    [
        *("", "docker.io/", "index.docker.io/", "registry.hub.docker.com/", "quay.io/"),
        *("ghcr.io/", "public.ecr.aws/", "registry.k8s.io/", "oneteam.azurecr.io/", "gcr.io/"),
        *(f"{HOST}/", f"{DUAL_STACK}/", f"{ELSEWHERE}/", f"{ANOTHER}/"),
    ]
)
VERSIONS = st.sampled_from(["", ":1", f"@{DIGEST}", f":1@{DIGEST}"])
PREFIXES = st.sampled_from(["ROOT", *("docker-hub", "quay", "a", "a/b--c", "quay/a/", "x.y/ecr")])
URLS = st.sampled_from(
    [
        *("registry-1.docker.io", "quay.io", "ghcr.io", "public.ecr.aws", "registry.k8s.io"),
        *("oneteam.azurecr.io", "https://quay.io/", ELSEWHERE, ANOTHER),
    ]
)


@st.composite
def rules_of_a_region(draw: st.DrawFn) -> list[Rule]:
    prefixes = draw(st.lists(PREFIXES, max_size=6, unique_by=lambda each: each.rstrip("/")))
    upstream = st.none() | st.sampled_from(["ROOT", "library", "our-org/", "a/b--c"])
    return [
        rule(prefix, draw(URLS), None if prefix == "ROOT" else draw(upstream))
        for prefix in prefixes
    ]


def normalised(text: str) -> Reference:
    """Return the image that a reference names; Docker Hub has many names."""
    found = parse_reference(text)
    hub = {"", "docker.io", "index.docker.io", "registry.hub.docker.com", "registry-1.docker.io"}
    host = "docker.io" if found.host in hub else found.host
    path = f"library/{found.path}" if host == "docker.io" and "/" not in found.path else found.path
    return Reference(host=host, path=path, tag=found.tag, digest=found.digest)


@given(HOSTS, PATHS, VERSIONS, rules_of_a_region(), st.booleans())
@example("", "docker-hub", ":1", [HUB, PUBLIC], True)
def test_there_and_back_is_the_same_image(
    host: str, path: str, version: str, rules: list[Rule], is_dual_stack: bool
) -> None:
    text = f"{host}{path}{version}"
    through = RuleMap(rules, HERE, host=DUAL_STACK if is_dual_stack else "")
    there = through.to_cache(text)
    if there.new is None:
        assert there.finding is not Finding.MAPPED
        return
    assert through.to_cache(str(there.new)).finding is Finding.THROUGH
    back = through.to_upstream(str(there.new))
    assert back.new is not None
    assert back.rule == there.rule
    if host in (f"{HOST}/", f"{DUAL_STACK}/"):
        # Only the namespace of official images was added.
        assert there.new.path.replace("library/", "", 1) == path.replace("library/", "", 1)
    else:
        assert normalised(str(back.new)) == normalised(text)


@given(PATHS, VERSIONS, rules_of_a_region())
def test_back_and_there_is_the_same_repository_or_one_of_the_same_image(
    path: str, version: str, rules: list[Rule]
) -> None:
    through = RuleMap(rules, HERE)
    text = f"{HOST}/{path}{version}"
    back = through.to_upstream(text)
    if back.new is None:
        assert back.finding is Finding.OWN
        return
    there = through.to_cache(str(back.new))
    # Another rule of the same upstream may be more specific. There is at least this one, unless
    # the namespace of official images was missing, and another rule has the name with it.
    if there.new is None:
        assert there.finding is Finding.COVERED
        assert "/" not in back.new.path
    else:
        again = through.to_upstream(str(there.new))
        assert normalised(str(again.new)) == normalised(str(back.new))
