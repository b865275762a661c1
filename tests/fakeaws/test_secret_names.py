"""The names that CreateSecret accepts."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


@pytest.mark.parametrize("name", ["a", "ecr-pullthroughcache/A.b_c+d=e@f-1", "n" * 512])
def test_a_legal_name_is_taken(secrets: "SecretsManagerClient", name: str) -> None:
    assert secrets.create_secret(Name=name, SecretString="x")["Name"] == name


@pytest.mark.parametrize("name", ["bad name", "ecr-pullthroughcache/ü", "a:b", "a!", "a\n"])
def test_a_name_with_other_characters_is_refused(
    secrets: "SecretsManagerClient", name: str
) -> None:
    refusal = refusal_of(secrets.create_secret, Name=name, SecretString="x")
    assert refusal.code == "ValidationException"
    assert refusal.message == (
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
        "following: -/_+=.@!"
    )


def test_a_name_of_513_characters_is_refused(secrets: "SecretsManagerClient") -> None:
    refusal = refusal_of(secrets.create_secret, Name="n" * 513, SecretString="x")
    assert refusal.code == "ValidationException"
    assert "Member must have length less than or equal to 512" in refusal.message


def test_a_name_in_use_is_refused(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name="ecr-pullthroughcache/x", SecretString="x")
    refusal = refusal_of(secrets.create_secret, Name="ecr-pullthroughcache/x", SecretString="y")
    assert refusal.code == "ResourceExistsException"
    assert refusal.message == (
        "The operation failed because the secret ecr-pullthroughcache/x already exists."
    )


def test_a_name_scheduled_for_deletion_stays_taken_until_it_is_restored(
    secrets: "SecretsManagerClient",
) -> None:
    secrets.create_secret(Name="ecr-pullthroughcache/x", SecretString="x")
    secrets.delete_secret(SecretId="ecr-pullthroughcache/x")
    refusal = refusal_of(secrets.create_secret, Name="ecr-pullthroughcache/x", SecretString="y")
    assert refusal.code == "InvalidRequestException"
    assert refusal.message == (
        "You can't create this secret because a secret with this name is already scheduled for "
        "deletion."
    )
    secrets.restore_secret(SecretId="ecr-pullthroughcache/x")
    assert secrets.get_secret_value(SecretId="ecr-pullthroughcache/x")["SecretString"] == "x"


def test_of_many_creates_of_one_name_exactly_one_wins(
    aws: FakeAws, secrets: "SecretsManagerClient"
) -> None:
    def create(number: int) -> str:
        try:
            secrets.create_secret(Name="ecr-pullthroughcache/x", SecretString=str(number))
        except secrets.exceptions.ResourceExistsException:
            return "taken"
        return "created"

    aws.hold(operation="CreateSecret")
    with ThreadPoolExecutor(8) as pool:
        outcomes = [pool.submit(create, number) for number in range(8)]
        aws.wait_for_call("CreateSecret", 8)
        aws.release()
    assert sorted(outcome.result() for outcome in outcomes) == ["created"] + ["taken"] * 7
