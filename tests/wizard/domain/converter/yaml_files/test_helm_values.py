"""Values of charts: the forms in which public charts have images."""

import pytest

from tests.wizard.domain.converter.yaml_files.rewriting import HOST, rewritten, told
from wizard.domain.converter import Kind, read

SHA = "cd" * 32


@pytest.mark.parametrize(
    ("text", "expected", "reference"),
    [
        ("image: ghcr.io/org/app:1", f"image: {HOST}/up/org/app:1", "ghcr.io/org/app:1"),
        ("image: nginx\ntag: 1", f"image: {HOST}/up/nginx\ntag: 1", "nginx:1"),
        ("image: org/x\nimageTag: v2", f"image: {HOST}/up/org/x\nimageTag: v2", "org/x:v2"),
        (
            "image:\n  repository: org/app\n  tag: ''",
            f"image:\n  repository: {HOST}/up/org/app\n  tag: ''",
            "org/app",
        ),
        (
            "image: {registry: quay.io, repository: org/app, tag: 1.20}",
            f"image: {{registry: {HOST}, repository: up/org/app, tag: 1.20}}",
            "quay.io/org/app:1.20",
        ),
        (
            "image: {registry: quay.io/, repository: org/app}",
            f"image: {{registry: {HOST}/, repository: up/org/app}}",
            "quay.io/org/app",
        ),
        (
            "image:\n  registry:\n  repository: app",
            f"image:\n  registry: {HOST}\n  repository: up/app",
            "app",
        ),
        (
            "image: {name: org/app, digest: 'sha256:SHA'}".replace("SHA", SHA),
            f"image: {{name: {HOST}/up/org/app, digest: 'sha256:{SHA}'}}",
            f"org/app@sha256:{SHA}",
        ),
        (
            f"a: {{image: {{repository: org/app, tag: v1, sha: {SHA}}}}}",
            f"a: {{image: {{repository: {HOST}/up/org/app, tag: v1, sha: {SHA}}}}}",
            f"org/app:v1@sha256:{SHA}",
        ),
        (
            "image: {repository: org/app, tag: '{{ .Chart.AppVersion }}'}",
            f"image: {{repository: {HOST}/up/org/app, tag: '{{{{ .Chart.AppVersion }}}}'}}",
            "org/app",
        ),
        (
            "image: 'org/app:{{ .Chart.AppVersion }}'",
            f"image: '{HOST}/up/org/app:{{{{ .Chart.AppVersion }}}}'",
            "org/app",
        ),
        (
            "driver: {repository: nvcr.io/nvidia, image: driver, version: '570'}",
            f"driver: {{repository: {HOST}, image: up/nvidia/driver, version: '570'}}",
            "nvcr.io/nvidia/driver:570",
        ),
        (
            "driver: {repository: nvcr.io, image: up/driver, version: '570'}",
            f"driver: {{repository: {HOST}, image: up/up/driver, version: '570'}}",
            "nvcr.io/up/driver:570",
        ),
        (
            "x: {repository: 'https://example.org', image: org/x, version: 1 or 2}",
            f"x: {{repository: 'https://example.org', image: {HOST}/up/org/x, version: 1 or 2}}",
            "org/x",
        ),
        ("job_image: org/x:1", f"job_image: {HOST}/up/org/x:1", "org/x:1"),
        (
            "initImage: {repository: org/x}",
            f"initImage: {{repository: {HOST}/up/org/x}}",
            "org/x",
        ),
        (
            "hooks: {repository: org/x, tag: 1}",
            f"hooks: {{repository: {HOST}/up/org/x, tag: 1}}",
            "org/x:1",
        ),
        ("images: [ghcr.io/o/x]", f"images: [{HOST}/up/o/x]", "ghcr.io/o/x"),
        ("images: {a: ghcr.io/o/x}", f"images: {{a: {HOST}/up/o/x}}", "ghcr.io/o/x"),
        (
            "sub: {chart: {extraInitContainers: [{name: x, image: org/x}]}}",
            f"sub: {{chart: {{extraInitContainers: [{{name: x, image: {HOST}/up/org/x}}]}}}}",
            "org/x",
        ),
        (
            "image: {repository: org/x, inner: {image: {repository: UPPER}}}",
            f"image: {{repository: {HOST}/up/org/x, inner: {{image: {{repository: UPPER}}}}}}",
            "org/x",
        ),
    ],
)
def test_a_form_of_an_image(text: str, expected: str, reference: str) -> None:
    assert [each for each, _ in told(text, Kind.HELM_VALUES)] == [reference]
    assert rewritten(text, Kind.HELM_VALUES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "image: false",
        "image: Logo.PNG",
        "image:",
        "image: ''",
        "image: {pullPolicy: Always}",
        "image: {repository: '', tag: x}",
        "chart: {repository: 'https://charts.example.org', version: 1}",
        "repository: git@example.org:x.git\ntag: v1",
        "service: {name: web, version: 1}",
        "images: [nginx]",
    ],
)
def test_what_is_no_image(text: str) -> None:
    assert told(text, Kind.HELM_VALUES) == []


def test_one_registry_for_all_images_is_one_slot() -> None:
    text = (
        "global: {imageRegistry: docker.io}\n"
        "image: {registry: other.example.org, repository: bitnami/a, tag: 1}\n"
        "metrics: {image: {registry: '', repository: bitnami/b}}\n"
        "plain: {image: {repository: quay.io/org/c}}\n"
    )
    assert [each for each, _ in told(text, Kind.HELM_VALUES)] == [
        *("docker.io/bitnami/a:1", "docker.io/bitnami/b", "quay.io/org/c")
    ]
    new = text.replace("Registry: docker.io", f"Registry: {HOST}").replace("bitnami", "up/bitnami")
    assert rewritten(text, Kind.HELM_VALUES) == new.replace("quay.io", f"{HOST}/up")
    assert "below global" in read(text, Kind.HELM_VALUES).notes[0]


def test_an_empty_registry_for_all_images_changes_nothing() -> None:
    text = "global: {imageRegistry: ''}\nimage: {registry: quay.io, repository: a/b}\n"
    assert told(text, Kind.HELM_VALUES) == [("quay.io/a/b", "image")]


def test_a_hub_of_istio_is_told() -> None:
    text = "global:\n  hub: docker.io/istio\n  tag: 1.27\n  proxy: {image: proxyv2}\n"
    assert told(text, Kind.HELM_VALUES) == [("!shared proxyv2", "global.proxy.image")]
    assert "global.hub" in read(text, Kind.HELM_VALUES).notes[0]


def test_templates_are_told() -> None:
    text = (
        "a: {image: '{{ .Values.x }}/app:1'}\n"
        'b: {image: {registry: "{{ .Values.global.registry }}", repository: app}}\n'
        "c:\n  image: {{ .Values.image }}\n"
        "d: {image: '${account}.dkr.ecr.${region}.amazonaws.com/quay/x'}\n"
        "e: |\n  containers:\n    - image: nginx\n"
    )
    assert told(text, Kind.HELM_VALUES) == [
        ("!templated {{ .Values.x }}/app:1", "a.image"),
        ("!templated {{ .Values.global.registry }}/app", "b.image"),
        ("!templated {{ .Values.image }}", "c.image"),
        ("!variable ${account}.dkr.ecr.${region}.amazonaws.com/quay/x", "d.image"),
    ]
    assert "inside a text" in read(text, Kind.HELM_VALUES).notes[0]
