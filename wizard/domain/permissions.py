"""Every IAM action that the console needs: one table, and the policies that are made of it.

A test compares the table with the operations that `wizard/backend` calls.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Final

from wizard.domain.accounts import ROLE_NAME
from wizard.domain.actions import AwsAction
from wizard.domain.identifiers import SECRET_NAME_PREFIX

# Requests to IAM, which has no Regions, are made in this one.
GLOBAL_REGION: Final = "us-east-1"

_VERSION: Final = "2012-10-17"
_ROLE_OF_ECR: Final = "role/aws-service-role/pullthroughcache.ecr.amazonaws.com/*"


class Feature(StrEnum):
    """What a person can leave out of the policy; READ is always part of it."""

    READ = "read"
    RULES = "rules"
    SECRETS = "secrets"
    ROLES = "roles"
    REPOSITORIES = "repositories"
    IMAGES = "images"
    TEMPLATES = "templates"
    SIMULATION = "simulation"
    ACCOUNTS = "accounts"
    ORGANIZATION = "organization"
    SECRET_VALUES = "secret-values"  # noqa: S105 - the name of a choice


class Statement(Enum):
    """The statements of the policy, in their order; the values are their Sids."""

    RULES = "Rules"
    LIST_SECRETS = "ListSecrets"
    SECRETS = "Secrets"
    FIRST_RULE = "FirstRuleOfTheAccount"
    LIST_ROLES = "ListRoles"
    READ_ROLES = "ReadRoles"
    PASS_ROLES = "PassRolesToEcr"  # noqa: S105 - a Sid
    SIMULATION = "CheckPermissions"
    ASSUME_ROLES = "AssumeRolesOfAccounts"
    LIST_ACCOUNTS = "ListAccountsOfTheOrganization"
    SECRET_VALUES = "OptionalReadOfSecrets"  # noqa: S105 - a Sid


# What the actions of a statement are about; without an entry, IAM knows no narrower resource.
_RESOURCES: Final[Mapping[Statement, tuple[str, ...]]] = {
    Statement.SECRETS: ("secret",),
    Statement.FIRST_RULE: (_ROLE_OF_ECR,),
    Statement.READ_ROLES: ("role/*",),
    Statement.PASS_ROLES: ("role/*",),
    Statement.SIMULATION: ("role/*", "user/*"),
    Statement.ASSUME_ROLES: (f"role/{ROLE_NAME}",),
    Statement.SECRET_VALUES: ("secret",),
}
# They are about other accounts than that of the policy.
_OF_ALL_ACCOUNTS: Final = frozenset({Statement.ASSUME_ROLES, Statement.LIST_ACCOUNTS})
# Conditions that AWS documents for the actions of a statement, by condition key.
_CONDITIONS: Final[Mapping[Statement, Mapping[str, str]]] = {
    Statement.FIRST_RULE: {"iam:AWSServiceName": "pullthroughcache.ecr.amazonaws.com"},
    Statement.PASS_ROLES: {"iam:PassedToService": "ecr.amazonaws.com"},
}
# Their requests are made in the Region of the rule or secret.
_REGIONAL: Final = frozenset(
    {Statement.RULES, Statement.LIST_SECRETS, Statement.SECRETS, Statement.SECRET_VALUES}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """An action, the statement that allows it, and the features that need it."""

    action: str
    statement: Statement
    features: tuple[Feature, ...]


def _permission(action: str, statement: Statement, *features: Feature) -> Permission:
    return Permission(action=action, statement=statement, features=features)


PERMISSIONS: Final = (
    _permission("ecr:DescribePullThroughCacheRules", Statement.RULES, Feature.READ),
    _permission("ecr:ValidatePullThroughCacheRule", Statement.RULES, Feature.READ),
    _permission("ecr:CreatePullThroughCacheRule", Statement.RULES, Feature.RULES),
    _permission("ecr:UpdatePullThroughCacheRule", Statement.RULES, Feature.RULES),
    _permission("ecr:DeletePullThroughCacheRule", Statement.RULES, Feature.RULES),
    _permission("ecr:DescribeRepositories", Statement.RULES, Feature.REPOSITORIES),
    _permission("ecr:DescribeImages", Statement.RULES, Feature.REPOSITORIES),
    _permission("ecr:BatchGetImage", Statement.RULES, Feature.REPOSITORIES),
    _permission("ecr:DescribeRepositoryCreationTemplates", Statement.RULES, Feature.REPOSITORIES),
    _permission("ecr:GetLifecyclePolicy", Statement.RULES, Feature.IMAGES),
    _permission("ecr:StartLifecyclePolicyPreview", Statement.RULES, Feature.IMAGES),
    _permission("ecr:GetLifecyclePolicyPreview", Statement.RULES, Feature.IMAGES),
    _permission("ecr:BatchDeleteImage", Statement.RULES, Feature.IMAGES),
    _permission("ecr:ListPullTimeUpdateExclusions", Statement.RULES, Feature.IMAGES),
    _permission("ecr:RegisterPullTimeUpdateExclusion", Statement.RULES, Feature.IMAGES),
    _permission("ecr:DeregisterPullTimeUpdateExclusion", Statement.RULES, Feature.IMAGES),
    _permission("secretsmanager:ListSecrets", Statement.LIST_SECRETS, Feature.READ),
    _permission("secretsmanager:DescribeSecret", Statement.SECRETS, Feature.READ),
    _permission("secretsmanager:CreateSecret", Statement.SECRETS, Feature.SECRETS),
    _permission("secretsmanager:PutSecretValue", Statement.SECRETS, Feature.SECRETS),
    _permission("secretsmanager:UpdateSecretVersionStage", Statement.SECRETS, Feature.SECRETS),
    _permission("secretsmanager:DeleteSecret", Statement.SECRETS, Feature.SECRETS),
    _permission("secretsmanager:RestoreSecret", Statement.SECRETS, Feature.SECRETS),
    _permission("secretsmanager:ReplicateSecretToRegions", Statement.SECRETS, Feature.SECRETS),
    _permission("secretsmanager:RemoveRegionsFromReplication", Statement.SECRETS, Feature.SECRETS),
    _permission("iam:CreateServiceLinkedRole", Statement.FIRST_RULE, Feature.RULES),
    _permission("iam:ListRoles", Statement.LIST_ROLES, Feature.ROLES),
    _permission("iam:GetRole", Statement.READ_ROLES, Feature.ROLES, Feature.SIMULATION),
    _permission("ecr:CreateRepositoryCreationTemplate", Statement.RULES, Feature.TEMPLATES),
    _permission("ecr:UpdateRepositoryCreationTemplate", Statement.RULES, Feature.TEMPLATES),
    _permission("ecr:DeleteRepositoryCreationTemplate", Statement.RULES, Feature.TEMPLATES),
    # What AWS checks of a person who sets a template's policies, and to create repositories.
    _permission("ecr:CreateRepository", Statement.RULES, Feature.TEMPLATES),
    _permission("ecr:PutLifecyclePolicy", Statement.RULES, Feature.TEMPLATES),
    _permission("ecr:SetRepositoryPolicy", Statement.RULES, Feature.TEMPLATES),
    _permission("iam:PassRole", Statement.PASS_ROLES, Feature.ROLES, Feature.TEMPLATES),
    _permission("iam:SimulatePrincipalPolicy", Statement.SIMULATION, Feature.SIMULATION),
    _permission("sts:AssumeRole", Statement.ASSUME_ROLES, Feature.ACCOUNTS),
    _permission("organizations:ListAccounts", Statement.LIST_ACCOUNTS, Feature.ORGANIZATION),
    _permission("secretsmanager:GetSecretValue", Statement.SECRET_VALUES, Feature.SECRET_VALUES),
)
# Those about one account and Region, which IAM is asked about. What is about other accounts is
# tested where they are added.
OF_ONE_ACCOUNT: Final = tuple(
    each for each in PERMISSIONS if each.statement not in _OF_ALL_ACCOUNTS
)


class Journey(StrEnum):
    """What a person does in the console, and what it needs before it begins."""

    CREATE_RULE = "create-rule"
    EDIT_RULE = "edit-rule"
    DELETE_RULE = "delete-rule"
    CREATE_SECRET = "create-secret"  # noqa: S105 - the name of a journey
    REPLICATE_SECRET = "replicate-secret"  # noqa: S105
    REPLACE_VALUE = "replace-value"
    DELETE_SECRET = "delete-secret"  # noqa: S105
    PASS_ROLE = "pass-role"  # noqa: S105
    EXCLUDE_PULLS = "exclude-pulls"
    CREATE_TEMPLATE = "create-template"
    EDIT_TEMPLATE = "edit-template"
    DELETE_TEMPLATE = "delete-template"
    PREVIEW_LIFECYCLE = "preview-lifecycle"
    DELETE_IMAGES = "delete-images"


_NEEDED: Final[Mapping[Journey, tuple[str, ...]]] = {
    Journey.CREATE_RULE: (f"ecr:{AwsAction.CREATE_RULE}",),
    Journey.EDIT_RULE: (f"ecr:{AwsAction.UPDATE_RULE}",),
    Journey.DELETE_RULE: (f"ecr:{AwsAction.DELETE_RULE}",),
    Journey.CREATE_SECRET: (f"secretsmanager:{AwsAction.CREATE_SECRET}",),
    Journey.REPLICATE_SECRET: (f"secretsmanager:{AwsAction.REPLICATE_SECRET}",),
    Journey.REPLACE_VALUE: (
        "secretsmanager:DescribeSecret",
        f"secretsmanager:{AwsAction.PUT_SECRET_VALUE}",
    ),
    Journey.DELETE_SECRET: (
        "secretsmanager:DescribeSecret",
        f"secretsmanager:{AwsAction.DELETE_SECRET}",
    ),
    Journey.PASS_ROLE: ("iam:PassRole",),
    Journey.DELETE_IMAGES: ("ecr:DescribeImages", f"ecr:{AwsAction.DELETE_IMAGES}"),
    Journey.EXCLUDE_PULLS: (f"ecr:{AwsAction.REGISTER_EXCLUSION}",),
    Journey.CREATE_TEMPLATE: (f"ecr:{AwsAction.CREATE_TEMPLATE}",),
    Journey.EDIT_TEMPLATE: (f"ecr:{AwsAction.UPDATE_TEMPLATE}",),
    Journey.DELETE_TEMPLATE: (f"ecr:{AwsAction.DELETE_TEMPLATE}",),
    Journey.PREVIEW_LIFECYCLE: (
        f"ecr:{AwsAction.START_PREVIEW}",
        "ecr:GetLifecyclePolicyPreview",
    ),
}


def needed_by(journeys: Collection[Journey]) -> list[Permission]:
    """Return what the journeys need, in the order of the table."""
    wanted = {action for journey in journeys for action in _NEEDED[journey]}
    return [each for each in PERMISSIONS if each.action in wanted]


def permissions_of(features: Collection[Feature]) -> list[Permission]:
    """Return what the features need, and READ, in the order of the table."""
    wanted = {Feature.READ, *features}
    return [each for each in PERMISSIONS if wanted & set(each.features)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlace:
    """Where a policy applies; without an account or Regions, in all of them."""

    account_id: str = "*"
    regions: tuple[str, ...] = ()
    partition: str = "aws"


def console_policy(
    permissions: Collection[Permission],
    place: PolicyPlace,
    *,
    resources: Mapping[Statement, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the IAM policy that allows these actions and nothing else.

    `resources` are narrower than those of the table: the secret or role that it is about.
    """
    statements = [
        _statement(statement, actions, place, resources.get(statement))
        for statement in Statement
        if (actions := [each.action for each in permissions if each.statement is statement])
    ]
    return {"Version": _VERSION, "Statement": statements}


def _statement(
    kind: Statement, actions: list[str], place: PolicyPlace, resource: str | None
) -> dict[str, Any]:
    resources = [resource] if resource else list(resources_of(kind, place))
    conditions = {key: [value] for key, value in _CONDITIONS.get(kind, {}).items()}
    is_named_by_arn = len(place.regions) == 1 and kind in _RESOURCES
    if kind in _REGIONAL and place.regions and not is_named_by_arn:
        conditions["aws:RequestedRegion"] = sorted(place.regions)
    made: dict[str, Any] = {
        "Sid": kind.value,
        "Effect": "Allow",
        "Action": _one_or_many(actions),
        "Resource": _one_or_many(resources),
    }
    if conditions:
        tests = {key: _one_or_many(values) for key, values in conditions.items()}
        made["Condition"] = {"StringEquals": tests}
    return made


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def resources_of(kind: Statement, place: PolicyPlace) -> Iterator[str]:
    """Return the resources of a statement at an account and, if there is only one, its Region."""
    region = place.regions[0] if len(place.regions) == 1 else "*"
    arn = f"arn:{place.partition}"
    account = "*" if kind in _OF_ALL_ACCOUNTS else place.account_id
    for resource in _RESOURCES.get(kind, ()):
        if resource == "secret":
            yield f"{arn}:secretsmanager:{region}:{account}:secret:{SECRET_NAME_PREFIX}*"
        else:
            yield f"{arn}:iam::{account}:{resource}"
    if kind not in _RESOURCES:
        yield "*"


def context_of(kind: Statement, region: str) -> dict[str, str]:
    """Return the condition keys that a request for the actions of a statement carries."""
    requested = region if kind in _REGIONAL or kind is Statement.PASS_ROLES else GLOBAL_REGION
    return {"aws:RequestedRegion": requested, **_CONDITIONS.get(kind, {})}
