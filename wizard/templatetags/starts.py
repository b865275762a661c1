"""The registries with which a first rule can be begun by one click."""

from typing import Final

from django import template

from wizard.domain.registries import UpstreamRegistry, registry_named

register = template.Library()

_NAMES: Final = ("docker-hub", "ecr-public", "k8s")


@register.simple_tag
def first_rules() -> list[UpstreamRegistry]:
    """Return the registries; none of them needs another input than a credential."""
    return [registry_named(name) for name in _NAMES]
