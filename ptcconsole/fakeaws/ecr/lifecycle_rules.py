"""Checks the text of a lifecycle policy, in the wording of moto, which has AWS's.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ptcconsole.fakeaws.ecr.exceptions import InvalidParameterException

MAX_RULES: Final = 50
_LEAST_ARCHIVED_DAYS: Final = 90
_NO_SCHEMA: Final = "instance failed to match exactly one schema (matched 0 out of 2)"
_TAG_STATUS: Final = ("any", "tagged", "untagged")
_COUNT_TYPES: Final = (
    *("imageCountMoreThan", "sinceImagePulled", "sinceImagePushed", "sinceImageTransitioned"),
)
_STORAGE_CLASSES: Final = ("archive", "standard")

# A rule as the API has it.
Rule = Mapping[str, Any]


def checked_rules(text: str) -> list[Rule]:
    """Return the rules of a policy by their priority. Raises InvalidParameterException."""
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise _broken("Could not map policyString into LifecyclePolicy.")
    rules = policy.get("rules")
    if not isinstance(rules, list):
        raise _broken('object has missing required properties (["rules"])')
    _names(policy, allowed=("rules",), required=())
    if not rules or len(rules) > MAX_RULES:
        raise _broken(f"array has {len(rules)} elements (minimum: 1, maximum: {MAX_RULES})")
    for rule in rules:
        if not isinstance(rule, dict):
            kind = f"({type(rule)}) does not match any allowed primitive type"
            raise _broken(f'instance type {kind} (allowed: ["object"])')
        _check(rule)
    _check_together(rules)
    return sorted(rules, key=lambda rule: int(rule["rulePriority"]))


def storage_class(rule: Rule) -> str:
    """Return the storage class of the images that a rule selects."""
    return str(rule["selection"].get("storageClass", "standard"))


def _check(rule: Rule) -> None:
    required = ("rulePriority", "selection", "action")
    _names(rule, allowed=("description", *required), required=required)
    selection, action = rule["selection"], rule["action"]
    if not isinstance(selection, dict) or not isinstance(action, dict):
        raise _broken(_NO_SCHEMA)
    _names(action, allowed=("type", "targetStorageClass"), required=("type",))
    _among(action["type"], ("expire", "transition"))
    lists = ("tagPatternList", "tagPrefixList")
    required = ("tagStatus", "countType", "countNumber")
    _names(selection, allowed=(*lists, "countUnit", "storageClass", *required), required=required)
    _among(selection["tagStatus"], _TAG_STATUS)
    if selection["countType"] not in _COUNT_TYPES:
        raise _broken(_NO_SCHEMA)
    _among(selection.get("storageClass", "standard"), _STORAGE_CLASSES)
    for number in (rule["rulePriority"], selection["countNumber"]):
        _positive(number)
    _check_tags(selection, [name for name in lists if name in selection])
    _check_count(selection)
    _check_action(selection, action)


def _check_tags(selection: Rule, given: Sequence[str]) -> None:
    if selection["tagStatus"] == "tagged" and not given:
        raise _broken("Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.")
    if selection["tagStatus"] != "tagged" and given:
        raise _broken("Must not specify tagPrefixList or tagPatternList unless tagStatus=TAGGED.")
    if len(given) > 1:
        raise _broken("Must specify only one of tagPrefixList and tagPatternList.")
    for name in given:
        tags = selection[name]
        if not isinstance(tags, list) or not tags or not all(map(_is_text, tags)):
            raise _broken(_NO_SCHEMA)
        if name == "tagPatternList" and any(tag.count("*") > 4 for tag in tags):
            raise _broken("A tag pattern must contain at most 4 wildcards.")


def _check_count(selection: Rule) -> None:
    in_days = selection["countType"] != "imageCountMoreThan"
    unit = selection.get("countUnit")
    if "countUnit" in selection and unit != "days" and in_days:
        _among(unit, ("days",))
    if in_days != ("countUnit" in selection):
        raise _broken(_NO_SCHEMA)
    is_transitioned = selection["countType"] == "sinceImageTransitioned"
    if is_transitioned != (selection.get("storageClass", "standard") == "archive"):
        raise _broken("storageClass=ARCHIVE requires countType=sinceImageTransitioned.")
    if is_transitioned and selection["countNumber"] < _LEAST_ARCHIVED_DAYS:
        raise _broken(
            "numeric instance is lower than the required minimum "
            f"(minimum: {_LEAST_ARCHIVED_DAYS}, found: {selection['countNumber']})"
        )


def _check_action(selection: Rule, action: Rule) -> None:
    if (action["type"] == "transition") != (action.get("targetStorageClass") == "archive"):
        raise _broken(_NO_SCHEMA)
    if action["type"] == "expire" and "targetStorageClass" in action:
        raise _broken(_NO_SCHEMA)
    counted = selection["countType"]
    if counted == "sinceImagePulled" and action["type"] == "expire":
        raise _broken("countType=sinceImagePulled requires the action transition.")
    if counted == "sinceImageTransitioned" and action["type"] == "transition":
        raise _broken("countType=sinceImageTransitioned requires the action expire.")


def _check_together(rules: Sequence[Rule]) -> None:
    priorities = [rule["rulePriority"] for rule in rules]
    if len(set(priorities)) < len(rules):
        raise _broken("Each rule must have a unique rulePriority.")
    for stored in _STORAGE_CLASSES:
        these = [rule for rule in rules if storage_class(rule) == stored]
        statuses = Counter(rule["selection"]["tagStatus"] for rule in these)
        if statuses["untagged"] > 1:
            raise _broken("Only one rule can select Untagged images per storage class")
        last = max(these, key=lambda rule: int(rule["rulePriority"]), default=None)
        if statuses["any"] > 1 or (statuses["any"] and _status(last) != "any"):
            raise _broken("Rule for tagStatus=ANY must have the lowest priority per storage class")
        tags = [_tags(rule) for rule in these if _status(rule) == "tagged"]
        if len(set(tags)) < len(tags):
            raise _broken("Rules of a storage class must have unique lists of tags.")


def _status(rule: Rule | None) -> str:
    return str(rule["selection"]["tagStatus"]) if rule else ""


def _tags(rule: Rule) -> tuple[str, frozenset[str]]:
    selection = rule["selection"]
    name = "tagPatternList" if "tagPatternList" in selection else "tagPrefixList"
    return name, frozenset(selection[name])


def _names(members: Rule, *, allowed: Sequence[str], required: Sequence[str]) -> None:
    missing = sorted(set(required) - set(members))
    if missing:
        raise _broken(f"object has missing required properties ({json.dumps(missing)})")
    for name in members:
        if name not in allowed:
            raise _broken(
                "object instance has properties which are not allowed by the schema: "
                f"({json.dumps([name])})"
            )


def _among(value: Any, known: Sequence[str]) -> None:
    if value not in known:
        values = json.dumps(sorted(known))
        raise _broken(f"instance value ({value}) not found in enum :(possible values: {values})")


def _positive(number: Any) -> None:
    if not isinstance(number, int) or isinstance(number, bool):
        raise _broken(f'instance type ({type(number)}) does not match (allowed: ["integer"])')
    if number < 1:
        raise _broken(
            f"numeric instance is lower than the required minimum (minimum: 1, found: {number})"
        )


def _is_text(tag: Any) -> bool:
    return isinstance(tag, str) and tag != ""


def _broken(reason: str) -> InvalidParameterException:
    return InvalidParameterException.broken(
        "LifecyclePolicyText", f"Lifecycle policy validation failure: {reason}"
    )
