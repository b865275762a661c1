"""Computes the URI to pull an image through a rule.

It accepts what people type or paste: `nginx`, `grafana/grafana:11`, `docker.io/library/nginx`,
`https://quay.io/argoproj/argocd@sha256:...`. Official images of Docker Hub get the namespace
`library/`.
"""

import re
from dataclasses import dataclass

from wizard.domain.errors import InvalidImage
from wizard.domain.namespaces import registry_host
from wizard.domain.prefixes import ROOT, is_root
from wizard.domain.regions import Target
from wizard.domain.registries import UpstreamRegistry
from wizard.domain.rules import Rule

REPOSITORY_MAX = 256  # ECR, the whole repository name

_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+|/)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PullUri:
    """The URI to pull, and its upstream image. `added_namespace` was added to the typed name."""

    uri: str
    repository: str
    upstream_uri: str
    added_namespace: str = ""


def pull_uri(image: str, *, rule: Rule, target: Target) -> PullUri:
    """Return the URI of an image through a rule.

    Raises InvalidImage: part `image` for an invalid image reference, `registry` for another
    registry, `prefix` for an image outside the rule's upstream prefix, `length` for a repository
    name longer than 256 characters.
    """
    path, reference = _split(image.strip().removeprefix("https://"))
    path = _without_host(path, rule)
    if _PATH.fullmatch(path) is None:
        raise InvalidImage("image", image)
    added = _official_namespace(path, rule)
    upstream_path = f"{added}/{path}" if added else path
    repository = _cached(upstream_path, rule, image)
    if len(repository) > REPOSITORY_MAX:
        raise InvalidImage("length", image)
    return PullUri(
        uri=f"{registry_host(target)}/{repository}{reference}",
        repository=repository,
        upstream_uri=f"{rule.upstream_host}/{upstream_path}{reference}",
        added_namespace=added,
    )


def _split(image: str) -> tuple[str, str]:
    """Return path and `:tag` or `@digest`; the tag defaults to latest.

    A tag before a digest is dropped, because the digest determines the image.
    """
    name, at, digest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:  # a colon before a slash would be a port
        if _TAG.fullmatch(tag) is None:
            raise InvalidImage("image", image)
        name = head
    else:
        tag = "latest"
    if at and _DIGEST.fullmatch(digest) is None:
        raise InvalidImage("image", image)
    return name, f"@{digest}" if at else f":{tag}"


def _without_host(path: str, rule: Rule) -> str:
    """Remove the upstream's host; raise InvalidImage for another registry's."""
    host, slash, rest = path.partition("/")
    aliases = rule.registry.host_aliases if rule.registry else ()
    if slash and host in (rule.upstream_host, *aliases):
        return rest
    if slash and ("." in host or ":" in host or host == "localhost"):
        raise InvalidImage("registry", host)
    return path


def _official_namespace(path: str, rule: Rule) -> str:
    registry: UpstreamRegistry | None = rule.registry
    if registry is None or "/" in path:
        return ""
    return registry.official_namespace


def _cached(upstream_path: str, rule: Rule, image: str) -> str:
    upstream = (rule.upstream_repository_prefix or ROOT).rstrip("/")
    name = upstream_path
    if not is_root(upstream):
        name = upstream_path.removeprefix(f"{upstream}/")
        if name == upstream_path:
            raise InvalidImage("prefix", image)
    cache = rule.ecr_repository_prefix.rstrip("/")
    return name if is_root(cache) else f"{cache}/{name}"
