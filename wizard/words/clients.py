"""Texts about the configuration of clients: why their files leave a rule out."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.domain.clients import Omission
from wizard.words.texts import Text

OMISSIONS: Final[Mapping[Omission, Text]] = {
    Omission.UPSTREAM: _("The upstream registry URL is no host name that an image can begin with."),
    Omission.PREFIX: _("The rule has a prefix that Amazon ECR doesn't accept."),
    Omission.OWN_REGISTRY: _("The upstream registry is this registry itself."),
    Omission.PART_OF_REGISTRY: _(
        "The rule has an upstream repository prefix, but this client replaces whole registries."
    ),
    Omission.SAME_UPSTREAM: _("Another chosen rule is for the same images."),
    Omission.NO_CREDENTIALS: _("The client has no credentials of the cache for this upstream."),
}
