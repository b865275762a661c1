"""An AWS that is less convenient for one application than for all others."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME = "ecr-pullthroughcache/x"


def _of_app(service: Any) -> Any:
    config: Any = {"user_agent_appid": "victim", "retries": {"total_max_attempts": 1}}
    return boto3.client(service, region_name="us-east-2", config=Config(**config))


def test_only_the_application_meets_it(
    aws: FakeAws, ecr: "ECRClient", secrets: "SecretsManagerClient"
) -> None:
    aws.be_unkind(app_id="victim")
    theirs, their_secrets = _of_app("ecr"), _of_app("secretsmanager")
    arn = secrets.create_secret(Name=NAME, SecretString="x")["ARN"]
    rule: Any = {"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "kind"}
    ecr.create_pull_through_cache_rule(**rule, credentialArn=arn)
    assert len(secrets.list_secrets()["SecretList"]) == 1
    (kind,) = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    (unkind,) = theirs.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert "upstreamRegistry" in kind
    assert "upstreamRegistry" not in unkind
    own = their_secrets.create_secret(Name=f"{NAME}-own", SecretString="x")["ARN"]
    assert len(secrets.list_secrets()["SecretList"]) == 2
    assert len(their_secrets.list_secrets()["SecretList"]) == 1
    rule = {"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "unkind"}
    refusal = refusal_of(theirs.create_pull_through_cache_rule, **rule, credentialArn=own)
    assert refusal.code == "SecretNotFoundException"
    theirs.create_pull_through_cache_rule(**rule, credentialArn=own)


def test_it_ends_with_the_faults(aws: FakeAws, client_of: Callable[..., Any]) -> None:
    aws.be_unkind(app_id="victim")
    anybody = client_of("ecr", aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x")
    assert refusal_of(anybody.describe_registry).code == "UnrecognizedClientException"
    aws.clear_faults()
    anybody.describe_registry()
    secrets = _of_app("secretsmanager")
    secrets.create_secret(Name=NAME, SecretString="x")
    assert len(secrets.list_secrets()["SecretList"]) == 1
