"""Fixtures of the flows: an account with a secret and a role, and a signed-in person."""

import json
from dataclasses import dataclass

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in

UPSTREAM_ACCOUNT = "111122223333"
UPSTREAM_REGION = "eu-west-1"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/example-role"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(frozen=True)
class Account:
    """The resources of the account before the first rule."""

    secret_arn: str
    secret_name: str = "ecr-pullthroughcache/example1234"
    role_arn: str = ROLE_ARN


@pytest.fixture
def account(aws: FakeAws) -> Account:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    value = json.dumps({"username": "me", "accessToken": "token"})
    arn = secrets.create_secret(Name=Account.secret_name, SecretString=value)["ARN"]
    secrets.create_secret(Name="some-other-secret", SecretString=value)
    boto3.client("iam").create_role(
        RoleName="example-role", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    return Account(secret_arn=arn)


@pytest.fixture
def person(account: Account, db: None) -> Person:
    return sign_in()
