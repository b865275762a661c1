"""Reading trust policies, and the policies that pages offer to copy."""

from typing import Any

import pytest

from wizard.domain import policies
from wizard.domain.policies import SERVICE_PRINCIPAL, Trust, trust_of


def statement(**changes: Any) -> dict[str, Any]:
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE_PRINCIPAL},
        "Action": "sts:AssumeRole",
    }
    return allow | changes


@pytest.mark.parametrize(
    ("statements", "trust"),
    [
        (statement(), Trust.TRUSTED),
        ([statement()], Trust.TRUSTED),
        (statement(Principal={"Service": ["ecs.amazonaws.com", SERVICE_PRINCIPAL]}), Trust.TRUSTED),
        (statement(Action=["sts:TagSession", "sts:AssumeRole"]), Trust.TRUSTED),
        (statement(Action="sts:*"), Trust.TRUSTED),
        (statement(Principal="*"), Trust.TRUSTED),
        (statement(Condition={"StringEquals": {"aws:SourceAccount": "1"}}), Trust.CONDITIONAL),
        ([statement(Condition={"Bool": {}}), statement()], Trust.TRUSTED),
        ([statement(), statement(Effect="Deny")], Trust.DENIED),
        (statement(Principal={"Service": "ec2.amazonaws.com"}), Trust.NOT_NAMED),
        (statement(Principal={"AWS": "*"}), Trust.NOT_NAMED),
        (statement(Action="sts:TagSession"), Trust.NOT_NAMED),
        ([], Trust.NOT_NAMED),
        (None, Trust.NOT_NAMED),
    ],
)
def test_a_trust_policy_is_read(statements: Any, trust: Trust) -> None:
    assert trust_of({"Statement": statements}) is trust


def test_the_policy_to_copy_is_one_that_we_trust() -> None:
    assert trust_of(policies.trust_policy()) is Trust.TRUSTED


def test_the_upstream_s_policy_names_both_accounts() -> None:
    policy = policies.upstream_registry_policy(
        account_id="123456789012", upstream_account_id="111122223333", upstream_region="eu-west-1"
    )
    (only,) = policy["Statement"]
    assert only["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert only["Resource"] == "arn:aws:ecr:eu-west-1:111122223333:repository/*"
