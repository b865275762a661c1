"""Trust policies are read as IAM reads them; what is not certain is not called a refusal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.trust import ECR_PRINCIPAL, SERVICE_PRINCIPAL, Trust, trust_of

OWN, OTHER = "123456789012", "999999999999"
SOURCE = "aws:SourceAccount"
ARN = "aws:SourceArn"


def statement(**changes: Any) -> dict[str, Any]:
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE_PRINCIPAL},
        "Action": "sts:AssumeRole",
    }
    return allow | changes


def without(name: str, **changes: Any) -> dict[str, Any]:
    return {key: value for key, value in statement(**changes).items() if key != name}


def under(operator: str, key: str, *values: Any, effect: str = "Allow") -> dict[str, Any]:
    return statement(Effect=effect, Condition={operator: {key: list(values)}})


def deny(**changes: Any) -> dict[str, Any]:
    return statement(Effect="Deny", **changes)


def trust_in(statements: Any) -> Trust:
    return trust_of({"Statement": statements}, account_id=OWN)


@pytest.mark.parametrize(
    "statements",
    [
        statement(),
        [statement()],
        statement(Principal={"Service": ["ecs.amazonaws.com", SERVICE_PRINCIPAL]}),
        statement(Principal="*"),
        statement(Action=["sts:TagSession", "sts:AssumeRole"]),
        statement(Action="sts:*"),
        statement(Action="*"),
        statement(Action="sts:Assume*"),
        statement(Action="STS:assumerole"),
        statement(Action="sts:AssumeRol?"),
        statement(Action="s?s:*Role"),
        without("Action", NotAction="sts:TagSession"),
        without("Principal", NotPrincipal={"Service": "ec2.amazonaws.com"}),
        statement(Condition={}),
        [statement(Condition={"Bool": {}}), statement()],
        [statement(), deny(Principal={"Service": "ec2.amazonaws.com"})],
        [statement(), deny(Principal={"AWS": f"arn:aws:iam::{OWN}:role/x"})],
        [statement(), deny(Action="sts:TagSession")],
        [statement(), deny(Action="sts:AssumeRoleWith*")],
        [statement(), without("Principal", Effect="Deny", NotPrincipal="*")],
        [statement(), under("StringEquals", SOURCE, OTHER, effect="Deny")],
        [statement(), under("StringLike", SOURCE, "9999*", effect="Deny")],
        [statement(), under("ArnLike", ARN, f"arn:aws:ecr:*:{OTHER}:*", effect="Deny")],
        under("StringEqualsIfExists", SOURCE, OWN),
        under("StringEqualsIfExists", "AWS:sourceaccount", OTHER, OWN),
        under("StringLikeIfExists", SOURCE, "1234*"),
        under("StringNotEquals", SOURCE, OTHER),
        under("StringNotLike", SOURCE, "9*"),
        under("ForAllValues:StringEquals", SOURCE, OWN),
        under("Bool", "aws:PrincipalIsAWSService", True),
        under("StringEquals", "aws:PrincipalServiceName", SERVICE_PRINCIPAL),
        under("Null", "aws:PrincipalServiceName", "false"),
    ],
    ids=json.dumps,
)
def test_a_policy_that_surely_allows_is_trusted(statements: Any) -> None:
    assert trust_in(statements) is Trust.TRUSTED


@pytest.mark.parametrize(
    "statements",
    [
        under("StringEquals", SOURCE, OWN),
        under("StringEqualsIgnoreCase", SOURCE, OWN),
        under("StringEqualsIfExists", SOURCE, OTHER),
        under("StringLike", SOURCE, "*"),
        under("StringLike", SOURCE, "12345678901?"),
        under("ForAnyValue:StringEquals", SOURCE, OWN),
        under("ArnLike", ARN, f"arn:aws:ecr:*:{OWN}:*"),
        under("ArnLike", ARN, "arn:aws:ecr:*:12*:*"),
        under("ArnEquals", ARN, f"arn:aws:ecr:us-east-2:{OWN}:repository/x"),
        under("StringLike", ARN, f"arn:aws:ecr:*:{OTHER}:*"),
        under("StringLike", ARN, "*"),
        under("Null", SOURCE, "true"),
        under("Null", SOURCE, "false"),
        under("StringEquals", "aws:PrincipalOrgID", "o-1"),
        under("StringEquals", "sts:ExternalId", "x"),
        under("StringEquals", SOURCE, "${aws:PrincipalAccount}"),
        under("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        under("BrandNewOperator", SOURCE, OWN),
        under("BrandNewOperator", "aws:PrincipalServiceName", SERVICE_PRINCIPAL),
        under("NumericEquals", SOURCE, OTHER),
        under("ArnLike", ARN, "arn:aws:s3:::bucket"),
        statement(Condition="odd"),
        statement(Condition={"StringEquals": "odd"}),
        statement(Principal={"AWS": "*"}),
        statement(Principal={"Service": "*"}),
        statement(Principal={"Service": "pullthroughcache.ecr.us-east-2.amazonaws.com"}),
        [statement(), under("StringNotEquals", SOURCE, OWN, effect="Deny")],
        [statement(), under("StringNotEqualsIfExists", SOURCE, OWN, effect="Deny")],
        [statement(), under("StringEquals", SOURCE, OWN, effect="Deny")],
        [statement(), under("ArnNotLike", ARN, f"arn:aws:ecr:*:{OWN}:*", effect="Deny")],
        [statement(), under("Bool", "aws:MultiFactorAuthPresent", "false", effect="Deny")],
        [statement(), deny(Principal={"AWS": "*"})],
    ],
    ids=json.dumps,
)
def test_a_policy_that_only_aws_can_evaluate_is_no_refusal(statements: Any) -> None:
    trust = trust_in(statements)
    assert trust is Trust.CONDITIONAL
    assert not trust.is_refusal


@pytest.mark.parametrize(
    ("statements", "trust"),
    [
        ([statement(), deny()], Trust.DENIED),
        ([statement(), deny(Action="sts:Assume*")], Trust.DENIED),
        ([statement(), deny(Principal="*", Action="*")], Trust.DENIED),
        ([statement(), under("StringNotEquals", SOURCE, OTHER, effect="Deny")], Trust.DENIED),
        (
            [
                statement(),
                without("Principal", Effect="Deny", NotPrincipal={"Service": "ec2.amazonaws.com"}),
            ],
            Trust.DENIED,
        ),
        ([statement(), without("Action", Effect="Deny", NotAction="sts:Tag*")], Trust.DENIED),
        (statement(Principal={"Service": "ec2.amazonaws.com"}), Trust.NOT_NAMED),
        (statement(Principal={"AWS": f"arn:aws:iam::{OWN}:root"}), Trust.NOT_NAMED),
        (statement(Principal={"Federated": SERVICE_PRINCIPAL}), Trust.NOT_NAMED),
        (statement(Principal={"Service": "ecr.amazonaws.com"}), Trust.NOT_NAMED),
        (statement(Action="sts:TagSession"), Trust.NOT_NAMED),
        (statement(Action="sts:AssumeRole?"), Trust.NOT_NAMED),
        (statement(Action="sts.AssumeRole"), Trust.NOT_NAMED),
        (without("Action"), Trust.NOT_NAMED),
        (without("Action", NotAction="sts:*"), Trust.NOT_NAMED),
        (without("Principal"), Trust.NOT_NAMED),
        (statement(Effect="allow"), Trust.NOT_NAMED),
        (under("StringEquals", SOURCE, OTHER), Trust.NOT_NAMED),
        (under("StringLike", SOURCE, "9*"), Trust.NOT_NAMED),
        (under("StringEquals", SOURCE, f"{OWN[:-1]}*"), Trust.NOT_NAMED),
        (under("StringEquals", ARN, "*"), Trust.NOT_NAMED),
        (under("StringLike", ARN, "x"), Trust.NOT_NAMED),
        (under("ArnLike", ARN, f"arn:aws:ecr:*:{OTHER}:*"), Trust.NOT_NAMED),
        (under("ArnEquals", ARN, f"arn:aws:ecr:us-east-2:{OTHER}:repository/x"), Trust.NOT_NAMED),
        (under("StringEquals", "aws:PrincipalServiceName", "ec2.amazonaws.com"), Trust.NOT_NAMED),
        (
            statement(Condition={"StringEquals": {SOURCE: OTHER, "aws:PrincipalOrgID": "o-1"}}),
            Trust.NOT_NAMED,
        ),
        ([], Trust.NOT_NAMED),
        (None, Trust.NOT_NAMED),
        ("odd", Trust.NOT_NAMED),
    ],
    ids=json.dumps,
)
def test_a_policy_that_surely_refuses_is_a_refusal(statements: Any, trust: Trust) -> None:
    assert trust_in(statements) is trust
    assert trust.is_refusal


@pytest.mark.parametrize("policy", [None, "", "not JSON", [], 1])
def test_a_policy_that_aws_did_not_tell_is_not_called_a_refusal(policy: Any) -> None:
    assert trust_of(policy, account_id=OWN) is Trust.CONDITIONAL


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(json_values, json_values, json_values)
def test_no_policy_is_too_odd_to_be_read(principal: Any, action: Any, condition: Any) -> None:
    odd = {"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}
    assert trust_in([odd]) in Trust


def test_a_pattern_of_many_wildcards_is_evaluated_at_once() -> None:
    """Backtracking would take longer than anybody waits."""
    endless = under("StringLike", "aws:PrincipalServiceName", "*a" * 20 + "*!")
    assert trust_in(endless) is Trust.NOT_NAMED
    assert trust_in(statement(Action="*?" * 14)) is Trust.TRUSTED
    assert trust_in(statement(Action="*?" * 15)) is Trust.NOT_NAMED


@pytest.mark.parametrize(
    ("pattern", "trust"),
    [
        ("STS:*role", Trust.TRUSTED),
        ("*s*s*R*", Trust.TRUSTED),
        ("sts:*", Trust.TRUSTED),
        ("sts:AssumeRole*", Trust.TRUSTED),
        ("sts:AssumeRole?", Trust.NOT_NAMED),
        ("sts:*Role*Role", Trust.NOT_NAMED),
        ("sts:[A]ssumeRole", Trust.NOT_NAMED),
    ],
)
def test_wildcards_stand_for_any_text_and_any_character(pattern: str, trust: Trust) -> None:
    assert trust_in(statement(Action=pattern)) is trust


@pytest.mark.parametrize(
    ("statements", "trust"),
    [
        (statement(Principal={"Service": ECR_PRINCIPAL}), Trust.TRUSTED),
        (statement(Principal={"Service": [ECR_PRINCIPAL, "ec2.amazonaws.com"]}), Trust.TRUSTED),
        (statement(), Trust.NOT_NAMED),
        (statement(Principal={"Service": "ecr.amazonaws.com.cn"}), Trust.CONDITIONAL),
        (
            [
                statement(Principal={"Service": ECR_PRINCIPAL}),
                deny(Principal={"Service": ECR_PRINCIPAL}),
            ],
            Trust.DENIED,
        ),
        (
            statement(
                Principal="*",
                Condition={"StringEquals": {"aws:PrincipalServiceName": ECR_PRINCIPAL}},
            ),
            Trust.TRUSTED,
        ),
    ],
)
def test_the_role_of_a_template_is_assumed_by_ecr_itself(statements: Any, trust: Trust) -> None:
    policy = {"Statement": statements}
    assert trust_of(policy, account_id=OWN, service=ECR_PRINCIPAL) == trust
