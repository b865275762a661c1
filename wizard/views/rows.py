"""A rule as the tables show it, and what of many is shown: filter, sort, counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from wizard.domain.errors import InvalidIdentifier
from wizard.domain.identifiers import RoleArn, SecretArn
from wizard.domain.prefixes import ROOT, is_root
from wizard.domain.regions import Target
from wizard.domain.registries import REGISTRIES, registries_of
from wizard.domain.rules import Rule
from wizard.models import ValidationResult
from wizard.services import health, places, validation


class Status(StrEnum):
    """What the console remembers of a rule's last validation."""

    VALID = "valid"
    FAILED = "failed"
    NOT_VALIDATED = "not-validated"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule as the table shows it, with the last validation the console remembers.

    `last_known_at` is set where the Region does not answer: the rule is as it was then.
    """

    target: Target
    rule: Rule
    validation: ValidationResult | None
    last_known_at: datetime | None = None

    @property
    def name(self) -> str:
        """The rule among those of all Regions, as the selection's check boxes send it."""
        return f"{self.target.region}/{self.rule.ecr_repository_prefix}"

    @property
    def anchor(self) -> str:
        """An element id, of this Region's rule: prefixes may hold slashes and dots."""
        return f"rule-{self.target.region}-{self.rule.ecr_repository_prefix.encode().hex()}"

    @property
    def region_name(self) -> str:
        return places.region_named(self.target.region).name

    @property
    def registry_key(self) -> str:
        """AWS's enum value, as far as it is known; one that no entry has, as it came."""
        registry, named = self.rule.registry, self.rule.upstream_registry or ""
        if named and not registries_of(named):  # guard: F15
            return named
        return registry.key if registry else named

    @property
    def registry_label(self) -> str:
        registry = self.rule.registry
        if registry is None or self.registry_key != registry.key:
            return self.rule.upstream_registry or _("Unknown")
        label = _(registry.label)
        return f"{label} ({_(registry.choice_label)})" if registry.choice_label else label

    @property
    def credential(self) -> str:
        """The secret's or the role's name; an ARN the console cannot read, whole."""
        try:
            if self.rule.credential_arn:
                return SecretArn.parse(self.rule.credential_arn).name
            if self.rule.custom_role_arn:
                return RoleArn.parse(self.rule.custom_role_arn).name
        except InvalidIdentifier as error:
            return error.value
        return ""

    @property
    def upstream_prefix_display(self) -> str:
        prefix = self.rule.upstream_repository_prefix
        return ROOT if prefix is None or is_root(prefix) else prefix

    @property
    def status(self) -> Status:
        if self.validation is None:
            return Status.NOT_VALIDATED
        return Status.VALID if self.validation.is_valid else Status.FAILED

    @property
    def is_stale(self) -> bool:
        """Whether the last result is more than a day old: credentials expire meanwhile."""
        result = self.validation
        return result is not None and health.is_stale(result, timezone.now())

    @property
    def validated_at(self) -> datetime | None:
        return self.validation.validated_at if self.validation else None


# What a table can be sorted by: the name in the query string, and what is compared.
SORT_KEYS: Final = {
    "prefix": lambda row: row.rule.ecr_repository_prefix,
    "registry": lambda row: row.registry_label,
    "url": lambda row: row.rule.upstream_registry_url,
    "upstream": lambda row: row.upstream_prefix_display,
    "credential": lambda row: row.credential,
    "status": lambda row: row.status,
    "validated": lambda row: row.validated_at.isoformat() if row.validated_at else "",
    "created": lambda row: row.rule.created_at.isoformat() if row.rule.created_at else "",
    "region": lambda row: row.target.region,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleQuery:
    """What of a table a person asked to see; it lives in the query string, whole.

    Values that no table knows fall back to the default, so that an old link still works.
    """

    text: str = ""
    registry: str = ""
    status: str = ""
    region: str = ""
    sort: str = "prefix"
    descending: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "RuleQuery":
        sort = query.get("sort", "")
        name = sort.removeprefix("-")
        status = query.get("status", "")
        return cls(
            text=query.get("q", "").strip()[:200],
            registry=query.get("registry", ""),
            status=status if status in list(Status) else "",
            region=query.get("region", ""),
            sort=name if name in SORT_KEYS else "prefix",
            descending=sort.startswith("-"),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or self.registry or self.status or self.region)

    def matches(self, row: RuleRow) -> bool:
        wanted = (
            (self.registry, row.registry_key),
            (self.status, row.status),
            (self.region, row.target.region),
        )
        return all(not asked or asked == found for asked, found in wanted) and self._has_text(row)

    def apply(self, rows: Iterable[RuleRow]) -> list[RuleRow]:
        """The rows that match, in the order asked for; rows that compare equal stay by place."""
        matching = [row for row in rows if self.matches(row)]
        matching.sort(key=lambda row: (row.rule.ecr_repository_prefix, row.target.region))
        return sorted(matching, key=SORT_KEYS[self.sort], reverse=self.descending)

    def _has_text(self, row: RuleRow) -> bool:
        if not self.text:
            return True
        rule = row.rule
        columns = (
            rule.ecr_repository_prefix,
            rule.upstream_registry_url,
            row.registry_label,
            row.credential,
            row.upstream_prefix_display,
            row.target.region,
        )
        return any(self.text.lower() in column.lower() for column in columns)


def rows_of(
    target: Target,
    found: list[Rule],
    latest: validation.LatestResults | None = None,
    *,
    last_known_at: datetime | None = None,
) -> list[RuleRow]:
    """Join the rules of a Region with the last result of each; `latest` spares asking again."""
    if latest is None:
        latest = validation.latest_results(account_id=target.account_id, region=target.region)
    return [
        RuleRow(
            target=target,
            rule=rule,
            validation=latest.of(target, rule),
            last_known_at=last_known_at,
        )
        for rule in found
    ]


def registry_choices() -> list[tuple[str, str]]:
    """What a table can be filtered by: AWS's enum values with their labels, one each."""
    return [
        (entry.key, _(entry.label)) for entry in REGISTRIES if registries_of(entry.key)[0] is entry
    ]
