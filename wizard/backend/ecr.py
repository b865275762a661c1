"""The ECR API: pull through cache rules, and the names of repositories."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.errors import aws_words, translated
from wizard.backend.images import describe_repositories
from wizard.backend.members import (
    flag_member,
    member,
    name_member,
    not_asked_for,
    optional_text,
    optional_time,
    text_member,
)
from wizard.backend.pages import every_item
from wizard.domain import NewRule, Rule, RuleChange, Target
from wizard.domain.errors import AwsError, RuleNotFound, is_answer_lost, known_not_made
from wizard.domain.namespaces import RepositoryNames, prefix_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The result of ValidatePullThroughCacheRule; `failure` is AWS's message."""

    is_valid: bool
    failure: str


def repository_names(target: Target) -> RepositoryNames:
    """Return the names of the registry's repositories, up to a bound."""
    found = describe_repositories(target)
    names = tuple(each.name for each in found.repositories)
    return RepositoryNames(names=names, is_complete=found.is_complete)


def prepare(target: Target) -> None:
    """Let botocore make what it keeps for the first call, without one: it signs an address."""
    method, parameters = "describe_pull_through_cache_rules", {"registryId": target.account_id}
    client: Any = clients.ecr(target)
    with translated("DescribePullThroughCacheRules", region=target.region):
        client.sent(lambda boto: boto.generate_presigned_url(method, Params=parameters))


def describe_rules(target: Target) -> list[Rule]:
    """Return all rules of the registry."""
    items = every_item(
        clients.ecr(target),
        "describe_pull_through_cache_rules",
        "pullThroughCacheRules",
        registryId=target.account_id,
    )
    return [_rule(item, target) for item in items]


def describe_rule(target: Target, ecr_repository_prefix: str) -> Rule:
    """Return one rule; raises RuleNotFound."""
    answer = call(
        clients.ecr(target).describe_pull_through_cache_rules,
        registryId=target.account_id,
        ecrRepositoryPrefixes=[ecr_repository_prefix],
    )
    for item in member(answer, "pullThroughCacheRules", "DescribePullThroughCacheRules"):
        found = _rule(item, target)
        if prefix_key(found.ecr_repository_prefix) != prefix_key(ecr_repository_prefix):
            raise not_asked_for("ecrRepositoryPrefix", "DescribePullThroughCacheRules")
        return found
    raise RuleNotFound(
        code="NoRule", operation="DescribePullThroughCacheRules", region=target.region
    )


def create_rule(target: Target, rule: NewRule) -> None:
    """Create a rule; raises the errors of CreatePullThroughCacheRule."""
    call(
        clients.ecr(target).create_pull_through_cache_rule,
        registryId=target.account_id,
        **_members(rule),
    )


def update_rule(target: Target, ecr_repository_prefix: str, change: RuleChange) -> None:
    """Change a rule's secret or role; raises the errors of UpdatePullThroughCacheRule."""
    call(
        clients.ecr(target).update_pull_through_cache_rule,
        registryId=target.account_id,
        ecrRepositoryPrefix=ecr_repository_prefix,
        **_arns(change),
    )


def _arns(change: RuleChange) -> dict[str, Any]:
    arns = {"credentialArn": change.credential_arn, "customRoleArn": change.custom_role_arn}
    return {name: arn for name, arn in arns.items() if arn is not None}


def delete_rule(target: Target, ecr_repository_prefix: str) -> None:
    """Delete a rule; raises RuleNotFound."""
    call(
        clients.ecr(target).delete_pull_through_cache_rule,
        registryId=target.account_id,
        ecrRepositoryPrefix=ecr_repository_prefix,
    )


def delete_rule_surely(target: Target, ecr_repository_prefix: str) -> None:
    """Delete an existing rule, and determine the result after a lost response.

    A retry of a successful call raises RuleNotFound, which is then a success. Without a response,
    the rule is read. Raises RuleNotFound when the first attempt finds no rule.
    """
    try:
        delete_rule(target, ecr_repository_prefix)
    except AwsError as error:  # guard: F12
        if not is_answer_lost(error):
            raise
        if isinstance(error, RuleNotFound):  # guard: F12
            return
        try:
            describe_rule(target, ecr_repository_prefix)
        except RuleNotFound:
            return
        except AwsError:
            raise error from None
        raise known_not_made(error) from None


def validate_rule(target: Target, ecr_repository_prefix: str) -> Validation:
    """Validate a rule: ECR connects to the upstream with the rule's credentials."""
    client = clients.ecr(target, read_seconds=clients.VALIDATE_READ_SECONDS)
    answer = call(
        client.validate_pull_through_cache_rule,
        registryId=target.account_id,
        ecrRepositoryPrefix=ecr_repository_prefix,
    )
    is_valid = flag_member(answer, "isValid", "ValidatePullThroughCacheRule")
    return Validation(is_valid=is_valid, failure=aws_words(answer.get("failure")))


def _members(rule: NewRule) -> dict[str, Any]:
    """Return the members of the request, without those that are not set."""
    members = {
        "ecrRepositoryPrefix": rule.ecr_repository_prefix,
        "upstreamRegistryUrl": rule.upstream_registry_url,
        "upstreamRegistry": rule.upstream_registry,
        "credentialArn": rule.credential_arn,
        "customRoleArn": rule.custom_role_arn,
        "upstreamRepositoryPrefix": rule.upstream_repository_prefix,
    }
    return {name: value for name, value in members.items() if value is not None}


def _rule(item: Mapping[str, Any], target: Target) -> Rule:
    def always(name: str) -> str:
        return text_member(item, name, "DescribePullThroughCacheRules")

    return Rule(
        ecr_repository_prefix=name_member(
            item, "ecrRepositoryPrefix", "DescribePullThroughCacheRules"
        ),
        upstream_registry_url=always("upstreamRegistryUrl"),
        registry_id=optional_text(item, "registryId") or target.account_id,
        created_at=optional_time(item, "createdAt"),
        updated_at=optional_time(item, "updatedAt"),
        upstream_registry=optional_text(item, "upstreamRegistry"),
        credential_arn=optional_text(item, "credentialArn"),
        custom_role_arn=optional_text(item, "customRoleArn"),
        upstream_repository_prefix=optional_text(item, "upstreamRepositoryPrefix"),
    )
