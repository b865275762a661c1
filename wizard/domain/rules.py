"""Pull through cache rules, existing and new ones. The fields are the members of the API."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from wizard.domain.errors import ConsoleError, InvalidRule
from wizard.domain.identifiers import RoleArn, SecretArn
from wizard.domain.prefixes import is_root, prefix_problem
from wizard.domain.regions import Target
from wizard.domain.registries import UpstreamRegistry, normalised_url, registry_of, registry_of_url
from wizard.domain.texts import gettext_noop as _

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html; it cannot be raised.
RULES_PER_REGION: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as returned by DescribePullThroughCacheRules; None is a member that AWS omitted."""

    ecr_repository_prefix: str
    upstream_registry_url: str
    registry_id: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    upstream_registry: str | None = None
    credential_arn: str | None = None
    custom_role_arn: str | None = None
    upstream_repository_prefix: str | None = None

    @property
    def registry(self) -> UpstreamRegistry | None:
        """Return the catalogue entry of the rule's kind of upstream, or None."""
        return registry_of(
            self.upstream_registry, self.upstream_registry_url, own_account_id=self.registry_id
        )

    @property
    def upstream_inputs(self) -> dict[str, str] | None:
        """Return the values in the URL of the rule's registry; None if the catalogue has none."""
        registry = self.registry
        return registry.parse_url(self.upstream_host) if registry else None

    @property
    def upstream_host(self) -> str:
        """Return the upstream URL as AWS's documentation writes it, if the catalogue has it."""
        return normalised_url(self.upstream_registry_url)

    @property
    def is_editable(self) -> bool:
        """Whether AWS can change the rule: only a secret or a role can be changed."""
        return self.credential_arn is not None or self.custom_role_arn is not None


class RuleChangedMeanwhile(ConsoleError):
    """The rule has changed since the person read it; `rule` is its current state."""

    title = _("The rule has changed")
    remedy = _("Compare it with your change, then save again if you still want to.")
    status = 409

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.ecr_repository_prefix)
        self.rule = rule


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """The members of CreatePullThroughCacheRule.

    `upstream_registry` is sent only if the rule is like an existing one. Otherwise AWS infers it
    from the URL, as in its own examples. It is not compared. An upstream prefix of None means every
    upstream repository (`ROOT` in AWS).
    """

    ecr_repository_prefix: str
    upstream_registry_url: str
    credential_arn: str | None = None
    custom_role_arn: str | None = None
    upstream_repository_prefix: str | None = None
    upstream_registry: str | None = field(default=None, compare=False)


def new_rule_like(rule: Rule) -> NewRule:
    """Return the request that creates an equal rule."""
    upstream = rule.upstream_repository_prefix
    return NewRule(
        ecr_repository_prefix=rule.ecr_repository_prefix,
        upstream_registry_url=rule.upstream_host,
        credential_arn=rule.credential_arn,
        custom_role_arn=rule.custom_role_arn,
        upstream_repository_prefix=None if is_root(upstream) else upstream,
        upstream_registry=rule.upstream_registry,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """The members of UpdatePullThroughCacheRule: one of the two, never both."""

    credential_arn: str | None = None
    custom_role_arn: str | None = None


def check_rule_change(rule: Rule, change: RuleChange, target: Target) -> None:
    """Raise InvalidRule or InvalidIdentifier for a change that AWS would refuse.

    A rule with a secret can get another secret, a rule with a role another role. A rule with
    neither cannot be changed.
    """
    if not rule.is_editable:
        raise InvalidRule("ecr_repository_prefix")
    _check_access(
        needs_secret=rule.credential_arn is not None,
        needs_role=rule.custom_role_arn is not None,
        rule=change,
        target=target,
    )


def check_new_rule(rule: NewRule, target: Target) -> None:
    """Raise InvalidRule, with the name of the member, for a rule that AWS would refuse.

    Forms check each answer alone. This check is made immediately before the call and covers the
    combination of answers.
    """
    _check_prefixes(rule)
    registry = registry_of_url(rule.upstream_registry_url, own_account_id=target.account_id)
    if registry is None:  # guard: I2
        raise InvalidRule("upstream_registry_url")
    _check_access(
        needs_secret=registry.needs_secret,
        needs_role=registry.needs_role,
        rule=rule,
        target=target,
    )


def _check_access(
    *, needs_secret: bool, needs_role: bool, rule: NewRule | RuleChange, target: Target
) -> None:
    if needs_secret != (rule.credential_arn is not None):
        raise InvalidRule("credential_arn")
    if needs_role != (rule.custom_role_arn is not None):
        raise InvalidRule("custom_role_arn")
    if rule.credential_arn is not None:
        SecretArn.parse(rule.credential_arn).check_belongs_to(target)
    if rule.custom_role_arn is not None:
        RoleArn.parse(rule.custom_role_arn).check_belongs_to(target)


def _check_prefixes(rule: NewRule) -> None:
    if prefix_problem(rule.ecr_repository_prefix) is not None:  # guard: I1
        raise InvalidRule("ecr_repository_prefix")
    upstream = rule.upstream_repository_prefix
    if is_root(upstream):
        return
    if upstream is None or prefix_problem(upstream) is not None:
        raise InvalidRule("upstream_repository_prefix")
    if is_root(rule.ecr_repository_prefix):
        raise InvalidRule("upstream_repository_prefix")
