"""`manage.py demoaccounts USERNAME`: the further accounts of the demo, as administrators add them.

Their external IDs are those that the simulated AWS has in its demo, because nobody deploys a role
there. One account has lost its role since it was added. Another one is left to be added.
"""

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from wizard.domain.accounts import role_arn_of
from wizard.domain.origins import Origin, Way, acting
from wizard.models import Account, ExternalId
from wizard.services import accounts, places

TO_ADD: Final = "555566667777"
ADDED: Final = (
    accounts.NewAccount(
        account_id="210987654321",
        role_arn=role_arn_of("210987654321"),
        alias="shop-production",
        owner="Shop",
        regions=("eu-west-1", "us-east-2"),
    ),
    accounts.NewAccount(
        account_id="333344445555",
        role_arn=role_arn_of("333344445555"),
        alias="shop-staging",
        owner="Shop",
        regions=("ap-northeast-1", "eu-central-1", "eu-west-1"),
    ),
)
LOST: Final = "444455556666"


class Command(BaseCommand):
    help = "Give the demo further accounts, once. Only for the simulated AWS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="an administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SIMULATED_AWS:
            raise CommandError("The AWS is not simulated.")
        if Account.objects.exists():
            return
        actor = User.objects.get(username=options["username"])
        origin = Origin(user_id=actor.pk, username=actor.get_username(), way=Way.COMMAND)
        with acting(origin):
            _add(places.default_target().account_id, actor)


def _add(own: str, actor: User) -> None:
    for account_id in (TO_ADD, LOST, *(each.account_id for each in ADDED)):
        ExternalId.objects.get_or_create(
            account_id=account_id, defaults={"value": f"ptc-{account_id:0>32}"}
        )
    accounts.edit_account(own, alias="platform", owner="Platform", regions=[], actor=actor)
    for new in ADDED:
        accounts.add_account(new, actor=actor)
    Account.objects.create(
        account_id=LOST,
        role_arn=role_arn_of(LOST),
        alias="data-warehouse",
        owner="Data",
        regions=["us-east-2"],
        added_by=actor,
    )
    accounts.test_account(LOST, actor=actor)
