"""A request that violates a constraint of botocore's service model gets the model's error code."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
import urllib3
from botocore.model import Shape, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from ptcconsole.fakeaws.constraints import violations
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

MODEL = botocore.session.Session().get_service_model("ecr")
OPERATIONS = {
    "CreatePullThroughCacheRule": {"ecrRepositoryPrefix": "q1", "upstreamRegistryUrl": "quay.io"},
    "DescribePullThroughCacheRules": {},
    "UpdatePullThroughCacheRule": {"ecrRepositoryPrefix": "q1"},
    "DeletePullThroughCacheRule": {"ecrRepositoryPrefix": "q1"},
    "ValidatePullThroughCacheRule": {"ecrRepositoryPrefix": "q1"},
}
PREFIX = MODEL.shape_for("PullThroughCacheRuleRepositoryPrefix")


def _input_of(operation: str) -> StructureShape:
    shape = MODEL.operation_model(operation).input_shape
    assert shape is not None
    return shape


def _broken_values(member: Shape) -> Iterator[tuple[Any, str]]:
    """A value for each constraint of a member, with what the refusal says about it."""
    limits, kind = member.metadata, member.type_name
    noun = "value" if kind == "integer" else "length"
    if "pattern" in limits:
        yield "!" * limits.get("min", 12), "Member must satisfy regular expression pattern"
    if "enum" in limits:
        yield "docker", "Member must satisfy enum value set: [ecr, ecr-public, quay"
    if limits.get("min", 0) > 0:
        yield _of_size(kind, limits["min"] - 1), f"{noun} greater than or equal to {limits['min']}"
    if "max" in limits:
        yield _of_size(kind, limits["max"] + 1), f"{noun} less than or equal to {limits['max']}"


def _of_size(kind: str, size: int) -> Any:
    return {"integer": size, "string": "a" * size, "list": ["ab"] * size}[kind]


def _cases() -> list[Any]:
    return list(_every_case())


def _every_case() -> Iterator[Any]:
    for operation in OPERATIONS:
        for name, member in _input_of(operation).members.items():
            for value, text in _broken_values(member):
                yield pytest.param(operation, name, value, text, id=f"{operation}-{name}-{text}")


def _call(ecr: "ECRClient", operation: str) -> Any:
    return getattr(ecr, "_".join(re.findall("[A-Z][a-z]+", operation)).lower())


def test_the_walk_over_the_model_finds_its_constraints() -> None:
    assert len(_cases()) > 30


@pytest.mark.parametrize(("operation", "name", "value", "text"), _cases())
def test_a_broken_constraint_is_refused_by_name(
    unchecked_ecr: "ECRClient", operation: str, name: str, value: Any, text: str
) -> None:
    members = OPERATIONS[operation] | {name: value}
    refusal = refusal_of(_call(unchecked_ecr, operation), **members)
    assert refusal.code == "InvalidParameterException"
    assert f"Invalid parameter at '{name}' failed to satisfy constraint: '" in refusal.message
    assert text in refusal.message


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (operation, name)
        for operation in OPERATIONS
        for name in _input_of(operation).required_members
    ],
)
def test_a_required_member_that_is_missing_is_refused(
    unchecked_ecr: "ECRClient", operation: str, name: str
) -> None:
    members = {key: value for key, value in OPERATIONS[operation].items() if key != name}
    refusal = refusal_of(_call(unchecked_ecr, operation), **members)
    assert refusal.code == "InvalidParameterException"
    assert refusal.message == (
        f"Invalid parameter at '{name}' failed to satisfy constraint: 'Member must not be null'"
    )


def test_a_broken_item_of_a_list_is_refused_by_its_place(unchecked_ecr: "ECRClient") -> None:
    refusal = refusal_of(
        unchecked_ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["ok", "Not"]
    )
    assert "'ecrRepositoryPrefixes.2.member'" in refusal.message


def test_a_value_of_the_wrong_type_cannot_be_read() -> None:
    shape = _input_of("DescribePullThroughCacheRules")
    wrong: list[Any] = [{"maxResults": "5"}, {"maxResults": True}, {"ecrRepositoryPrefixes": "ab"}]
    for value in [*wrong, []]:
        (violation,) = violations(shape, value)
        assert violation.wrong_type


@pytest.mark.parametrize(
    "prefix",
    [
        "ab",
        "1a",
        "a/b",
        "a/b/",
        "a.b-c_d",
        "docker--hub",
        "docker__hub",
        "docker.io",
        "ROOT",
        "root",
        "a" * 30,
    ],
)
def test_a_legal_prefix_is_taken(ecr: "ECRClient", prefix: str) -> None:
    made = ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
    )
    assert made["ecrRepositoryPrefix"] == prefix


@pytest.mark.parametrize(
    "prefix",
    [
        "a",
        "Docker",
        "a..b",
        "a._b",
        "docker___hub",
        "a//b",
        "/a",
        "a-",
        "ROOT/",
        "a/ROOT",
        "",
        "a" * 31,
        "ab\n",
    ],
)
def test_an_illegal_prefix_is_refused(unchecked_ecr: "ECRClient", prefix: str) -> None:
    refusal = refusal_of(
        unchecked_ecr.create_pull_through_cache_rule,
        ecrRepositoryPrefix=prefix,
        upstreamRegistryUrl="quay.io",
    )
    assert refusal.code == "InvalidParameterException"


@pytest.mark.parametrize("wrong", [{"maxResults": "5"}, {"registryId": 123456789012}])
def test_a_request_that_cannot_be_read_is_a_serialization_error(
    unchecked_ecr: "ECRClient", wrong: Any
) -> None:
    refusal = refusal_of(unchecked_ecr.describe_pull_through_cache_rules, **wrong)
    assert (refusal.code, refusal.status) == ("SerializationException", 400)
    assert refusal.request_id


def _first_value(shape: StructureShape) -> dict[str, Any]:
    """A request whose first member is of a type that the member cannot have."""
    name, member = next(iter(shape.members.items()))
    return {name: ["x"] if member.type_name == "string" else "x"}


ALL_REQUESTS = [
    (operation, members)
    for operation in MODEL.operation_names
    if (shape := MODEL.operation_model(operation).input_shape) is not None and shape.members
    for members in ({}, _first_value(shape))
    if members or shape.required_members
]


@pytest.mark.parametrize(("operation", "members"), ALL_REQUESTS)
def test_no_operation_of_ecr_breaks_on_a_request_that_the_model_forbids(
    aws: FakeAws, operation: str, members: dict[str, Any]
) -> None:
    headers = {
        "X-Amz-Target": f"AmazonEC2ContainerRegistry_V20150921.{operation}",
        "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-2/ecr/aws4_request",
    }
    with urllib3.PoolManager() as http:
        answer = http.request("POST", aws.url, headers=headers, body=json.dumps(members))
    code = answer.json()["__type"]
    assert answer.status == 400
    assert code == ("SerializationException" if members else "InvalidParameterException")


@given(st.from_regex(PREFIX.metadata["pattern"], fullmatch=True))
def test_what_the_pattern_makes_breaks_at_most_the_length(prefix: str) -> None:
    broken = [violation.constraint for violation in violations(PREFIX, prefix)]
    assert bool(broken) == (not 2 <= len(prefix) <= 30)
    assert all("length" in constraint for constraint in broken)
