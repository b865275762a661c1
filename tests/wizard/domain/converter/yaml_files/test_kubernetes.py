"""Manifests: each kind of workload, lists, image volumes, and what is left alone."""

import json

import pytest

from tests.wizard.domain.converter.yaml_files.rewriting import HOST, rewritten, told
from wizard.domain.converter import Fixed, Kind, read
from wizard.domain.converter.yaml_files.kubernetes import ISTIO_HUB

POD = "containers: [{name: api, image: 'ghcr.io/org/api:1'}]"
TEMPLATE = f"template: {{spec: {{{POD}}}}}"


@pytest.mark.parametrize(
    ("kind", "version", "body"),
    [
        ("Pod", "v1", f"spec: {{{POD}}}"),
        ("PodTemplate", "v1", TEMPLATE),
        ("ReplicationController", "v1", f"spec: {{{TEMPLATE}}}"),
        *(
            (kind, "apps/v1", f"spec: {{{TEMPLATE}}}")
            for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
        ),
        ("Job", "batch/v1", f"spec: {{{TEMPLATE}}}"),
        ("CronJob", "batch/v1", f"spec: {{jobTemplate: {{spec: {{{TEMPLATE}}}}}}}"),
        ("Rollout", "argoproj.io/v1alpha1", f"spec: {{{TEMPLATE}}}"),
        ("Service", "serving.knative.dev/v1", f"spec: {{{TEMPLATE}}}"),
        ("ScaledJob", "keda.sh/v1alpha1", f"spec: {{jobTargetRef: {{{TEMPLATE}}}}}"),
    ],
)
def test_each_kind_of_workload(kind: str, version: str, body: str) -> None:
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web}}\n{body}\n"
    assert told(text, Kind.KUBERNETES) == [("ghcr.io/org/api:1", f"{kind} web, container api")]
    assert rewritten(text, Kind.KUBERNETES) == text.replace("ghcr.io", f"{HOST}/up")


FILE = """\
# Source: web/templates/all.yaml
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      initContainers:
        - name: migrate
          image: ghcr.io/org/web
      containers:
        - image: {{ .Values.image }}
          name: api
        - {name: log, image: "fluent/bit:${TAG}", env: [{name: image, value: x}]}
        - name: none
          image: UPPER
      ephemeralContainers:
        - {name: debug, image: busybox}
      volumes:
        - name: model
          image: {reference: 'quay.io/org/model:v1', pullPolicy: Always}
status:
  containers: [{image: nginx}]
---
kind: ConfigMap
apiVersion: v1
data:
  pod.yaml: |
    containers:
      - image: nginx
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: {generateName: a-}
    spec: {containers: [{image: app}]}
---
kind: PodList
apiVersion: v1
items:
  - metadata: {name: b}
    spec: {containers: [{name: c, image: app}]}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
spec: {rules: [{validate: {pattern: {spec: {containers: [{image: "!*:latest"}]}}}}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec: {versions: [{schema: {properties: {containers: {properties: {image: {type: string}}}}}}]}
---
apiVersion: example.org/v1
kind: Thing
spec: {image: something}
---
"""


def test_several_documents() -> None:
    assert told(FILE, Kind.KUBERNETES) == [
        ("ghcr.io/org/web", "Deployment shop/web, init container migrate"),
        ("!templated {{ .Values.image }}", "Deployment shop/web, container api"),
        ("fluent/bit", "Deployment shop/web, container log"),
        ("!invalid UPPER", "Deployment shop/web, container none"),
        ("busybox", "Deployment shop/web, ephemeral container debug"),
        ("quay.io/org/model:v1", "Deployment shop/web, volume model"),
        ("app", "Pod a-, container"),
        ("app", "Pod b, container c"),
    ]
    notes = read(FILE, Kind.KUBERNETES).notes
    assert [note.split()[0] for note in notes] == ["Images", "Some"]


def test_the_pods_of_a_cluster_as_json() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "b", "annotations": {"x": "image: \U0001f600"}},
        "spec": {"containers": [{"image": "nginx:1", "name": "c"}]},
        "status": {"containerStatuses": [{"image": "docker.io/library/nginx:1"}]},
    }
    text = json.dumps({"apiVersion": "v1", "items": [pod, pod], "kind": "List"}, indent=4)
    assert told(text, Kind.PODS_JSON) == [("nginx:1", "Pod b/a, container c")] * 2
    for each in ("[" + json.dumps(pod) + "]", json.dumps(pod), text.replace("    ", "\t")):
        assert ("nginx:1", "Pod b/a, container c") in told(each, Kind.PODS_JSON)


def test_a_part_of_a_manifest() -> None:
    text = "containers:\n- image: nginx\n- name: x\n  image: redis\n"
    expected = [("nginx", "container"), ("redis", "container x")]
    assert told(text, Kind.KUBERNETES) == expected
    assert told("spec:\n  template:\n    x: 1\n" + text, Kind.KUBERNETES) == expected


def test_values_of_charts_inside() -> None:
    values = "{image: {repository: ghcr.io/org/app, tag: v1}}"
    text = f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: app}}
spec: {{values: {values}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app}}
spec:
  source: {{helm: {{valuesObject: {values}}}}}
  sources: [{{helm: {{values: "image: x"}}}}]
---
apiVersion: helm.cattle.io/v1
kind: HelmChart
spec: {{valuesContent: "image: x"}}
"""
    assert told(text, Kind.KUBERNETES) == [
        ("ghcr.io/org/app:v1", "HelmRelease app: image"),
        ("ghcr.io/org/app:v1", "Application app: image"),
    ]
    assert "Helm values" in read(text, Kind.KUBERNETES).notes[0]


def test_a_template_of_a_chart_is_told() -> None:
    text = "apiVersion: v1\nkind: Pod\n{{- if .Values.x }}\nspec: {}\n{{- end }}\n"
    problem = read(text, Kind.KUBERNETES).problem
    assert problem is not None
    assert "helm template" in problem.message
    assert problem.line == 3
    (found,) = read(
        'kind: Pod\nspec: {containers: [{image: "{{ .Values.image }}"}]}', Kind.KUBERNETES
    ).occurrences
    assert found.fixed is Fixed.TEMPLATED


def test_the_hub_of_istio_is_told_and_left() -> None:
    reading = read(
        "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: mesh}\n"
        "spec:\n  hub: docker.io/istio\n  tag: 1.24.0\n"
        "  values:\n    pilot: {image: quay.io/a/b:1}\n"
    )
    assert [(each.reference, each.place, each.fixed) for each in reading.occurrences] == [
        ("docker.io/istio/*:1.24.0", "IstioOperator mesh, spec.hub", Fixed.SHARED),
        ("quay.io/a/b:1", "IstioOperator mesh: pilot.image", None),
    ]
    assert ISTIO_HUB in reading.notes
