"""Changing rules of one Region: each is read, and changed by AWS or noted as to be replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from wizard.domain import (
    AwsAction,
    NewRule,
    Rule,
    RuleChange,
    RuleChangedMeanwhile,
    Secret,
    Target,
    check_new_rule,
    new_rule_like,
)
from wizard.domain.errors import (
    AwsError,
    ChangedSince,
    InvalidIdentifier,
    InvalidParameter,
    InvalidRule,
    RegionUnreachable,
    RuleNotFound,
)
from wizard.domain.fleet_rules import ACCOUNT, FleetChange
from wizard.services import rule_changes
from wizard.services.fleet_operations.import_parts import Found
from wizard.services.fleet_operations.named_secrets import arn_of
from wizard.services.rules import list_rules


class RegionChanges:
    """The work in one Region. Its results are written into what all Regions share."""

    def __init__(
        self,
        *,
        target: Target,
        change: FleetChange,
        secrets: Mapping[str, Secret | AwsError],
        may_replace: bool,
        found: Found,
    ) -> None:
        self._target = target
        self._change = change
        self._secrets = secrets
        self._may_replace = may_replace
        self._found = found

    def work_on(self, prefixes: Sequence[str]) -> None:
        """Change the rules with these prefixes; a Region that does not respond is left."""
        errors = self._found.errors
        unreachable: AwsError | None = None
        try:
            rules = {each.ecr_repository_prefix: each for each in list_rules(target=self._target)}
        except AwsError as error:
            rules, unreachable = {}, error
        for prefix in prefixes:
            name = f"{self._target.region}/{prefix}"
            try:
                if unreachable is not None:
                    raise unreachable
                self._change_rule(rules.get(prefix))
            except RegionUnreachable as error:  # guard: B12
                errors[name] = unreachable = error
            except AwsError as error:
                errors[name] = error
            else:
                del errors[name]

    def _change_rule(self, rule: Rule | None) -> None:
        place: dict[str, Any] = {
            "operation": AwsAction.UPDATE_RULE,
            "region": self._target.region,
        }
        if rule is None:
            raise RuleNotFound(**place)
        old = new_rule_like(rule)
        new = self._changed(old)
        try:
            if new == old:
                return
            if new.upstream_repository_prefix == old.upstream_repository_prefix:
                asked = RuleChange(
                    credential_arn=new.credential_arn, custom_role_arn=new.custom_role_arn
                )
                rule_changes.update_rule(target=self._target, change=asked, seen=rule)
                return
            check_new_rule(new, self._target)
        except RuleChangedMeanwhile as error:
            raise ChangedSince(**place) from error
        except (InvalidRule, InvalidIdentifier) as error:
            raise InvalidParameter(str(error), **place) from error
        if not self._may_replace:  # guard: C1
            raise ChangedSince(**place)
        self._found.replaced[self._target, rule.ecr_repository_prefix] = old
        self._found.rules.append((self._target, new))

    def _changed(self, old: NewRule) -> NewRule:
        """Return what the rule is to be."""
        change, new = self._change, old
        if change.upstream_repository_prefix is not None:
            upstream = change.upstream_repository_prefix or None
            new = replace(new, upstream_repository_prefix=upstream)
        if change.secret_name and old.credential_arn is not None:
            arn = arn_of(change.secret_name, self._secrets, self._target)
            new = replace(new, credential_arn=arn)
        if change.custom_role_arn and old.custom_role_arn is not None:
            role = change.custom_role_arn.replace(ACCOUNT, self._target.account_id)
            new = replace(new, custom_role_arn=role)
        return new
