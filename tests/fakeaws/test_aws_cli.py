"""The real AWS CLI with the simulated AWS: the user guide's ten examples, and refused calls."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.flows.examples import CLI_EXAMPLES, REGION, CliExample

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
PLACEHOLDERS = {
    "account_id": ACCOUNT,
    "upstream_account_id": OTHER_ACCOUNT,
    "upstream_region": "eu-west-1",
}
KINDS = {
    "ecr-public": "ecr-public",
    "kubernetes": "k8s",
    "quay": "quay",
    "docker-hub": "docker-hub",
    "github": "github-container-registry",
    "azure": "azure-container-registry",
    "gitlab": "gitlab-container-registry",
    "ecr": "ecr",
    "chainguard": "chainguard",
}

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cli(aws: FakeAws, tmp_path: Path) -> Cli:
    """Runs `aws ecr ...` as a person without any configuration of their own would."""
    environment = {
        **{name: value for name, value in os.environ.items() if name.startswith("AWS_")},
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_MAX_ATTEMPTS": "1",
    }
    program = str(Path(sys.executable).with_name("aws"))

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [program, "ecr", *arguments, "--endpoint-url", aws.url]
        return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)

    return run


def _command(example: CliExample, secret_arn: str, role_arn: str) -> list[str]:
    command = [
        "create-pull-through-cache-rule",
        *("--ecr-repository-prefix", example.prefix),
        *("--upstream-registry-url", example.upstream_url.format(**PLACEHOLDERS)),
        *("--region", example.region),
    ]
    if example.needs_secret:
        command += ["--credential-arn", secret_arn]
    if example.needs_role:
        command += ["--custom-role-arn", role_arn]
    return command


def test_the_guide_has_ten_examples_for_one_region() -> None:
    assert len(CLI_EXAMPLES) == 10
    assert {example.region for example in CLI_EXAMPLES} == {REGION}


@pytest.mark.parametrize("example", CLI_EXAMPLES, ids=lambda example: example.heading)
def test_an_example_of_the_guide_creates_exactly_its_rule(
    cli: Cli, ecr: "ECRClient", secrets: "SecretsManagerClient", example: CliExample
) -> None:
    """The rule is read by boto3, because the CLI takes a second for each command."""
    name = "ecr-pullthroughcache/example1234"
    secret_arn = secrets.create_secret(Name=name, SecretString="{}")["ARN"]
    role_arn = f"arn:aws:iam::{ACCOUNT}:role/example-role"
    created = cli(*_command(example, secret_arn, role_arn))
    assert (created.returncode, created.stderr) == (0, "")
    rule: dict[str, Any] = json.loads(created.stdout)
    listed: Any = ecr.describe_pull_through_cache_rules()
    (described,) = listed["pullThroughCacheRules"]
    created_at = rule.pop("createdAt")
    assert described.pop("createdAt").timestamp() == pytest.approx(created_at)
    assert described == rule
    expected: dict[str, Any] = {
        "ecrRepositoryPrefix": example.prefix,
        "upstreamRegistryUrl": example.upstream_url.format(**PLACEHOLDERS),
        "upstreamRegistry": KINDS[example.prefix],
        "registryId": ACCOUNT,
    }
    if example.needs_secret:
        expected["credentialArn"] = secret_arn
    if example.needs_role:
        expected["customRoleArn"] = role_arn
    assert rule == expected


QUAY = ("--ecr-repository-prefix", "quay", "--upstream-registry-url", "quay.io")
GITHUB = ("--ecr-repository-prefix", "gh", "--upstream-registry-url", "ghcr.io")
NO_SECRET = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:ecr-pullthroughcache/none1234"


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (
            "InvalidParameterException",
            ("--ecr-repository-prefix", "Quay", "--upstream-registry-url", "quay.io"),
        ),
        (
            "UnsupportedUpstreamRegistryException",
            ("--ecr-repository-prefix", "hb", "--upstream-registry-url", "harbor.example.com"),
        ),
        pytest.param("UnsupportedUpstreamRegistryException", GITHUB, marks=pytest.mark.thorough),
        ("SecretNotFoundException", (*GITHUB, "--credential-arn", NO_SECRET)),
        pytest.param(
            "InvalidParameterException",
            (*QUAY, "--upstream-registry", "k8s"),
            marks=pytest.mark.thorough,
        ),
        ("AccessDeniedException", (*QUAY, "--registry-id", OTHER_ACCOUNT)),
    ],
)
def test_a_refused_create_shows_awss_error_code(
    cli: Cli, code: str, arguments: tuple[str, ...]
) -> None:
    refused = cli("create-pull-through-cache-rule", *arguments)
    assert refused.returncode != 0
    assert f"An error occurred ({code}) when calling the CreatePullThroughCacheRule" in (
        refused.stderr
    )


def test_a_prefix_in_use_an_unknown_one_and_a_refused_call_show_their_codes(
    aws: FakeAws, cli: Cli
) -> None:
    assert cli("create-pull-through-cache-rule", *QUAY).returncode == 0
    again = cli("create-pull-through-cache-rule", *QUAY)
    assert "(PullThroughCacheRuleAlreadyExistsException)" in again.stderr
    nothing = cli("update-pull-through-cache-rule", "--ecr-repository-prefix", "quay")
    assert "(InvalidParameterException)" in nothing.stderr
    unknown = cli("delete-pull-through-cache-rule", "--ecr-repository-prefix", "unknown")
    assert "(PullThroughCacheRuleNotFoundException)" in unknown.stderr
    aws.refuse(operation="DescribePullThroughCacheRules")
    assert "(AccessDeniedException)" in cli("describe-pull-through-cache-rules").stderr


def test_the_cli_validates_and_deletes(cli: Cli) -> None:
    cli("create-pull-through-cache-rule", *QUAY)
    validated = cli("validate-pull-through-cache-rule", "--ecr-repository-prefix", "quay")
    assert json.loads(validated.stdout)["isValid"] is True
    assert cli("delete-pull-through-cache-rule", "--ecr-repository-prefix", "quay").returncode == 0
    left = json.loads(cli("describe-pull-through-cache-rules").stdout)
    assert left == {"pullThroughCacheRules": []}
