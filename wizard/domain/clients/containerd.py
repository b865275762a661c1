"""containerd: a `hosts.toml` for each upstream registry, and kubelet's credentials for them.

The registry is the `server` of the file, so that there is no fallback to the upstream: containerd
sends the credentials that kubelet gives it to each host that it asks, and a token of ECR must not
reach another registry. `override_path` keeps containerd from appending `/v2` to the path.

Sources:
- docs/hosts.md and core/remotes/docker/config/hosts.go of github.com/containerd/containerd
- github.com/awslabs/amazon-ecr-credential-helper/issues/947 (the path of a mirror in ECR)
- github.com/kubernetes/kops/pull/16593 (`matchImages` with the upstreams; version 1.29)
- cmd/ecr-credential-provider/main.go of github.com/kubernetes/cloud-provider-aws: for
  public.ecr.aws it gets credentials of ECR Public, for any other host those of the Region
- kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/ (the file's format)
"""

from collections.abc import Iterator
from typing import Final

from wizard.domain.clients.client import JSON, TOML, Client, ConfigFile
from wizard.domain.clients.quoting import pretty, quoted, quoted_list
from wizard.domain.clients.routes import Cache, Route
from wizard.domain.texts import gettext_noop

_ECR_PUBLIC: Final = "public.ecr.aws"


def _files(cache: Cache) -> Iterator[ConfigFile]:
    yield from map(_hosts, cache.routes)
    yield ConfigFile(
        name="image-credential-provider-config.json",
        path="/etc/eks/image-credential-provider/config.json",
        text=pretty(_credential_provider(cache)),
        media_type=JSON,
        purpose=gettext_noop("Kubernetes nodes: credentials of the mirror, renewed by kubelet"),
    )


def _hosts(route: Route) -> ConfigFile:
    text = (
        f"# {route.source} through Amazon ECR\n"
        f"server = {quoted(route.api)}\n"
        f"capabilities = {quoted_list(['pull', 'resolve'])}\n"
        "override_path = true\n"
    )
    return ConfigFile(
        name=f"{route.host.replace(':', '_')}-hosts.toml",
        path=f"/etc/containerd/certs.d/{route.host}/hosts.toml",
        text=text,
        media_type=TOML,
    )


def _credential_provider(cache: Cache) -> dict[str, object]:
    hosts = [route.host for route in cache.routes]
    return {
        "apiVersion": "kubelet.config.k8s.io/v1",
        "kind": "CredentialProviderConfig",
        "providers": [
            {
                "name": "ecr-credential-provider",
                "matchImages": [
                    *("*.dkr.ecr.*.amazonaws.com", "*.dkr-ecr.*.on.aws", _ECR_PUBLIC),
                    *hosts,
                ],
                "defaultCacheDuration": "12h0m0s",
                "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                "env": [{"name": "AWS_REGION", "value": cache.target.region}],
            }
        ],
    }


CONTAINERD: Final = Client(
    key="containerd",
    label="containerd",
    purpose=gettext_noop(
        "Nodes pull the images of an upstream registry through the cache. Image names in manifests"
        " stay as they are."
    ),
    files=_files,
    source="https://github.com/containerd/containerd/blob/main/docs/hosts.md",
    needs=(
        gettext_noop(
            "containerd 1.5 or later, with the folder certs.d as config_path of the registry in"
            " its config.toml. A change of hosts.toml needs no restart."
        ),
        gettext_noop(
            "On Kubernetes, ecr-credential-provider 1.29 or later. Merge the JSON file with the one"
            " of the node, and restart kubelet."
        ),
    ),
    notes=(
        gettext_noop(
            "ECR needs credentials for every pull, and its tokens expire after 12 hours. So the"
            " mirror works only with something that renews them, such as kubelet's credential"
            " provider. A static Authorization header stops working after 12 hours."
        ),
        gettext_noop(
            "There is no fallback to the upstream registry. A pull that the cache can't serve"
            " fails, and the ECR token is never sent to the upstream registry."
        ),
        gettext_noop(
            "A rule for public.ecr.aws is left out: kubelet's provider returns credentials of"
            " Amazon ECR Public for it, which the cache refuses. Use Kyverno for it."
        ),
        gettext_noop(
            "containerd replaces whole registries, so a rule with an upstream repository prefix"
            " can't be used."
        ),
    ),
    by_host=True,
    without_credentials=frozenset({_ECR_PUBLIC}),
)
