"""The policies that cure a failed rule, filled in, and the AWS CLI commands that apply them."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from wizard.domain import RoleArn, Rule, Target, policies
from wizard.domain.commands import aws_command, quoted
from wizard.domain.errors import InvalidIdentifier
from wizard.words import CURE_LABELS, Cure, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CurePolicy:
    """A policy to copy: its button, what to know before, the JSON, and the command.

    `policy` is empty if only a command helps. `anchor` is its ID on the page.
    """

    anchor: str
    label: Text
    description: Text
    policy: str
    command: str


def policy_of(cure: Cure, *, rule: Rule, target: Target) -> CurePolicy | None:
    """Return what a cure shows for a rule; None if the cure or the rule has no policy."""
    if cure is Cure.SECRET_POLICY and rule.credential_arn:
        return _secret_policy(rule.credential_arn, target)
    if cure is Cure.REGISTRY_POLICY:
        return _registry_policy(rule, target)
    role = _role_of(rule)
    if role is None:
        return None
    if cure is Cure.TRUST_POLICY:
        return _trust_policy(role)
    return _permissions_policy(role) if cure is Cure.PERMISSIONS_POLICY else None


def _trust_policy(role: RoleArn) -> CurePolicy:
    policy = policies.trust_policy()
    return CurePolicy(
        anchor=Cure.TRUST_POLICY,
        label=CURE_LABELS[Cure.TRUST_POLICY],
        description=_(
            "Lets pull through cache assume the role. The command replaces the trust policy of the"
            " role: if something else uses the role, add the statement to its trust policy instead."
        ),
        policy=_pretty(policy),
        command=aws_command(
            "iam update-assume-role-policy",
            ("--role-name", quoted(role.name)),
            ("--policy-document", _argument(policy)),
        ),
    )


def _permissions_policy(role: RoleArn) -> CurePolicy:
    policy = policies.permissions_policy()
    return CurePolicy(
        anchor=Cure.PERMISSIONS_POLICY,
        label=CURE_LABELS[Cure.PERMISSIONS_POLICY],
        description=_("Lets the role read the upstream registry and write the cached images."),
        policy=_pretty(policy),
        command=aws_command(
            "iam put-role-policy",
            ("--role-name", quoted(role.name)),
            ("--policy-name", "ecr-pull-through-cache"),
            ("--policy-document", _argument(policy)),
        ),
    )


def _registry_policy(rule: Rule, target: Target) -> CurePolicy | None:
    upstream = rule.upstream_inputs or {}
    if "account_id" not in upstream:
        return None
    policy = policies.upstream_registry_policy(
        account_id=target.account_id,
        upstream_account_id=upstream["account_id"],
        upstream_region=upstream["region"],
    )
    return CurePolicy(
        anchor=Cure.REGISTRY_POLICY,
        label=CURE_LABELS[Cure.REGISTRY_POLICY],
        description=_(
            "Lets this account pull from the upstream registry. Run the command with credentials of"
            " the account %(account)s. It replaces the registry policy: if there is one, add the"
            " statement to it instead."
        )
        % {"account": upstream["account_id"]},
        policy=_pretty(policy),
        command=aws_command(
            "ecr put-registry-policy",
            ("--region", quoted(upstream["region"])),
            ("--policy-text", _argument(policy)),
        ),
    )


def _secret_policy(arn: str, target: Target) -> CurePolicy:
    return CurePolicy(
        anchor=Cure.SECRET_POLICY,
        label=CURE_LABELS[Cure.SECRET_POLICY],
        description=_(
            "Shows the resource policy of the secret. Remove the statement that denies access to"
            " the role AWSServiceRoleForECRPullThroughCache."
        ),
        policy="",
        command=aws_command(
            "secretsmanager get-resource-policy",
            ("--secret-id", quoted(arn)),
            ("--region", target.region),
        ),
    )


def _role_of(rule: Rule) -> RoleArn | None:
    try:
        return RoleArn.parse(rule.custom_role_arn or "")
    except InvalidIdentifier:
        return None


def _pretty(policy: dict[str, Any]) -> str:
    return json.dumps(policy, indent=2)


def _argument(policy: dict[str, Any]) -> str:
    return quoted(json.dumps(policy, separators=(",", ":")))
