"""Accounts that the console works in by a role, in the simulated AWS and in the database."""

from collections.abc import Mapping
from typing import Any

import boto3

from ptcconsole.fakeaws.server import FakeAws
from tests.person import REGION
from wizard.domain.accounts import AccountRole
from wizard.models import Account, ExternalId

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


def client_in(
    aws: FakeAws, service: str, account_id: str = OTHER_ACCOUNT, region: str = REGION
) -> Any:
    """Return boto3's client with keys of an account, for what a test looks at itself."""
    client: Any = boto3.client(service, region_name=region, **aws.keys_of(account_id))  # type: ignore[call-overload]
    return client
