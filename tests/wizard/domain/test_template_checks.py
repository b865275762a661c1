"""What ECR accepts in a template, compared with botocore's model of the API."""

import json
import re
from dataclasses import replace
from typing import Any

import botocore.session
import pytest

from wizard.domain import Target
from wizard.domain.errors import InvalidTemplate
from wizard.domain.prefixes import prefix_problem
from wizard.domain.template_checks import (
    DESCRIPTION_MAX,
    FILTER_MAX,
    FILTERS_MAX,
    LIFECYCLE_POLICY_MAX,
    PREFIX_MAX,
    PREFIX_MIN,
    REPOSITORY_POLICY_MAX,
    JsonProblem,
    check_template,
    is_filter,
    is_own_tag,
    is_tag_text,
    json_problem,
)
from wizard.domain.templates import APPLIED_FOR, ENCRYPTION_TYPES, MUTABILITIES, CreationTemplate

MODEL = botocore.session.get_session().get_service_model("ecr")
HERE = Target(account_id="123456789012", region="us-east-2")
KEY = "arn:aws:kms:us-east-2:123456789012:key/1234-abcd"
PLAIN = CreationTemplate(prefix="hub", applied_for=frozenset({"PULL_THROUGH_CACHE"}))


def limits(shape: str) -> dict[str, Any]:
    return dict(MODEL.shape_for(shape).metadata)


def test_the_values_and_lengths_are_those_of_the_model() -> None:
    assert set(APPLIED_FOR) == set(limits("RCTAppliedFor")["enum"])
    assert set(MUTABILITIES) == set(limits("ImageTagMutability")["enum"])
    assert set(ENCRYPTION_TYPES) == set(limits("EncryptionType")["enum"])
    assert limits("Prefix") | {"pattern": ""} == {
        "min": PREFIX_MIN,
        "max": PREFIX_MAX,
        "pattern": "",
    }
    assert limits("RepositoryTemplateDescription")["max"] == DESCRIPTION_MAX
    assert limits("ImageTagMutabilityExclusionFilters") == {"min": 1, "max": FILTERS_MAX}
    assert limits("ImageTagMutabilityExclusionFilterValue")["max"] == FILTER_MAX
    assert limits("RepositoryPolicyText")["max"] == REPOSITORY_POLICY_MAX
    lifecycle = limits("LifecyclePolicyTextForRepositoryCreationTemplate")
    assert lifecycle["max"] == LIFECYCLE_POLICY_MAX


@pytest.mark.parametrize("text", ["latest", "v1.*", "*-dev", "a b", "", "x" * 129, "latest\n", "é"])
def test_a_filter_is_one_of_the_model(text: str) -> None:
    pattern = limits("ImageTagMutabilityExclusionFilterValue")["pattern"]
    assert is_filter(text) == (re.fullmatch(pattern.strip("^$"), text) is not None)


@pytest.mark.parametrize(
    ("key", "is_accepted"),
    [
        ("team", True),
        ("cost center:a/b=c+d-e@f_g.1", True),
        ("Größe", True),
        ("AWS:created-by", False),
        ("a,b", False),
        ("a\tb", False),
    ],
)
def test_a_tag_has_only_characters_that_aws_accepts(key: str, is_accepted: bool) -> None:
    assert (is_tag_text(key) and is_own_tag(key)) == is_accepted


@pytest.mark.parametrize("text", ["a", "a/", "ROOT", "root", "Root", "a" * 256, "a" * 257, "a//b"])
def test_a_prefix_is_one_of_the_model(text: str) -> None:
    pattern = limits("Prefix")["pattern"]
    fits = re.fullmatch(pattern, text) is not None and PREFIX_MIN <= len(text) <= PREFIX_MAX
    assert (prefix_problem(text, shortest=PREFIX_MIN, longest=PREFIX_MAX) is None) == fits


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", None),
        ('{"rules": []}', None),
        ("", JsonProblem(line=1, column=1)),
        ('{\n  "rules": [\n}', JsonProblem(line=3, column=1)),
        ("{'rules': []}", JsonProblem(line=1, column=2)),
        ("[]", JsonProblem()),
        ("null", JsonProblem()),
        ('{"a": NaN}', JsonProblem()),
        ('{"a": ' + "9" * 5_000 + "}", JsonProblem()),
        ('{"a":' * 9_000, JsonProblem(is_too_deep=True)),
    ],
)
def test_a_policy_is_a_json_object(text: str, problem: JsonProblem | None) -> None:
    assert json_problem(text) == problem


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"prefix": "Hub"}, "prefix"),
        ({"applied_for": frozenset()}, "applied_for"),
        ({"applied_for": frozenset({"push"})}, "applied_for"),
        ({"description": "x" * 257}, "description"),
        ({"image_tag_mutability": "SOMETIMES"}, "image_tag_mutability"),
        ({"image_tag_mutability": "MUTABLE_WITH_EXCLUSION"}, "exclusion_filters"),
        ({"exclusion_filters": ("a",)}, "exclusion_filters"),
        ({"kms_key": KEY}, "kms_key"),
        ({"kms_key": KEY.replace("us-east-2", "us-west-2"), "encryption_type": "KMS"}, "kms_key"),
        ({"kms_key": "alias/mine", "encryption_type": "KMS"}, "kms_key"),
        ({"custom_role_arn": "arn:aws:iam::210987654321:role/x"}, "custom_role_arn"),
        ({"tags": (("aws:x", "y"),)}, "tags"),
        ({"tags": (("a", "b"), ("a", "c"))}, "tags"),
        ({"tags": (("a\nb", "c"),)}, "tags"),
        ({"repository_policy": json.dumps({"a": "x" * 10_240})}, "repository_policy"),
        ({"lifecycle_policy": "[]"}, "lifecycle_policy"),
    ],
)
def test_what_ecr_would_refuse_is_named(change: dict[str, Any], setting: str) -> None:
    check_template(PLAIN, HERE)
    with pytest.raises(InvalidTemplate) as raised:
        check_template(replace(PLAIN, **change), HERE)
    assert raised.value.member == setting
