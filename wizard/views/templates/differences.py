"""What differs between a template as a person saw it, as it is now, and as they want it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.domain.templates import SETTINGS, CreationTemplate, settings_of
from wizard.words import APPLIED_FOR_LABELS, ENCRYPTION, MUTABILITY, SETTING_LABELS, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting that differs; `seen` is empty where nothing was seen before."""

    label: Text
    seen: str
    now: str
    wanted: str


def differences_of(
    seen: Mapping[str, Any], now: CreationTemplate, wanted: CreationTemplate
) -> list[Difference]:
    """Return the settings that changed meanwhile or that the person wants to change."""
    current, asked = settings_of(now), settings_of(wanted)
    return [
        Difference(
            label=SETTING_LABELS[name],
            seen=shown(name, seen.get(name)),
            now=shown(name, current[name]),
            wanted=shown(name, asked[name]),
        )
        for name in SETTINGS
        if (seen.get(name) or None) != (current[name] or None) or current[name] != asked[name]
    ]


def shown(name: str, value: Any) -> str:
    """Return a setting, in the form of `settings_of`, as pages show it."""
    if not value:
        return "-"
    if name == "applied_for":
        return ", ".join(str(APPLIED_FOR_LABELS.get(each, each)) for each in value)
    if name == "tags":
        return ", ".join(f"{key}={text}" for key, text in value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    words = {"image_tag_mutability": MUTABILITY, "encryption_type": ENCRYPTION}.get(name, {})
    return str(words.get(value, value))
