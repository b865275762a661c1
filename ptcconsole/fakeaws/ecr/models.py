"""Stores pull through cache rules per account and Region, in addition to moto's ECR.

It ensures one rule per prefix and the quota. `responses` checks the constraints of the service
model, `upstream_checks` what an upstream needs.
"""

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.paginate import TokenDecoder, TokenEncoder
from moto.ecr.models import Image, Repository, ecr_backends
from moto.iam.models import iam_backends

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.ecr import registry_policy, validation
from ptcconsole.fakeaws.ecr.account_settings import AccountSettings
from ptcconsole.fakeaws.ecr.exceptions import (
    InvalidParameterException,
    LimitExceededException,
    PullThroughCacheRuleAlreadyExistsException,
    PullThroughCacheRuleNotFoundException,
)
from ptcconsole.fakeaws.ecr.pull_times import PullTimes
from ptcconsole.fakeaws.ecr.pulls import covering_rule, needed_to_import, pull, pull_blob
from ptcconsole.fakeaws.ecr.templates import ROOT, CreationTemplates, prefix_key
from ptcconsole.fakeaws.ecr.upstream_checks import (
    Home,
    check_credential,
    check_role,
    supported_registry,
)
from ptcconsole.fakeaws.iam.models import AccurateBackend, service_linked_role_arn
from ptcconsole.fakeaws.paging import MOST_BY_DEFAULT
from ptcconsole.fakeaws.registries import Access
from ptcconsole.fakeaws.variety import VARIETY

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
MAX_RULES = 50
MAX_REPOSITORIES = 100_000
MAX_IMAGES_OF_REPOSITORY = 100_000


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
    upstream_repository_prefix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """A page of rules, with a token if there are more."""

    rules: list[PullThroughCacheRule]
    next_token: str | None = None


class PullThroughCacheBackend(CreationTemplates, PullTimes, AccountSettings):
    """moto's ECR of one account and Region, with rules, templates, times of pulls and settings."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.pull_through_cache_rules: dict[str, PullThroughCacheRule] = {}
        self.pull_through_cache_lock = threading.RLock()
        # When a cached repository was last compared with its upstream.
        self.upstream_checks: dict[str, float] = {}

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
        """Create a rule; raises every error of CreatePullThroughCacheRule.

        A prefix in use is reported first. The order of AWS's checks is not documented.
        """
        if prefix_key(ecr_repository_prefix) in self.pull_through_cache_rules:
            raise PullThroughCacheRuleAlreadyExistsException
        registry = supported_registry(self._home, upstream_registry_url, upstream_registry)
        if ecr_repository_prefix == ROOT and upstream_repository_prefix not in (None, ROOT):
            raise InvalidParameterException.broken(
                "upstreamRepositoryPrefix", "Member must be ROOT if ecrRepositoryPrefix is ROOT"
            )
        check_credential(self._home, registry, credential_arn)
        check_role(self._home, registry, upstream_registry_url, custom_role_arn)
        return self._add(
            PullThroughCacheRule(
                ecr_repository_prefix=ecr_repository_prefix,
                upstream_registry_url=upstream_registry_url,
                upstream_registry=registry.kind,
                registry_id=self.account_id,
                created_at=CLOCK.stamp(),
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
        """Return the named rules, or one page of all rules; AWS documents no order."""
        if ecr_repository_prefixes is None:
            size = VARIETY.page_size(max_results or MOST_BY_DEFAULT)
            return self._page(after=_decoded(next_token), size=size)
        if next_token is not None or max_results is not None:
            raise InvalidParameterException(
                "Invalid parameter: nextToken and maxResults cannot be used when you specify "
                "rules with ecrRepositoryPrefixes."
            )
        rules = [self._rule(prefix) for prefix in ecr_repository_prefixes]
        return RulePage(
            rules=sorted(rules, key=lambda rule: _turn(prefix_key(rule.ecr_repository_prefix)))
        )

    def update_pull_through_cache_rule(
        self,
        *,
        ecr_repository_prefix: str,
        credential_arn: str | None = None,
        custom_role_arn: str | None = None,
    ) -> PullThroughCacheRule:
        """Change a rule; raises every error of UpdatePullThroughCacheRule."""
        if credential_arn is None and custom_role_arn is None:
            raise InvalidParameterException(
                "Invalid input: Please set either credential arn or role arn to update the "
                "credentials"
            )
        with self.pull_through_cache_lock:
            rule = self._rule(ecr_repository_prefix)
            updated = replace(
                rule,
                credential_arn=_given(credential_arn, rule.credential_arn),
                custom_role_arn=_given(custom_role_arn, rule.custom_role_arn),
                updated_at=CLOCK.stamp(),
            )
            url = rule.upstream_registry_url
            registry = supported_registry(self._home, url)
            check_credential(self._home, registry, updated.credential_arn)
            check_role(self._home, registry, url, updated.custom_role_arn)
            self.pull_through_cache_rules[prefix_key(ecr_repository_prefix)] = updated
        return updated

    def delete_pull_through_cache_rule(self, *, ecr_repository_prefix: str) -> PullThroughCacheRule:
        """Delete a rule; raises PullThroughCacheRuleNotFoundException."""
        with self.pull_through_cache_lock:
            rule = self._rule(ecr_repository_prefix)
            del self.pull_through_cache_rules[prefix_key(ecr_repository_prefix)]
        return rule

    def validate_pull_through_cache_rule(
        self, *, ecr_repository_prefix: str
    ) -> tuple[PullThroughCacheRule, str]:
        """Return the rule and the failure of its validation (empty if valid). Stores nothing."""
        rule = self._rule(ecr_repository_prefix)
        url = rule.upstream_registry_url
        if supported_registry(self._home, url).access is Access.ROLE:
            role_arn = rule.custom_role_arn
            return rule, validation.role_failure_of(url, role_arn, account_id=self.account_id)
        return rule, validation.login_failure_of(
            url, rule.credential_arn, account_id=self.account_id, region=self.region_name
        )

    def create_repository(self, repository_name: str, *members: Any, **more: Any) -> Repository:
        """Create a repository now, by AWS's clock, unless the registry has as many as it may."""
        if len(self.repositories) >= MAX_REPOSITORIES:
            raise LimitExceededException
        made = super().create_repository(repository_name, *members, **more)
        made.created_at = CLOCK.stamp()
        return made

    def put_image(
        self, repository_name: str, image_manifest: str, *members: Any, **more: Any
    ) -> Image:
        """Store an image, a new one at the time of this clock, unless there are too many."""
        repository = self.repositories.get(repository_name)
        known = list(repository.images) if repository else []
        if len(known) >= MAX_IMAGES_OF_REPOSITORY:
            digest = f"sha256:{hashlib.sha256(image_manifest.encode()).hexdigest()}"
            if all(each.get_image_digest() != digest for each in known):
                raise LimitExceededException
        image = super().put_image(repository_name, image_manifest, *members, **more)
        if all(each is not image for each in known):
            image.image_pushed_at = int(CLOCK.time())
        return image

    def pull_through_cache(self, repository: str, image_ids: list[dict[str, str]]) -> None:
        """Bring images up to date with their upstream; raises UnableToGetUpstreamImageException."""
        pull(self, repository, image_ids)

    def needed_to_import(self, repository: str, references: Iterable[str]) -> list[str]:
        """Return the actions that a pull needs besides its own."""
        return needed_to_import(self, repository, references)

    def blob(self, repository: str, digest: str) -> bytes | None:
        """Return a layer or config of an image; raises UnableToGetUpstreamImageException."""
        return pull_blob(self, repository, digest)

    def is_cached(self, repository: str) -> bool:
        """Whether a rule covers a repository."""
        return covering_rule(self.pull_through_cache_rules, repository) is not None

    @property
    def first_rule_needs(self) -> list[tuple[str, str]]:
        """Return the permission to create the service-linked role, unless the role exists."""
        if _iam_of(self.account_id).has_pull_through_cache_role():
            return []
        return [("iam:CreateServiceLinkedRole", service_linked_role_arn(self.account_id))]

    def credential_arn_of(self, *, ecr_repository_prefix: str) -> str | None:
        """Return the secret of a rule; raises PullThroughCacheRuleNotFoundException."""
        return self._rule(ecr_repository_prefix).credential_arn

    @property
    def _home(self) -> Home:
        return Home(account_id=self.account_id, region=self.region_name)

    def _add(self, rule: PullThroughCacheRule) -> PullThroughCacheRule:
        # Check and insert under one lock: of two concurrent creates of a prefix, one succeeds.
        with self.pull_through_cache_lock:
            if prefix_key(rule.ecr_repository_prefix) in self.pull_through_cache_rules:
                raise PullThroughCacheRuleAlreadyExistsException
            if len(self.pull_through_cache_rules) >= MAX_RULES:
                raise LimitExceededException
            self.pull_through_cache_rules[prefix_key(rule.ecr_repository_prefix)] = rule
        _iam_of(self.account_id).ensure_pull_through_cache_role()
        return rule

    def _validate_registry_policy_action(self, policy_text: str) -> None:
        """Check the policy as AWS does; moto's check of actions is out of date."""
        registry_policy.check(policy_text, account_id=self.account_id, region=self.region_name)

    def _rule(self, ecr_repository_prefix: str) -> PullThroughCacheRule:
        rule = self.pull_through_cache_rules.get(prefix_key(ecr_repository_prefix))
        if rule is None:
            raise PullThroughCacheRuleNotFoundException
        return rule

    def _page(self, *, after: str, size: int) -> RulePage:
        rules = dict(self.pull_through_cache_rules)
        turns = sorted((_turn(key), key) for key in rules if _turn(key) > after)
        more = len(turns) > size
        token = TokenEncoder().encode({"after": turns[size - 1][0]}) if more else None
        return RulePage(rules=[rules[key] for _, key in turns[:size]], next_token=token)


def _turn(key: str) -> str:
    """Return the place of a rule in lists: the same each time, and in no order."""
    return hashlib.sha256(key.encode()).hexdigest()


def _given(new: str | None, old: str | None) -> str | None:
    return old if new is None else new


def _iam_of(account_id: str) -> AccurateBackend:
    backend = iam_backends[account_id]["aws"]
    assert isinstance(backend, AccurateBackend)  # noqa: S101 - `install()` was called
    return backend


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
    """Replace moto's backend with this one, before anything is stored in it."""
    if ecr_backends.backend is not PullThroughCacheBackend:
        ecr_backends.backend = PullThroughCacheBackend
        ecr_backends.clear()
