"""The image fields of operators' custom resources."""

import pytest

from tests.wizard.domain.converter.yaml_files.rewriting import HOST, rewritten, told
from wizard.domain.converter import Kind, read

X = "ghcr.io/org/x:1"


@pytest.mark.parametrize(
    ("version", "kind", "spec", "places"),
    [
        ("monitoring.coreos.com/v1", "Alertmanager", "image: X", ["spec.image"]),
        (
            "monitoring.coreos.com/v1",
            "Prometheus",
            "{image: X, thanos: {image: X}, containers: [{name: a, image: X}]}",
            ["spec.image", "spec.thanos.image", "container a"],
        ),
        (
            "elasticsearch.k8s.elastic.co/v1",
            "Elasticsearch",
            "{version: 9, image: X}",
            ["spec.image"],
        ),
        (
            "kafka.strimzi.io/v1",
            "Kafka",
            "{kafka: {image: X}, entityOperator: {topicOperator: {image: X}}}",
            ["spec.kafka.image", "spec.entityOperator.topicOperator.image"],
        ),
        ("postgresql.cnpg.io/v1", "Cluster", "{imageName: X}", ["spec.imageName"]),
        (
            "actions.summerwind.dev/v1alpha1",
            "RunnerDeployment",
            "{template: {spec: {image: X, containers: [{name: a, image: X}]}}}",
            ["spec.template.spec.image", "container a"],
        ),
        (
            "actions.github.com/v1alpha1",
            "AutoscalingRunnerSet",
            "{template: {spec: {containers: [{name: runner, image: X}]}}}",
            ["container runner"],
        ),
        (
            "postgresql.cnpg.io/v1",
            "ClusterImageCatalog",
            "{images: [{major: 17, image: X}], extraImages: [{key: a, image: X}]}",
            ["spec.images.image", "spec.extraImages.image"],
        ),
        (
            "acid.zalan.do/v1",
            "postgresql",
            "{dockerImage: X, sidecars: [{name: a, image: X}]}",
            ["spec.dockerImage", "spec.sidecars.image"],
        ),
        (
            "argoproj.io/v1alpha1",
            "Workflow",
            "{templates: [{container: {image: X}, initContainers: [{image: X}]},"
            " {script: {image: X}}]}",
            [
                "spec.templates.container.image",
                "spec.templates.initContainers.image",
                "spec.templates.script.image",
            ],
        ),
        (
            "tekton.dev/v1",
            "Task",
            "{steps: [{image: X}], stepTemplate: {image: X}, params: [{name: image}]}",
            ["spec.steps.image", "spec.stepTemplate.image"],
        ),
        (
            "operator.victoriametrics.com/v1beta1",
            "VMCluster",
            "{vmselect: {image: {repository: ghcr.io/org/x, tag: '1'}}}",
            ["spec.vmselect.image"],
        ),
        ("opentelemetry.io/v1alpha1", "Instrumentation", "{java: {image: X}}", ["spec.java.image"]),
        ("ceph.rook.io/v1", "CephCluster", "{cephVersion: {image: X}}", ["spec.cephVersion.image"]),
        ("grafana.integreatly.org/v1beta1", "Grafana", "{version: X}", ["spec.version"]),
        ("pkg.crossplane.io/v1", "Provider", "{package: X}", ["spec.package"]),
        (
            "source.toolkit.fluxcd.io/v1",
            "OCIRepository",
            "{url: 'oci://ghcr.io/org/x:1'}",
            ["spec.url"],
        ),
    ],
)
def test_a_field_of_an_operator(version: str, kind: str, spec: str, places: list[str]) -> None:
    spec = spec.replace("X", X) if spec[0] == "{" else f"{{{spec.replace('X', X)}}}"
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"
    assert told(text, Kind.KUBERNETES) == [(X, f"{kind} a, {place}") for place in places]
    assert rewritten(text, Kind.KUBERNETES) == text.replace("ghcr.io", f"{HOST}/up")
    assert read(text, Kind.KUBERNETES).notes == ()


def test_a_version_of_grafana_and_a_source_elsewhere_are_no_images() -> None:
    text = (
        "apiVersion: grafana.integreatly.org/v1beta1\nkind: Grafana\nspec: {version: 12.0.1}\n---\n"
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec: {url: 'https://x'}\n"
    )
    assert told(text, Kind.KUBERNETES) == []


def test_the_same_kind_of_another_group_is_not_known() -> None:
    text = "apiVersion: example.org/v1\nkind: Prometheus\nspec: {image: x}\n"
    assert told(text, Kind.KUBERNETES) == []
    assert "the meaning" in read(text, Kind.KUBERNETES).notes[0]
