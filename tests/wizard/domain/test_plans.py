"""The four sequences of wizard steps."""

import pytest

from wizard.domain import Step, plan_for
from wizard.domain.registries import REGISTRIES, registry_named
from wizard.drafting.steps.pages import PAGES

OPEN = ["Specify a source", "Specify a destination", "Review and create"]
SECRET = [
    "Specify a source",
    "Configure authentication",
    "Specify a destination",
    "Review and create",
]
SAME = ["Specify upstream", "Specify namespaces", "Review and create"]
CROSS = ["Specify upstream", "Specify permissions", "Specify namespaces", "Review and create"]
TITLES = {
    "ecr-public": OPEN,
    "k8s": OPEN,
    "quay": OPEN,
    "docker-hub": SECRET,
    "github-container-registry": SECRET,
    "azure-container-registry": SECRET,
    "gitlab-container-registry": SECRET,
    "chainguard": SECRET,
    "ecr-same-account": SAME,
    "ecr-cross-account": CROSS,
}


@pytest.mark.parametrize("name", [registry.name for registry in REGISTRIES])
def test_a_registry_has_the_documented_steps_in_order(name: str) -> None:
    plan = plan_for(registry_named(name))
    assert [str(PAGES[step].title) for step in plan.steps] == TITLES[name]


def test_before_a_registry_is_chosen_the_plan_is_the_shortest() -> None:
    assert plan_for(None) == plan_for(registry_named("quay"))


def test_the_review_leads_nowhere_further() -> None:
    plan = plan_for(registry_named("quay"))
    assert plan.after(Step.REVIEW) is Step.REVIEW
    assert plan.before(plan.first) is None
    assert plan.number(Step.REVIEW) == 3
