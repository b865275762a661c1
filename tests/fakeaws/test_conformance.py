"""Every operation that the console uses conforms to botocore's model, in responses and errors.

A test causes an error by the condition for which AWS returns it, if the simulated AWS implements
that condition. The other errors are injected by their code.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.model import Shape

from ptcconsole.fakeaws import demo, demo_contents
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.conformance import Recorder, code_of, status_of

# What wizard/backend calls, and what it is about to call.
OPERATIONS = {
    "ecr": (
        "CreatePullThroughCacheRule",
        "DescribePullThroughCacheRules",
        "UpdatePullThroughCacheRule",
        "DeletePullThroughCacheRule",
        "ValidatePullThroughCacheRule",
        "DescribeRegistry",
        "GetRegistryPolicy",
        "PutRegistryPolicy",
        "DeleteRegistryPolicy",
    ),
    "secretsmanager": (
        "CreateSecret",
        "ListSecrets",
        "DescribeSecret",
        "PutSecretValue",
        "RestoreSecret",
        "DeleteSecret",
        "ReplicateSecretToRegions",
        "RemoveRegionsFromReplication",
    ),
    "iam": ("ListRoles", "GetRole", "SimulatePrincipalPolicy"),
    "sts": ("GetCallerIdentity", "AssumeRole"),
}
SERVICE_OF = {name: service for service, names in OPERATIONS.items() for name in names}
NAME = "ecr-pullthroughcache/x"
LOGIN = json.dumps({"username": "demo", "accessToken": "demo-access-token"})
ELSEWHERE = [{"Region": "eu-west-1"}]
TOKEN = "a-token-of-at-least-32-characters"
RULE = {"ecrRepositoryPrefix": "gh", "upstreamRegistryUrl": "ghcr.io"}
DENIAL = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"},
    }
)
GUEST = f"arn:aws:iam::{demo_contents.OTHER_ACCOUNT_ID}:role/{demo_contents.CONSOLE_ROLE}"
SIMULATE = "SimulatePrincipalPolicy"
ASKED = {
    "PolicySourceArn": "arn:aws:iam::123456789012:user/console",
    "ActionNames": ["ecr:PutImage", "ecr:BatchGetImage"],
}


@dataclass(frozen=True, kw_only=True)
class World:
    """The simulated AWS and one client for each service, overheard where the console uses it."""

    aws: FakeAws
    ecr: Any
    secretsmanager: Any
    iam: Any
    sts: Any
    kms: Any

    def call(self, operation: str, **members: Any) -> Any:
        """Any of the operations by the API's name."""
        client = getattr(self, SERVICE_OF[operation])
        return getattr(client, "_".join(re.findall("[A-Z][a-z]+", operation)).lower())(**members)

    def secret(self, name: str = NAME, **members: Any) -> str:
        """The ARN of a new secret with a login."""
        made = self.call("CreateSecret", Name=name, **{"SecretString": LOGIN, **members})
        return str(made["ARN"])

    def rule(self, **members: Any) -> Any:
        """A new rule for GitHub."""
        return self.call("CreatePullThroughCacheRule", **RULE, **members)

    def key(self) -> str:
        """A new KMS key's id."""
        return str(self.kms.create_key()["KeyMetadata"]["KeyId"])


Case = Callable[[World], Any]


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def clients(client_of: Callable[..., Any], recorder: Recorder) -> dict[str, Any]:
    made = {name: client_of(name, checked=False) for name in OPERATIONS}
    overheard = {name: recorder.listen_to(client) for name, client in made.items()}
    return {**overheard, "kms": client_of("kms")}


@pytest.fixture
def world(aws: FakeAws, clients: dict[str, Any], recorder: Recorder) -> Iterator[World]:
    """At its end nothing that was answered may have been wrong."""
    recorder.complaints.clear()
    before = recorder.answers
    yield World(aws=aws, **clients)
    assert recorder.answers > before
    assert recorder.complaints == []


def _model(operation: str) -> Any:
    service = botocore.session.Session().get_service_model(SERVICE_OF[operation])
    return service.operation_model(operation)


# --- Answers --------------------------------------------------------------------------------------


@pytest.fixture
def seeded(world: World) -> World:
    demo.seed(world.aws.url)
    return world


def test_all_the_demos_rules_secrets_and_roles_are_answered_by_the_model(seeded: World) -> None:
    for rule in seeded.call("DescribePullThroughCacheRules")["pullThroughCacheRules"]:
        prefix = rule["ecrRepositoryPrefix"]
        seeded.call("ValidatePullThroughCacheRule", ecrRepositoryPrefix=prefix)
        seeded.call("DescribePullThroughCacheRules", ecrRepositoryPrefixes=[prefix])
        seeded.call("DeletePullThroughCacheRule", ecrRepositoryPrefix=prefix)
    for secret in seeded.call("ListSecrets", IncludePlannedDeletion=True)["SecretList"]:
        seeded.call("DescribeSecret", SecretId=secret["ARN"])
    for role in seeded.call("ListRoles")["Roles"]:
        seeded.call("GetRole", RoleName=role["RoleName"])
        seeded.call(SIMULATE, PolicySourceArn=role["Arn"], ActionNames=["ecr:PutImage", "iam:Get"])
    seeded.call("GetCallerIdentity")
    seeded.call(
        "AssumeRole", RoleArn=GUEST, RoleSessionName="me", ExternalId=demo_contents.EXTERNAL_ID
    )


def test_pages_are_answered_by_the_model(seeded: World) -> None:
    assert seeded.call("DescribePullThroughCacheRules", maxResults=2)["nextToken"]
    assert seeded.call("ListSecrets", MaxResults=2)["NextToken"]
    assert seeded.call("ListRoles", MaxItems=2)["Marker"]
    assert seeded.call(SIMULATE, **ASKED, MaxItems=1)["Marker"]


def test_a_rules_and_a_secrets_whole_life_is_answered_by_the_model(world: World) -> None:
    arn = world.secret(ClientRequestToken=TOKEN)
    world.call("CreateSecret", Name=NAME, SecretString=LOGIN, ClientRequestToken=TOKEN)
    world.call("PutSecretValue", SecretId=arn, SecretString=LOGIN)
    world.rule(credentialArn=arn, upstreamRepositoryPrefix="team")
    world.call("UpdatePullThroughCacheRule", ecrRepositoryPrefix="gh", credentialArn=arn)
    world.call("DeletePullThroughCacheRule", ecrRepositoryPrefix="gh")
    world.call("DeleteSecret", SecretId=arn, RecoveryWindowInDays=7)
    world.call("RestoreSecret", SecretId=arn)
    world.call("DeleteSecret", SecretId=arn, ForceDeleteWithoutRecovery=True)
    world.call("DescribeRegistry")


def test_a_registry_policys_whole_life_is_answered_by_the_model(world: World) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "ecr:BatchImportUpstreamImage",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.call("PutRegistryPolicy", policyText=policy)
    world.call("GetRegistryPolicy")
    world.call("DeleteRegistryPolicy")


# --- Errors by their own conditions ---------------------------------------------------------------


def _limit_exceeded(world: World) -> None:
    for number in range(51):
        world.call(
            "CreatePullThroughCacheRule",
            ecrRepositoryPrefix=f"quay-{number}",
            upstreamRegistryUrl="quay.io",
        )


def _twice(world: World) -> None:
    arn = world.secret()
    world.rule(credentialArn=arn)
    world.rule(credentialArn=arn)


def _unreadable(world: World) -> str:
    arn = world.secret("ecr-pullthroughcache/unreadable")
    world.secretsmanager.put_resource_policy(SecretId=arn, ResourcePolicy=DENIAL)
    return arn


def _encrypted(world: World) -> str:
    return world.secret("ecr-pullthroughcache/encrypted", KmsKeyId=world.key())


def _brand_new(world: World) -> str:
    world.aws.hide_new_secrets(times=1)
    return world.secret("ecr-pullthroughcache/brand-new")


def _update_to(make_secret: Callable[[World], str]) -> Case:
    def case(world: World) -> None:
        world.rule(credentialArn=world.secret())
        new = make_secret(world)
        world.call("UpdatePullThroughCacheRule", ecrRepositoryPrefix="gh", credentialArn=new)

    return case


def _with_disabled_key(world: World) -> None:
    key = world.key()
    world.kms.disable_key(KeyId=key)
    world.secret(KmsKeyId=key)


def _scheduled(world: World) -> str:
    arn = world.secret()
    world.call("DeleteSecret", SecretId=arn)
    return arn


def _call(operation: str, **members: Any) -> Case:
    return lambda world: world.call(operation, **members)


PTC = "PullThroughCacheRule"
UNKNOWN_RULE = {"ecrRepositoryPrefix": "unknown"}
CASES: dict[str, dict[str, Case]] = {
    f"Create{PTC}": {
        "InvalidParameterException": _call(f"Create{PTC}", **{**RULE, "ecrRepositoryPrefix": "!"}),
        "PullThroughCacheRuleAlreadyExistsException": _twice,
        "UnsupportedUpstreamRegistryException": _call(f"Create{PTC}", **RULE),
        "LimitExceededException": _limit_exceeded,
        "UnableToAccessSecretException": lambda w: w.rule(credentialArn=_unreadable(w)),
        "SecretNotFoundException": lambda w: w.rule(credentialArn=_brand_new(w)),
        "UnableToDecryptSecretValueException": lambda w: w.rule(credentialArn=_encrypted(w)),
    },
    f"Update{PTC}": {
        "InvalidParameterException": _call(f"Update{PTC}", **UNKNOWN_RULE),
        "PullThroughCacheRuleNotFoundException": _call(
            f"Update{PTC}",
            **UNKNOWN_RULE,
            customRoleArn="arn:aws:iam::123456789012:role/x",
        ),
        "UnableToAccessSecretException": _update_to(_unreadable),
        "SecretNotFoundException": _update_to(_brand_new),
        "UnableToDecryptSecretValueException": _update_to(_encrypted),
    },
    f"Delete{PTC}": {
        "InvalidParameterException": _call(f"Delete{PTC}", ecrRepositoryPrefix="!"),
        "PullThroughCacheRuleNotFoundException": _call(f"Delete{PTC}", **UNKNOWN_RULE),
    },
    f"Validate{PTC}": {
        "InvalidParameterException": _call(f"Validate{PTC}", ecrRepositoryPrefix="!"),
        "PullThroughCacheRuleNotFoundException": _call(f"Validate{PTC}", **UNKNOWN_RULE),
    },
    f"Describe{PTC}s": {
        "InvalidParameterException": _call(f"Describe{PTC}s", maxResults=0),
        "PullThroughCacheRuleNotFoundException": _call(
            f"Describe{PTC}s", ecrRepositoryPrefixes=["unknown"]
        ),
    },
    "GetRegistryPolicy": {"RegistryPolicyNotFoundException": _call("GetRegistryPolicy")},
    "PutRegistryPolicy": {"InvalidParameterException": _call("PutRegistryPolicy", policyText="x")},
    "DeleteRegistryPolicy": {"RegistryPolicyNotFoundException": _call("DeleteRegistryPolicy")},
    "CreateSecret": {
        "InvalidParameterException": lambda w: w.secret(ClientRequestToken="too-short"),
        "InvalidRequestException": lambda w: (_scheduled(w), w.secret()),
        "EncryptionFailure": _with_disabled_key,
        "ResourceExistsException": lambda w: (w.secret(), w.secret()),
    },
    "ListSecrets": {
        "InvalidNextTokenException": _call("ListSecrets", NextToken="made up"),
        "InvalidParameterException": _call("ListSecrets", Filters=[{"Values": ["x"]}]),
    },
    "DescribeSecret": {"ResourceNotFoundException": _call("DescribeSecret", SecretId="none")},
    "PutSecretValue": {
        "InvalidParameterException": lambda w: w.call(
            "PutSecretValue", SecretId=w.secret(), SecretString="x", ClientRequestToken="short"
        ),
        "InvalidRequestException": lambda w: w.call(
            "PutSecretValue", SecretId=_scheduled(w), SecretString="x"
        ),
        "ResourceExistsException": lambda w: w.call(
            "PutSecretValue",
            SecretId=w.secret(ClientRequestToken=TOKEN),
            SecretString="x",
            ClientRequestToken=TOKEN,
        ),
        "ResourceNotFoundException": _call("PutSecretValue", SecretId="none", SecretString="x"),
    },
    "RestoreSecret": {"ResourceNotFoundException": _call("RestoreSecret", SecretId="none")},
    "DeleteSecret": {
        "ResourceNotFoundException": _call("DeleteSecret", SecretId="none"),
        "InvalidRequestException": lambda w: w.call("DeleteSecret", SecretId=_scheduled(w)),
        "InvalidParameterException": lambda w: w.call(
            "DeleteSecret", SecretId=w.secret(), RecoveryWindowInDays=6
        ),
    },
    "ReplicateSecretToRegions": {
        "ResourceNotFoundException": _call(
            "ReplicateSecretToRegions", SecretId="none", AddReplicaRegions=ELSEWHERE
        ),
        "InvalidRequestException": lambda w: w.call(
            "ReplicateSecretToRegions", SecretId=_scheduled(w), AddReplicaRegions=ELSEWHERE
        ),
        "InvalidParameterException": lambda w: w.call(
            "ReplicateSecretToRegions",
            SecretId=w.secret(),
            AddReplicaRegions=[{"Region": "us-east-2"}],
        ),
    },
    "RemoveRegionsFromReplication": {
        "ResourceNotFoundException": _call(
            "RemoveRegionsFromReplication", SecretId="none", RemoveReplicaRegions=["eu-west-1"]
        ),
        "InvalidRequestException": lambda w: w.call(
            "RemoveRegionsFromReplication",
            SecretId=_scheduled(w),
            RemoveReplicaRegions=["eu-west-1"],
        ),
    },
    "GetRole": {"NoSuchEntityException": _call("GetRole", RoleName="none")},
    SIMULATE: {
        "NoSuchEntityException": _call(
            SIMULATE,
            PolicySourceArn="arn:aws:iam::123456789012:role/none",
            ActionNames=["ecr:PutImage"],
        ),
        "InvalidInputException": _call(
            SIMULATE,
            PolicySourceArn="arn:aws:sts::123456789012:assumed-role/none/me",
            ActionNames=["ecr:PutImage"],
        ),
    },
}

# Errors of these four that have no condition here: AWS documents none that could be written, or it
# lies in what is not simulated (half a million secrets in one Region).
ORDERED = {
    f"Create{PTC}": {"ServerException", "ValidationException"},
    f"Update{PTC}": {"ServerException", "ValidationException"},
    f"Validate{PTC}": {"ServerException", "ValidationException"},
    "CreateSecret": {
        "DecryptionFailure",
        "InternalServiceError",
        "LimitExceededException",
        "MalformedPolicyDocumentException",
        "PreconditionNotMetException",
        "ResourceNotFoundException",
    },
}


def _errors(operation: str) -> dict[str, Shape]:
    return {shape.name: shape for shape in _model(operation).error_shapes}


@pytest.mark.parametrize("operation", ORDERED)
def test_every_error_of_the_model_has_a_condition_or_is_known_to_have_none(operation: str) -> None:
    assert set(CASES[operation]) | ORDERED[operation] == set(_errors(operation))
    assert set(CASES[operation]).isdisjoint(ORDERED[operation])


def _reached(world: World, operation: str, error: Shape, case: Case) -> None:
    with pytest.raises(ClientError) as caught:
        case(world)
    client = getattr(world, SERVICE_OF[operation])
    assert caught.value.operation_name == operation
    assert isinstance(caught.value, getattr(client.exceptions, error.name))
    response = caught.value.response
    assert response["Error"]["Code"] == code_of(error)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status_of(error)


@pytest.mark.parametrize(
    ("operation", "name"), [(operation, name) for operation in CASES for name in CASES[operation]]
)
def test_an_error_is_reached_by_its_own_condition(world: World, operation: str, name: str) -> None:
    _reached(world, operation, _errors(operation)[name], CASES[operation][name])


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (operation, name)
        for operation in SERVICE_OF
        for name in _errors(operation)
        if name not in CASES.get(operation, {})
    ],
)
def test_an_error_without_a_condition_can_be_ordered(
    world: World, operation: str, name: str
) -> None:
    error = _errors(operation)[name]
    world.aws.fail(
        operation=operation, code=code_of(error), message="As ordered.", status=status_of(error)
    )
    _reached(world, operation, error, _call(operation))


@pytest.mark.parametrize("order", ["refuse", "throttle", "expire_credentials", "fail"])
@pytest.mark.parametrize("operation", SERVICE_OF)
def test_what_every_operation_can_answer_is_in_its_services_words(
    world: World, operation: str, order: str
) -> None:
    getattr(world.aws, order)()
    with pytest.raises(ClientError):
        world.call(operation)


def test_common_refusals_of_one_operation_are_by_the_model_too(world: World) -> None:
    refused: list[Case] = [
        _call("AssumeRole", RoleArn=GUEST, RoleSessionName="me"),
        _call("AssumeRole", RoleArn="short", RoleSessionName="me"),
        _call("CreateSecret", Name="bad name!"),
        _call("ListSecrets", MaxResults=1000),
        _call(f"Describe{PTC}s", maxResults="5"),
    ]
    for case in refused:
        with pytest.raises(ClientError):
            case(world)
