"""Fixtures: clients for the simulated AWS, and the resources that a rule may need."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from ptcconsole.fakeaws.server import FakeAws

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient

# Once is enough: a client that tries again would wait between its attempts.
ONCE: Any = Config(retries={"total_max_attempts": 1, "mode": "standard"})


@pytest.fixture(scope="session")
def client_of(aws: FakeAws) -> Callable[..., Any]:
    """Makes clients: service, Region, whether botocore checks parameters first, whose keys."""
    session = boto3.Session()

    def make(service: str, region: str = "us-east-2", *, checked: bool = True, **keys: str) -> Any:
        config = ONCE if checked else ONCE.merge(Config(parameter_validation=False))
        return session.client(service, region_name=region, config=config, **keys)  # type: ignore[call-overload]

    return make


@pytest.fixture(scope="session")
def ecr(client_of: Callable[..., "ECRClient"]) -> "ECRClient":
    """ECR in us-east-2."""
    return client_of("ecr")


@pytest.fixture(scope="session")
def unchecked_ecr(client_of: Callable[..., "ECRClient"]) -> "ECRClient":
    """ECR in us-east-2 by a client that sends whatever it is given."""
    return client_of("ecr", checked=False)


@pytest.fixture(scope="session")
def secrets(client_of: Callable[..., "SecretsManagerClient"]) -> "SecretsManagerClient":
    """Secrets Manager in us-east-2."""
    return client_of("secretsmanager")


@pytest.fixture(scope="session")
def iam(client_of: Callable[..., "IAMClient"]) -> "IAMClient":
    """IAM."""
    return client_of("iam")


@pytest.fixture(scope="session")
def sts(client_of: Callable[..., "STSClient"]) -> "STSClient":
    """STS."""
    return client_of("sts")


@pytest.fixture
def secret_arn(secrets: "SecretsManagerClient") -> str:
    """A secret with a credential that the pretend upstream registry accepts."""
    value = json.dumps({"username": "demo", "accessToken": "demo-access-token"})
    made = secrets.create_secret(Name="ecr-pullthroughcache/demo", SecretString=value)
    return made["ARN"]


@pytest.fixture
def customer_key(client_of: Callable[..., Any]) -> str:
    """The ARN of a KMS key of the account, in us-east-2."""
    return str(client_of("kms").create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def make_role(iam: "IAMClient") -> Callable[..., str]:
    """Makes a role of that name that a service may assume; answers its ARN.

    `condition` is the statement's, `more` are more statements.
    """

    def make(name: str, trusted_service: str, *more: Any, **condition: Any) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": trusted_service},
            "Action": "sts:AssumeRole",
            **condition,
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement, *more]})
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    return make
