"""Checks the JSON of a lifecycle policy as ECR does, and names each fault with its place.

ECR answers most faults with "instance failed to match exactly one schema".
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wizard.domain.lifecycle.policy import (
    Action,
    CountType,
    LifecyclePolicy,
    LifecycleRule,
    StorageClass,
    TagStatus,
)
from wizard.domain.lifecycle.presets import LEAST_ARCHIVED_DAYS
from wizard.domain.texts import gettext_noop as _

MOST_CHARACTERS: Final = 30_720
MOST_RULES: Final = 50
_MOST_WILDCARDS: Final = 4
# A number in JSON may have any length; the Java service has none above this.
_MOST_NUMBER: Final = 2**31 - 1
_MOST_FAULTS: Final = 20
_LISTS: Final = ("tagPatternList", "tagPrefixList")
_RULE: Final = ("rulePriority", "description", "selection", "action")
_SELECTION: Final = ("tagStatus", *_LISTS, "storageClass", "countType", "countUnit", "countNumber")
_ACTION: Final = ("type", "targetStorageClass")
_NO_OBJECT: Final = _("This must be a JSON object.")
_UNKNOWN: Final = _("ECR does not know the member %(name)s.")
_NO_CHOICE: Final = _("The value %(value)s is none of these: %(known)s.")
_MISSING: Final = _("The member %(name)s is missing.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. `text` is to be translated and filled in with `values`.

    `rule` counts from 1 and is 0 for the policy as a whole. Line and column are given for JSON that
    cannot be read.
    """

    text: str
    rule: int = 0
    member: str = ""
    line: int = 0
    column: int = 0
    values: Mapping[str, str] = field(default_factory=dict)


class FaultyPolicy(ValueError):
    """A policy that ECR would refuse, with everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].text)
        self.faults = tuple(faults[:_MOST_FAULTS])


def read_policy(text: str) -> LifecyclePolicy:
    """Return the policy of a text. Raises FaultyPolicy."""
    if len(text) > MOST_CHARACTERS:
        raise FaultyPolicy([Fault(text=_("The policy has more than 30,720 characters."))])
    content = _json(text)
    if not isinstance(content, dict):
        raise FaultyPolicy([Fault(text=_NO_OBJECT)])
    faults = list(_names(content, ("rules",), ("rules",)))
    rules = content.get("rules", [])
    if not isinstance(rules, list):
        faults.append(Fault(text=_("This must be a list."), member="rules"))
    elif "rules" in content and not rules:
        faults.append(Fault(text=_("The policy has no rule."), member="rules"))
    elif len(rules) > MOST_RULES:
        faults.append(Fault(text=_("The policy has more than 50 rules."), member="rules"))
    if faults:
        raise FaultyPolicy(faults)
    faults = [fault for place, rule in enumerate(rules, start=1) for fault in _of_rule(place, rule)]
    if faults:
        raise FaultyPolicy(faults)
    made = [_made(rule) for rule in rules]
    if faults := list(_of_all(made)):
        raise FaultyPolicy(faults)
    return LifecyclePolicy(tuple(sorted(made, key=lambda rule: rule.priority)))


def _json(text: str) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                words = _("The name %(name)s appears twice in one object.")
                raise FaultyPolicy([Fault(text=words, values={"name": _shown(name)})])
            found[name] = value
        return found

    def refuse(name: str) -> None:
        words = _("%(name)s is not a JSON value.")
        raise FaultyPolicy([Fault(text=words, values={"name": name})])

    try:
        return json.loads(text, object_pairs_hook=members, parse_constant=refuse)
    except json.JSONDecodeError as error:
        words = _("This is not valid JSON. The text can be read up to here.")
        fault = Fault(text=words, line=error.lineno, column=error.colno)
        raise FaultyPolicy([fault]) from None
    except RecursionError:
        raise FaultyPolicy([Fault(text=_("The JSON is nested too deeply."))]) from None
    except FaultyPolicy:
        raise
    except ValueError:
        raise FaultyPolicy([Fault(text=_("The JSON has a number that is too long."))]) from None


def _shown(value: Any) -> str:
    """Return a value for a message: short, and without what no page takes."""
    text = value if isinstance(value, str) else json.dumps(value)
    clean = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return clean if len(clean) <= 40 else f"{clean[:40]}\N{HORIZONTAL ELLIPSIS}"


def _names(
    members: Mapping[str, Any], known: Collection[str], needed: Collection[str]
) -> Iterator[Fault]:
    for name in members:
        if name not in known:
            yield Fault(text=_UNKNOWN, values={"name": _shown(name)})
    for name in needed:
        if name not in members:
            yield Fault(text=_MISSING, values={"name": name})


def _of_rule(place: int, rule: Any) -> Iterator[Fault]:
    """Yield the faults of one rule."""

    def fault(text: str, member: str = "", **values: str) -> Fault:
        return Fault(text=text, rule=place, member=member, values=values)

    if not isinstance(rule, dict):
        yield fault(_NO_OBJECT)
        return
    for each in _names(rule, _RULE, ("rulePriority", "selection", "action")):
        yield fault(each.text, **each.values)
    if "rulePriority" in rule and not _is_number(rule["rulePriority"]):
        yield fault(_("This must be a whole number from 1."), "rulePriority")
    description = rule.get("description", "")
    if not isinstance(description, str) or not _is_text(description):
        yield fault(_("This must be a text."), "description")
    for name, check in (("selection", _of_selection), ("action", _of_action)):
        value = rule.get(name, {})
        if not isinstance(value, dict):
            yield fault(_NO_OBJECT, name)
        elif name in rule:
            yield from check(value, fault)
    yield from _of_pair(rule, fault)


def _of_selection(selection: Mapping[str, Any], fault: Callable[..., Fault]) -> Iterator[Fault]:
    for each in _names(selection, _SELECTION, ("tagStatus", "countType", "countNumber")):
        yield fault(each.text, "selection", **each.values)
    choices = {"tagStatus": TagStatus, "countType": CountType, "storageClass": StorageClass}
    for name, known in choices.items():
        if name in selection and selection[name] not in list(known):
            value = _shown(selection[name])
            yield fault(_NO_CHOICE, f"selection.{name}", value=value, known=", ".join(known))
    if "countNumber" in selection and not _is_number(selection["countNumber"]):
        yield fault(_("This must be a whole number from 1."), "selection.countNumber")
    yield from _of_tags(selection, fault)
    counted = selection.get("countType")
    in_days = counted in list(CountType) and counted != CountType.IMAGES
    if in_days and selection.get("countUnit") != "days":
        yield fault(_('With this countType, "countUnit": "days" is needed.'), "selection.countUnit")
    if counted == CountType.IMAGES and "countUnit" in selection:
        yield fault(_("imageCountMoreThan has no countUnit."), "selection.countUnit")


def _of_tags(selection: Mapping[str, Any], fault: Callable[..., Fault]) -> Iterator[Fault]:
    given = [name for name in _LISTS if name in selection]
    if selection.get("tagStatus") == TagStatus.TAGGED and len(given) != 1:
        words = _("With tagged, either tagPatternList or tagPrefixList is needed, not both.")
        yield fault(words, "selection")
    if selection.get("tagStatus") in (TagStatus.UNTAGGED, TagStatus.ANY):
        for name in given:
            yield fault(_("Only tagged takes a list of tags."), f"selection.{name}")
    for name in given:
        tags = selection[name]
        if not isinstance(tags, list) or not tags or not all(_is_tag(tag) for tag in tags):
            yield fault(_("This must be a list of texts that are not empty."), f"selection.{name}")
        elif name == "tagPatternList" and any(tag.count("*") > _MOST_WILDCARDS for tag in tags):
            yield fault(_("A pattern can have up to four wildcards (*)."), f"selection.{name}")


def _of_action(action: Mapping[str, Any], fault: Callable[..., Fault]) -> Iterator[Fault]:
    for each in _names(action, _ACTION, ("type",)):
        yield fault(each.text, "action", **each.values)
    kind, target = action.get("type"), action.get("targetStorageClass")
    if "type" in action and kind not in list(Action):
        yield fault(_NO_CHOICE, "action.type", value=_shown(kind), known=", ".join(Action))
    if kind == Action.TRANSITION and target != StorageClass.ARCHIVE:
        words = _('transition needs "targetStorageClass": "archive".')
        yield fault(words, "action.targetStorageClass")
    if kind == Action.EXPIRE and "targetStorageClass" in action:
        yield fault(_("expire has no targetStorageClass."), "action.targetStorageClass")


def _of_pair(rule: Mapping[str, Any], fault: Callable[..., Fault]) -> Iterator[Fault]:
    """Yield the faults of selection and action together."""
    selection, action = rule.get("selection"), rule.get("action")
    if not isinstance(selection, dict) or not isinstance(action, dict):
        return
    counted, number = selection.get("countType"), selection.get("countNumber", 0)
    stored = selection.get("storageClass", StorageClass.STANDARD)
    if counted == CountType.PULLED and action.get("type") == Action.EXPIRE:
        words = _("ECR only archives images by their last pull. Use transition, not expire.")
        yield fault(words, "action.type")
    if counted == CountType.TRANSITIONED:
        if stored != StorageClass.ARCHIVE:
            words = _('sinceImageTransitioned needs "storageClass": "archive".')
            yield fault(words, "selection.storageClass")
        if action.get("type") == Action.TRANSITION:
            yield fault(_("An archived image can only expire."), "action.type")
        if _is_number(number) and number < LEAST_ARCHIVED_DAYS:
            words = _("ECR keeps an archived image for at least 90 days.")
            yield fault(words, "selection.countNumber")
    elif stored == StorageClass.ARCHIVE:
        words = _("Only sinceImageTransitioned selects archived images.")
        yield fault(words, "selection.storageClass")


def _of_all(rules: list[LifecycleRule]) -> Iterator[Fault]:
    """Yield the faults that a rule has beside the others."""
    for place, rule in enumerate(rules, start=1):
        others = [other for other in rules if other is not rule]
        earlier = rules[: place - 1]
        beside = [other for other in others if other.storage_class is rule.storage_class]
        if any(other.priority == rule.priority for other in earlier):
            words = _("Another rule has the priority %(number)s. Each rule needs its own.")
            values = {"number": str(rule.priority)}
            yield Fault(text=words, rule=place, member="rulePriority", values=values)
        is_last = all(other.priority < rule.priority for other in beside)
        if rule.tag_status is TagStatus.ANY and not is_last:
            words = _(
                "A rule with any must have the highest rulePriority of its storage class, so there"
                " can be one of them."
            )
            yield Fault(text=words, rule=place, member="rulePriority")
        same = [other for other in earlier if other in beside and _tags(other) == _tags(rule)]
        if same and rule.tag_status is TagStatus.UNTAGGED:
            words = _("Another rule selects the untagged images of this storage class.")
            yield Fault(text=words, rule=place, member="selection.tagStatus")
        if same and rule.tag_status is TagStatus.TAGGED:
            words = _("Another rule has the same list of tags.")
            yield Fault(text=words, rule=place, member="selection")


def _tags(rule: LifecycleRule) -> tuple[object, ...]:
    return rule.tag_status, frozenset(rule.tag_patterns), frozenset(rule.tag_prefixes)


def _made(rule: Mapping[str, Any]) -> LifecycleRule:
    selection = rule["selection"]
    return LifecycleRule(
        priority=rule["rulePriority"],
        description=rule.get("description", ""),
        tag_status=TagStatus(selection["tagStatus"]),
        tag_patterns=tuple(selection.get("tagPatternList", ())),
        tag_prefixes=tuple(selection.get("tagPrefixList", ())),
        storage_class=StorageClass(selection.get("storageClass", StorageClass.STANDARD)),
        count_type=CountType(selection["countType"]),
        count_number=selection["countNumber"],
        action=Action(rule["action"]["type"]),
    )


def _is_number(value: Any) -> bool:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and 1 <= value <= _MOST_NUMBER


def _is_tag(value: Any) -> bool:
    return isinstance(value, str) and value != "" and _is_text(value)


def _is_text(text: str) -> bool:
    """Whether a text can be sent: an escape in JSON can write half of a surrogate pair."""
    return not any("\ud800" <= each <= "\udfff" for each in text)
