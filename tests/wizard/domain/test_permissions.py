"""The table of the IAM actions, and the policies that are made of it."""

import json

import pytest

from wizard.domain import AwsAction
from wizard.domain.permissions import (
    PERMISSIONS,
    Feature,
    Journey,
    PolicyPlace,
    console_policy,
    needed_by,
    permissions_of,
)
from wizard.words.permissions import FEATURE_LABELS, OPTIONAL_ACTIONS, PURPOSES

# The most characters of a managed policy, white space not counted.
MANAGED_POLICY_MAX = 6144
ACTIONS = {each.action for each in PERMISSIONS}


def test_each_action_and_feature_has_its_words() -> None:
    assert list(PURPOSES) == [each.action for each in PERMISSIONS]
    assert set(OPTIONAL_ACTIONS) < ACTIONS
    assert set(FEATURE_LABELS) == set(Feature)


def test_each_change_in_aws_has_its_permission() -> None:
    operations = {action.partition(":")[2] for action in ACTIONS}
    assert {action.partition(" ")[0] for action in AwsAction} <= operations


@pytest.mark.parametrize("journey", Journey)
def test_a_journey_needs_actions_of_the_table(journey: Journey) -> None:
    assert needed_by([journey])


@pytest.mark.parametrize("feature", Feature)
def test_each_feature_adds_something_to_what_reading_needs(feature: Feature) -> None:
    reading, more = permissions_of([]), permissions_of([feature])
    assert set(reading) <= set(more)
    assert feature is Feature.READ or len(more) > len(reading)


def test_the_largest_policy_fits_a_managed_policy() -> None:
    regions = tuple(f"ap-southeast-{number}" for number in range(40))
    place = PolicyPlace(account_id="123456789012", regions=regions)
    text = json.dumps(console_policy(PERMISSIONS, place), separators=(",", ":"))
    assert len(text) <= MANAGED_POLICY_MAX


def test_one_region_is_in_the_arn_and_several_are_a_condition() -> None:
    def secrets(*regions: str) -> dict[str, object]:
        place = PolicyPlace(account_id="123456789012", regions=regions)
        policy = console_policy(permissions_of([Feature.SECRETS]), place)
        found: dict[str, object] = next(
            each for each in policy["Statement"] if each["Sid"] == "Secrets"
        )
        return found

    arn = "arn:aws:secretsmanager:{}:123456789012:secret:ecr-pullthroughcache/*"
    assert secrets("eu-west-1")["Resource"] == arn.format("eu-west-1")
    assert "Condition" not in secrets("eu-west-1")
    assert secrets("us-east-2", "eu-west-1")["Resource"] == arn.format("*")
    condition = {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-2"]}}
    assert secrets("us-east-2", "eu-west-1")["Condition"] == condition
