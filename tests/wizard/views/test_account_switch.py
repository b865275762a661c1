"""Switching between accounts: the menu, the page to choose from, and what keeps the last one."""

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, client_in, connect
from tests.faults.addresses import make_rule
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Place, Role
from wizard.models import Account

CHOICE = "/switch-account/"
THERE = f"/{OTHER_ACCOUNT}/{REGION}/rules/"


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture
def two(aws: FakeAws, db: None) -> Account:
    return connect(aws, alias="Payments", owner="Team blue", rules={REGION: {"there": "quay.io"}})


def names(person: Person) -> list[str]:
    person.open(CHOICE)
    return [each.get_text() for each in person.page.select("tbody th a")]


def menu(person: Person) -> str:
    return person.find(".top-bar-menus").get_text(" ", strip=True)


def test_with_one_account_nothing_offers_to_switch(aws: FakeAws, person: Person) -> None:
    person.open_rules()
    assert "Switch account" not in menu(person)
    assert names(person) == [ACCOUNT]


def test_the_menu_names_the_account_by_its_alias_and_leads_to_the_others(
    aws: FakeAws, person: Person, two: Account
) -> None:
    person.open_rules()
    person.follow("Switch account")
    assert names(person) == ["Payments", ACCOUNT]
    assert person.find("tr[aria-current] th a").get_text() == ACCOUNT
    person.follow("Payments")
    assert person.url == THERE
    assert "there" in person.text
    assert "@ Payments" in menu(person).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("shown", "there"),
    [
        (f"{REGION}/secrets/", f"{REGION}/secrets/"),
        (f"{REGION}/new-secret/", f"{REGION}/secrets/"),
        ("rules/", "rules/"),
        ("operations/", "operations/"),
        (f"{REGION}/rules/here/details/", f"{REGION}/rules/"),
        (f"{REGION}/rules/both/details/", f"{REGION}/rules/both/details/"),
    ],
)
def test_the_menu_leads_to_the_same_page_of_the_other_account(
    aws: FakeAws, person: Person, two: Account, shown: str, there: str
) -> None:
    make_rule("here")
    make_rule("both")
    client_in(aws, "ecr").create_pull_through_cache_rule(
        ecrRepositoryPrefix="both", upstreamRegistryUrl="quay.io"
    )
    person.open(f"/{ACCOUNT}/{shown}")
    person.follow("Switch account")
    person.follow("Payments")
    assert person.status == 200
    assert person.url.partition("?")[0] == f"/{OTHER_ACCOUNT}/{there}"
    is_told = "Rule here does not exist in" in person.page.get_text()
    assert is_told == ("here" in shown)


@pytest.mark.parametrize(
    "query",
    [
        "to=rule-detail",
        "to=rule-detail&prefix=../../x",
        "to=rule-detail&prefix=A",
        "to=https://example.com/",
        "to=sign-out",
        "to=secret-delete&prefix=x",
        "to=%00",
        "to=rule-list&prefix=x",
    ],
)
def test_an_address_of_no_page_leads_to_the_rules(
    aws: FakeAws, person: Person, two: Account, query: str
) -> None:
    person.open(f"{CHOICE}?{query}&q=Pay")
    (link,) = person.page.select("tbody th a")
    assert link["href"] == THERE


def test_pages_without_an_account_stay_in_the_one_that_was_shown_last(
    aws: FakeAws, person: Person, two: Account
) -> None:
    make_rule("here")
    person.open_rules()
    person.open(THERE)
    for page in ("/account/", "/help/"):
        person.open(page)
        assert person.page.select(f'nav a[href^="/{OTHER_ACCOUNT}/"]'), page
        assert not person.page.select(f'nav a[href^="/{ACCOUNT}/"]'), page
    person.open("/search/?q=there")
    assert person.page.select(f'a[href^="{THERE}there/"]')
    person.open("/search/?q=here")
    assert not person.page.select(f'a[href^="/{ACCOUNT}/"]')
    person.open("/")
    assert person.url == THERE
    Account.objects.update(is_enabled=False)
    person.open("/")
    assert person.url == f"/{ACCOUNT}/{REGION}/rules/"


def test_each_person_is_offered_the_accounts_of_their_grants(
    aws: FakeAws, person: Person, two: Account
) -> None:
    connect(aws, THIRD_ACCOUNT)
    Account.objects.filter(pk=THIRD_ACCOUNT).update(is_enabled=False)
    person.open_rules()
    assert names(person) == ["Payments", ACCOUNT]
    nora = sign_in("nora", Role.VIEWER, Place(account_id=OTHER_ACCOUNT, region="eu-west-1"))
    nora.open("/")
    assert nora.url == f"/{OTHER_ACCOUNT}/eu-west-1/rules/"
    assert names(nora) == ["Payments"]
    sam = sign_in("sam", Role.VIEWER, Place(account_id=THIRD_ACCOUNT))
    assert names(sam) == []
    assert "No accounts" in sam.text


def test_a_cookie_of_another_account_opens_nothing(
    aws: FakeAws, person: Person, two: Account
) -> None:
    nora = sign_in("nora", Role.VIEWER, Place(account_id=ACCOUNT))
    for typed in (OTHER_ACCOUNT, "999999999999", "12345678901x", "", "../" * 40):
        nora.client.cookies["account"] = typed
        nora.open("/")
        assert nora.url == f"/{ACCOUNT}/{REGION}/rules/"
        nora.open("/account/")
        assert OTHER_ACCOUNT not in nora.text
