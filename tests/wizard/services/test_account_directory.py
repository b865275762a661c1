"""The accounts of the console: their order, their roles and external IDs."""

import re

import pytest
from django.db import IntegrityError, transaction

from wizard.models import Account
from wizard.services import accounts
from wizard.services.accounts import directory

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


def test_the_account_of_the_consoles_credentials_has_no_role(db: None) -> None:
    account = Account.objects.create(account_id="111122223333", alias="tools")
    assert accounts.role_of(account) is None


def test_a_role_belongs_to_one_account_only(db: None) -> None:
    for account_id in ("111122223333", "999988887777"):
        Account.objects.create(account_id=account_id)  # without a role, any number
    Account.objects.create(account_id="222233334444", role_arn=ROLE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(account_id="333344445555", role_arn=ROLE)
