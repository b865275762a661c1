"""Computes the URI to pull an image through a rule, from whatever names the image.

Official images of Docker Hub get the namespace `library/`. A URI of the private registry itself is
recognised, and so is a name that repeats the rule's prefix.
"""

from dataclasses import dataclass, replace

from wizard.domain.arn_kinds import account_and_region
from wizard.domain.errors import InvalidImage
from wizard.domain.images.pasted import reference_in
from wizard.domain.images.references import Reference, parse_reference
from wizard.domain.namespaces import dual_stack_host, registry_host, under
from wizard.domain.prefixes import is_root
from wizard.domain.regions import Target
from wizard.domain.rules import Rule

REPOSITORY_MAX = 256  # ECR, the whole repository name


@dataclass(frozen=True, slots=True, kw_only=True)
class PullUri:
    """The URI to pull through a rule, and its upstream image.

    - `added_namespace` was added to the typed name.
    - `is_cached_already`: the typed name was a URI of the private registry under the rule.
    - `without_prefix` is what the typed name means if its beginning was meant as the rule's prefix.
    - `suggestion` is the image to pull instead, because the registry has no such name.
    """

    target: Target
    repository: str
    version: str
    upstream_uri: str
    added_namespace: str = ""
    is_cached_already: bool = False
    without_prefix: str = ""
    suggestion: str = ""

    @property
    def uri(self) -> str:
        return f"{self.host}/{self.repository}{self.version}"

    @property
    def host(self) -> str:
        return registry_host(self.target)

    @property
    def dual_stack_uri(self) -> str:
        """Return the URI at the endpoint that has IPv4 and IPv6."""
        return f"{self.dual_stack_host}/{self.repository}{self.version}"

    @property
    def dual_stack_host(self) -> str:
        return dual_stack_host(self.target)


def pull_uri(image: str, *, rule: Rule, target: Target) -> PullUri:
    """Return the URI of an image through a rule.

    Raises InvalidImage: part `image` for an invalid reference, `registry` for another registry,
    `own` for a repository of the private registry that is not under the rule, `prefix` for an image
    outside the rule's upstream prefix, `length` for a repository name longer than 256 characters.
    """
    return pull_of_reference(parse_reference(reference_in(image)), rule=rule, target=target)


def pull_of_reference(typed: Reference, *, rule: Rule, target: Target) -> PullUri:
    """Return the URI of a reference through a rule. Raises InvalidImage like `pull_uri`."""
    host = canonical_host(typed.host)
    is_own = host == registry_host(target)
    if not is_own and host not in ("", rule.upstream_host, *_aliases(rule)):
        raise InvalidImage("registry", typed.host)
    path = _upstream_of_cached(typed, rule) if is_own else typed.path
    added = _official_namespace(path, rule)
    whole_path = f"{added}/{path}" if added else path
    repository = _cached(whole_path, rule, typed)
    if len(repository) > REPOSITORY_MAX:
        raise InvalidImage("length", str(typed))
    return PullUri(
        target=target,
        repository=repository,
        version=typed.version,
        upstream_uri=f"{rule.upstream_host}/{whole_path}{typed.version}",
        added_namespace=added,
        is_cached_already=is_own and not added,
        without_prefix="" if typed.host else _without_prefix(typed, rule),
        suggestion=_suggestion(path, typed, rule),
    )


def canonical_host(host: str) -> str:
    """Return the host as rules name it: without the default port, and of ECR the IPv4 endpoint."""
    host = host.removesuffix(":443")
    if ecr := account_and_region(host):
        return registry_host(Target(account_id=ecr[0], region=ecr[1]))
    return host


def _aliases(rule: Rule) -> tuple[str, ...]:
    return rule.registry.host_aliases if rule.registry else ()


def _upstream_of_cached(typed: Reference, rule: Rule) -> str:
    """Return the upstream's path of a repository in the private registry."""
    path = upstream_path(typed.path, rule)
    if path is None:
        raise InvalidImage("own", str(typed))
    return path


def upstream_path(repository: str, rule: Rule) -> str | None:
    """Return the upstream's path of a repository under the rule; None for another repository."""
    below = _strip(rule.ecr_repository_prefix, repository)
    return None if below is None else under(rule.upstream_repository_prefix, below)


def _official_namespace(path: str, rule: Rule) -> str:
    return rule.registry.official_namespace if rule.registry and "/" not in path else ""


def _without_prefix(typed: Reference, rule: Rule) -> str:
    if is_root(rule.ecr_repository_prefix):
        return ""
    below = _strip(rule.ecr_repository_prefix, typed.path)
    return str(replace(typed, path=below)) if below else ""


def _suggestion(path: str, typed: Reference, rule: Rule) -> str:
    namespace = rule.registry.suggested_namespace if rule.registry else ""
    if not namespace or "/" in path:
        return ""
    return str(replace(typed, host="", path=f"{namespace}/{path}"))


def _cached(path: str, rule: Rule, typed: Reference) -> str:
    below = _strip(rule.upstream_repository_prefix, path)
    if below is None:
        raise InvalidImage("prefix", str(typed))
    return under(rule.ecr_repository_prefix, below)


def _strip(prefix: str | None, path: str) -> str | None:
    """Return the path below a prefix, which may be ROOT or None; None if it is not under it."""
    if prefix is None or is_root(prefix):
        return path
    start = f"{prefix.rstrip('/')}/"
    return path.removeprefix(start) if path.startswith(start) else None
