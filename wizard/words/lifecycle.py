"""Texts about lifecycle policies: what is wrong with one, and what its rules do."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wizard.domain.lifecycle import (
    Action,
    CountType,
    Fault,
    LifecycleRule,
    StorageClass,
    TagStatus,
)
from wizard.words.texts import Text

ACTIONS: Final[Mapping[Action, Text]] = {
    Action.EXPIRE: _("Delete"),
    Action.TRANSITION: _("Archive"),
}
STORAGE_CLASSES: Final[Mapping[str, Text]] = {
    "STANDARD": _("Standard"),
    "ARCHIVE": _("Archive storage"),
}


def fault_text(fault: Fault) -> str:
    """Return what is wrong with a policy, after the place."""
    words = gettext(fault.text) % fault.values
    place = {
        "rule": fault.rule,
        "member": fault.member,
        "line": fault.line,
        "column": fault.column,
        "words": words,
    }
    if fault.line:
        return gettext("Line %(line)d, column %(column)d: %(words)s") % place
    if fault.rule and fault.member:
        return gettext("Rule %(rule)d, %(member)s: %(words)s") % place
    if fault.rule:
        return gettext("Rule %(rule)d: %(words)s") % place
    return gettext("%(member)s: %(words)s") % place if fault.member else words


def selection_text(rule: LifecycleRule) -> str:
    """Return which images a rule is about."""
    if rule.is_for_every_tag and rule.storage_class is StorageClass.STANDARD:
        return gettext("Images with a tag")
    if rule.storage_class is StorageClass.ARCHIVE:
        texts = {
            TagStatus.ANY: gettext("All archived images"),
            TagStatus.UNTAGGED: gettext("Archived images without a tag"),
            TagStatus.TAGGED: gettext("Archived images with the tags %(tags)s"),
        }
    else:
        texts = {
            TagStatus.ANY: gettext("All images"),
            TagStatus.UNTAGGED: gettext("Images without a tag"),
            TagStatus.TAGGED: gettext("Images with the tags %(tags)s"),
        }
    prefixes = [f"{prefix}*" for prefix in rule.tag_prefixes]
    return texts[rule.tag_status] % {"tags": ", ".join([*rule.tag_patterns, *prefixes])}


def condition_text(rule: LifecycleRule) -> str:
    """Return when a rule acts on an image."""
    number = rule.count_number
    texts = {
        CountType.IMAGES: ngettext(
            "Older than the newest image",
            "Older than the %(number)d newest images",
            number,
        ),
        CountType.PUSHED: ngettext(
            "Pushed more than %(number)d day ago", "Pushed more than %(number)d days ago", number
        ),
        CountType.PULLED: ngettext(
            "Not pulled for more than %(number)d day",
            "Not pulled for more than %(number)d days",
            number,
        ),
        CountType.TRANSITIONED: ngettext(
            "Archived more than %(number)d day ago",
            "Archived more than %(number)d days ago",
            number,
        ),
    }
    return texts[rule.count_type] % {"number": number}
