"""The pages Accounts: adding an account with its role, the tests of a role, the list, changes."""

import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, Person, sign_in
from wizard.domain import Role
from wizard.forms.accounts import AccountRoleForm
from wizard.models import Account, AuditEvent, AuditOutcome, ExternalId

OTHER = "210987654321"
ROLE = f"arn:aws:iam::{OTHER}:role/PtcConsole"
ID_LABEL, ROLE_LABEL = "Account ID or role ARN", "Role ARN"
NO_POLICY = (
    f"User: arn:aws:iam::{ACCOUNT}:user/console is not authorized to perform: sts:AssumeRole on"
    f" resource: {ROLE} because no identity-based policy allows the sts:AssumeRole action"
)


@pytest.fixture
def admin(aws: FakeAws, db: None) -> Person:
    return sign_in("alan", Role.ADMINISTRATOR)


def begin(admin: Person, typed: str = OTHER, **fields: str) -> str:
    """Fill in the first page; return the external ID of the second."""
    admin.open("/accounts/add/")
    admin.fill(ID_LABEL, typed)
    for label, value in fields.items():
        admin.fill(label, value)
    admin.press("Next")
    row = ExternalId.objects.filter(pk=OTHER).first()
    return row.value if row else ""


def add(admin: Person, aws: FakeAws, role: str = "PtcConsole", **fields: str) -> None:
    """Add the account as a person does, with a role as the page says."""
    external_id = begin(admin, **fields)
    arn = aws.add_account(OTHER, external_id=external_id, role=role)
    admin.fill(ROLE_LABEL, arn)
    admin.press("Test and add account")


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("sequence"))


def test_an_account_is_added_with_the_role_that_the_page_asks_for(
    admin: Person, aws: FakeAws
) -> None:
    external_id = begin(admin, "2109-8765-4321 ", Alias="Payments", Owner="Team blue")
    assert admin.heading == "Connect the account"
    assert re.fullmatch(r"ptc-[0-9a-f]{32}", external_id)
    assert external_id in admin.text
    assert admin.value_of(ROLE_LABEL) == ROLE
    trust = json.loads(admin.page.select("pre code")[0].get_text())
    (statement,) = trust["Statement"]
    assert statement["Condition"]["StringEquals"] == {"sts:ExternalId": external_id}
    # What the page shows is what the role is created with.
    client = aws_client("iam", aws, OTHER)
    client.create_role(RoleName="PtcConsole", AssumeRolePolicyDocument=json.dumps(trust))
    admin.press("Test and add account")
    assert "Added account 210987654321." in admin.page.get_text()
    assert admin.heading == "Payments"
    account = Account.objects.get(pk=OTHER)
    assert (account.role_arn, account.owner, account.regions) == (ROLE, "Team blue", [])
    assert account.tested_at is not None
    (event,) = events("AddAccount")
    assert (event.account_id, event.outcome) == (OTHER, AuditOutcome.SUCCEEDED)
    assert event.after is not None
    assert external_id not in json.dumps(event.after)
    assert external_id not in admin.text


def aws_client(service: str, aws: FakeAws, account_id: str) -> Any:
    return boto3.client(service, region_name="us-east-1", **aws.keys_of(account_id))  # type: ignore[call-overload]


def test_the_external_id_is_made_once_and_is_shown_on_the_page_of_the_role_only(
    admin: Person, aws: FakeAws
) -> None:
    first = begin(admin)
    assert begin(admin) == first
    assert len(events("CreateExternalId")) == 1
    add(admin, aws)
    admin.open(f"/accounts/{OTHER}/remove/")
    admin.fill('To confirm this removal, type "confirm".', "confirm")
    admin.press("Remove")
    assert not Account.objects.exists()
    assert begin(admin) == first
    for page in ("/accounts/", f"/accounts/{OTHER}/", f"/accounts/{OTHER}/edit/", "/audit/"):
        admin.open(page)
        assert first not in admin.page.get_text()
    # Without a first page there is no external ID, and a GET makes none.
    admin.open("/accounts/333344445555/role/")
    assert admin.value_of(ID_LABEL) == "333344445555"
    assert ExternalId.objects.count() == 1


NO_ACCOUNTS = (
    ("", "Enter an account ID, or the ARN of a role."),
    ("12345", "Enter an account ID of 12 digits, or the ARN of a role."),
    ("10987654321", "this one has 11. Spreadsheets remove zeros at the beginning."),
    (f"arn:aws:iam::{OTHER}:user/PtcConsole", "This is the ARN of an IAM user."),
    (f"arn:aws:iam::{OTHER}:group/PtcConsole", "This is the ARN of an IAM group."),
    (f"arn:aws:iam::{OTHER}:policy/PtcConsole", "This is the ARN of a policy."),
    (f"arn:aws:iam::{OTHER}:instance-profile/x", "This is the ARN of an instance profile."),
    (f"arn:aws:iam::{OTHER}:root", "This is the ARN of an account."),
    (
        f"arn:aws:sts::{OTHER}:assumed-role/PtcConsole/me",
        f"This is the ARN of a role session. Enter the ARN of the role, such as {ROLE}.",
    ),
    (
        f"arn:aws:iam::{OTHER}:role/aws-service-role/ecs.amazonaws.com/Ecs",
        "This is a service-linked role, which only the AWS service itself",
    ),
    (f"arn:aws-cn:iam::{OTHER}:role/PtcConsole", "belongs to another AWS partition"),
    (f"arn:aws:iam::{OTHER}:role/", "After role/, enter"),
    (f"arn:aws:iam::{OTHER}:role/{'x' * 65}", "a name of up to 64 letters"),
    (f"arn:aws:iam::{OTHER}:role/name with blanks", "After role/, enter"),
    ("AKIAIOSFODNN7EXAMPLE", "This is an AWS access key."),
    (ACCOUNT, "This is the account of the console's credentials."),
)


def test_what_is_no_account_to_add_is_told_at_its_field(admin: Person) -> None:
    for typed, told in NO_ACCOUNTS:
        begin(admin, typed)
        assert admin.is_refused, typed
        assert told in admin.error_at(ID_LABEL), typed
    assert not Account.objects.exists()
    assert not ExternalId.objects.exists()


def test_a_role_is_named_by_its_arn_or_its_name() -> None:
    with_path = f"arn:aws:iam::{OTHER}:role/team/Path"
    for typed, arn in (
        (f"  {ROLE}\t", ROLE),
        (ROLE.replace("arn:aws:iam", "ARN:AWS:IAM"), ROLE),
        ("PtcConsole", ROLE),
        ("/team/Path", with_path),
        ("role/team/Path", with_path),
    ):
        form = AccountRoleForm({"role_arn": typed}, account_id=OTHER)
        assert form.is_valid()
        assert form.cleaned_data["role_arn"] == arn


WITHOUT_ROLE, WITH_WRONG_ID = {"role": ""}, {"external_id": "another"}
NOT_ASSUMED = "The console can't assume the role"


@pytest.mark.parametrize(
    ("role", "told", "more"),
    [
        (WITHOUT_ROLE, NOT_ASSUMED, "wait 10 seconds"),
        (WITH_WRONG_ID, NOT_ASSUMED, "the external ID that the console shows"),
        ({"trusts": "333344445555"}, NOT_ASSUMED, "is not authorized to perform: sts:AssumeRole"),
    ],
)
def test_a_role_that_does_not_trust_the_console_is_refused_until_it_does(
    admin: Person, aws: FakeAws, role: dict[str, Any], told: str, more: str
) -> None:
    external_id = begin(admin)
    aws.add_account(OTHER, **({"external_id": external_id} | role))
    admin.press("Test and add account")
    assert admin.status == 409
    assert told in admin.error_at(ROLE_LABEL)
    assert more in admin.text
    assert not Account.objects.exists()
    (event,) = events("AddAccount")
    assert event.outcome == AuditOutcome.FAILED
    # The page is the same one, so that the role can be corrected and tested again.
    aws.add_account(OTHER, external_id=external_id)
    admin.press("Test and add account")
    assert Account.objects.exists()


def denied(aws: FakeAws, **which: Any) -> None:
    aws.fail(operation="AssumeRole", code="AccessDenied", message=NO_POLICY, status=403, **which)


def throttled(aws: FakeAws) -> None:
    aws.throttle(operation="AssumeRole")


def without_answer(aws: FakeAws) -> None:
    aws.unreachable(operation="AssumeRole")


def garbled(aws: FakeAws) -> None:
    aws.garble_answer("<AssumeRoleResponse/>", operation="AssumeRole")


@pytest.mark.parametrize(
    ("trouble", "status", "told"),
    [
        (denied, 409, "The console isn't allowed to assume this role"),
        (throttled, 429, "AWS is throttling"),
        (without_answer, 504, ""),
        (garbled, 502, ""),
    ],
)
def test_trouble_of_the_test_adds_nothing_and_is_told(
    admin: Person,
    aws: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[FakeAws], None],
    status: int,
    told: str,
) -> None:
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    aws.add_account(OTHER, external_id=begin(admin))
    trouble(aws)
    admin.press("Test and add account")
    assert admin.status == status
    assert told in admin.text
    assert not Account.objects.exists()


def test_an_account_is_added_once_and_shows_the_way_to_it(admin: Person, aws: FakeAws) -> None:
    add(admin, aws)
    begin(admin)
    assert "The account is already added" in admin.error_at(ID_LABEL)
    admin.follow("Open the account")
    assert admin.url.endswith(f"/accounts/{OTHER}/")
    assert Account.objects.count() == 1


@pytest.mark.kind_aws("the console's policy names no other role than the proposed one")
def test_the_role_of_an_account_is_changed_only_to_one_that_passes_the_test(
    admin: Person, aws: FakeAws
) -> None:
    add(admin, aws, Alias="Payments")
    external_id = ExternalId.objects.get(pk=OTHER).value
    admin.open(f"/accounts/{OTHER}/role/")
    assert external_id in admin.text
    for typed in ("arn:aws:iam::333344445555:role/PtcConsole", "another"):
        admin.fill(ROLE_LABEL, typed)
        admin.press("Test and save role")
        assert admin.error_at(ROLE_LABEL)
        assert Account.objects.get(pk=OTHER).role_arn == ROLE
    arn = aws.add_account(OTHER, external_id=external_id, role="team/another")
    admin.fill(ROLE_LABEL, arn)
    admin.press("Test and save role")
    account = Account.objects.get(pk=OTHER)
    assert (account.role_arn, account.alias) == (arn, "Payments")
    assert [event.outcome for event in events("ChangeAccountRole")] == ["failed", "succeeded"]


def test_an_account_is_tested_again_and_keeps_the_result(admin: Person, aws: FakeAws) -> None:
    add(admin, aws)
    aws.add_account(OTHER, external_id=None)
    admin.press("Test again")
    assert "The role doesn't require its external ID" in admin.text
    admin.open("/accounts/")
    assert "Last test failed" in admin.text
    aws.add_account(OTHER, external_id=ExternalId.objects.get(pk=OTHER).value)
    admin.open(f"/accounts/{OTHER}/")
    admin.press("Test again")
    assert "succeeded" in admin.page.get_text()
    assert Account.objects.get(pk=OTHER).error_record is None
    assert [event.outcome for event in events("TestAccount")] == ["failed", "succeeded"]


def test_an_account_is_disabled_enabled_edited_and_removed(admin: Person, aws: FakeAws) -> None:
    add(admin, aws)
    detail = admin.url
    admin.follow("View rules")
    assert (admin.status, admin.url) == (200, f"/{OTHER}/rules/")
    admin.open(detail)
    admin.press("Disable")
    assert not Account.objects.get(pk=OTHER).is_enabled
    assert "View rules" not in admin.text
    admin.press("Enable")
    assert Account.objects.get(pk=OTHER).is_enabled
    admin.follow("Edit")
    admin.fill("Owner", "Team red")
    admin.find('input[value="eu-west-1"]')["checked"] = ""
    admin.press("Save changes")
    account = Account.objects.get(pk=OTHER)
    assert (account.owner, account.regions) == ("Team red", ["eu-west-1"])
    admin.follow("Remove")
    admin.press("Remove")
    assert admin.is_refused
    admin.fill('To confirm this removal, type "confirm".', "confirm")
    admin.press("Remove")
    assert not Account.objects.exists()
    made = AuditEvent.objects.filter(account_id=OTHER).order_by("sequence")
    assert [event.action for event in made] == [
        *("CreateExternalId", "AddAccount", "DisableAccount", "EnableAccount", "EditAccount"),
        "RemoveAccount",
    ]


def test_the_account_of_the_credentials_has_a_page_and_details_without_a_role(
    admin: Person,
) -> None:
    admin.open(f"/{ACCOUNT}/us-east-2/rules/")  # the process learns its account
    admin.open("/accounts/")
    admin.follow("1234-5678-9012")
    assert "It needs no role." in admin.text
    admin.follow("Edit")
    admin.fill("Alias", "Tools")
    admin.press("Save changes")
    assert Account.objects.get(pk=ACCOUNT).role_arn == ""
    admin.open(f"/accounts/{ACCOUNT}/role/")
    assert admin.heading == "Add account"


def test_accounts_are_found_filtered_and_sorted_by_the_database(admin: Person) -> None:
    for number, (alias, owner) in enumerate((("b", "red"), ("a", "blue"), ("", "red"))):
        Account.objects.create(
            account_id=f"21098765432{number}",
            alias=alias,
            owner=owner,
            role_arn=f"arn:aws:iam::21098765432{number}:role/PtcConsole",
            is_enabled=number != 1,
        )

    def shown(query: str) -> list[str]:
        admin.open(f"/accounts/?{query}")
        return [each.get_text(strip=True) for each in admin.page.select("tbody th")]

    assert shown("") == ["2109-8765-4322", "a", "b"]
    assert shown("sort=-alias") == ["b", "a", "2109-8765-4322"]
    assert shown("sort=owner") == ["a", "2109-8765-4322", "b"]
    assert shown("state=disabled") == ["a"]
    assert shown("state=enabled&q=red") == ["2109-8765-4322", "b"]
    assert shown("q=2109-8765-4320") == ["b"]
    assert shown("q=none") == []
    for column in ("account", "role", "state", "tested", "unknown"):
        assert len(shown(f"sort={column}")) == 3


def test_a_role_is_downloaded_in_each_format(admin: Person, aws: FakeAws) -> None:
    external_id = begin(admin)
    links = [str(each["href"]) for each in admin.page.select("a[download]")]
    assert len(links) == 4
    url = admin.url
    for link in links:
        admin.open(f"{url.partition('?')[0]}{link}")
        content = admin._content.decode()
        assert (external_id in content) == ("format=policy" not in link)
    admin.open(f"{url}&format=unknown")
    assert admin.status == 404
