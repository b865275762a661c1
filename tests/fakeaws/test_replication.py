"""Replicas of secrets: how AWS describes them, what it refuses, and their use by rules of ECR.

The error messages are those that people have reported of AWS. moto's are different or missing.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.conformance import Recorder
from tests.fakeaws.refusals import refusal_of
from wizard.backend import secretsmanager as backend
from wizard.domain import Credential, Target, errors, replica_arn
from wizard.domain.changes import UnauditedChange, permitted

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

HERE, THERE, FAR = "us-east-2", "eu-west-1", "ap-south-1"
# The name of a Region in a secret's name is none of the Region's business.
NAME = f"ecr-pullthroughcache/hub-{HERE}"
TARGET = Target(account_id="123456789012", region=HERE)
GOOD = Credential(username="demo", access_token="demo-access-token")
WRONG = Credential(username="demo", access_token="wrong")
ON_REPLICA = (
    "Operation not permitted on a replica secret. Call must be made in primary secret's region."
)


@pytest.fixture(autouse=True)
def recorder() -> Iterator[Recorder]:
    """At a test's end, nothing that its clients were answered may break botocore's model."""
    recorder = Recorder()
    yield recorder
    assert recorder.complaints == []


@pytest.fixture
def overheard(client_of: Callable[..., Any], recorder: Recorder) -> Callable[..., Any]:
    """Makes clients that the recorder listens to."""
    return lambda service, region: recorder.listen_to(client_of(service, region))


@pytest.fixture
def here(overheard: Callable[..., "SecretsManagerClient"]) -> "SecretsManagerClient":
    """Secrets Manager where the original is."""
    return overheard("secretsmanager", HERE)


@pytest.fixture
def there(overheard: Callable[..., "SecretsManagerClient"]) -> "SecretsManagerClient":
    """Secrets Manager where the replica is."""
    return overheard("secretsmanager", THERE)


@pytest.fixture
def arn(here: "SecretsManagerClient") -> str:
    """A secret without replicas."""
    return here.create_secret(Name=NAME, SecretString=GOOD.secret_string())["ARN"]


@pytest.fixture
def replica(arn: str) -> str:
    """The ARN of that secret's replica, which the console had made."""
    with permitted("test"):
        backend.replicate_secret(TARGET, arn, [THERE])
    return replica_arn(arn, THERE)


# --- Replicating --------------------------------------------------------------------------------


def test_a_replica_has_its_originals_name_versions_and_arn_but_for_the_region(
    here: "SecretsManagerClient", there: "SecretsManagerClient", arn: str, replica: str
) -> None:
    original = here.describe_secret(SecretId=arn)
    copy = there.describe_secret(SecretId=NAME)
    (listed,) = there.list_secrets()["SecretList"]
    assert copy["ARN"] == listed["ARN"] == replica
    assert copy["Name"] == NAME
    assert copy["VersionIdsToStages"] == original["VersionIdsToStages"]
    assert copy["PrimaryRegion"] == listed["PrimaryRegion"] == HERE
    assert "ReplicationStatus" not in copy
    assert replica == f"arn:aws:secretsmanager:{THERE}:123456789012:secret:{NAME}-{arn[-6:]}"


def test_the_console_knows_original_and_replica_apart(arn: str, replica: str) -> None:
    original = backend.describe_secret(TARGET, arn)
    copy = backend.describe_secret(Target(account_id=TARGET.account_id, region=THERE), replica)
    assert (original.primary_region, original.replica_regions) == ("", (THERE,))
    assert (copy.primary_region, copy.replica_regions) == (HERE, ())


def test_replicating_answers_in_progress_and_is_in_sync_at_the_second_look(
    here: "SecretsManagerClient", arn: str
) -> None:
    answer = here.replicate_secret_to_regions(
        SecretId=NAME, AddReplicaRegions=[{"Region": THERE}, {"Region": FAR}]
    )
    assert answer["ARN"] == arn
    assert [(each["Region"], each["Status"]) for each in answer["ReplicationStatus"]] == [
        (FAR, "InProgress"),
        (THERE, "InProgress"),
    ]
    first, second = (here.describe_secret(SecretId=arn)["ReplicationStatus"] for _ in range(2))
    assert {each["Status"] for each in first} == {"InProgress"}
    assert {each.get("StatusMessage") for each in first} == {None}
    assert {each["Status"] for each in second} == {"InSync"}
    assert {each["KmsKeyId"] for each in second} == {"alias/aws/secretsmanager"}


def test_a_secret_made_with_replicas_answers_in_progress_too(here: "SecretsManagerClient") -> None:
    made = here.create_secret(
        Name=f"{NAME}-new", SecretString="x", AddReplicaRegions=[{"Region": THERE}]
    )
    assert [each["Status"] for each in made["ReplicationStatus"]] == ["InProgress"]


def test_a_new_value_puts_replicas_in_progress_again(
    here: "SecretsManagerClient", arn: str, replica: str
) -> None:
    here.put_secret_value(SecretId=arn, SecretString="another")
    states = [here.describe_secret(SecretId=arn)["ReplicationStatus"][0] for _ in range(2)]
    assert [each["Status"] for each in states] == ["InProgress", "InSync"]


def test_replicating_again_to_the_same_region_makes_no_second_replica(
    here: "SecretsManagerClient", arn: str, replica: str
) -> None:
    with permitted("test"):
        backend.replicate_secret(TARGET, arn, [THERE, FAR])
    statuses = here.describe_secret(SecretId=arn)["ReplicationStatus"]
    assert [each["Region"] for each in statuses] == [THERE, FAR]


def test_a_name_that_is_taken_fails_there_and_is_never_overwritten(
    there: "SecretsManagerClient", arn: str
) -> None:
    own = there.create_secret(Name=NAME, SecretString="theirs")["ARN"]
    with permitted("test"):
        backend.replicate_secret(TARGET, arn, [THERE, FAR])
    assert backend.replica_problems(TARGET, arn) == {
        THERE: f"Replication failed: Secret name {NAME} already exists in region {THERE}."
    }
    assert there.describe_secret(SecretId=NAME)["ARN"] == own
    assert there.get_secret_value(SecretId=NAME)["SecretString"] == "theirs"


def test_a_failed_replication_can_be_tried_again_when_the_name_is_free(
    there: "SecretsManagerClient", arn: str, here: "SecretsManagerClient"
) -> None:
    there.create_secret(Name=NAME, SecretString="theirs")
    with permitted("test"):
        backend.replicate_secret(TARGET, arn, [THERE])
        there.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
        backend.replicate_secret(TARGET, arn, [THERE])
    assert backend.replica_problems(TARGET, arn) == {}
    assert len(here.describe_secret(SecretId=arn)["ReplicationStatus"]) == 1
    assert there.describe_secret(SecretId=NAME)["PrimaryRegion"] == HERE


@pytest.mark.parametrize("region", [HERE, "mars-north-1", "af-south-1"])
def test_a_secret_is_not_replicated_to_its_own_region_or_one_that_is_not_on(
    aws: FakeAws, here: "SecretsManagerClient", arn: str, region: str
) -> None:
    aws.switch_off_region("af-south-1")
    refusal = refusal_of(
        here.replicate_secret_to_regions,
        SecretId=arn,
        AddReplicaRegions=[{"Region": THERE}, {"Region": region}],
    )
    assert (refusal.code, refusal.status) == ("InvalidParameterException", 400)
    assert "ReplicationStatus" not in here.describe_secret(SecretId=arn)


def test_a_secret_on_its_way_out_is_not_replicated_and_the_console_says_why(
    here: "SecretsManagerClient", arn: str
) -> None:
    here.delete_secret(SecretId=arn)
    with permitted("test"), pytest.raises(errors.SecretScheduledForDeletion):
        backend.replicate_secret(TARGET, arn, [THERE])


def test_a_secret_that_is_not_there_is_not_found(aws: FakeAws) -> None:
    unknown = f"arn:aws:secretsmanager:{HERE}:123456789012:secret:{NAME}-abcdef"
    with permitted("test"):
        with pytest.raises(errors.SecretNotFound):
            backend.replicate_secret(TARGET, unknown, [THERE])
        with pytest.raises(errors.SecretNotFound):
            backend.remove_replicas(TARGET, unknown, [THERE])
    with pytest.raises(errors.SecretNotFound):
        backend.secret_versions(TARGET, unknown)
    with pytest.raises(errors.SecretNotFound):
        backend.replica_problems(TARGET, unknown)


def test_without_a_permit_nothing_is_replicated_or_removed(aws: FakeAws, arn: str) -> None:
    with pytest.raises(UnauditedChange):
        backend.replicate_secret(TARGET, arn, [THERE])
    with pytest.raises(UnauditedChange):
        backend.remove_replicas(TARGET, arn, [THERE])
    assert {"ReplicateSecretToRegions", "RemoveRegionsFromReplication"}.isdisjoint(aws.calls())


# --- What a replica refuses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("put_secret_value", {"SecretString": "x"}),
        ("update_secret", {"SecretString": "x"}),
        ("delete_secret", {}),
        ("delete_secret", {"ForceDeleteWithoutRecovery": True}),
        ("restore_secret", {}),
        ("replicate_secret_to_regions", {"AddReplicaRegions": [{"Region": FAR}]}),
        ("remove_regions_from_replication", {"RemoveReplicaRegions": [FAR]}),
    ],
)
def test_a_replica_is_changed_through_its_original_only(
    there: "SecretsManagerClient", replica: str, operation: str, members: dict[str, Any]
) -> None:
    refusal = refusal_of(getattr(there, operation), SecretId=replica, **members)
    assert (refusal.code, refusal.message) == ("InvalidParameterException", ON_REPLICA)
    assert there.describe_secret(SecretId=NAME)["PrimaryRegion"] == HERE


def test_the_console_says_that_a_secret_is_a_replica(replica: str) -> None:
    target = Target(account_id=TARGET.account_id, region=THERE)
    with permitted("test"):
        with pytest.raises(errors.SecretIsReplica):
            backend.schedule_secret_deletion(target, replica, days=7)
        with pytest.raises(errors.SecretIsReplica):
            backend.put_secret_value(
                target, replica, credential=GOOD, client_request_token=str(uuid.uuid4())
            )


@pytest.mark.parametrize("code", ["InvalidParameterException", "InvalidRequestException"])
@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (ON_REPLICA, errors.SecretIsReplica),
        (
            f"You can't delete secret x that still has replica regions [{THERE}].",
            errors.SecretHasReplicas,
        ),
    ],
)
def test_replicas_are_told_by_what_aws_says_whatever_its_code(
    aws: FakeAws, arn: str, code: str, message: str, kind: type[errors.AwsError]
) -> None:
    aws.fail(operation="DeleteSecret", code=code, message=message)
    with permitted("test"), pytest.raises(kind) as caught:
        backend.schedule_secret_deletion(TARGET, arn, days=7)
    assert (caught.value.code, caught.value.message) == (code, message)


# --- Deleting -----------------------------------------------------------------------------------


@pytest.mark.parametrize("members", [{}, {"ForceDeleteWithoutRecovery": True}])
def test_a_secret_with_replicas_is_not_deleted(
    here: "SecretsManagerClient", arn: str, replica: str, members: dict[str, Any]
) -> None:
    with permitted("test"):
        backend.replicate_secret(TARGET, arn, [FAR])
    refusal = refusal_of(here.delete_secret, SecretId=arn, **members)
    assert (refusal.code, refusal.message) == (
        "InvalidParameterException",
        f"You can't delete secret {arn} that still has replica regions [{THERE}, {FAR}].",
    )
    assert "DeletedDate" not in here.describe_secret(SecretId=arn)


def test_removing_the_replicas_deletes_them_and_lets_the_original_go(
    there: "SecretsManagerClient", here: "SecretsManagerClient", arn: str, replica: str
) -> None:
    with permitted("test"):
        with pytest.raises(errors.SecretHasReplicas):
            backend.schedule_secret_deletion(TARGET, arn, days=7)
        backend.remove_replicas(TARGET, arn, [THERE])
        assert there.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []
        assert refusal_of(there.describe_secret, SecretId=NAME).code == "ResourceNotFoundException"
        backend.schedule_secret_deletion(TARGET, arn, days=7)
    assert "DeletedDate" in here.describe_secret(SecretId=arn)


def test_removing_one_replica_leaves_the_others_and_names_the_original(
    here: "SecretsManagerClient", arn: str, replica: str
) -> None:
    with permitted("test"):
        backend.replicate_secret(TARGET, arn, [FAR])
    answer = here.remove_regions_from_replication(SecretId=NAME, RemoveReplicaRegions=[THERE])
    assert answer["ARN"] == arn
    assert [each["Region"] for each in answer["ReplicationStatus"]] == [FAR]


def test_a_failed_replica_goes_without_touching_the_secret_that_has_the_name(
    there: "SecretsManagerClient", arn: str
) -> None:
    own = there.create_secret(Name=NAME, SecretString="theirs")["ARN"]
    with permitted("test"):
        backend.replicate_secret(TARGET, arn, [THERE])
        backend.remove_replicas(TARGET, arn, [THERE])
    assert backend.replica_problems(TARGET, arn) == {}
    assert there.describe_secret(SecretId=NAME)["ARN"] == own


# --- Versions -----------------------------------------------------------------------------------


def test_a_version_has_the_id_of_the_request_that_made_it(aws: FakeAws) -> None:
    first, second, never_sent = (str(uuid.uuid4()) for _ in range(3))
    with permitted("test"):
        made = backend.create_secret(
            TARGET, name=NAME, credential=WRONG, client_request_token=first
        )
        assert backend.secret_versions(TARGET, NAME) == (made, frozenset({first}))
        backend.put_secret_value(TARGET, made, credential=GOOD, client_request_token=second)
    assert backend.secret_versions(TARGET, made) == (made, frozenset({first, second}))
    assert never_sent not in backend.secret_versions(TARGET, made)[1]


def test_a_new_value_of_the_original_is_the_replicas_too(
    here: "SecretsManagerClient", there: "SecretsManagerClient", arn: str, replica: str
) -> None:
    version = str(uuid.uuid4())
    with permitted("test"):
        backend.put_secret_value(TARGET, arn, credential=WRONG, client_request_token=version)
    told = there.get_secret_value(SecretId=replica)
    assert told["VersionId"] == version
    assert told["SecretString"] == WRONG.secret_string()
    far = Target(account_id=TARGET.account_id, region=THERE)
    assert backend.secret_versions(far, NAME)[1] == backend.secret_versions(TARGET, arn)[1]


# --- ECR ----------------------------------------------------------------------------------------


@pytest.fixture
def ecr_there(overheard: Callable[..., "ECRClient"]) -> "ECRClient":
    """ECR where the replica is."""
    return overheard("ecr", THERE)


def _rule(ecr: "ECRClient", credential_arn: str) -> None:
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=credential_arn,
    )


def test_ecr_validates_a_rule_with_the_replicas_value_and_follows_the_original(
    ecr_there: "ECRClient", arn: str, replica: str
) -> None:
    _rule(ecr_there, replica)
    assert ecr_there.validate_pull_through_cache_rule(ecrRepositoryPrefix="hub")["isValid"]
    with permitted("test"):
        backend.put_secret_value(
            TARGET, arn, credential=WRONG, client_request_token=str(uuid.uuid4())
        )
    assert not ecr_there.validate_pull_through_cache_rule(ecrRepositoryPrefix="hub")["isValid"]


def test_ecr_sees_a_new_replica_as_late_as_a_new_secret(
    aws: FakeAws, ecr_there: "ECRClient", arn: str
) -> None:
    aws.hide_new_secrets(times=1)
    with permitted("test"):
        backend.replicate_secret(TARGET, arn, [THERE])
    unseen = replica_arn(arn, THERE)
    refusal = refusal_of(_rule, ecr=ecr_there, credential_arn=unseen)
    assert refusal.code == "SecretNotFoundException"
    _rule(ecr_there, unseen)


def test_ecr_does_not_take_the_originals_arn_in_another_region(
    ecr_there: "ECRClient", arn: str, replica: str
) -> None:
    assert refusal_of(_rule, ecr=ecr_there, credential_arn=arn).status == 400


def test_the_originals_policy_holds_for_the_replica(
    here: "SecretsManagerClient", ecr_there: "ECRClient", arn: str, replica: str
) -> None:
    everything = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": everything})
    here.put_resource_policy(SecretId=arn, ResourcePolicy=policy)
    refusal = refusal_of(_rule, ecr=ecr_there, credential_arn=replica)
    assert refusal.code == "UnableToAccessSecretException"


# --- ARNs ---------------------------------------------------------------------------------------


def test_a_replicas_arn_differs_in_the_region_field_only() -> None:
    arn = f"arn:aws:secretsmanager:{HERE}:123456789012:secret:{NAME}-abcdef"
    there = replica_arn(arn, THERE)
    assert there == f"arn:aws:secretsmanager:{THERE}:123456789012:secret:{NAME}-abcdef"
    assert replica_arn(there, HERE) == arn


def test_what_is_no_arn_of_a_secret_has_no_replica() -> None:
    with pytest.raises(errors.InvalidIdentifier):
        replica_arn("arn:aws:iam::123456789012:role/x", THERE)
