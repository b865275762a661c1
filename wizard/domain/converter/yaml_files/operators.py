"""The fields of operators' custom resources that hold images, as data.

Containers in a template of pods are no part of it: they are found in each object.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from wizard.domain.converter.reading import Fixed
from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.nodes import List, Map, Node, Scalar, children

# In a path: any value at this place, and any place below this one.
ANY: Final = "*"
BELOW: Final = "**"


@dataclass(frozen=True, slots=True)
class ImageField:
    """A field that holds an image: the group and the kinds of its objects, and its path.

    A sequence is no level of a path. The image is a text, or a mapping with repository and tag. A
    text is no image unless it begins with `prefix` and contains `contains`.
    """

    group: str
    kinds: Sequence[str]
    path: str
    prefix: str = ""
    contains: str = ""

    def read(self, manifest: Map, images: Images, title: str) -> set[int]:
        """Add the images of the field. Return the identities of the nodes that are known so."""
        known = set()
        for place, node in _at(manifest, self.path.split("."), ()):
            known.add(id(node))
            self._add(node, images, ", ".join(filter(None, (title, ".".join(place)))))
        return known

    def _add(self, node: Node, images: Images, place: str) -> None:
        if isinstance(node, Map):
            repository = node.scalar("repository")
            if repository is not None and repository.is_text:
                added = images.add_parts(place, repository=repository, tag=node.scalar("tag"))
                if not added:
                    images.add_fixed(repository, place, Fixed.INVALID)
        elif isinstance(node, Scalar) and node.is_text and self._may_be(node.value):
            images.add(node, place, prefix=self.prefix)

    def _may_be(self, text: str) -> bool:
        return text.startswith(self.prefix) and self.contains in text


def _at(
    node: Node, path: Sequence[str], place: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield the nodes at a path, with their places."""
    if isinstance(node, List):
        for item in node.items:
            yield from _at(item, path, place)
    elif not path:
        yield place, node
    elif path[0] == BELOW:
        yield from _at(node, path[1:], place)
        for name, value in children(node):
            if name != path[1]:
                yield from _at(value, path, (*place, name))
    else:
        for name, value in children(node):
            if path[0] in (ANY, name):
                yield from _at(value, path[1:], (*place, name))


@cache
def fields_of(group: str, kind: str) -> tuple[ImageField, ...]:
    """Return the fields of a kind of objects."""
    return tuple(
        field
        for field in FIELDS
        if field.group == group and (kind in field.kinds or not field.kinds)
    )


_ALL: Final = ()
# Each with the definition that was looked up.
FIELDS: Final[Sequence[ImageField]] = (
    # prometheus-operator, pkg/apis/monitoring/v1: alertmanager_types.go, prometheus_types.go,
    # thanos_types.go. `baseImage` is deprecated, and `image` takes precedence over it.
    ImageField("monitoring.coreos.com", ("Alertmanager", "ThanosRuler"), "spec.image"),
    ImageField("monitoring.coreos.com", ("Prometheus", "PrometheusAgent"), "spec.image"),
    ImageField("monitoring.coreos.com", ("Prometheus",), "spec.thanos.image"),
    # VictoriaMetrics operator, docs: "image: repository, tag, pullPolicy" of each component.
    ImageField("operator.victoriametrics.com", _ALL, "spec.**.image"),
    # opentelemetry-operator, apis: instrumentation_types.go; OpenTelemetryCollector.
    ImageField("opentelemetry.io", ("Instrumentation",), "spec.**.image"),
    ImageField("opentelemetry.io", ("OpenTelemetryCollector", "TargetAllocator"), "spec.image"),
    ImageField("opentelemetry.io", ("OpenTelemetryCollector",), "spec.targetAllocator.image"),
    # Elastic Cloud on Kubernetes, docs: "Create custom images".
    ImageField("elasticsearch.k8s.elastic.co", ("Elasticsearch",), "spec.image"),
    ImageField("kibana.k8s.elastic.co", ("Kibana",), "spec.image"),
    ImageField("apm.k8s.elastic.co", ("ApmServer",), "spec.image"),
    ImageField("beat.k8s.elastic.co", ("Beat",), "spec.image"),
    ImageField("agent.k8s.elastic.co", ("Agent",), "spec.image"),
    ImageField("logstash.k8s.elastic.co", ("Logstash",), "spec.image"),
    ImageField("maps.k8s.elastic.co", ("ElasticMapsServer",), "spec.image"),
    ImageField("enterprisesearch.k8s.elastic.co", ("EnterpriseSearch",), "spec.image"),
    # Strimzi and Confluent: skaffold, pkg/skaffold/kubernetes/manifest/visitor.go.
    ImageField("kafka.strimzi.io", ("Kafka",), "spec.*.image"),
    ImageField("kafka.strimzi.io", ("Kafka",), "spec.entityOperator.*.image"),
    ImageField("kafka.strimzi.io", ("KafkaConnect",), "spec.image"),
    ImageField("platform.confluent.io", _ALL, "spec.image.application"),
    ImageField("platform.confluent.io", _ALL, "spec.image.init"),
    # CloudNativePG, api/v1: cluster_types.go, imagecatalog_types.go.
    ImageField("postgresql.cnpg.io", ("Cluster",), "spec.imageName"),
    ImageField("postgresql.cnpg.io", ("ImageCatalog", "ClusterImageCatalog"), "spec.*.image"),
    # Zalando's postgres-operator, pkg/apis/acid.zalan.do/v1/postgresql_type.go.
    ImageField("acid.zalan.do", ("postgresql",), "spec.dockerImage"),
    ImageField("acid.zalan.do", ("postgresql",), "spec.connectionPooler.dockerImage"),
    ImageField("acid.zalan.do", ("postgresql",), "spec.sidecars.image"),
    # Crunchy's and Percona's operators, examples: `spec.image`, and the same in each component.
    ImageField("postgres-operator.crunchydata.com", ("PostgresCluster",), "spec.**.image"),
    ImageField("psmdb.percona.com", ("PerconaServerMongoDB",), "spec.**.image"),
    ImageField("pxc.percona.com", ("PerconaXtraDBCluster",), "spec.**.image"),
    # RabbitMQ, Spark, Flink and Rook, examples of their operators.
    ImageField("rabbitmq.com", ("RabbitmqCluster",), "spec.image"),
    ImageField("sparkoperator.k8s.io", ("SparkApplication",), "spec.image"),
    ImageField("sparkoperator.k8s.io", ("ScheduledSparkApplication",), "spec.template.image"),
    ImageField("flink.apache.org", ("FlinkDeployment",), "spec.image"),
    ImageField("ceph.rook.io", ("CephCluster",), "spec.cephVersion.image"),
    # grafana-operator, docs: `version` is a tag, or an image.
    ImageField("grafana.integreatly.org", ("Grafana",), "spec.version", contains="/"),
    # Argo Workflows: skaffold, visitor.go (any `image`).
    ImageField(
        "argoproj.io",
        ("Workflow", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate"),
        "spec.**.image",
    ),
    # Tekton, docs: "Tasks" and "StepActions"; pipelines contain tasks.
    ImageField(
        "tekton.dev",
        ("Task", "ClusterTask", "TaskRun", "StepAction", "Pipeline", "PipelineRun"),
        "spec.**.image",
    ),
    # actions-runner-controller, apis: `image` of a runner's specification, and of the listener.
    # AutoscalingRunnerSet and EphemeralRunnerSet have templates of pods.
    ImageField(
        "actions.summerwind.dev",
        ("RunnerDeployment", "RunnerReplicaSet"),
        "spec.template.spec.image",
    ),
    ImageField("actions.summerwind.dev", ("Runner",), "spec.image"),
    ImageField("actions.github.com", ("AutoscalingListener",), "spec.image"),
    # Crossplane, docs: "Providers"; Flux, docs: "OCIRepository".
    ImageField("pkg.crossplane.io", ("Provider", "Configuration", "Function"), "spec.package"),
    ImageField("source.toolkit.fluxcd.io", ("OCIRepository",), "spec.url", prefix="oci://"),
)
