"""The catalogue of upstream registries: one entry each, with everything that differs.

An entry determines the tile, the inputs of step 1 (the placeholders of `host`), the plan of steps
(`access`), the labels and help links of the credential, and the default prefix. Source: "Creating a
pull through cache rule" in the Amazon ECR user guide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from string import Formatter

from wizard.domain.texts import gettext_noop


class Access(StrEnum):
    """How ECR authenticates to the upstream registry. It determines the steps of the wizard."""

    OPEN = "open"
    SECRET = "secret"  # noqa: S105 - a kind of access, not a password
    SAME_ACCOUNT = "same-account"
    CROSS_ACCOUNT = "cross-account"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLink:
    """A page of the upstream's documentation."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRegistry:
    """One kind of upstream in the wizard.

    - `key` is AWS's `upstreamRegistry` value. Two entries may share it (and the tile) if they
      differ in access; `choice_label` distinguishes them.
    - `host` may have placeholders, which are additional inputs of step 1. `{account_id}` is an
      input across accounts only.
    - `example_image` is a repository and tag of the upstream, for the preview.
    - `official_namespace` is the namespace of images that people name without one.
    - `suggested_namespace` is where such images are in a registry that has none without one.
    - `host_aliases` are other host names of the same registry.
    - `reference_host` is the host by which references name the registry, if it is not `host`.
    - `pages` are addresses of its website, without scheme, and the repository that each is about:
      a pattern, and the path with the pattern's groups as placeholders.
    - `token_hosts` may give out its tokens besides itself, `counted_image` tells remaining pulls.
    """

    name: str
    key: str
    label: str
    host: str
    default_prefix: str
    access: Access
    example_image: str
    official_namespace: str = ""
    suggested_namespace: str = ""
    host_aliases: tuple[str, ...] = ()
    reference_host: str = ""
    pages: tuple[tuple[str, str], ...] = ()
    choice_label: str = ""
    username_label: str = ""
    username_hint: str = ""
    token_label: str = ""
    token_links: tuple[HelpLink, ...] = ()
    token_hosts: tuple[str, ...] = ()
    counted_image: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the placeholders that are inputs, in the order of `host`."""
        names = (name for _, name, _, _ in Formatter().parse(self.host) if name)
        return tuple(name for name in names if not (name == "account_id" and self.is_own_account))

    @property
    def is_own_account(self) -> bool:
        return self.access is Access.SAME_ACCOUNT

    @property
    def needs_secret(self) -> bool:
        return self.access is Access.SECRET

    @property
    def needs_role(self) -> bool:
        return self.access is Access.CROSS_ACCOUNT

    @property
    def host_hint(self) -> str:
        """Return the host with placeholders in angle brackets, for the tile."""
        return re.sub(r"{(\w+)}", lambda match: f"<{match[1].replace('_', '-')}>", self.host)

    def registry_url(self, inputs: Mapping[str, str], *, own_account_id: str) -> str:
        """Return the `upstreamRegistryUrl` for AWS: `host` with its placeholders filled."""
        account = {"account_id": own_account_id} if self.is_own_account else {}
        return self.host.format_map({**inputs, **account})

    def parse_url(self, url: str) -> dict[str, str] | None:
        """Return the values of the placeholders in a URL; None for a URL of another kind."""
        parts = (
            re.escape(literal) + (f"(?P<{name}>{_PLACEHOLDERS[name]})" if name else "")
            for literal, name, _, _ in Formatter().parse(self.host)
        )
        match = re.fullmatch("".join(parts), url)
        return match.groupdict() if match else None


_PLACEHOLDERS = {
    # One DNS label, but not in punycode and not localhost.
    "registry_name": r"(?!xn--|localhost\.)[a-z0-9][a-z0-9-]{3,48}[a-z0-9]",
    "account_id": r"[0-9]{12}",
    "region": r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+",
}

# What another spelling of a URL has: a scheme, the default port, a slash or dot at the end.
_SPELLING = re.compile(r"^https?://|(?::443)?[/.]*$")

_ECR_HOST = "{account_id}.dkr.ecr.{region}.amazonaws.com"

REGISTRIES: tuple[UpstreamRegistry, ...] = (
    UpstreamRegistry(
        name="ecr-public",
        key="ecr-public",
        label=gettext_noop("Amazon ECR Public"),
        host="public.ecr.aws",
        host_aliases=("ecr-public.aws.com",),
        pages=((r"gallery\.ecr\.aws/(?P<path>[^/]+/.+)", "{path}"),),
        suggested_namespace="docker/library",
        default_prefix="ecr-public",
        example_image="docker/library/nginx:latest",
        access=Access.OPEN,
    ),
    UpstreamRegistry(
        name="k8s",
        key="k8s",
        label=gettext_noop("Kubernetes"),
        host="registry.k8s.io",
        default_prefix="kubernetes",
        example_image="coredns/coredns:v1.11.3",
        access=Access.OPEN,
    ),
    UpstreamRegistry(
        name="quay",
        key="quay",
        label=gettext_noop("Quay"),
        host="quay.io",
        pages=((r"quay\.io/repository/(?P<path>[^/]+/[^/]+)(?:/.*)?", "{path}"),),
        default_prefix="quay",
        example_image="argoproj/argocd:v2.13.0",
        access=Access.OPEN,
    ),
    UpstreamRegistry(
        name="docker-hub",
        key="docker-hub",
        label=gettext_noop("Docker Hub"),
        host="registry-1.docker.io",
        default_prefix="docker-hub",
        token_hosts=("auth.docker.io",),
        counted_image="ratelimitpreview/test:latest",
        example_image="library/nginx:latest",
        official_namespace="library",
        host_aliases=("docker.io", "index.docker.io", "registry.hub.docker.com"),
        reference_host="docker.io",
        pages=(
            (r"hub\.docker\.com/_/(?P<name>[^/]+)(?:/.*)?", "library/{name}"),
            (r"hub\.docker\.com/(?:r|layers)/(?P<path>[^/]+/[^/]+)(?:/.*)?", "{path}"),
            (r"hub\.docker\.com/repository/docker/(?P<path>[^/]+/[^/]+)(?:/.*)?", "{path}"),
        ),
        access=Access.SECRET,
        username_label=gettext_noop("Docker Hub email"),
        username_hint=gettext_noop("The email address or the username of your Docker account."),
        token_label=gettext_noop("Docker Hub access token"),
        token_links=(
            HelpLink(
                label=gettext_noop("Create and manage access tokens"),
                url="https://docs.docker.com/security/for-developers/access-tokens/",
            ),
        ),
    ),
    UpstreamRegistry(
        name="github-container-registry",
        key="github-container-registry",
        label=gettext_noop("GitHub Container Registry"),
        host="ghcr.io",
        pages=(
            (r"github\.com/(?P<owner>[^/]+)/[^/]+/pkgs/container/(?P<name>.+)", "{owner}/{name}"),
            (
                r"github\.com/(?:orgs|users)/(?P<owner>[^/]+)/packages/container/package/"
                r"(?P<name>.+)",
                "{owner}/{name}",
            ),
        ),
        default_prefix="github",
        example_image="octo-org/octo-repo/image:latest",
        access=Access.SECRET,
        username_label=gettext_noop("GitHub Container Registry username"),
        token_label=gettext_noop("GitHub Container Registry access token"),
        token_links=(
            HelpLink(
                label=gettext_noop("Managing your personal access tokens"),
                url="https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens",
            ),
        ),
    ),
    UpstreamRegistry(
        name="azure-container-registry",
        key="azure-container-registry",
        label=gettext_noop("Microsoft Azure Container Registry"),
        host="{registry_name}.azurecr.io",
        default_prefix="azure",
        example_image="team/app:latest",
        access=Access.SECRET,
        username_label=gettext_noop("Microsoft Azure Container Registry username"),
        token_label=gettext_noop("Microsoft Azure Container Registry access token"),
        token_links=(
            HelpLink(
                label=gettext_noop("Create token - portal"),
                url="https://learn.microsoft.com/en-us/azure/container-registry/container-registry-repository-scoped-permissions#create-token---portal",
            ),
        ),
    ),
    UpstreamRegistry(
        name="gitlab-container-registry",
        key="gitlab-container-registry",
        label=gettext_noop("GitLab Container Registry"),
        host="registry.gitlab.com",
        default_prefix="gitlab",
        token_hosts=("gitlab.com",),
        example_image="group/project:latest",
        access=Access.SECRET,
        username_label=gettext_noop("GitLab Container Registry username"),
        token_label=gettext_noop("GitLab Container Registry access token"),
        token_links=(
            HelpLink(
                label=gettext_noop("Personal access tokens"),
                url="https://docs.gitlab.com/ee/user/profile/personal_access_tokens.html",
            ),
            HelpLink(
                label=gettext_noop("Group access tokens"),
                url="https://docs.gitlab.com/ee/user/group/settings/group_access_tokens.html",
            ),
            HelpLink(
                label=gettext_noop("Project access tokens"),
                url="https://docs.gitlab.com/ee/user/project/settings/project_access_tokens.html",
            ),
        ),
    ),
    UpstreamRegistry(
        name="ecr-same-account",
        key="ecr",
        label=gettext_noop("Amazon ECR Private"),
        choice_label=gettext_noop("This account"),
        host=_ECR_HOST,
        default_prefix="ecr",
        example_image="team/app:latest",
        access=Access.SAME_ACCOUNT,
    ),
    UpstreamRegistry(
        name="ecr-cross-account",
        key="ecr",
        label=gettext_noop("Amazon ECR Private"),
        choice_label=gettext_noop("Cross account"),
        host=_ECR_HOST,
        default_prefix="ecr",
        example_image="team/app:latest",
        access=Access.CROSS_ACCOUNT,
    ),
    UpstreamRegistry(
        name="chainguard",
        key="chainguard",
        label=gettext_noop("Chainguard Registry"),
        host="cgr.dev",
        pages=(
            (
                r"images\.chainguard\.dev/directory/image/(?P<name>[^/]+)(?:/.*)?",
                "chainguard/{name}",
            ),
        ),
        default_prefix="chainguard",
        example_image="example.com/python:latest",
        access=Access.SECRET,
        username_label=gettext_noop("Chainguard Registry username"),
        token_label=gettext_noop("Chainguard Registry pull token"),
        token_links=(
            HelpLink(
                label=gettext_noop("Authenticating with a Pull Token"),
                url="https://edu.chainguard.dev/chainguard/chainguard-images/chainguard-registry/authenticating/#authenticating-with-a-pull-token",
            ),
        ),
    ),
)


def registry_named(name: str) -> UpstreamRegistry:
    """Return the entry with this name; raises KeyError."""
    for registry in REGISTRIES:
        if registry.name == name:
            return registry
    raise KeyError(name)


@lru_cache(maxsize=256)
def registries_of(key: str) -> tuple[UpstreamRegistry, ...]:
    """Return the entries that share AWS's `upstreamRegistry` value, in catalogue order."""
    return tuple(registry for registry in REGISTRIES if registry.key == key)


@lru_cache(maxsize=4096)
def normalised_url(url: str) -> str:
    """Return a URL of the catalogue as AWS's documentation writes it; another one unchanged.

    AWS does not document which spellings it keeps: a rule may have a scheme, capitals, the default
    port or a slash at the end.
    """
    host = _SPELLING.sub("", url.strip().lower())
    return host if any(registry.parse_url(host) is not None for registry in REGISTRIES) else url


@lru_cache(maxsize=4096)
def registry_of(kind: str | None, url: str, *, own_account_id: str) -> UpstreamRegistry | None:
    """Return the entry of an existing rule, or None if the catalogue has none.

    AWS's `upstreamRegistry` decides. Old rules lack it, and their URL decides. Of the entries for
    Amazon ECR, the account in the URL decides.
    """
    by_url = registry_of_url(normalised_url(url), own_account_id=own_account_id)
    if not kind:
        return by_url
    if by_url is not None and by_url.key == kind:
        return by_url
    entries = registries_of(kind)
    return entries[0] if len(entries) == 1 else None


@lru_cache(maxsize=4096)
def registry_of_url(url: str, *, own_account_id: str) -> UpstreamRegistry | None:
    """Return the entry for a URL that is written as in AWS's documentation, or None."""
    for registry in REGISTRIES:
        parts = registry.parse_url(url)
        if parts is None:
            continue
        if not registry.is_own_account or parts["account_id"] == own_account_id:
            return registry
    return None
