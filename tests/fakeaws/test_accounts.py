"""Further accounts: roles that trust the console's account, their contents, their organization."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.control import AccountState
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_sts import STSClient

ACCOUNT = "123456789012"
OTHER = "210987654321"
STRANGER = "333344445555"
NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
MakeClient = Callable[..., Any]


@pytest.fixture
def organizations(client_of: MakeClient) -> "OrganizationsClient":
    """Organizations, by the account that manages the organization if there is one."""
    client: OrganizationsClient = client_of("organizations")
    return client


def _session_of(sts: "STSClient", arn: str, **members: Any) -> dict[str, str]:
    keys: Mapping[str, Any] = sts.assume_role(RoleArn=arn, RoleSessionName="visit", **members)
    return {
        "aws_access_key_id": keys["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": keys["Credentials"]["SecretAccessKey"],
        "aws_session_token": keys["Credentials"]["SessionToken"],
    }


def _is_let_in(sts: "STSClient", arn: str, external_id: str | None) -> bool:
    members: Any = {"RoleArn": arn, "RoleSessionName": "visit"}
    if external_id:
        members["ExternalId"] = external_id
    try:
        sts.assume_role(**members)
    except sts.exceptions.ClientError as error:
        return error.response["Error"]["Code"] != "AccessDenied"
    return True


@pytest.mark.parametrize(
    ("role", "right", "without", "wrong"),
    [
        ({"external_id": "right"}, True, False, False),
        ({}, True, True, True),
        ({"external_id": "another"}, False, False, False),
        ({"external_id": "right", "trusts": "*"}, True, False, False),
        ({"external_id": "right", "trusts": STRANGER}, False, False, False),
        ({"external_id": "right", "trusts": [STRANGER, ACCOUNT]}, True, False, False),
        ({"external_id": "right", "trusts": f"arn:aws:iam::{ACCOUNT}:root"}, True, False, False),
        ({"role": ""}, False, False, False),
    ],
)
def test_a_role_lets_in_whom_it_is_made_for(
    aws: FakeAws, sts: "STSClient", role: Any, right: bool, without: bool, wrong: bool
) -> None:
    arn = aws.add_account(OTHER, **role) or f"arn:aws:iam::{OTHER}:role/PtcConsole"
    assert _is_let_in(sts, arn, "right") is right
    assert _is_let_in(sts, arn, None) is without
    assert _is_let_in(sts, arn, "wrong-one") is wrong


def test_a_role_is_set_up_anew_by_a_second_order(aws: FakeAws, sts: "STSClient") -> None:
    arn = aws.add_account(OTHER, external_id="first", role="team/PtcConsole")
    assert arn == f"arn:aws:iam::{OTHER}:role/team/PtcConsole"
    assert aws.add_account(OTHER, external_id="second", role="team/PtcConsole") == arn
    assert not _is_let_in(sts, arn, "first")
    hour: Any = {"ExternalId": "second", "DurationSeconds": 3601}
    refusal = refusal_of(sts.assume_role, RoleArn=arn, RoleSessionName="me", **hour)
    assert refusal.code == "ValidationError"
    aws.add_account(OTHER, external_id="second", role="team/PtcConsole", max_session_duration=7200)
    assert sts.assume_role(RoleArn=arn, RoleSessionName="me", **hour)["Credentials"]


def test_accounts_have_their_own_rules_and_secrets(
    aws: FakeAws, sts: "STSClient", client_of: MakeClient
) -> None:
    rules = {
        "eu-west-1": {"quay": "quay.io", "hub": "registry-1.docker.io"},
        "us-east-2": {"k8s": "registry.k8s.io"},
    }
    keys = _session_of(sts, aws.add_account(OTHER, rules=rules))
    aws.add_account(STRANGER, rules={"eu-west-1": {"quay": "quay.io"}})
    for region, upstreams in rules.items():
        ecr = client_of("ecr", region, **keys)
        described = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
        assert {rule["registryId"] for rule in described} == {OTHER}
        assert {
            rule["ecrRepositoryPrefix"]: rule["upstreamRegistryUrl"] for rule in described
        } == upstreams
    ecr = client_of("ecr", "eu-west-1", **keys)
    assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="hub")["isValid"]
    assert client_of("ecr", "eu-west-1").describe_pull_through_cache_rules() | {
        "ResponseMetadata": None
    } == {"pullThroughCacheRules": [], "ResponseMetadata": None}


def test_a_registry_of_another_account_is_out_of_reach(
    aws: FakeAws, sts: "STSClient", client_of: MakeClient
) -> None:
    keys = _session_of(sts, aws.add_account(OTHER, rules={"us-east-2": {"quay": "quay.io"}}))
    aws.add_account(STRANGER, rules={"us-east-2": {"quay": "quay.io"}})
    ecr = client_of("ecr", **keys)
    for call, members in (
        (ecr.describe_pull_through_cache_rules, {}),
        (ecr.validate_pull_through_cache_rule, {"ecrRepositoryPrefix": "quay"}),
        (ecr.delete_pull_through_cache_rule, {"ecrRepositoryPrefix": "quay"}),
        (ecr.describe_repositories, {}),
        (ecr.list_images, {"repositoryName": "quay/app"}),
    ):
        refusal = refusal_of(call, registryId=STRANGER, **members)
        assert (refusal.code, refusal.status) == ("AccessDeniedException", 400)
        assert "because no resource-based policy allows the ecr:" in refusal.message
    ecr.delete_pull_through_cache_rule(registryId=OTHER, ecrRepositoryPrefix="quay")


@pytest.mark.parametrize("account_id", ["12345", "1234567890123", "12345678901a"])
def test_an_account_has_an_account_id(aws: FakeAws, account_id: str) -> None:
    with pytest.raises(ValueError, match="is not an account id"):
        aws.add_account(account_id)


def test_the_policy_of_a_role_is_a_policy(aws: FakeAws) -> None:
    with pytest.raises(ValueError, match="MalformedPolicyDocument"):
        aws.add_account(OTHER, policy={"Statement": []})


# --- Organizations ------------------------------------------------------------------------------


def test_without_an_organization_there_is_none_to_list(
    organizations: "OrganizationsClient",
) -> None:
    for call in (organizations.list_accounts, organizations.describe_organization):
        refusal = refusal_of(call)
        assert (refusal.code, refusal.status) == (NO_ORGANIZATION, 400)


def test_the_management_account_lists_all_accounts_page_by_page(
    aws: FakeAws, organizations: "OrganizationsClient"
) -> None:
    members = [f"{number:012}" for number in range(1, 31)]
    for account_id in members:
        aws.add_to_organization(account_id, name=f"team-{int(account_id)}")
    first = organizations.list_accounts()
    assert len(first["Accounts"]) == 20
    second = organizations.list_accounts(NextToken=first["NextToken"], MaxResults=20)
    assert "NextToken" not in second
    listed = [*first["Accounts"], *second["Accounts"]]
    assert [each["Id"] for each in listed] == [ACCOUNT, *members]
    about = organizations.describe_organization()["Organization"]
    assert about["MasterAccountId"] == ACCOUNT
    last = listed[-1]
    assert (last["Name"], last["Status"], last["State"]) == ("team-30", "ACTIVE", "ACTIVE")
    assert last["Arn"] == f"arn:aws:organizations::{ACCOUNT}:account/{about['Id']}/{members[-1]}"


@pytest.mark.parametrize(
    "members", [{"MaxResults": 21}, {"MaxResults": 0}, {"NextToken": "garbage"}]
)
def test_a_page_that_cannot_be_is_an_invalid_input(
    aws: FakeAws, client_of: MakeClient, members: dict[str, Any]
) -> None:
    aws.add_to_organization(OTHER)
    unchecked = client_of("organizations", checked=False)
    assert refusal_of(unchecked.list_accounts, **members).code == "InvalidInputException"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("ACTIVE", "ACTIVE"),
        ("SUSPENDED", "SUSPENDED"),
        ("CLOSED", "SUSPENDED"),
        ("PENDING_CLOSURE", "PENDING_CLOSURE"),
        ("PENDING_ACTIVATION", "SUSPENDED"),
    ],
)
def test_accounts_have_states(
    aws: FakeAws, organizations: "OrganizationsClient", state: AccountState, status: str
) -> None:
    aws.add_to_organization(OTHER)
    aws.add_to_organization(OTHER, name="renamed", state=state)
    _, member = organizations.list_accounts()["Accounts"]
    assert (member["Name"], member["State"], member["Status"]) == ("renamed", state, status)


def test_pages_are_short_and_members_absent_if_answers_vary(
    aws: FakeAws, organizations: "OrganizationsClient"
) -> None:
    for number in range(1, 6):
        aws.add_to_organization(f"{number:012}")
    aws.vary_answers()
    pages = list(organizations.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [3, 3]
    assert all("Status" not in each for page in pages for each in page["Accounts"])


def test_a_member_lists_accounts_only_as_a_delegated_administrator(
    aws: FakeAws, client_of: MakeClient, organizations: "OrganizationsClient"
) -> None:
    aws.add_to_organization(OTHER)
    member = client_of("organizations", **aws.keys_of(OTHER))
    refusal = refusal_of(member.list_accounts)
    assert (refusal.code, refusal.message) == (
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
    )
    assert member.describe_organization()["Organization"]["MasterAccountId"] == ACCOUNT
    organizations.register_delegated_administrator(
        AccountId=OTHER, ServicePrincipal="config-multiaccountsetup.amazonaws.com"
    )
    assert len(member.list_accounts()["Accounts"]) == 2
    stranger = client_of("organizations", **aws.keys_of(STRANGER))
    assert refusal_of(stranger.list_accounts).code == NO_ORGANIZATION


def test_an_organization_is_forgotten_with_everything_else(
    aws: FakeAws, client_of: MakeClient
) -> None:
    aws.add_to_organization(OTHER)
    aws.reset()
    member = client_of("organizations", **aws.keys_of(OTHER))
    assert refusal_of(member.describe_organization).code == NO_ORGANIZATION


def test_accounts_and_organization_are_kept_in_the_state_file(
    tmp_path: Path, client_of: MakeClient
) -> None:
    with FakeAws(data_dir=tmp_path) as first:
        first.reset()
        first.add_account(OTHER, external_id="right")
        first.add_to_organization(OTHER, state="SUSPENDED")
        keys = first.keys_of(OTHER)
    with FakeAws(data_dir=tmp_path) as second:
        listed = client_of("organizations", endpoint_url=second.url).list_accounts()["Accounts"]
        assert [(each["Id"], each["State"]) for each in listed][1:] == [(OTHER, "SUSPENDED")]
        member = client_of("organizations", endpoint_url=second.url, **keys)
        assert member.describe_organization()["Organization"]["MasterAccountId"] == ACCOUNT
        second.reset()
