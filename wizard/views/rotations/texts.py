"""Texts about rotations: why a secret is left out, and names of upstreams."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.domain.registries import registry_of_url
from wizard.services.rotations import LeftOut
from wizard.words import Text

LEFT_OUT: Final[Mapping[LeftOut, Text]] = {
    LeftOut.PENDING_DELETION: gettext_lazy(
        "The secret is scheduled for deletion. Restore it to change its value."
    ),
    LeftOut.MANAGED: gettext_lazy(
        "An AWS service manages the secret. Change its value in that service."
    ),
    LeftOut.NO_ROLE: gettext_lazy(
        "You are not an operator in its Region or in the Region of a replica."
    ),
    LeftOut.UNREAD: gettext_lazy("The Region could not be read."),
    LeftOut.MISSING: gettext_lazy("The secret does not exist. Choose another secret for the rule."),
}


def upstream_name(host: str, *, account_id: str) -> str:
    """Return the registry's name and host, such as `Docker Hub (registry-1.docker.io)`."""
    registry = registry_of_url(host, own_account_id=account_id) if host else None
    return f"{_(registry.label)} ({host})" if registry else host
