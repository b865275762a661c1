"""Pull through cache rules per account and Region, beside what moto's ECR keeps.

Answers for the service's rules about rules: known upstream, credentials, duplicates, the quota.
Refuses to know HTTP, and the constraints that are written in the service model (`responses`).
Two refusals are stricter than anything AWS documents: a credential or a role that the upstream has
no use for, and a registry that would pull from itself.
"""

import re
import threading
from dataclasses import dataclass, replace
from datetime import datetime

from botocore.paginate import TokenDecoder, TokenEncoder
from moto.core.utils import utcnow
from moto.ecr.models import ECRBackend, ecr_backends

from ptcconsole.fakeaws.ecr import validation
from ptcconsole.fakeaws.ecr.credentials import find_secret, is_decryptable, is_usable
from ptcconsole.fakeaws.ecr.exceptions import (
    InvalidParameterException,
    LimitExceededException,
    PullThroughCacheRuleAlreadyExistsException,
    PullThroughCacheRuleNotFoundException,
    SecretNotFoundException,
    UnableToDecryptSecretValueException,
    UnsupportedUpstreamRegistryException,
)
from ptcconsole.fakeaws.registries import Access, KnownRegistry, private_registry, registry_for

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
MAX_RULES = 50
ROOT = "ROOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullThroughCacheRule:
    """One rule; the fields are the members of the API in snake_case."""

    ecr_repository_prefix: str
    upstream_registry_url: str
    upstream_registry: str
    registry_id: str
    created_at: datetime
    updated_at: datetime | None = None
    credential_arn: str | None = None
    custom_role_arn: str | None = None
    upstream_repository_prefix: str = ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """Some rules and, if there are more, where to go on."""

    rules: list[PullThroughCacheRule]
    next_token: str | None = None


class PullThroughCacheBackend(ECRBackend):
    """moto's ECR of one account and Region, with its pull through cache rules."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.pull_through_cache_rules: dict[str, PullThroughCacheRule] = {}
        self.pull_through_cache_lock = threading.RLock()

    def create_pull_through_cache_rule(
        self,
        *,
        ecr_repository_prefix: str,
        upstream_registry_url: str,
        upstream_registry: str | None = None,
        credential_arn: str | None = None,
        custom_role_arn: str | None = None,
        upstream_repository_prefix: str | None = None,
    ) -> PullThroughCacheRule:
        """Raises every error that CreatePullThroughCacheRule has."""
        registry = self._supported(upstream_registry_url, upstream_registry)
        upstream_repository_prefix = upstream_repository_prefix or ROOT
        if ecr_repository_prefix == ROOT and upstream_repository_prefix != ROOT:
            raise InvalidParameterException.broken(
                "upstreamRepositoryPrefix", "Member must be ROOT when ecrRepositoryPrefix is ROOT"
            )
        self._check_credential(registry, credential_arn)
        self._check_role(registry, upstream_registry_url, custom_role_arn)
        return self._add(
            PullThroughCacheRule(
                ecr_repository_prefix=ecr_repository_prefix,
                upstream_registry_url=upstream_registry_url,
                upstream_registry=registry.kind,
                registry_id=self.account_id,
                created_at=utcnow(),
                credential_arn=credential_arn,
                custom_role_arn=custom_role_arn,
                upstream_repository_prefix=upstream_repository_prefix,
            )
        )

    def describe_pull_through_cache_rules(
        self,
        *,
        ecr_repository_prefixes: list[str] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> RulePage:
        """The named rules, or one page of all of them in the order of their prefixes."""
        if ecr_repository_prefixes is None:
            return self._page(after=_decoded(next_token), size=max_results or 100)
        if next_token is not None or max_results is not None:
            raise InvalidParameterException(
                "Invalid parameter: nextToken and maxResults cannot be used when you specify "
                "rules with ecrRepositoryPrefixes."
            )
        return RulePage(rules=[self._rule(prefix) for prefix in ecr_repository_prefixes])

    def update_pull_through_cache_rule(
        self,
        *,
        ecr_repository_prefix: str,
        credential_arn: str | None = None,
        custom_role_arn: str | None = None,
    ) -> PullThroughCacheRule:
        """Raises every error that UpdatePullThroughCacheRule has."""
        if credential_arn is None and custom_role_arn is None:
            raise InvalidParameterException(
                "Invalid input: Please set either credential arn or role arn to update the "
                "credentials"
            )
        with self.pull_through_cache_lock:
            rule = self._rule(ecr_repository_prefix)
            updated = replace(
                rule,
                credential_arn=credential_arn or rule.credential_arn,
                custom_role_arn=custom_role_arn or rule.custom_role_arn,
                updated_at=utcnow(),
            )
            registry = self._supported(rule.upstream_registry_url, rule.upstream_registry)
            self._check_credential(registry, updated.credential_arn)
            self._check_role(registry, rule.upstream_registry_url, updated.custom_role_arn)
            self.pull_through_cache_rules[_key(ecr_repository_prefix)] = updated
        return updated

    def delete_pull_through_cache_rule(self, *, ecr_repository_prefix: str) -> PullThroughCacheRule:
        """Raises PullThroughCacheRuleNotFoundException."""
        with self.pull_through_cache_lock:
            rule = self._rule(ecr_repository_prefix)
            del self.pull_through_cache_rules[_key(ecr_repository_prefix)]
        return rule

    def validate_pull_through_cache_rule(
        self, *, ecr_repository_prefix: str
    ) -> tuple[PullThroughCacheRule, str]:
        """The rule and why it cannot reach its upstream (empty if it can). Nothing is stored."""
        rule = self._rule(ecr_repository_prefix)
        registry = self._supported(rule.upstream_registry_url, rule.upstream_registry)
        by_role = registry.access is Access.ROLE
        failure = (validation.role_failure_of if by_role else validation.login_failure_of)(
            rule.upstream_registry_url,
            rule.custom_role_arn if by_role else rule.credential_arn,
            account_id=self.account_id,
            region=self.region_name,
        )
        return rule, failure

    def _add(self, rule: PullThroughCacheRule) -> PullThroughCacheRule:
        # Looking and adding under one lock: of two creates of one prefix exactly one wins.
        with self.pull_through_cache_lock:
            if _key(rule.ecr_repository_prefix) in self.pull_through_cache_rules:
                raise PullThroughCacheRuleAlreadyExistsException
            if len(self.pull_through_cache_rules) >= MAX_RULES:
                raise LimitExceededException
            self.pull_through_cache_rules[_key(rule.ecr_repository_prefix)] = rule
        return rule

    def _rule(self, ecr_repository_prefix: str) -> PullThroughCacheRule:
        rule = self.pull_through_cache_rules.get(_key(ecr_repository_prefix))
        if rule is None:
            raise PullThroughCacheRuleNotFoundException
        return rule

    def _page(self, *, after: str, size: int) -> RulePage:
        keys = sorted(key for key in list(self.pull_through_cache_rules) if key > after)
        rules = [self.pull_through_cache_rules[key] for key in keys[:size]]
        token = TokenEncoder().encode({"after": keys[size - 1]}) if len(keys) > size else None
        return RulePage(rules=rules, next_token=token)

    def _supported(self, url: str, kind: str | None) -> KnownRegistry:
        registry = registry_for(url)
        if registry is None or (registry.access is Access.ROLE and not self._is_other(url)):
            raise UnsupportedUpstreamRegistryException.unknown(url)
        if kind is not None and kind != registry.kind:
            raise InvalidParameterException.broken(
                "upstreamRegistry",
                f"Member must be {registry.kind} for the upstream registry URL {url}",
            )
        return registry

    def _is_other(self, url: str) -> bool:
        """Whether an ECR private URL is in a Region that exists and not this very registry."""
        upstream = private_registry(url)
        here = (upstream.account_id, upstream.region) == (self.account_id, self.region_name)
        return upstream.region in ecr_backends[self.account_id] and not here

    def _check_credential(self, registry: KnownRegistry, credential_arn: str | None) -> None:
        if registry.access is not Access.SECRET:
            if credential_arn is not None:
                raise InvalidParameterException.broken(
                    "credentialArn", f"Member must be null for the upstream {registry.kind}"
                )
            return
        if credential_arn is None:
            raise UnsupportedUpstreamRegistryException.needs_credentials()
        secret = find_secret(credential_arn, account_id=self.account_id, region=self.region_name)
        if secret is None or not is_usable(secret):
            raise SecretNotFoundException
        if not is_decryptable(secret):
            raise UnableToDecryptSecretValueException

    def _check_role(self, registry: KnownRegistry, url: str, role_arn: str | None) -> None:
        if registry.access is not Access.ROLE:
            problem = f"Member must be null for the upstream {registry.kind}" if role_arn else ""
        elif role_arn is None:
            same_account = private_registry(url).account_id == self.account_id
            problem = "" if same_account else "Member must not be null for another account"
        elif re.fullmatch(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+", role_arn) is None:
            problem = "Member must be the ARN of an IAM role"
        else:
            own = role_arn.split(":")[4] == self.account_id
            problem = "" if own else "Member must be a role of the registry's own account"
        if problem:
            raise InvalidParameterException.broken("customRoleArn", problem)


def _key(ecr_repository_prefix: str) -> str:
    # A slash is always assumed after the prefix, so `team` and `team/` are one rule.
    return ecr_repository_prefix.rstrip("/")


def _decoded(next_token: str | None) -> str:
    if next_token is None:
        return ""
    try:
        return str(TokenDecoder().decode(next_token)["after"])
    except (ValueError, TypeError, KeyError):
        raise InvalidParameterException(
            "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid token'"
        ) from None


def install() -> None:
    """Have moto keep our backend instead of its own, before anything is stored in it."""
    if ecr_backends.backend is not PullThroughCacheBackend:
        ecr_backends.backend = PullThroughCacheBackend
        ecr_backends.clear()
