"""The answers of the wizard's steps about prefixes, and those that an existing rule would have."""

from collections.abc import Mapping
from typing import Final

from wizard.domain.plans import Step
from wizard.domain.prefixes import is_root
from wizard.domain.rules import Rule

SPECIFIC_NAMESPACE: Final = "specific"
NO_NAMESPACE: Final = "none"


def prefixes_of(rule: Rule) -> dict[Step, Mapping[str, str]]:
    """Return a rule's prefixes as answers, for both steps that ask for them."""
    cache, upstream = rule.ecr_repository_prefix, rule.upstream_repository_prefix or ""
    upstream = "" if is_root(upstream) else upstream
    namespaces = {
        "cache_namespace": NO_NAMESPACE if is_root(cache) else SPECIFIC_NAMESPACE,
        "ecr_repository_prefix": "" if is_root(cache) else cache,
        "upstream_namespace": SPECIFIC_NAMESPACE if upstream else NO_NAMESPACE,
        "upstream_repository_prefix": upstream,
    }
    destination = {
        name: value for name, value in namespaces.items() if name != "upstream_namespace"
    }
    return {Step.DESTINATION: destination, Step.NAMESPACES: namespaces}
