"""Accounts that the console works in by a role, in the simulated AWS and in the database."""

from collections.abc import Mapping
from typing import Any

import boto3
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.person import REGION
from wizard.domain import Role
from wizard.domain.accounts import AccountRole
from wizard.models import Account, ExternalId, Grant

OTHER_ACCOUNT = "210987654321"
THIRD_ACCOUNT = "333344445555"
Rules = Mapping[str, Mapping[str, str]]


def role_in(
    aws: FakeAws, account_id: str = OTHER_ACCOUNT, rules: Rules | None = None
) -> AccountRole:
    """Make a role in an account of the simulated AWS that the console may assume."""
    external_id = f"ptc-{account_id}"
    arn = aws.add_account(account_id, external_id=external_id, rules=rules or {})
    return AccountRole(account_id=account_id, role_arn=arn, external_id=external_id)


def connect(
    aws: FakeAws, account_id: str = OTHER_ACCOUNT, rules: Rules | None = None, **members: Any
) -> Account:
    """Make the same, and the account's rows."""
    role = role_in(aws, account_id, rules)
    ExternalId.objects.create(account_id=account_id, value=role.external_id)
    return Account.objects.create(account_id=account_id, role_arn=role.role_arn, **members)


def operator_in(aws: FakeAws, *account_ids: str, rules: Rules | None = None) -> User:
    """Connect the accounts, each with these rules, and return a person who is operator of them."""
    for account_id in account_ids:
        connect(aws, account_id, rules)
    return operator_of(*account_ids)


def operator_of(*account_ids: str) -> User:
    """Return a person who is operator of the accounts, which may be connected or not."""
    user = User.objects.create_user("oda")
    for account_id in account_ids:
        Grant.objects.create(user=user, role=Role.OPERATOR, account_id=account_id)
    return user


def client_in(
    aws: FakeAws, service: str, account_id: str = OTHER_ACCOUNT, region: str = REGION
) -> Any:
    """Return boto3's client with keys of an account, for what a test looks at itself."""
    client: Any = boto3.client(service, region_name=region, **aws.keys_of(account_id))  # type: ignore[call-overload]
    return client
