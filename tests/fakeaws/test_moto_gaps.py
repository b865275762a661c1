"""What the simulated AWS adds to moto. Each test fails when moto has it too and ours can go."""

import inspect
import json
from collections.abc import Callable

import pytest
from moto.account.responses import AccountResponse
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ecr import policy_validation
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse
from moto.secretsmanager.models import SecretsManagerBackend
from moto.sts.models import STSBackend

from ptcconsole.fakeaws.iam.models import ROLE_NAME
from ptcconsole.fakeaws.policies import PTC_PRINCIPAL

OURS = (
    "create_pull_through_cache_rule",
    "describe_pull_through_cache_rules",
    "update_pull_through_cache_rule",
    "delete_pull_through_cache_rule",
    "validate_pull_through_cache_rule",
    "create_repository_creation_template",
    "describe_repository_creation_templates",
    "update_repository_creation_template",
    "delete_repository_creation_template",
    "register_pull_time_update_exclusion",
    "deregister_pull_time_update_exclusion",
    "list_pull_time_update_exclusions",
    "start_lifecycle_policy_preview",
    "get_lifecycle_policy_preview",
    "get_account_setting",
    "put_account_setting",
)


@pytest.mark.parametrize("operation", OURS)
def test_moto_still_lacks_the_operation_that_we_add(operation: str) -> None:
    assert not hasattr(ECRResponse, operation), (
        f"moto now has {operation}: compare it with ours in ptcconsole/fakeaws/ecr and delete ours"
    )


def test_moto_still_simulates_no_policies() -> None:
    assert not hasattr(IamResponse, "simulate_principal_policy"), (
        "moto now simulates policies: compare it with ptcconsole/fakeaws/iam/simulation.py"
    )


def test_moto_still_takes_secret_names_that_aws_refuses() -> None:
    made = SecretsManagerBackend("us-east-2", "123456789012").create_secret(
        "bad name!", "x", None, None, None, None, None, [], False
    )
    assert "bad name!" in made, (
        "moto now checks secret names: delete _check_name in ptcconsole/fakeaws/secretsmanager"
    )


def test_moto_still_knows_two_actions_of_registry_policies_only() -> None:
    statement = {"Action": "ecr:BatchImportUpstreamImage"}
    with pytest.raises(MalformedPolicyDocument):
        ECRBackend("us-east-2", "123456789012")._validate_registry_policy_action(
            json.dumps({"Statement": [statement]})
        )


def test_moto_still_lets_everybody_assume_roles_that_do_not_exist() -> None:
    role = STSBackend("aws", "123456789012").assume_role(
        "us-east-2", "me", "arn:aws:iam::123456789012:role/none", "", 3600, ""
    )
    assert role.access_key_id, "moto now checks trust: compare it with ptcconsole/fakeaws/sts"


def test_moto_still_names_the_service_linked_role_in_its_own_way() -> None:
    role = IAMBackend("aws", "123456789012").create_service_linked_role(PTC_PRINCIPAL, "", "")
    assert role.name != ROLE_NAME, "moto now knows the name: delete ptcconsole/fakeaws/iam"


@pytest.mark.parametrize("operation", ["list_regions", "get_region_opt_status"])
def test_moto_still_lists_no_regions(operation: str) -> None:
    assert not hasattr(AccountResponse, operation), (
        f"moto now has {operation}: compare it with ptcconsole/fakeaws/region_services.py"
    )


def test_moto_still_tells_opt_in_states_that_are_not_awss() -> None:
    states = {region.name: region.opt_in_status for region in RegionsAndZonesBackend.regions}
    assert states["af-south-1"] == "opt-in-not-required"


@pytest.mark.parametrize(
    ("method", "missing", "ours"),
    [
        (ECRBackend.describe_repositories, "max_results", "ecr/repositories.py"),
        (ECRBackend.list_images, "max_results", "ecr/images.py"),
        (ECRBackend.describe_images, "max_results", "ecr/images.py"),
        (SecretsManagerBackend.list_secrets, "sort_order", "secretsmanager/listing.py"),
        (IAMBackend.get_service_linked_role_deletion_status, "deletion_task_id", "iam"),
    ],
)
def test_moto_still_ignores_parameters_that_we_honour(
    method: Callable[..., object], missing: str, ours: str
) -> None:
    assert missing not in inspect.signature(method).parameters, (
        f"moto now takes {missing}: compare it with ptcconsole/fakeaws/{ours}"
    )


def test_moto_still_accepts_roles_whose_trust_policy_is_no_policy() -> None:
    role = IAMBackend("aws", "123456789012").create_role("m", "no policy", "/", None, "", [], None)
    assert role.assume_role_policy_document == "no policy", (
        "moto now checks trust policies: compare it with ptcconsole/fakeaws/iam/principals.py"
    )


def test_moto_still_knows_no_archive_in_lifecycle_policies() -> None:
    assert {"expire"} == policy_validation.VALID_ACTION_TYPE_VALUES, (
        "moto now archives: compare it with ptcconsole/fakeaws/ecr/lifecycle_rules.py"
    )
