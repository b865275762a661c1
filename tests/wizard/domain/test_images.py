"""From the image name that a person knows to the URI to pull."""

import pytest

from wizard.domain import Rule, Target
from wizard.domain.errors import InvalidImage
from wizard.domain.images import pull_uri

TARGET = Target(account_id="123456789012", region="us-east-2")
HOST = "123456789012.dkr.ecr.us-east-2.amazonaws.com"
DIGEST = "sha256:" + "0" * 64


def rule(prefix: str, url: str, upstream: str | None = None) -> Rule:
    return Rule(
        ecr_repository_prefix=prefix,
        upstream_registry_url=url,
        registry_id="123456789012",
        upstream_repository_prefix=upstream,
    )


HUB = rule("docker-hub", "registry-1.docker.io")


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
        (HUB, f"nginx:1.27@{DIGEST}", f"docker-hub/library/nginx@{DIGEST}"),
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
    ],
)
def test_what_no_pull_can_mean_is_told_why(made: Rule, image: str, part: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        pull_uri(image, rule=made, target=TARGET)
    assert caught.value.part == part


def test_a_namespace_that_was_added_is_told() -> None:
    assert pull_uri("nginx", rule=HUB, target=TARGET).added_namespace == "library"
    assert pull_uri("grafana/grafana", rule=HUB, target=TARGET).added_namespace == ""
