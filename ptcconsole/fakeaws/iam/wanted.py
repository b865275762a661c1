"""The action and resource of each call, as the service authorization reference has them.

The resources of what pull through cache needs are exact: repositories, secrets and roles. Other
operations are about everything.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from ptcconsole.fakeaws.calls import AwsCall
from ptcconsole.fakeaws.iam.authorization import Wanted

# AWS answers this call whatever the policies say.
_ALWAYS_ALLOWED = frozenset({"GetCallerIdentity"})
# Who may assume a role, the trust policy decides too, so `sts` asks for the permission.
_ASKED_ELSEWHERE = frozenset({"AssumeRole", "SimulatePrincipalPolicy"})


def wanted_by(call: AwsCall, body: str, account_id: str) -> Iterator[Wanted]:
    """Yield what a call needs: its own action, and those that its members imply."""
    action = f"{call.service}:{call.operation}"
    if call.operation in _ALWAYS_ALLOWED or call.operation in _ASKED_ELSEWHERE:
        return
    members = _members(call, body)
    match call.service:
        case "ecr" if "repositoryName" in members:
            yield _repository(call, members["repositoryName"], account_id)
        case "ecr" if call.operation == "DescribeRepositories":
            for name in members.get("repositoryNames") or ["*"]:
                yield _repository(call, name, account_id)
        case "secretsmanager" if {"Name", "SecretId"} & set(members):
            yield from _of_secret(call, members, account_id)
        case "iam" if call.operation == "CreateServiceLinkedRole":
            yield _service_linked(action, str(members.get("AWSServiceName")), account_id)
        case "iam" if "RoleName" in members:
            name = str(members["RoleName"])
            arn = _role_arn(name, account_id)
            yield Wanted(action=action, resource=arn, shown=f"role {name}")
        case "iam" if call.operation == "ListRoles":
            yield Wanted(action=action, resource=f"arn:aws:iam::{account_id}:role/")
        case _:
            yield Wanted(action=action)


def _repository(call: AwsCall, name: str, account_id: str) -> Wanted:
    arn = f"arn:aws:ecr:{call.region}:{account_id}:repository/{name}"
    return Wanted(action=f"ecr:{call.operation}", resource=arn)


def _service_linked(action: str, service: str, account_id: str) -> Wanted:
    arn = f"arn:aws:iam::{account_id}:role/aws-service-role/{service}/*"
    return Wanted(action=action, resource=arn, context={"iam:AWSServiceName": service})


def _role_arn(name: str, account_id: str) -> str:
    roles = list(iam_backends[account_id]["aws"].roles.values())
    known = next((role.arn for role in roles if role.name == name), None)
    return known or f"arn:aws:iam::{account_id}:role/{name}"


def _of_secret(call: AwsCall, members: Mapping[str, Any], account_id: str) -> Iterator[Wanted]:
    given = str(members.get("SecretId") or members.get("Name"))
    implied = {"Tags": "TagResource", "AddReplicaRegions": "ReplicateSecretToRegions"}
    operations = [call.operation]
    if call.operation == "CreateSecret":
        operations += [implied[member] for member in implied if members.get(member)]
    for operation in operations:
        yield Wanted(
            action=f"secretsmanager:{operation}",
            resource=_secret_arn(call.region, given, account_id),
            shown=given,
        )


def _secret_arn(region: str, given: str, account_id: str) -> str:
    if given.startswith("arn:"):
        return given
    secret = secretsmanager_backends[account_id][region].secrets.get(given)
    if secret is not None:
        return str(secret.arn)
    return f"arn:aws:secretsmanager:{region}:{account_id}:secret:{given}"


def _members(call: AwsCall, body: str) -> Mapping[str, Any]:
    if not call.speaks_json:
        return dict(parse_qsl(body))
    try:
        members = json.loads(body or "{}")
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}
