"""A rule as a row of a table, and the filter and order of rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.domain import SECRET_NAME_PREFIX, RoleArn, Rule, SecretArn, Target
from wizard.domain.errors import InvalidIdentifier
from wizard.domain.prefixes import ROOT, is_root
from wizard.domain.registries import registries_of
from wizard.domain.tables import COLUMN_NAMED
from wizard.models import KnownSecret, ValidationResult
from wizard.services import health, validation
from wizard.services.bulk_validation import OpenRules, open_rules
from wizard.services.known_secrets import KnownSecrets
from wizard.words import time_since


class Status(StrEnum):
    """The result of a rule's last validation, or that a bulk validation is at it."""

    VALIDATING = "validating"
    VALID = "valid"
    FAILED = "failed"
    NOT_VALIDATED = "not-validated"


STATUS_WORDS: Final = {
    Status.VALIDATING: gettext_lazy("Validating"),
    Status.VALID: gettext_lazy("Valid"),
    Status.FAILED: gettext_lazy("Failed"),
    Status.NOT_VALIDATED: gettext_lazy("Not validated"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule as a row of a table, with its last validation.

    The sort keys of columns (`domain.tables`) and the placeholders of `rules/_table.html#row` are
    its members. `last_known_at` is set if the Region did not answer: the time of the last reading.
    `known_secret` is what AWS said of its secret when secrets were last read. `is_validating`: a
    bulk validation that is running has not validated the rule yet.
    """

    target: Target
    rule: Rule
    validation: ValidationResult | None
    last_known_at: datetime | None = None
    known_secret: KnownSecret | None = None
    is_validating: bool = False

    @property
    def prefix(self) -> str:
        return self.rule.ecr_repository_prefix

    @property
    def region(self) -> str:
        return self.target.region

    @property
    def name(self) -> str:
        """Return `region/prefix`: the value of the check box and the ID of the element."""
        return f"{self.target.region}/{self.rule.ecr_repository_prefix}"

    @property
    def registry_key(self) -> str:
        """Return AWS's enum value if known; an unknown value unchanged."""
        registry = self.rule.registry
        return registry.key if registry else self.rule.upstream_registry or ""

    @property
    def registry_texts(self) -> tuple[str, str]:
        """Return the label and the choice of `label_of`: many rules have the same."""
        registry = self.rule.registry
        if registry is None or self.registry_key != registry.key:
            known = registries_of(self.registry_key)
            return known[0].label if known else self.registry_key, ""
        return registry.label, registry.choice_label

    @property
    def registry_label(self) -> str:
        return label_of(*self.registry_texts)

    @property
    def upstream_url(self) -> str:
        return self.rule.upstream_registry_url

    @property
    def upstream_prefix(self) -> str:
        prefix = self.rule.upstream_repository_prefix
        return ROOT if prefix is None or is_root(prefix) else prefix

    @property
    def credential(self) -> str:
        """Return the secret's name if AWS has told it, else secret or role as the ARN has it.

        A secret's ARN does not tell where the name ends, so the random suffix is shown too. An
        invalid ARN is returned unchanged.
        """
        if self.known_secret is not None and self.known_secret.name:
            return self.known_secret.name
        return _credential_name(self.rule.credential_arn, self.rule.custom_role_arn)

    @property
    def secret(self) -> str:
        """Return the same for a secret, without ECR's fixed prefix."""
        return self.credential.replace(SECRET_NAME_PREFIX, "") if self.has_secret else ""

    @property
    def secret_missing_since(self) -> datetime | None:
        """Return since when no secret has had the rule's ARN, as far as is known."""
        return self.known_secret.missing_since if self.known_secret else None

    @property
    def has_secret(self) -> bool:
        """Whether the name has ECR's fixed prefix, also inside an ARN that is not valid."""
        return SECRET_NAME_PREFIX in self.credential

    @property
    def status(self) -> Status:
        if self.is_validating:
            return Status.VALIDATING
        if self.validation is None:
            return Status.NOT_VALIDATED
        return Status.VALID if self.validation.is_valid else Status.FAILED

    @property
    def failure(self) -> str:
        """Return AWS's message if the last validation failed, and none is running."""
        return self.validation.failure if self.validation and not self.is_validating else ""

    @property
    def actor(self) -> str:
        """Return the person of the last validation."""
        return str(self.validation.actor) if self.validation else ""

    @property
    def is_stale(self) -> bool:
        """Whether the last result is more than a day old."""
        result = self.validation
        return result is not None and health.is_stale(result, timezone.now())

    @property
    def validated_at(self) -> datetime | None:
        return self.validation.validated_at if self.validation else None

    @property
    def validated_ago(self) -> str:
        """Return how long ago the last validation was."""
        result = self.validation
        return time_since(result.validated_at, timezone.now()) if result else ""

    @property
    def created_at(self) -> datetime | None:
        return self.rule.created_at


def label_of(registry: str, choice: str) -> str:
    """Return the label of a registry in the active language."""
    label = _(registry) if registry else _("Unknown")
    return f"{label} ({_(choice)})" if choice else label


@lru_cache(maxsize=4096)
def _credential_name(credential_arn: str | None, custom_role_arn: str | None) -> str:
    """Cached: a row needs it up to four times, and a rule has the same ARN on each view."""
    try:
        if credential_arn:
            return SecretArn.parse(credential_arn).resource_name
        if custom_role_arn:
            return RoleArn.parse(custom_role_arn).name
    except InvalidIdentifier as error:
        return error.value
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleQuery:
    """The filter and order of a table, which are completely in the query string.

    Unknown values fall back to the default, so that an old link still works.
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
            sort=name if name in COLUMN_NAMED else "prefix",
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
        """Return the matching rows in the requested order; the sort is stable."""
        matching = [row for row in rows if self.matches(row)] if self.is_filtered else list(rows)
        matching.sort(key=lambda row: (row.prefix, row.region))
        if self.sort == "prefix" and not self.descending:
            return matching
        return sorted(matching, key=_sort_key(self.sort), reverse=self.descending)

    def _has_text(self, row: RuleRow) -> bool:
        if not self.text:
            return True
        columns = (
            row.prefix,
            row.upstream_url,
            row.registry_label,
            row.credential,
            row.rule.credential_arn or "",
            row.upstream_prefix,
            row.region,
        )
        return any(self.text.lower() in column.lower() for column in columns)


def _sort_key(column: str) -> Callable[[RuleRow], str]:
    """Return the sort key of rows: text or time, with empty values first."""
    member = attrgetter(COLUMN_NAMED[column].sort_key)

    def key(row: RuleRow) -> str:
        value = member(row)
        return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value or ""

    return key


def rows_of(
    target: Target,
    found: list[Rule],
    latest: validation.LatestResults | None = None,
    *,
    running: OpenRules | None = None,
    last_known_at: datetime | None = None,
    known: KnownSecrets = MappingProxyType({}),
) -> list[RuleRow]:
    """Join the rules of a Region with their last results and what is known of their secrets.

    `latest` are the results and `running` the rules that are being validated, if they were read
    already.
    """
    if latest is None:
        latest = validation.latest_results(account_id=target.account_id, region=target.region)
    if running is None:
        running = open_rules(account_id=target.account_id, region=target.region)
    return [
        RuleRow(
            target=target,
            rule=rule,
            validation=latest.of(target, rule),
            last_known_at=last_known_at,
            known_secret=known.get((target.region, rule.credential_arn or "")),
            is_validating=running.has(target.region, rule.ecr_repository_prefix),
        )
        for rule in found
    ]
