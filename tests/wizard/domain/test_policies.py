"""The policies that pages offer to copy."""

from wizard.domain import policies
from wizard.domain.trust import Trust, trust_of


def test_the_policy_to_copy_is_one_that_we_trust() -> None:
    assert trust_of(policies.trust_policy(), account_id="123456789012") is Trust.TRUSTED


def test_the_upstream_s_policy_names_both_accounts() -> None:
    policy = policies.upstream_registry_policy(
        account_id="123456789012", upstream_account_id="111122223333", upstream_region="eu-west-1"
    )
    (only,) = policy["Statement"]
    assert only["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert only["Resource"] == "arn:aws:ecr:eu-west-1:111122223333:repository/*"
