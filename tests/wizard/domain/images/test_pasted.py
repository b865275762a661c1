"""What people paste where an image is asked for."""

import pytest

from wizard.domain.images import parse_reference, reference_in
from wizard.domain.registries import REGISTRIES

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("pasted", "reference"),
    [
        ("  nginx:1.27 \n", "nginx:1.27"),
        ("docker pull nginx:1.27", "nginx:1.27"),
        ("$ sudo docker pull nginx:1.27", "nginx:1.27"),
        ("docker image pull -q --platform linux/amd64 nginx", "nginx"),
        ("podman pull --platform=linux/arm64 quay.io/podman/stable", "quay.io/podman/stable"),
        ("nerdctl -n k8s.io pull ghcr.io/org/app:1", "ghcr.io/org/app:1"),
        ("docker pull\tnginx", "nginx"),
        ("docker pull", "docker pull"),
        ("image: nginx", "nginx"),
        ("  - image: 'nginx:1.27'  # the proxy", "nginx:1.27"),
        ('"image": "nginx:1.27",', "nginx:1.27"),
        ("image = nginx", "nginx"),
        ("newName: registry.example.com/app", "registry.example.com/app"),
        ("uses: docker://alpine:3.20", "alpine:3.20"),
        ("image", "image"),
        ("FROM nginx AS x", "nginx"),
        ("from --platform=$BUILDPLATFORM golang:1.23 as build", "golang:1.23"),
        ("fromage", "fromage"),
        ("`nginx`", "nginx"),
        ("\u201cnginx\u201d", "nginx"),
        ("docker://nginx", "nginx"),
        ("oci://ghcr.io/org/charts/app:1.2.3", "ghcr.io/org/charts/app:1.2.3"),
        ("OCI://ghcr.io/org/app", "ghcr.io/org/app"),
        (f"https://quay.io/argoproj/argocd@{DIGEST}", f"quay.io/argoproj/argocd@{DIGEST}"),
        ("https://hub.docker.com/_/nginx", "registry-1.docker.io/library/nginx"),
        ("hub.docker.com/_/nginx/tags?page=2", "registry-1.docker.io/library/nginx"),
        ("hub.docker.com/r/grafana/grafana", "registry-1.docker.io/grafana/grafana"),
        ("https://hub.docker.com/r/grafana/grafana/#!", "registry-1.docker.io/grafana/grafana"),
        (
            f"https://hub.docker.com/layers/library/nginx/1.27/images/{DIGEST}",
            "registry-1.docker.io/library/nginx",
        ),
        ("https://gallery.ecr.aws/docker/library/nginx", "public.ecr.aws/docker/library/nginx"),
        ("https://quay.io/repository/argoproj/argocd?tab=tags", "quay.io/argoproj/argocd"),
        ("https://github.com/Org/repo/pkgs/container/charts%2Fapp", "ghcr.io/org/charts/app"),
        ("https://github.com/orgs/Org/packages/container/package/app", "ghcr.io/org/app"),
        (
            "https://images.chainguard.dev/directory/image/python/overview",
            "cgr.dev/chainguard/python",
        ),
    ],
)
def test_the_reference_is_found(pasted: str, reference: str) -> None:
    assert reference_in(pasted) == reference


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.name)
def test_the_example_of_each_registry_is_left_as_it_is(registry: object) -> None:
    image = registry.example_image  # type: ignore[attr-defined]
    assert reference_in(image) == image == str(parse_reference(image))
