"""The further accounts of the demo: the console and the simulated AWS agree on their roles."""

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.demo_accounts import seed_accounts
from ptcconsole.fakeaws.server import FakeAws
from tests.person import someone
from wizard.domain import Role
from wizard.domain.accounts import role_arn_of
from wizard.domain.errors import RoleNotTrusting
from wizard.domain.origins import Origin, Way, acting
from wizard.management.commands.demoaccounts import TO_ADD
from wizard.models import Account
from wizard.services import accounts

pytestmark = pytest.mark.django_db(transaction=True)


def test_accounts_are_added_once_of_which_one_has_lost_its_role_and_one_waits(
    aws: FakeAws, settings: Settings
) -> None:
    user = someone("admin", Role.ADMINISTRATOR)
    seed_accounts(aws)
    settings.SIMULATED_AWS = True
    call_command("demoaccounts", "admin")
    found = {each.alias: each for each in Account.objects.all()}
    assert set(found) == {"platform", "shop-production", "shop-staging", "data-warehouse"}
    assert isinstance(found["data-warehouse"].error, RoleNotTrusting)
    assert found["shop-production"].error is None
    new = accounts.NewAccount(account_id=TO_ADD, role_arn=role_arn_of(TO_ADD))
    with acting(Origin(user_id=user.pk, username="admin", way=Way.COMMAND)):
        accounts.add_account(new, actor=user)
    call_command("demoaccounts", "admin")
    assert Account.objects.count() == 5


def test_it_is_refused_where_aws_is_not_simulated(settings: Settings) -> None:
    settings.SIMULATED_AWS = False
    with pytest.raises(CommandError, match="not simulated"):
        call_command("demoaccounts", "admin")
