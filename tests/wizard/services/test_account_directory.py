"""The accounts of the console: their order, their roles and external IDs."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, connect
from tests.person import ACCOUNT, REGION, someone
from wizard.domain import Role, Rule, Target
from wizard.models import (
    Account,
    AuditEvent,
    ExternalId,
    FleetCount,
    LastKnownRule,
    RegionReading,
)
from wizard.services import accounts, last_known, places
from wizard.services.accounts import directory
from wizard.services.fleet import counting

ROLE = "arn:aws:iam::222233334444:role/PtcConsole"


def test_accounts_are_listed_by_alias_then_by_id(db: None) -> None:
    for account_id, alias in (("333344445555", ""), ("222233334444", "b"), ("444455556666", "a")):
        Account.objects.create(account_id=account_id, alias=alias)
    assert [each.label for each in accounts.list_accounts()] == [
        *("333344445555", "a (444455556666)", "b (222233334444)"),
    ]


def test_the_external_id_of_an_account_is_made_once_and_outlives_its_row(db: None) -> None:
    account = Account.objects.create(account_id="222233334444", role_arn=ROLE)
    role = accounts.role_of(account)
    assert role is not None
    assert re.fullmatch(r"ptc-[0-9a-f]{32}", role.external_id)
    assert role.external_id == directory.external_id_of("222233334444")
    assert role.external_id not in repr(role)
    account.delete()
    again = Account.objects.create(account_id="222233334444", role_arn=ROLE)
    assert accounts.role_of(again) == role
    other = Account.objects.create(account_id="333344445555", role_arn=ROLE.replace("2222", "3333"))
    other_role = accounts.role_of(other)
    assert other_role is not None
    assert other_role.external_id != role.external_id


@pytest.fixture
def another_thread() -> Iterator[ThreadPoolExecutor]:
    """One more thread, whose connection to the database goes with it."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool
        pool.submit(lambda: connection.close()).result()


@pytest.mark.django_db(transaction=True)
def test_two_administrators_edit_the_own_account_for_the_first_time_at_once(
    aws: FakeAws, another_thread: ThreadPoolExecutor
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one write lock")
    admin = someone("alan", Role.ADMINISTRATOR)

    def edit(alias: str, actor: User) -> None:
        accounts.edit_account(ACCOUNT, alias=alias, owner="", regions=[], actor=actor)

    def late(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "wizard_account"'):
            another_thread.submit(edit, "first", admin).result()
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(late):
        edit("second", admin)
    assert Account.objects.get().alias == "second"
    edits = AuditEvent.objects.filter(action="EditAccount").order_by("sequence")
    assert [(each.after or {})["alias"] for each in edits] == ["first", "second"]


def known_accounts() -> set[str]:
    """The accounts of which something is shown that was read."""
    rules = LastKnownRule.objects.values_list("account_id", flat=True)
    regions = RegionReading.objects.values_list("account_id", flat=True)
    return {*rules, *regions}


def test_what_was_read_of_an_account_goes_with_it(aws: FakeAws, db: None) -> None:
    home = places.default_target()
    for account_id in (OTHER_ACCOUNT, THIRD_ACCOUNT):
        connect(aws, account_id)
    # As if the role had been that of another console, whose account is this one's own.
    ExternalId.objects.create(account_id=ACCOUNT, value="ptc-own")
    found = {
        Target(account_id=each, region=REGION): [
            Rule(registry_id=each, ecr_repository_prefix="quay", upstream_registry_url="quay.io")
        ]
        for each in (ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT)
    }
    last_known.remember_everywhere(found, asked_at=timezone.now())
    assert known_accounts() == {home.account_id, OTHER_ACCOUNT, THIRD_ACCOUNT}
    accounts.remove_account(OTHER_ACCOUNT, actor=someone("alan", Role.ADMINISTRATOR))
    assert known_accounts() == {ACCOUNT, THIRD_ACCOUNT}
    # A sweep that had begun before stores what it has read.
    last_known.remember_everywhere(found, asked_at=timezone.now())
    assert counting.count_today()
    assert known_accounts() == {ACCOUNT, THIRD_ACCOUNT}
    assert not FleetCount.objects.filter(account_id=OTHER_ACCOUNT).exists()


def test_the_account_of_the_consoles_credentials_has_no_role(db: None) -> None:
    account = Account.objects.create(account_id="111122223333", alias="tools")
    assert accounts.role_of(account) is None


def test_a_role_belongs_to_one_account_only(db: None) -> None:
    for account_id in ("111122223333", "999988887777"):
        Account.objects.create(account_id=account_id)  # without a role, any number
    Account.objects.create(account_id="222233334444", role_arn=ROLE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(account_id="333344445555", role_arn=ROLE)
