"""The presets make policies that ECR takes, in which each rule acts, and are recognised again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.lifecycle import (
    LEAST_ARCHIVED_DAYS,
    MOST_COUNT,
    Keeping,
    LifecyclePolicy,
    Presets,
    presets_of,
    read_policy,
    without_effect,
)

days = st.integers(min_value=1, max_value=MOST_COUNT)
archived = st.just(0) | st.integers(min_value=LEAST_ARCHIVED_DAYS, max_value=MOST_COUNT)
presets = st.one_of(
    st.builds(Presets, untagged_days=st.just(0) | days),
    st.builds(Presets, untagged_days=st.just(0) | days, keeping=st.just(Keeping.LAST), last=days),
    st.builds(
        Presets,
        untagged_days=st.just(0) | days,
        keeping=st.just(Keeping.PULLED),
        unpulled_days=days,
        archived_days=archived,
    ),
)


@given(presets)
def test_presets_make_a_policy_that_is_taken_and_recognised(chosen: Presets) -> None:
    policy = chosen.policy()
    assert presets_of(policy) == chosen
    assert (policy is None) == (chosen.text() == "")
    if policy is not None:
        assert read_policy(chosen.text()) == policy
        assert without_effect(policy) == []


def test_a_policy_that_no_preset_makes_is_not_taken_for_one() -> None:
    own = Presets(untagged_days=7).policy()
    assert own is not None
    text = own.text()
    for other in (
        text.replace('"Delete untagged images"', '"Mine"'),
        text.replace('"rulePriority": 1', '"rulePriority": 2'),
        text.replace('"untagged"', '"any"'),
    ):
        assert presets_of(read_policy(other)) is None
    both = Presets(keeping=Keeping.LAST, last=3).policy()
    assert both is not None
    assert presets_of(LifecyclePolicy((*own.rules, *both.rules))) is None


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (
            Presets(untagged_days=14, keeping=Keeping.LAST, last=10),
            [("untagged", "sinceImagePushed", 14), ("tagged", "imageCountMoreThan", 10)],
        ),
        (
            Presets(keeping=Keeping.PULLED, unpulled_days=60, archived_days=365, last=3),
            [("any", "sinceImagePulled", 60), ("any", "sinceImageTransitioned", 365)],
        ),
    ],
)
def test_a_preset_is_the_policy_of_the_user_guide(
    chosen: Presets, expected: list[tuple[str, str, int]]
) -> None:
    rules = json.loads(chosen.text())["rules"]
    selections = [rule["selection"] for rule in rules]
    assert [(s["tagStatus"], s["countType"], s["countNumber"]) for s in selections] == expected
    assert [rule["rulePriority"] for rule in rules] == list(range(1, len(rules) + 1))
