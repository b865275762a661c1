"""Responses and errors of Secrets Manager where plain moto differs from AWS."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME = "ecr-pullthroughcache/x"


def _told(secrets: "SecretsManagerClient") -> list[dict[str, Any]]:
    """The one secret, as ListSecrets and as DescribeSecret tell it."""
    (listed,) = secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    return [dict(listed), dict(secrets.describe_secret(SecretId=NAME))]


def test_a_plain_secret_is_told_without_what_it_does_not_have(
    secrets: "SecretsManagerClient",
) -> None:
    secrets.create_secret(Name=NAME, SecretString="x")
    for secret in _told(secrets):
        absent = {"DeletedDate", "KmsKeyId", "PrimaryRegion", "ReplicationStatus"}
        assert absent.isdisjoint(secret)
        assert None not in secret.values()


def test_a_secret_without_a_value_is_told_without_versions(
    secrets: "SecretsManagerClient",
) -> None:
    secrets.create_secret(Name=NAME)
    listed, described = _told(secrets)
    assert "SecretVersionsToStages" not in listed
    assert "VersionIdsToStages" not in described


def test_a_secret_on_its_way_out_is_told_only_when_asked_for(
    secrets: "SecretsManagerClient",
) -> None:
    secrets.create_secret(Name=NAME, SecretString="x")
    deleted = secrets.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)
    assert secrets.list_secrets()["SecretList"] == []
    for secret in _told(secrets):
        assert secret["DeletedDate"] == deleted["DeletionDate"]
    secrets.restore_secret(SecretId=NAME)
    assert len(secrets.list_secrets()["SecretList"]) == 1


def test_a_secrets_key_is_told_when_it_is_the_customers(
    secrets: "SecretsManagerClient", customer_key: str
) -> None:
    secrets.create_secret(Name=NAME, SecretString="x", KmsKeyId=customer_key)
    assert [secret["KmsKeyId"] for secret in _told(secrets)] == [customer_key] * 2


def test_a_replica_names_the_region_of_its_original(
    secrets: "SecretsManagerClient", client_of: Callable[..., Any], customer_key: str
) -> None:
    secrets.create_secret(
        Name=NAME,
        SecretString="x",
        KmsKeyId=customer_key,
        AddReplicaRegions=[{"Region": "eu-west-1"}],
    )
    elsewhere = client_of("secretsmanager", "eu-west-1")
    for original, replica in zip(_told(secrets), _told(elsewhere), strict=True):
        assert original["PrimaryRegion"] == replica["PrimaryRegion"] == "us-east-2"
        assert ":eu-west-1:" in replica["ARN"]
        assert "KmsKeyId" not in replica
    refusal = refusal_of(elsewhere.create_secret, Name=NAME, SecretString="y")
    assert refusal.code == "ResourceExistsException"
    refusal = refusal_of(elsewhere.put_secret_value, SecretId=NAME, SecretString="y")
    assert refusal.code == "InvalidParameterException"


@pytest.mark.parametrize("state", ["disabled", "going", "unknown", "unknown alias"])
def test_a_key_that_cannot_be_used_encrypts_no_secret(
    secrets: "SecretsManagerClient", client_of: Callable[..., Any], customer_key: str, state: str
) -> None:
    kms = client_of("kms")
    if state == "disabled":
        kms.disable_key(KeyId=customer_key.rpartition("/")[2])
    if state == "going":
        kms.schedule_key_deletion(KeyId=customer_key.rpartition("/")[2])
    key = {
        "unknown": customer_key[:-12] + "000000000000",
        "unknown alias": "alias/none",
    }.get(state, customer_key)
    refusal = refusal_of(secrets.create_secret, Name=NAME, SecretString="x", KmsKeyId=key)
    assert refusal.code == "EncryptionFailure"
    assert refusal.message.startswith("Secrets Manager can't encrypt the protected secret text")


def test_a_key_by_its_alias_encrypts_a_secret_and_another_accounts_is_not_looked_at(
    secrets: "SecretsManagerClient", client_of: Callable[..., Any], customer_key: str
) -> None:
    client_of("kms").create_alias(AliasName="alias/own", TargetKeyId=customer_key)
    theirs = customer_key.replace("123456789012", "210987654321")
    for number, key in enumerate(["alias/own", "alias/aws/secretsmanager", theirs]):
        secrets.create_secret(Name=f"{NAME}{number}", SecretString="x", KmsKeyId=key)


def test_the_default_key_by_its_arn_is_the_default_key(
    secrets: "SecretsManagerClient", ecr: "ECRClient"
) -> None:
    alias = "arn:aws:kms:us-east-2:123456789012:alias/aws/secretsmanager"
    made = secrets.create_secret(Name=NAME, SecretString="x", KmsKeyId=alias)
    assert "KmsKeyId" not in secrets.describe_secret(SecretId=NAME)
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="gh", upstreamRegistryUrl="ghcr.io", credentialArn=made["ARN"]
    )


@pytest.mark.parametrize(("text", "fits"), [("ü" * 32_768, True), ("ü" * 32_769, False)])
def test_a_secret_is_measured_in_bytes(
    secrets: "SecretsManagerClient", text: str, fits: bool
) -> None:
    if fits:
        secrets.create_secret(Name=NAME, SecretString=text)
        return
    secrets.create_secret(Name=NAME, SecretString="x")
    for refusal in (
        refusal_of(secrets.create_secret, Name="other", SecretString=text),
        refusal_of(secrets.put_secret_value, SecretId=NAME, SecretString=text),
        refusal_of(secrets.update_secret, SecretId=NAME, SecretString=text),
    ):
        assert refusal.code == "ValidationException"
        assert "less than or equal to 65536" in refusal.message


def test_versions_without_a_label_go_after_a_day(
    aws: FakeAws, secrets: "SecretsManagerClient"
) -> None:
    secrets.create_secret(Name=NAME, SecretString="0")
    for number in range(120):
        secrets.put_secret_value(SecretId=NAME, SecretString=str(number))

    def count() -> int:
        listed = secrets.list_secret_version_ids(SecretId=NAME, IncludeDeprecated=True)
        return len(listed["Versions"])

    assert count() == 121
    aws.pass_time(25 * 60 * 60)
    secrets.put_secret_value(SecretId=NAME, SecretString="last")
    assert count() == 100
    assert secrets.get_secret_value(SecretId=NAME)["SecretString"] == "last"


def test_a_scheduled_deletion_comes_true(aws: FakeAws, secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=NAME, SecretString="x")
    secrets.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)
    aws.pass_time(6 * 24 * 60 * 60)
    assert "DeletedDate" in secrets.describe_secret(SecretId=NAME)
    aws.pass_time(2 * 24 * 60 * 60)
    assert refusal_of(secrets.restore_secret, SecretId=NAME).code == "ResourceNotFoundException"
    secrets.create_secret(Name=NAME, SecretString="x")


def test_an_arn_without_suffix_is_found_but_not_always_if_the_name_ends_like_one(
    aws: FakeAws, secrets: "SecretsManagerClient", ecr: "ECRClient"
) -> None:
    arns = {
        name: secrets.create_secret(Name=f"ecr-pullthroughcache/{name}", SecretString="x")["ARN"]
        for name in ("prod", "prod-github")
    }
    rule: Any = {"ecrRepositoryPrefix": "gh", "upstreamRegistryUrl": "ghcr.io"}
    for number, arn in enumerate(arns.values()):
        ecr.create_pull_through_cache_rule(
            **(rule | {"ecrRepositoryPrefix": f"gh-{number}"}), credentialArn=arn[:-7]
        )
    aws.vary_answers()
    # The name's own `-github` is taken for the suffix of a secret `prod`.
    refusal = refusal_of(
        ecr.create_pull_through_cache_rule, **rule, credentialArn=arns["prod-github"][:-7]
    )
    assert refusal.code == "SecretNotFoundException"
    ecr.create_pull_through_cache_rule(**rule, credentialArn=arns["prod"][:-7])


def test_of_kms_only_what_a_secrets_key_needs_is_served(client_of: Callable[..., Any]) -> None:
    refusal = refusal_of(client_of("kms").generate_random, NumberOfBytes=8)
    assert refusal.code == "UnknownOperationException"


def test_a_secret_on_its_way_out_takes_no_new_value(secrets: "SecretsManagerClient") -> None:
    secrets.create_secret(Name=NAME, SecretString="x")
    secrets.delete_secret(SecretId=NAME)
    refusal = refusal_of(secrets.put_secret_value, SecretId=NAME, SecretString="y")
    assert refusal.code == "InvalidRequestException"
    assert refusal.message == (
        "You can't perform this operation on the secret because it was marked for deletion."
    )


def test_refusals_have_status_400_and_one_line_without_the_operation(
    secrets: "SecretsManagerClient",
) -> None:
    unknown = refusal_of(secrets.describe_secret, SecretId=NAME)
    assert (unknown.code, unknown.status) == ("ResourceNotFoundException", 400)
    secrets.create_secret(Name=NAME, SecretString="x")
    secrets.delete_secret(SecretId=NAME)
    twice = refusal_of(secrets.delete_secret, SecretId=NAME)
    assert twice.message == (
        "You tried to perform the operation on a secret that's currently marked deleted."
    )


def test_a_page_that_was_never_announced_is_refused(secrets: "SecretsManagerClient") -> None:
    refusal = refusal_of(secrets.list_secrets, NextToken="made up")
    assert refusal.code == "InvalidNextTokenException"
