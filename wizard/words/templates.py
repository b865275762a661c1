"""Texts about repository creation templates."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.domain.templates import Trap
from wizard.words.texts import Text

# The names of the AWS console for values of the API; another value is shown as it is.
MUTABILITY: Final[Mapping[str, Text]] = {
    "MUTABLE": _("Mutable"),
    "IMMUTABLE": _("Immutable"),
    "MUTABLE_WITH_EXCLUSION": _("Mutable with exclusion"),
    "IMMUTABLE_WITH_EXCLUSION": _("Immutable with exclusion"),
}
ENCRYPTION: Final[Mapping[str, Text]] = {
    "AES256": _("AES-256"),
    "KMS": _("AWS KMS"),
    "KMS_DSSE": _("AWS KMS, dual-layer"),
}
TRAPS: Final[Mapping[Trap, Text]] = {
    Trap.NEEDS_ROLE: _(
        "The template sets tags or a KMS key, but has no role. ECR can't create repositories with"
        " it, and pulls fail as if the image didn't exist. Add a role that ecr.amazonaws.com can"
        " assume."
    ),
    Trap.IMMUTABLE: _(
        "Tags are immutable. ECR can't replace the image of a tag that changed in the upstream"
        " registry, so pulls keep getting the first one."
    ),
    Trap.NO_LIFECYCLE: _(
        "The template has no lifecycle policy. ECR keeps every image that is pulled through the"
        " cache, and you pay for its storage."
    ),
}
