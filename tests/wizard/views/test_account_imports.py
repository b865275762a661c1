"""Lists of accounts: what is read of them, the plan, and adding its accounts; Organizations."""

import json
from collections.abc import Sequence

import pytest
import yaml

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, Person, sign_in
from tests.worker import work
from wizard.domain import Role
from wizard.domain.account_lists import ListedAccount, is_role_template, read_accounts
from wizard.domain.imports import ImportProblem
from wizard.models import Account, AccountImport, AuditEvent, ExternalId, PlannedAccount
from wizard.services.accounts import planned

ONE, TWO, THREE = "210987654321", "333344445555", "444455556666"
REGIONS = ("eu-west-1", "us-east-2")


@pytest.fixture
def admin(aws: FakeAws, db: None) -> Person:
    return sign_in("alan", Role.ADMINISTRATOR)


def read(text: str) -> list[ListedAccount]:
    return read_accounts(text, role="PtcConsole", regions=REGIONS)


def ids_and_problems(text: str) -> list[tuple[str, str]]:
    return [(each.account_id, each.problem) for each in read(text)]


def plan(admin: Person, text: str, role: str = "PtcConsole") -> None:
    admin.open("/accounts/import/")
    admin.fill("Text", text)
    admin.find('form[enctype] input[name="role"]')["value"] = role
    admin.press("Show plan")


def follow(admin: Person) -> None:
    """Let the background do what was begun, and look at the plan again."""
    assert "You can leave this page. The operation continues." in admin.text
    work()
    admin.follow("Refresh")


def states() -> dict[str, str]:
    return dict(PlannedAccount.objects.values_list("account_id", "state"))


@pytest.mark.parametrize(
    "text",
    [
        f"account_id,alias,owner,role_arn,regions\n{ONE},Web,Red,team/Ptc,eu-west-1 us-east-2\n",
        f"\ufeffAccount ID;Name;Team;Role;Regions\r\n{ONE};Web;Red;team/Ptc;eu-west-1|us-east-2",
        f"{ONE}\tWeb\tRed\tarn:aws:iam::{ONE}:role/team/Ptc\tEU-WEST-1, us-east-2",
        'id,alias,email,owner,role,regions\n2109-8765-4321,Web,a@b.c,Red,team/Ptc,"eu-west-1,us-east-2"',
        f'[{{"accountId": {ONE}, "alias": "Web", "owner": "Red", "roleArn": "team/Ptc",'
        ' "regions": ["eu-west-1", "us-east-2"]}]',
    ],
)
def test_a_list_is_read_in_each_format(text: str) -> None:
    assert read(text) == [
        ListedAccount(
            account_id=ONE,
            alias="Web",
            owner="Red",
            role_arn=f"arn:aws:iam::{ONE}:role/team/Ptc",
            regions=REGIONS,
        )
    ]


def test_short_lists_and_answers_of_the_cli_are_read() -> None:
    assert ids_and_problems(f"{ONE}\n{TWO}\n") == [(ONE, ""), (TWO, "")]
    assert ids_and_problems(f'["{ONE}"]') == [(ONE, "")]
    answer = f'{{"Accounts": [{{"Id": "{ONE}", "Name": "Web", "Status": "SUSPENDED"}}]}}'
    assert ids_and_problems(answer) == [(ONE, "suspended")]


def test_what_spreadsheets_do_to_account_ids_is_told() -> None:
    text = f'="{ONE}",\n\'{TWO},\n10987654321,\n2.10988E+11,\nteam-1,\n 4444 5555 6666 ,\n'
    assert ids_and_problems(f"account_id,alias\n{text}") == [
        *((ONE, ""), (TWO, ""), ("10987654321", "zeros"), ("2.10988E+11", "rounded")),
        *(("team-1", "id"), (THREE, "")),
    ]


def test_each_account_has_its_own_problem() -> None:
    rows = [
        (f"{ONE},,,,", ""),
        (f"{ONE},,,,", "twice"),
        (f"{TWO},{'x' * 65},,,", "alias"),
        (f"{TWO},,{'x' * 129},,", "owner"),
        (f"{TWO},,,,eu-nowhere-9", "regions"),
        (f"{TWO},,,arn:aws:iam::{ONE}:role/Ptc,", "role-account"),
        (f"{TWO},,,arn:aws-cn:iam::{TWO}:role/Ptc,", "role-partition"),
        (f"{TWO},,,arn:aws:iam::{TWO}:user/Ptc,", "role-name"),
        (f"{TWO},,,aws-service-role/x/y,", "service-role"),
    ]
    text = "account_id,alias,owner,role_arn,regions\n" + "\n".join(row for row, _ in rows)
    assert [each.problem for each in read(text)] == [problem for _row, problem in rows]


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "name,owner\nWeb,Red", "[1", "[[]]", '{"a": 1}\x00', f'{ONE},"open', "[" * 50_000],
)
def test_what_is_no_list_is_told_as_such(text: str) -> None:
    try:
        found: Sequence[ListedAccount] = read(text)
    except ImportProblem:
        return
    assert all(each.problem for each in found)


def test_a_role_template_is_a_name_or_an_arn_of_any_account() -> None:
    for text in ("PtcConsole", "/team/Ptc", "arn:aws:iam::{account_id}:role/Ptc-{account_id}"):
        assert is_role_template(text)
    for text in ("arn:aws:iam::210987654321:role/Ptc", "a b", "arn:aws:iam::{account_id}:user/x"):
        assert not is_role_template(text)


def test_a_list_becomes_a_plan_and_the_plan_accounts(admin: Person, aws: FakeAws) -> None:
    Account.objects.create(account_id=THREE)
    plan(admin, f"account_id,alias\n{ONE},Web\n{TWO},Data\n{THREE},\n{ACCOUNT},\n123,\n")
    assert admin.heading == "Plan of accounts"
    assert states() == {
        **{ONE: "planned", TWO: "planned", THREE: "exists"},
        **{ACCOUNT: "refused", "123": "refused"},
    }
    assert "This is not an account ID of 12 digits." in admin.text
    ids = dict(ExternalId.objects.values_list("account_id", "value"))
    assert set(ids) == {ONE, TWO}
    assert not any(value in admin.page.get_text() for value in ids.values())
    for text, matches in (("2109-8765", 1), ("123", 2), ("web", 1), ("-", 0)):
        admin.open(f"/accounts/imports/{AccountImport.objects.get().pk}/?q={text}")
        assert len(admin.page.select("#list-results tbody tr")) == matches, text
    admin.open(f"/accounts/imports/{AccountImport.objects.get().pk}/")
    # One template creates both roles, each with its own external ID.
    admin.follow("Show templates")
    admin.open(f"{admin.url}?format=cloudformation-1")
    template = yaml.safe_load(admin._content)
    assert template["Mappings"]["ExternalIds"] == {
        each: {"Value": value} for each, value in ids.items()
    }
    aws.add_account(ONE, external_id=ids[ONE])
    aws.add_account(TWO, external_id=None)
    made = AccountImport.objects.get()
    admin.open(f"/accounts/imports/{made.pk}/")
    admin.press("Test and add accounts")
    follow(admin)
    assert (states()[ONE], states()[TWO]) == ("added", "failed")
    assert "The role doesn't require its external ID" in admin.text
    account = Account.objects.get(pk=ONE)
    assert (account.alias, account.role_arn) == ("Web", f"arn:aws:iam::{ONE}:role/PtcConsole")
    assert not Account.objects.filter(pk=TWO).exists()
    aws.add_account(TWO, external_id=ids[TWO])
    admin.press("Retry failed")
    follow(admin)
    assert states()[TWO] == "added"
    assert "All accounts of the plan that can be added are added." in admin.text
    outcomes = AuditEvent.objects.filter(action="AddAccount").order_by("sequence")
    assert [(each.subject, each.outcome) for each in outcomes] == [
        *((ONE, "succeeded"), (TWO, "failed"), (TWO, "succeeded")),
    ]


def test_adding_many_accounts_is_followed_and_stopped(
    admin: Person, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned, "AT_ONCE", 2)
    ids = [f"21098765432{number}" for number in range(3)]
    plan(admin, "\n".join(ids))
    for each in ids:
        aws.add_account(each, external_id=ExternalId.objects.get(pk=each).value)
    admin.press("Test and add accounts")
    assert "3 accounts are left." in admin.text
    assert admin.find("#plan-progress")["hx-trigger"] == "every 3s"
    assert admin.find('noscript meta[http-equiv="refresh"]')
    admin.press("Stop adding accounts")
    assert admin.page.select("[hx-trigger*=every]") == []
    work()
    assert Account.objects.count() == 0
    admin.press("Test and add accounts")
    follow(admin)
    assert Account.objects.count() == 3
    assert admin.page.select("[hx-trigger*=every]") == []


def test_a_text_that_is_no_list_and_a_wrong_role_are_told_at_their_fields(admin: Person) -> None:
    plan(admin, "name,owner\nWeb,Red")
    assert "account_id" in admin.error_at("Text")
    plan(admin, ONE, role="arn:aws:iam::{account_id}:user/x")
    assert "This is not the name or the ARN of a role." in admin.text
    admin.open("/accounts/import/")
    admin.press("Show plan")
    assert "Enter a text, or choose a file." in admin.error_at("Text")
    assert not AccountImport.objects.exists()
    admin.open("/accounts/imports/00000000-0000-4000-8000-000000000000/")
    assert admin.status == 404


def test_the_organization_becomes_a_plan_page_by_page(admin: Person, aws: FakeAws) -> None:
    members = [f"{number:012}" for number in range(1, 46)]
    for each in members:
        aws.add_to_organization(each, name=f"team-{int(each)}")
    aws.add_to_organization(members[0], state="SUSPENDED")
    admin.open("/accounts/import/")
    admin.press("List accounts")
    assert admin.heading == "Plan of accounts"
    assert PlannedAccount.objects.count() == 20
    assert "The organization has more accounts." in admin.text
    admin.press("List more accounts")
    found = states()
    assert set(found) == {ACCOUNT, *members}
    assert (found[ACCOUNT], found[members[0]], found[members[1]]) == (
        *("refused", "refused", "planned"),
    )
    assert "The account is suspended or closed in the organization." in admin.text
    assert PlannedAccount.objects.get(account_id=members[1]).alias == "team-2"
    assert "The organization has more accounts." not in admin.text


def test_an_organization_that_cannot_be_listed_is_told_as_such(admin: Person, aws: FakeAws) -> None:
    admin.open("/accounts/import/")
    admin.press("List accounts")
    assert "The console's account isn't in an organization" in admin.text
    aws.add_to_organization(ACCOUNT, manager=ONE)
    admin.open("/accounts/import/")
    admin.press("List accounts")
    assert "The console can't list the accounts of the organization" in admin.text
    assert "delegated administrator" in admin.text
    assert not AccountImport.objects.exists()


@pytest.mark.promise("F16")
def test_a_list_of_the_organization_without_an_end_is_told_as_such(
    admin: Person, aws: FakeAws
) -> None:
    """Whether the token is the same each time, or another one for the same accounts."""
    for number in range(1, 30):
        aws.add_to_organization(f"{number:012}")
    for fault in ("token", "accounts"):
        admin.open("/accounts/import/")
        admin.press("List accounts")
        made = AccountImport.objects.latest("created_at")
        if fault == "token":
            again = json.dumps({"Accounts": [], "NextToken": made.next_token})
            aws.garble_answer(again, operation="ListAccounts")
        else:
            aws.endless_pages(operation="ListAccounts")
            admin.press("List more accounts")
        assert made.rows.count() <= 40
        admin.press("List more accounts")
        assert "The list does not end." in admin.text
        assert made.rows.count() <= 40
        aws.clear_faults()


def test_a_list_of_the_organization_that_breaks_off_keeps_what_it_has(
    admin: Person, aws: FakeAws
) -> None:
    for number in range(1, 30):
        aws.add_to_organization(f"{number:012}")
    admin.open("/accounts/import/")
    admin.press("List accounts")
    aws.fail(operation="ListAccounts", code="InvalidInputException", message="Not this token.")
    admin.press("List more accounts")
    assert "Not this token." in admin.text
    assert PlannedAccount.objects.count() == 20
    aws.clear_faults()
    admin.press("List more accounts")
    assert PlannedAccount.objects.count() == 30
