"""From the image name that a person knows to the URI to pull."""

import pytest

from wizard.domain import Rule, Target
from wizard.domain.errors import InvalidImage
from wizard.domain.images import pull_uri

ACCOUNT = "123456789012"
TARGET = Target(account_id=ACCOUNT, region="us-east-2")
HOST = f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com"
DUAL_STACK = f"{ACCOUNT}.dkr-ecr.us-east-2.on.aws"
DIGEST = "sha256:" + "0" * 64


def rule(prefix: str, url: str, upstream: str | None = None) -> Rule:
    return Rule(
        ecr_repository_prefix=prefix,
        upstream_registry_url=url,
        registry_id=ACCOUNT,
        upstream_repository_prefix=upstream,
    )


HUB = rule("docker-hub", "registry-1.docker.io")
PUBLIC = rule("ecr-public", "public.ecr.aws")
OTHER = rule("ecr", f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com")


# The user guide's examples of what to pull, and what people paste.
@pytest.mark.parametrize(
    ("made", "image", "pulled"),
    [
        (HUB, "nginx", "docker-hub/library/nginx:latest"),
        (HUB, "nginx:1.27", "docker-hub/library/nginx:1.27"),
        (HUB, "grafana/grafana", "docker-hub/grafana/grafana:latest"),
        (HUB, "docker.io/library/nginx", "docker-hub/library/nginx:latest"),
        (HUB, "docker.io/nginx", "docker-hub/library/nginx:latest"),
        (HUB, "registry-1.docker.io/grafana/grafana:11", "docker-hub/grafana/grafana:11"),
        (HUB, f"nginx@{DIGEST}", f"docker-hub/library/nginx@{DIGEST}"),
        (HUB, f"nginx:1.27@{DIGEST}", f"docker-hub/library/nginx:1.27@{DIGEST}"),
        (HUB, "docker pull nginx", "docker-hub/library/nginx:latest"),
        (HUB, "Index.Docker.IO/nginx", "docker-hub/library/nginx:latest"),
        (HUB, "registry.hub.docker.com/library/nginx:1", "docker-hub/library/nginx:1"),
        (HUB, "docker.io:443/nginx", "docker-hub/library/nginx:latest"),
        (HUB, "hub.docker.com/r/grafana/grafana", "docker-hub/grafana/grafana:latest"),
        (HUB, f"{HOST}/docker-hub/library/nginx:1", "docker-hub/library/nginx:1"),
        (HUB, f"{HOST}/docker-hub/nginx", "docker-hub/library/nginx:latest"),
        (HUB, f"{DUAL_STACK}/docker-hub/library/nginx", "docker-hub/library/nginx:latest"),
        (PUBLIC, "ecr-public.aws.com/nginx/nginx", "ecr-public/nginx/nginx:latest"),
        (OTHER, f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws/team/app", "ecr/team/app:latest"),
        (OTHER, f"{ACCOUNT}.dkr.ecr-fips.eu-west-1.amazonaws.com/app:1", "ecr/app:1"),
        (rule("dh", HUB.upstream_registry_url, "library"), "nginx", "dh/nginx:latest"),
        (rule("quay", "quay.io"), "quay.io/argoproj/argocd:v2", "quay/argoproj/argocd:v2"),
        (rule("quay", "quay.io"), "https://quay.io/argoproj/argocd", "quay/argoproj/argocd:latest"),
        (rule("github", "ghcr.io"), "org/repo/img", "github/org/repo/img:latest"),
        (rule("kubernetes/", "registry.k8s.io"), "pause", "kubernetes/pause:latest"),
        (rule("ROOT", "quay.io"), "org/app", "org/app:latest"),
        (rule("cg", "cgr.dev", "example.com"), "cgr.dev/example.com/python", "cg/python:latest"),
    ],
)
def test_an_image_is_pulled_under_its_rule(made: Rule, image: str, pulled: str) -> None:
    assert pull_uri(image, rule=made, target=TARGET).uri == f"{HOST}/{pulled}"


@pytest.mark.parametrize(
    ("made", "image", "part"),
    [
        (HUB, "", "image"),
        (HUB, "Nginx", "image"),
        (HUB, "a b", "image"),
        (HUB, "nginx:", "image"),
        (HUB, "nginx:a b", "image"),
        (HUB, "nginx@sha256:1", "image"),
        (HUB, "<script>", "image"),
        (HUB, "a//x", "image"),
        (HUB, "quay.io/argoproj/argocd", "registry"),
        (HUB, "localhost/app", "registry"),
        (HUB, "localhost:5000/app", "registry"),
        (rule("dh", HUB.upstream_registry_url, "library"), "grafana/grafana", "prefix"),
        (HUB, "a/" + "b" * 250, "length"),
        (HUB, f"{HOST}/other/nginx", "own"),
        (HUB, f"{HOST}/docker-hub", "own"),
        (HUB, f"{HOST}/docker-hub-2/nginx", "own"),
        (HUB, "210987654321.dkr.ecr.us-east-2.amazonaws.com/docker-hub/nginx", "registry"),
        (HUB, f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/nginx", "registry"),
        (HUB, "docker.io:8443/nginx", "registry"),
        (OTHER, "210987654321.dkr.ecr.eu-west-1.amazonaws.com/app", "registry"),
    ],
)
def test_what_no_pull_can_mean_is_told_why(made: Rule, image: str, part: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        pull_uri(image, rule=made, target=TARGET)
    assert caught.value.part == part


def test_a_namespace_that_was_added_is_told() -> None:
    assert pull_uri("nginx", rule=HUB, target=TARGET).added_namespace == "library"
    assert pull_uri("grafana/grafana", rule=HUB, target=TARGET).added_namespace == ""


def test_what_goes_through_the_rule_already_is_told() -> None:
    cached = pull_uri(f"{DUAL_STACK}/docker-hub/library/nginx:1", rule=HUB, target=TARGET)
    assert cached.is_cached_already
    assert cached.upstream_uri == "registry-1.docker.io/library/nginx:1"
    incomplete = pull_uri(f"{HOST}/docker-hub/nginx", rule=HUB, target=TARGET)
    assert (incomplete.is_cached_already, incomplete.added_namespace) == (False, "library")
    mapped = pull_uri(
        f"{HOST}/dh/nginx", rule=rule("dh", HUB.upstream_registry_url, "library"), target=TARGET
    )
    assert mapped.upstream_uri == "registry-1.docker.io/library/nginx:latest"


@pytest.mark.parametrize(
    ("made", "image", "meant"),
    [
        (HUB, "docker-hub/library/nginx:1", "library/nginx:1"),
        (HUB, "docker-hub/nginx", "nginx"),
        (HUB, "docker-hub", ""),
        (HUB, "docker.io/docker-hub/nginx", ""),  # the host says what is meant
        (HUB, f"{HOST}/docker-hub/docker-hub/nginx", ""),
        (HUB, "docker-hub-2/nginx", ""),
        (rule("kubernetes/", "registry.k8s.io"), "kubernetes/pause", "pause"),
        (rule("ROOT", "quay.io"), "root/app", ""),
    ],
)
def test_a_name_that_repeats_the_prefix_is_asked_about(made: Rule, image: str, meant: str) -> None:
    assert pull_uri(image, rule=made, target=TARGET).without_prefix == meant


def test_an_image_without_a_registry_alias_is_suggested_with_one() -> None:
    assert pull_uri("nginx:1", rule=PUBLIC, target=TARGET).suggestion == "docker/library/nginx:1"
    typed = pull_uri("public.ecr.aws/nginx", rule=PUBLIC, target=TARGET)
    assert typed.suggestion == "docker/library/nginx"
    assert pull_uri("nginx/nginx", rule=PUBLIC, target=TARGET).suggestion == ""


def test_both_endpoints_have_the_image() -> None:
    pull = pull_uri("nginx", rule=HUB, target=TARGET)
    assert pull.uri == f"{HOST}/docker-hub/library/nginx:latest"
    assert pull.dual_stack_uri == f"{DUAL_STACK}/docker-hub/library/nginx:latest"
