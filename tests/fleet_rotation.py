"""Accounts by a role whose rules use secrets, for rotations over accounts."""

import json

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import client_in, connect
from tests.person import REGION
from wizard.domain import Target
from wizard.services import usable_accounts
from wizard.services.rules import read_everywhere

HOST = "registry-1.docker.io"
HUB = "ecr-pullthroughcache/docker-hub"
PUT = "PutSecretValue"


def furnish(aws: FakeAws, *account_ids: str) -> None:
    """In each account a secret and a rule of Docker Hub; the console has read them."""
    for account_id in account_ids:
        connect(aws, account_id, alias=f"team-{account_id[:4]}")
        add_rule(aws, account_id, "docker-hub", add_secret(aws, account_id))
        usable_accounts.check_account(account_id)
    read(*account_ids)


def add_rule(
    aws: FakeAws, account_id: str, prefix: str, arn: str, host: str = HOST, region: str = REGION
) -> None:
    client_in(aws, "ecr", account_id, region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl=host, credentialArn=arn
    )


def add_secret(aws: FakeAws, account_id: str, name: str = HUB, region: str = REGION) -> str:
    value = json.dumps({"username": "demo", "accessToken": "old"})
    manager = client_in(aws, "secretsmanager", account_id, region)
    return str(manager.create_secret(Name=name, SecretString=value)["ARN"])


def read(*account_ids: str, regions: tuple[str, ...] = (REGION,)) -> None:
    """The console reads the rules of these accounts."""
    targets = [Target(account_id=each, region=code) for each in account_ids for code in regions]
    list(read_everywhere(targets=targets))


def value(aws: FakeAws, account_id: str, name: str = HUB, region: str = REGION) -> str:
    manager = client_in(aws, "secretsmanager", account_id, region)
    kept = json.loads(manager.get_secret_value(SecretId=name)["SecretString"])
    return str(kept["accessToken"])


def versions(aws: FakeAws, account_id: str, name: str = HUB) -> int:
    manager = client_in(aws, "secretsmanager", account_id)
    listed = manager.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)
    return len(listed["Versions"])
