"""Which images of a repository a lifecycle policy expires or archives.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html, "Lifecycle policy
evaluation rules". Where it leaves something open, an image is kept.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from moto.ecr.models import Image

from ptcconsole.fakeaws.ecr.images import ACTIVE, ARCHIVED, status_of
from ptcconsole.fakeaws.ecr.lifecycle_rules import Rule, storage_class

_DAY: Final = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """An image that a rule expires, or moves to the archive."""

    digest: str
    tags: tuple[str, ...]
    pushed_at: float
    stored: str
    rule: Rule

    @property
    def is_archived(self) -> bool:
        """Whether the rule moves it to the archive, and does not delete it."""
        return bool(self.rule["action"]["type"] == "transition")


def affected_by(rules: Sequence[Rule], images: Iterable[Image], now: float) -> list[Affected]:
    """Return what each rule does, the lowest priority number first.

    All rules are evaluated on all images. An image that meets the tagging requirements of a rule is
    left alone by those with a higher number, also if that rule does nothing to it.
    """
    known = list(images)
    kept = _kept_by_others(known)
    found: list[Affected] = []
    for stored in ("standard", "archive"):
        claimed: set[str] = set()
        these = [image for image in known if _storage_class(image) == stored]
        for rule in rules:
            if storage_class(rule) != stored:
                continue
            selected = [image for image in these if _is_selected(rule, image)]
            for image in _identified(rule, selected, now):
                if image.image_digest not in claimed and image.image_digest not in kept:
                    found.append(_affected(image, stored, rule))
            claimed |= {image.image_digest for image in selected}
    return sorted(found, key=lambda each: (each.rule["rulePriority"], each.pushed_at))


def _affected(image: Image, stored: str, rule: Rule) -> Affected:
    return Affected(
        digest=image.image_digest,
        tags=tuple(image.image_tags),
        pushed_at=image.image_pushed_at,
        stored=stored,
        rule=rule,
    )


def _kept_by_others(images: Iterable[Image]) -> set[str]:
    """Return the images that a list refers to, and what refers to an image: both follow later."""
    known = {image.image_digest: _manifest(image) for image in images}
    listed = {each.get("digest") for one in known.values() for each in one.get("manifests", ())}
    subjects = {
        digest
        for digest, manifest in known.items()
        if manifest.get("subject", {}).get("digest") in known
    }
    return (listed & known.keys()) | subjects


def _manifest(image: Image) -> dict[str, Any]:
    manifest = json.loads(image.image_manifest)
    return manifest if isinstance(manifest, dict) else {}


def _storage_class(image: Image) -> str:
    """Return where an image is; empty while it comes back from the archive."""
    return {ACTIVE: "standard", ARCHIVED: "archive"}.get(status_of(image), "")


def _is_selected(rule: Rule, image: Image) -> bool:
    """Whether an image meets the tagging requirements of a rule."""
    selection, tags = rule["selection"], image.image_tags
    if selection["tagStatus"] == "any":
        return True
    if selection["tagStatus"] == "untagged":
        return not tags
    patterns = [_regex(each) for each in selection.get("tagPatternList", ())]
    patterns += [f"{re.escape(each)}.*" for each in selection.get("tagPrefixList", ())]
    return all(any(re.fullmatch(pattern, tag) for tag in tags) for pattern in patterns)


def _regex(pattern: str) -> str:
    return ".*".join(map(re.escape, pattern.split("*")))


def _identified(rule: Rule, selected: list[Image], now: float) -> list[Image]:
    """Return the images that exceed what a rule allows."""
    counted, number = rule["selection"]["countType"], rule["selection"]["countNumber"]
    if counted == "imageCountMoreThan":
        return sorted(selected, key=_stored_at, reverse=True)[number:]
    moment = {
        "sinceImagePushed": _stored_at,
        "sinceImagePulled": _pulled_at,
        "sinceImageTransitioned": _archived_at,
    }[counted]
    return [image for image in selected if moment(image) + number * _DAY < now]


def _stored_at(image: Image) -> float:
    """Return when an image was pushed, or came back from the archive."""
    return float(vars(image).get("activated_at") or image.image_pushed_at)


def _pulled_at(image: Image) -> float:
    pulled = vars(image).get("last_recorded_pull_time")
    return max(float(pulled or 0), _stored_at(image))


def _archived_at(image: Image) -> float:
    return float(vars(image)["archived_at"])
