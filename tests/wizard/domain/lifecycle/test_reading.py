"""What is refused of a lifecycle policy, with the place of each fault, and what ECR takes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.lifecycle import (
    MOST_CHARACTERS,
    Action,
    CountType,
    FaultyPolicy,
    LifecyclePolicy,
    LifecycleRule,
    StorageClass,
    TagStatus,
    read_policy,
    without_effect,
)

EXPIRE: Any = {"type": "expire"}
ARCHIVE: Any = {"type": "transition", "targetStorageClass": "archive"}
PUSHED: Any = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
PULLED: Any = PUSHED | {"countType": "sinceImagePulled"}
COUNTED: Any = {"countType": "imageCountMoreThan", "countNumber": 3}
ARCHIVED: Any = {
    "storageClass": "archive",
    "countType": "sinceImageTransitioned",
    "countUnit": "days",
    "countNumber": 90,
}
ANY: Any = {"tagStatus": "any"}
UNTAGGED: Any = {"tagStatus": "untagged"}


def tagged(*patterns: str) -> Any:
    return {"tagStatus": "tagged", "tagPatternList": list(patterns)}


def rule(selection: Any, action: Any = EXPIRE, *, priority: Any = 1, **more: Any) -> Any:
    return {"rulePriority": priority, "selection": selection, "action": action, **more}


def faults(*rules: Any) -> list[tuple[int, str]]:
    """The rule and the member of each fault."""
    with pytest.raises(FaultyPolicy) as refused:
        read_policy(json.dumps({"rules": rules}))
    return [(fault.rule, fault.member) for fault in refused.value.faults]


@pytest.mark.parametrize(
    "rules",
    [
        [rule(UNTAGGED | PUSHED)],
        [rule(ANY | PULLED, ARCHIVE), rule(ANY | ARCHIVED, priority=2)],
        [rule(ANY | ARCHIVED), rule(UNTAGGED | ARCHIVED | {"countNumber": 400}, priority=0 + 7)][
            1:
        ],
        [rule(tagged("*a*b*c*", "v*") | COUNTED, ARCHIVE, description="Ünïted")],
        [rule(tagged("v1") | COUNTED), rule(tagged("v1", "v2") | COUNTED, priority=2)],
        [rule({"tagStatus": "tagged", "tagPrefixList": ["prod"]} | PUSHED, priority=9)],
        [rule(ANY | COUNTED | {"storageClass": "standard"})],
        # The order in the list does not matter, the priority does.
        [rule(ANY | COUNTED, priority=300), rule(UNTAGGED | PUSHED, priority=2)],
    ],
)
def test_a_policy_of_the_documentation_is_read_and_written_alike(rules: list[Any]) -> None:
    policy = read_policy(json.dumps({"rules": rules}))
    assert [each.priority for each in policy.rules] == sorted(
        each["rulePriority"] for each in rules
    )
    assert read_policy(policy.text()) == policy
    assert len(policy.text()) >= 100  # ECR's least


@pytest.mark.parametrize(
    ("selection", "action", "member"),
    [
        (UNTAGGED | PULLED, EXPIRE, "action.type"),
        (ANY | ARCHIVED | {"countNumber": 89}, EXPIRE, "selection.countNumber"),
        (ANY | ARCHIVED | {"storageClass": "standard"}, EXPIRE, "selection.storageClass"),
        (ANY | ARCHIVED, ARCHIVE, "action.type"),
        (ANY | PUSHED | {"storageClass": "archive"}, EXPIRE, "selection.storageClass"),
        (ANY | PUSHED | {"storageClass": "ARCHIVE"}, EXPIRE, "selection.storageClass"),
        (ANY | PUSHED | {"countUnit": "weeks"}, EXPIRE, "selection.countUnit"),
        (ANY | COUNTED | {"countUnit": "days"}, EXPIRE, "selection.countUnit"),
        (ANY | PUSHED | {"countUnit": None}, EXPIRE, "selection.countUnit"),
        (ANY | COUNTED | {"countNumber": 0}, EXPIRE, "selection.countNumber"),
        (ANY | COUNTED | {"countNumber": True}, EXPIRE, "selection.countNumber"),
        (ANY | COUNTED | {"countNumber": 1.5}, EXPIRE, "selection.countNumber"),
        (ANY | COUNTED | {"countNumber": "3"}, EXPIRE, "selection.countNumber"),
        (ANY | COUNTED | {"countNumber": 2**40}, EXPIRE, "selection.countNumber"),
        (ANY | COUNTED | {"more": 1}, EXPIRE, "selection"),
        (ANY | COUNTED | {"countType": ["a"]}, EXPIRE, "selection.countType"),
        (UNTAGGED, EXPIRE, "selection"),
        (COUNTED, EXPIRE, "selection"),
        ({"tagStatus": "tagged"} | COUNTED, EXPIRE, "selection"),
        (tagged("a") | {"tagPrefixList": ["a"]} | COUNTED, EXPIRE, "selection"),
        (tagged() | COUNTED, EXPIRE, "selection.tagPatternList"),
        (tagged("") | COUNTED, EXPIRE, "selection.tagPatternList"),
        (tagged("\ud800") | COUNTED, EXPIRE, "selection.tagPatternList"),
        (tagged("*1*2*3*4*") | COUNTED, EXPIRE, "selection.tagPatternList"),
        (ANY | COUNTED | {"tagPatternList": []}, EXPIRE, "selection.tagPatternList"),
        (ANY | COUNTED | {"tagStatus": "none"}, EXPIRE, "selection.tagStatus"),
        (ANY | COUNTED, {"type": "delete"}, "action.type"),
        (ANY | COUNTED, {"type": "transition"}, "action.targetStorageClass"),
        (ANY | COUNTED, EXPIRE | {"targetStorageClass": None}, "action.targetStorageClass"),
        (ANY | COUNTED, {}, "action"),
        (ANY | COUNTED, "expire", "action"),
        ([], EXPIRE, "selection"),
    ],
)
def test_a_fault_names_its_rule_and_member(selection: Any, action: Any, member: str) -> None:
    found = faults(rule(UNTAGGED | PUSHED), rule(selection, action, priority=2))
    assert set(found) == {(2, member)}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule(ANY | COUNTED, priority=0)], [(1, "rulePriority")]),
        ([rule(ANY | COUNTED, priority="1")], [(1, "rulePriority")]),
        ([rule(ANY | COUNTED, description=7)], [(1, "description")]),
        ([rule(UNTAGGED | COUNTED), rule(tagged("a") | COUNTED)], [(2, "rulePriority")]),
        ([rule(ANY | COUNTED), rule(UNTAGGED | COUNTED, priority=2)], [(1, "rulePriority")]),
        (
            [rule(ANY | COUNTED), rule(ANY | PUSHED, priority=2)],
            [(1, "rulePriority")],
        ),
        (
            [rule(UNTAGGED | COUNTED), rule(UNTAGGED | PUSHED, priority=2)],
            [(2, "selection.tagStatus")],
        ),
        (
            [rule(tagged("a", "b") | COUNTED), rule(tagged("b", "a") | PUSHED, priority=2)],
            [(2, "selection")],
        ),
        ([[]], [(1, "")]),
        ([{"selection": 1}], [(1, ""), (1, ""), (1, "selection")]),
        ([], [(0, "rules")]),
        ([rule(ANY | COUNTED, priority=place) for place in range(1, 52)], [(0, "rules")]),
    ],
)
def test_rules_are_checked_beside_each_other(
    rules: list[Any], expected: list[tuple[int, str]]
) -> None:
    assert faults(*rules) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"rules": [\n  {"rulePriority": 1 "selection": {}}\n]}', (2, 22)),
        ("rules:\n- 1", (1, 1)),
        ("", (1, 1)),
        ('{"rules": []} more', (1, 15)),
        ("[]", (0, 0)),
        ("null", (0, 0)),
        ('{"rules": 1, "rules": 2}', (0, 0)),
        ('{"rules": NaN}', (0, 0)),
        ('{"rules": ' + "9" * 5_000 + "}", (0, 0)),
        ("[" * 20_000, (0, 0)),
        ('{"Rules": []}', (0, 0)),
        ('{"rules": {}}', (0, 0)),
        (" " * (MOST_CHARACTERS + 1), (0, 0)),
    ],
)
def test_what_is_no_policy_is_told_with_its_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(FaultyPolicy) as refused:
        read_policy(text)
    first = refused.value.faults[0]
    assert (first.line, first.column) == place
    assert first.text % first.values


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([*CountType]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["rules", "rulePriority", "selection", "action", *PUSHED, "type"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused_with_texts(content: Any) -> None:
    for text in (json.dumps(content), json.dumps({"rules": [content]})):
        try:
            read_policy(text)
        except FaultyPolicy as refused:
            for fault in refused.faults:
                (fault.text % fault.values).encode()


def test_a_rule_behind_one_that_selects_its_images_has_no_effect() -> None:
    """An image belongs to the first rule whose tagging requirements it meets."""
    untagged = LifecycleRule(
        priority=1,
        tag_status=TagStatus.UNTAGGED,
        count_type=CountType.PUSHED,
        count_number=7,
    )
    last = LifecycleRule(
        priority=2,
        tag_status=TagStatus.TAGGED,
        tag_patterns=("*",),
        count_type=CountType.IMAGES,
        count_number=5,
    )
    unused = LifecycleRule(
        priority=3,
        tag_status=TagStatus.ANY,
        count_type=CountType.PULLED,
        count_number=30,
        action=Action.TRANSITION,
    )
    archived = LifecycleRule(
        priority=4,
        tag_status=TagStatus.ANY,
        storage_class=StorageClass.ARCHIVE,
        count_type=CountType.TRANSITIONED,
        count_number=90,
    )
    assert without_effect(LifecyclePolicy((untagged, last, unused, archived))) == [unused]
    assert without_effect(LifecyclePolicy((untagged, unused, archived))) == []
    assert without_effect(LifecyclePolicy((last, unused))) == []
