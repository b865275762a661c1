"""The Regions of an account, which of them are enabled, and the responses of a disabled Region."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.regions import ALWAYS_ON
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

OPT_IN = "af-south-1"


@pytest.fixture
def account(client_of: Callable[..., Any]) -> Any:
    """AWS Account Management."""
    return client_of("account", "us-east-1")


@pytest.fixture
def ec2(client_of: Callable[..., Any]) -> Any:
    """EC2 in us-east-2."""
    return client_of("ec2")


def _listed(account: Any) -> dict[str, str]:
    pages = account.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 10})
    return {
        region["RegionName"]: region["RegionOptStatus"]
        for page in pages
        for region in page["Regions"]
    }


def _described(ec2: Any, **members: Any) -> dict[str, str]:
    regions = ec2.describe_regions(**members)["Regions"]
    return {region["RegionName"]: region["OptInStatus"] for region in regions}


def test_every_region_with_ecr_is_told_with_its_state(account: Any, ec2: Any) -> None:
    listed, described = _listed(account), _described(ec2)
    assert set(listed) == set(described) == set(boto3.Session().get_available_regions("ecr"))
    assert {name for name, status in listed.items() if status == "ENABLED_BY_DEFAULT"} == ALWAYS_ON
    assert {n for n, status in described.items() if status == "opt-in-not-required"} == ALWAYS_ON
    assert (listed[OPT_IN], described[OPT_IN]) == ("ENABLED", "opted-in")
    assert account.get_region_opt_status(RegionName=OPT_IN)["RegionOptStatus"] == "ENABLED"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"region-name": ["us-east-1"]}, {"us-east-1"}),
        ({"region-name": ["us-east-*"]}, {"us-east-1", "us-east-2"}),
        ({"region-name": ["us-east-1", "eu-west-?"], "opt-in-status": ["opted-in"]}, set()),
        ({"opt-in-status": ["opt-in-not-required"]}, ALWAYS_ON),
        ({"endpoint": ["ec2.sa-east-1.amazonaws.com"]}, {"sa-east-1"}),
    ],
)
def test_regions_are_filtered(ec2: Any, filters: dict[str, list[str]], found: set[str]) -> None:
    asked = [{"Name": name, "Values": values} for name, values in filters.items()]
    assert set(_described(ec2, Filters=asked)) == found


def test_an_unknown_filter_and_a_dry_run_are_refused(ec2: Any) -> None:
    unknown = refusal_of(ec2.describe_regions, Filters=[{"Name": "colour", "Values": ["red"]}])
    assert unknown.code == "InvalidParameterValue"
    dry = refusal_of(ec2.describe_regions, DryRun=True)
    assert (dry.code, dry.status) == ("DryRunOperation", 412)


def test_a_region_that_is_off_is_told_so_until_it_is_on_again(
    aws: FakeAws, account: Any, ec2: Any
) -> None:
    aws.switch_off_region(OPT_IN)
    assert _listed(account)[OPT_IN] == "DISABLED"
    assert OPT_IN not in _described(ec2)
    assert _described(ec2, AllRegions=True)[OPT_IN] == "not-opted-in"
    assert _described(ec2, RegionNames=[OPT_IN]) == {OPT_IN: "not-opted-in"}
    answer = account.list_regions(RegionOptStatusContains=["DISABLED"])
    assert answer["Regions"] == [{"RegionName": OPT_IN, "RegionOptStatus": "DISABLED"}]
    aws.switch_on_region(OPT_IN)
    assert _listed(account)[OPT_IN] == "ENABLED"


def test_a_region_that_is_off_knows_nobody(aws: FakeAws, client_of: Callable[..., Any]) -> None:
    aws.switch_off_region(OPT_IN)
    for service, operation, code, status in (
        ("ecr", "describe_pull_through_cache_rules", "UnrecognizedClientException", 400),
        ("secretsmanager", "list_secrets", "UnrecognizedClientException", 400),
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
        ("ec2", "describe_regions", "AuthFailure", 401),
    ):
        refusal = refusal_of(getattr(client_of(service, OPT_IN), operation))
        assert (refusal.code, refusal.status) == (code, status)
    aws.clear_faults()
    client_of("ecr", OPT_IN).describe_pull_through_cache_rules()


def test_each_account_has_its_own_regions(
    aws: FakeAws, account: Any, client_of: Callable[..., Any]
) -> None:
    aws.switch_off_region(OPT_IN, account_id="210987654321")
    other = client_of("account", "us-east-1", **aws.keys_of("210987654321"))
    assert (_listed(account)[OPT_IN], _listed(other)[OPT_IN]) == ("ENABLED", "DISABLED")
    ecr = client_of("ecr", OPT_IN, **aws.keys_of("210987654321"))
    assert refusal_of(ecr.describe_registry).code == "UnrecognizedClientException"
    client_of("ecr", OPT_IN).describe_registry()
    aws.clear_faults()
    ecr.describe_registry()


@pytest.mark.parametrize("region", ["us-east-1", "eu-nowhere-1"])
def test_only_opt_in_regions_can_be_switched_off(aws: FakeAws, region: str) -> None:
    with pytest.raises(ValueError, match=f"{region} is not a Region that can be switched"):
        aws.switch_off_region(region)


def test_what_is_no_region_is_refused(account: Any, ec2: Any) -> None:
    by_name = refusal_of(ec2.describe_regions, RegionNames=["eu-nowhere-1"])
    assert (by_name.code, by_name.status) == ("InvalidParameterValue", 400)
    by_state = refusal_of(account.get_region_opt_status, RegionName="eu-nowhere-1")
    assert (by_state.code, by_state.status) == ("ValidationException", 400)
    by_page = refusal_of(account.list_regions, NextToken="made up")
    assert by_page.code == "ValidationException"


def test_nothing_else_of_these_services_is_served(account: Any, ec2: Any, aws: FakeAws) -> None:
    assert refusal_of(ec2.describe_instances).code == "InvalidAction"
    assert refusal_of(account.get_contact_information).code == "UnknownOperationException"
    aws.refuse()
    assert refusal_of(ec2.describe_regions).code == "UnauthorizedOperation"
    assert refusal_of(account.list_regions).code == "AccessDeniedException"
    aws.throttle()
    assert refusal_of(ec2.describe_regions).code == "RequestLimitExceeded"
    assert refusal_of(account.list_regions).status == 429
