"""Kyverno: policies that rewrite the images of Pods when they are created.

Containers, init containers and ephemeral containers are rewritten, also those without a registry.
Of the two policies one is needed: ClusterPolicy is deprecated since 1.17.

Sources:
- kyverno.io/docs/policy-types/mutating-policy/ (version 1 since Kyverno 1.17)
- kyverno.io/blog/2026/02/02/announcing-kyverno-release-1.17/ (ClusterPolicy is to go in 1.20)
- other/replace-image-registry of github.com/kyverno/policies (foreach, regex_replace_all)
- kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/ (types of objects)
- kubernetes.io/docs/reference/using-api/cel/ (string functions); github.com/google/re2/wiki/Syntax
"""

from collections.abc import Iterator, Sequence
from typing import Final

from wizard.domain.clients.client import YAML, Client, ConfigFile
from wizard.domain.clients.quoting import quoted, quoted_list
from wizard.domain.clients.rewrites import LOCAL, Kept, Rewrite, rewrites_of
from wizard.domain.clients.routes import Cache
from wizard.domain.texts import gettext_noop

_LISTS: Final = ("containers", "initContainers", "ephemeralContainers")

_MUTATING: Final = """\
apiVersion: policies.kyverno.io/v1
kind: MutatingPolicy
metadata:
  name: ecr-pull-through-cache
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: ["v1"]
        operations: ["CREATE", "UPDATE"]
        resources: ["pods", "pods/ephemeralcontainers"]
  mutations:
"""

_MUTATION: Final = """\
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: |-
          Object{{
            spec: Object.spec{{
              {name}: object.spec.?{name}.orValue([]).map(c, Object.spec.{name}{{
                name: c.name,
                image:
                  c.image.startsWith('{local}') ? c.image :
{cases}
                  c.image
              }})
            }}
          }}
"""

_CLUSTER: Final = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: ecr-pull-through-cache
  annotations:
    pod-policies.kyverno.io/autogen-controllers: none
spec:
  background: false
  rules:
"""

_RULE: Final = """\
    - name: {rule}
      match:
        any:
          - resources:
              kinds: {kinds}
              operations: ["CREATE", "UPDATE"]
      preconditions:
        all:
          - key: "{{{{ request.object.spec.{name}[] || `[]` | length(@) }}}}"
            operator: GreaterThanOrEquals
            value: 1
      mutate:
        foreach:
          - list: "request.object.spec.{name}"
            preconditions:
              all:
                - key: "{{{{ starts_with(element.image, '{local}') }}}}"
                  operator: Equals
                  value: false
            patchesJson6902: |-
              - op: replace
                path: "/spec/{name}/{{{{ elementIndex }}}}/image"
                value: {value}
"""


def _files(cache: Cache) -> Iterator[ConfigFile]:
    rewrites = rewrites_of(cache.routes)
    yield ConfigFile(
        name="ecr-pull-through-cache-mutatingpolicy.yaml",
        path="MutatingPolicy ecr-pull-through-cache",
        text=_MUTATING + "".join(_mutation(name, rewrites) for name in _LISTS),
        media_type=YAML,
        purpose=gettext_noop("Kyverno 1.17 and later"),
    )
    yield ConfigFile(
        name="ecr-pull-through-cache-clusterpolicy.yaml",
        path="ClusterPolicy ecr-pull-through-cache",
        text=_CLUSTER + "".join(_rule(name, rewrites) for name in _LISTS),
        media_type=YAML,
        purpose=gettext_noop("Kyverno before 1.17"),
    )


def _mutation(name: str, rewrites: Sequence[Rewrite]) -> str:
    indent = " " * 18
    cases = "\n".join(f"{indent}{_case(rewrite)} :" for rewrite in rewrites)
    return _MUTATION.format(name=name, local=LOCAL, cases=cases)


def _case(rewrite: Rewrite) -> str:
    """Return a condition and a result of CEL."""
    start = {
        Kept.START: f"{rewrite.skipped}",
        Kept.AFTER_HOST: f"c.image.indexOf('/') + {rewrite.skipped + 1}",
        Kept.LAST_SEGMENT: "c.image.lastIndexOf('/') + 1",
    }[rewrite.kept]
    kept = f"c.image.substring({start})" if start != "0" else "c.image"
    return f"c.image.matches('{rewrite.pattern}') ? '{rewrite.replacement}' + {kept}"


def _rule(name: str, rewrites: Sequence[Rewrite]) -> str:
    is_ephemeral = name == "ephemeralContainers"
    return _RULE.format(
        rule=f"rewrite-{name.lower()}",
        kinds=quoted_list(["Pod", "Pod/ephemeralcontainers"] if is_ephemeral else ["Pod"]),
        name=name,
        local=LOCAL,
        value=quoted(f"{{{{ {_replaced(rewrites)} }}}}"),
    )


def _replaced(rewrites: Sequence[Rewrite]) -> str:
    """Return an expression of JMESPath that tries one pattern after the other."""
    value = "element.image"
    for rewrite in rewrites:
        value = f"regex_replace_all('{rewrite.pattern}', {value}, '{rewrite.replacement}$1')"
    return value


KYVERNO: Final = Client(
    key="kyverno",
    label="Kyverno",
    purpose=gettext_noop(
        "A Kubernetes cluster rewrites the images of new Pods to the cache: of containers, init"
        " containers, and ephemeral containers, also images without a registry."
    ),
    files=_files,
    source="https://kyverno.io/docs/policy-types/mutating-policy/",
    needs=(
        gettext_noop("Kyverno. Apply one of the two policies with kubectl, not both."),
        gettext_noop(
            "Nodes that can pull: ecr:BatchImportUpstreamImage and ecr:CreateRepository in"
            " addition to the usual permissions. On Amazon EKS, kubelet gets the ECR token itself."
        ),
    ),
    notes=(
        gettext_noop(
            "The policy changes Pods only, not Deployments and others. So what GitOps tools compare"
            " stays the same. Running Pods keep their images until they are replaced."
        ),
        gettext_noop(
            "Static Pods of kubelet, and Pods that Kyverno excludes, such as those of kube-system"
            " and its own, pull from the upstream registry as before."
        ),
        gettext_noop(
            "If Kyverno is down and its webhook ignores failures, new Pods pull from the upstream"
            " registry."
        ),
        gettext_noop(
            "Kyverno 1.20 is planned to remove ClusterPolicy. From 1.17 on, use the MutatingPolicy."
        ),
    ),
)
