"""A rule that is the same in many accounts and Regions, and what it is in each of them.

Secrets and roles are of one account: the rule has the name of a secret, which AWS is asked for in
each Region, and the ARN of a role with the account in a placeholder. An upstream in the account's
own Amazon ECR has the placeholder in its URL.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from wizard.domain.errors import InvalidIdentifier
from wizard.domain.identifiers import RoleArn, SecretArn, is_arn_of
from wizard.domain.prefixes import is_root
from wizard.domain.regions import Target
from wizard.domain.registries import UpstreamRegistry, registry_of_url
from wizard.domain.rules import NewRule, Rule, new_rule_like

ACCOUNT: Final = "{account_id}"
# Stands for any account where the rule is looked at without one.
_NO_ACCOUNT: Final = "000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRule:
    """The members of a rule in every account; `secret_name` is empty for one without a secret."""

    ecr_repository_prefix: str
    upstream_registry_url: str
    upstream_repository_prefix: str = ""
    secret_name: str = ""
    custom_role_arn: str = ""
    upstream_registry: str = ""

    @property
    def is_of_own_account(self) -> bool:
        """Whether the upstream is the Amazon ECR of each account itself."""
        return ACCOUNT in self.upstream_registry_url

    @property
    def registry(self) -> UpstreamRegistry | None:
        """Return the catalogue's entry of the upstream, or None."""
        url = self.upstream_registry_url.replace(ACCOUNT, _NO_ACCOUNT)
        return registry_of_url(url, own_account_id=_NO_ACCOUNT)

    def in_place(self, target: Target, *, credential_arn: str | None) -> NewRule:
        """Return the rule as it is created there, with the secret of that Region."""
        return NewRule(
            ecr_repository_prefix=self.ecr_repository_prefix,
            upstream_registry_url=self.upstream_registry_url.replace(ACCOUNT, target.account_id),
            credential_arn=credential_arn,
            custom_role_arn=self.custom_role_arn.replace(ACCOUNT, target.account_id) or None,
            upstream_repository_prefix=self.upstream_repository_prefix or None,
            upstream_registry=self.upstream_registry or None,
        )

    def is_like(self, rule: Rule, target: Target) -> bool:
        """Whether a rule that exists there is as asked; its secret is compared by the name."""
        arn = rule.credential_arn
        if bool(arn) != bool(self.secret_name):
            return False
        if arn and not is_arn_of(arn, self.secret_name):
            return False
        return new_rule_like(rule) == self.in_place(target, credential_arn=arn)

    def is_upstream(self, target: Target) -> bool:
        """Whether the upstream is the registry in which the rule would be, or of its account.

        A rule with a role is for another account: in its own the registry needs none.
        """
        made = self.in_place(target, credential_arn=None)
        entry = registry_of_url(made.upstream_registry_url, own_account_id=target.account_id)
        if entry is None or not entry.is_own_account:
            return False
        inputs = entry.parse_url(made.upstream_registry_url) or {}
        return bool(self.custom_role_arn) or inputs.get("region") == target.region


def fleet_rule_like(rule: Rule, *, secret_name: str) -> FleetRule:
    """Return a rule of an account as one for others; its secret has this name."""
    made, own = new_rule_like(rule), rule.registry_id
    registry = rule.registry
    url = made.upstream_registry_url
    if registry is not None and registry.is_own_account:
        url = url.replace(own, ACCOUNT)
    return FleetRule(
        ecr_repository_prefix=made.ecr_repository_prefix,
        upstream_registry_url=url,
        upstream_repository_prefix=made.upstream_repository_prefix or "",
        secret_name=secret_name if made.credential_arn else "",
        custom_role_arn=_role_of_any(made.custom_role_arn or ""),
        upstream_registry=made.upstream_registry or "",
    )


def likely_secret_name(arn: str) -> str:
    """Return the name that an ARN most likely has: without AWS's suffix, which ARNs have."""
    try:
        names = SecretArn.parse(arn).possible_names
    except InvalidIdentifier:
        return ""
    return min(names, key=len)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetChange:
    """What is changed of rules in many accounts; None leaves a member as it is.

    A secret is changed only of rules that have one, and a role of rules that have one. AWS changes
    these two. An upstream prefix takes another rule, in the place of the old one.
    """

    upstream_repository_prefix: str | None = None
    secret_name: str | None = None
    custom_role_arn: str | None = None

    def applied_to(self, rule: FleetRule) -> FleetRule:
        """Return the rule as it is to be."""
        changed = rule
        if self.upstream_repository_prefix is not None:
            upstream = self.upstream_repository_prefix
            changed = replace(
                changed, upstream_repository_prefix="" if is_root(upstream) else upstream
            )
        if self.secret_name is not None and rule.secret_name:
            changed = replace(changed, secret_name=self.secret_name)
        if self.custom_role_arn is not None and rule.custom_role_arn:
            changed = replace(changed, custom_role_arn=self.custom_role_arn)
        return changed

    def is_possible_for(self, rule: FleetRule) -> bool:
        """Whether AWS accepts the result: one without a cache prefix has no upstream prefix."""
        is_narrow = not is_root(self.upstream_repository_prefix)
        return not (is_root(rule.ecr_repository_prefix) and is_narrow)

    def replaces(self, rule: FleetRule) -> bool:
        """Whether the rule has to be replaced."""
        wanted = self.applied_to(rule).upstream_repository_prefix
        return wanted != rule.upstream_repository_prefix


def change_record(change: FleetChange) -> dict[str, str | None]:
    """Return the change as it is stored."""
    return asdict(change)


def recorded_change(record: Mapping[str, Any]) -> FleetChange:
    """Return a change as it was stored."""
    return FleetChange(**{name: record.get(name) for name in FleetChange.__slots__})


def rule_record(rule: FleetRule) -> dict[str, str]:
    """Return the rule as it is stored."""
    return asdict(rule)


def recorded_rule(record: Mapping[str, Any]) -> FleetRule:
    """Return a rule as it was stored."""
    return FleetRule(**{name: str(record.get(name) or "") for name in FleetRule.__slots__})


def _role_of_any(arn: str) -> str:
    try:
        role = RoleArn.parse(arn)
    except InvalidIdentifier:
        return arn
    return arn.replace(role.account_id, ACCOUNT, 1)
