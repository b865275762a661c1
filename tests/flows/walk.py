"""The documented flows as data: what a person does on each page, by the labels of the fields.

`screens` are the pages in order: a title, and the actions before Next. The last page, the review,
is the same for all flows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.flows.conftest import UPSTREAM_ACCOUNT, UPSTREAM_REGION, Account
from tests.person import Person

Act = Callable[[Person], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    title: str
    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One flow; `heading` names the command line example that creates the same rule."""

    heading: str
    screens: tuple[Screen, ...]

    @property
    def titles(self) -> list[str]:
        return [*(screen.title for screen in self.screens), "Review and create"]


def _source(registry: str, title: str = "Specify a source", **inputs: str) -> Screen:
    def act(person: Person) -> None:
        person.choose(registry)
        for label, value in inputs.items():
            person.fill(label.replace("_", " "), value)

    return Screen(title=title, act=act)


def _ecr(access: str, *, account: str = "") -> Screen:
    def act(person: Person) -> None:
        person.choose("Amazon ECR Private")
        person.choose(access)
        person.select("Region", UPSTREAM_REGION)
        if account:
            person.fill("Account", account)

    # The title follows the choice; before it the step is called after a source.
    return Screen(title="Specify upstream", act=act)


def _existing_secret(person: Person) -> None:
    person.choose("Use an existing AWS secret")
    person.select("Secret name", Account.secret_name)


def _role(person: Person) -> None:
    person.choose("The roles of this account")
    person.select("IAM role", "example-role")


def _expect_default(prefix: str) -> Act:
    def act(person: Person) -> None:
        assert person.value_of("Amazon ECR repository prefix") == prefix

    return act


def _namespaces(person: Person) -> None:
    person.choose("A specific prefix", of="Cache namespace")
    person.fill("Cache repository prefix", "ecr")
    person.choose("No prefix", of="Upstream namespace")


def _open(heading: str, registry: str, prefix: str) -> Flow:
    destination = Screen(title="Specify a destination", act=_expect_default(prefix))
    return Flow(heading=heading, screens=(_source(registry), destination))


def _with_secret(heading: str, registry: str, prefix: str, **inputs: str) -> Flow:
    return Flow(
        heading=heading,
        screens=(
            _source(registry, **inputs),
            Screen(title="Configure authentication", act=_existing_secret),
            Screen(title="Specify a destination", act=_expect_default(prefix)),
        ),
    )


FLOWS = (
    _open("For Amazon ECR Public", "Amazon ECR Public", "ecr-public"),
    _open("For Kubernetes Container Registry", "Kubernetes", "kubernetes"),
    _open("For Quay", "Quay", "quay"),
    _with_secret("For Docker Hub", "Docker Hub", "docker-hub"),
    _with_secret("For GitHub Container Registry", "GitHub Container Registry", "github"),
    _with_secret(
        "For Microsoft Azure Container Registry",
        "Microsoft Azure Container Registry",
        "azure",
        Source_registry_URL="myregistry",
    ),
    _with_secret("For GitLab Container Registry", "GitLab Container Registry", "gitlab"),
    Flow(
        heading="For Amazon ECR private registry within your AWS account",
        screens=(
            _ecr("This account"),
            Screen(title="Specify namespaces", act=_namespaces),
        ),
    ),
    Flow(
        heading="For Amazon ECR private registry from another AWS account",
        screens=(
            _ecr("Cross account", account=UPSTREAM_ACCOUNT),
            Screen(title="Specify permissions", act=_role),
            Screen(title="Specify namespaces", act=_namespaces),
        ),
    ),
    _with_secret("For Chainguard Registry", "Chainguard Registry", "chainguard"),
)
