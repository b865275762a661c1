"""What moto lacks and we add. Each test fails on the day moto has it, so that ours can go."""

import pytest
from moto.ecr.responses import ECRResponse
from moto.secretsmanager.models import SecretsManagerBackend

OURS = (
    "create_pull_through_cache_rule",
    "describe_pull_through_cache_rules",
    "update_pull_through_cache_rule",
    "delete_pull_through_cache_rule",
    "validate_pull_through_cache_rule",
)


@pytest.mark.parametrize("operation", OURS)
def test_moto_still_lacks_the_operation_that_we_add(operation: str) -> None:
    assert not hasattr(ECRResponse, operation), (
        f"moto now has {operation}: compare it with ours in ptcconsole/fakeaws/ecr and delete ours"
    )


def test_moto_still_takes_secret_names_that_aws_refuses() -> None:
    made = SecretsManagerBackend("us-east-2", "123456789012").create_secret(
        "bad name!", "x", None, None, None, None, None, [], False
    )
    assert "bad name!" in made, (
        "moto now checks secret names: delete _check_name in ptcconsole/fakeaws/secretsmanager"
    )
