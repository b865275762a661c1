"""A rule of the fleet as a row of a table, and as a line of a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from wizard.domain import Role
from wizard.domain.alerts import STALE_AFTER
from wizard.exports import ListedFleetRule
from wizard.models import Account, LastKnownRule
from wizard.services import access
from wizard.services.fleet import rules
from wizard.views.rows import label_of
from wizard.web import place_url


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRow:
    """A rule with its account, which may have no row."""

    rule: LastKnownRule
    account: Account | None
    may_work: bool = False

    @property
    def name(self) -> str:
        """The value of the row's check box."""
        return name_of(self.rule)

    @property
    def url(self) -> str:
        return place_url(
            "rule-detail",
            self.rule.target,
            ecr_repository_prefix=self.rule.ecr_repository_prefix,
        )

    @property
    def registry_label(self) -> str:
        registry = self.rule.rule.registry
        if registry is None:
            return label_of(self.rule.registry_key, "")
        return label_of(registry.label, registry.choice_label)

    @property
    def is_stale(self) -> bool:
        """Whether the last result is more than a day old."""
        at = self.rule.validated_at
        return at is not None and timezone.now() - at > STALE_AFTER


def rows_of(found: Iterable[LastKnownRule], *, user: User) -> list[FleetRow]:
    """Return the rules with their accounts, which are read with one query."""
    listed = list(found)
    known = rules.accounts_of(each.account_id for each in listed)
    return [
        FleetRow(
            rule=each,
            account=known.get(each.account_id),
            may_work=access.may(user=user, role=Role.OPERATOR, target=each.target),
        )
        for each in listed
    ]


def name_of(rule: LastKnownRule) -> str:
    """Return the name of a rule in a selection: `account/region/prefix`."""
    return f"{rule.account_id}/{rule.region}/{rule.ecr_repository_prefix}"


def lines_of(found: "QuerySet[LastKnownRule]") -> Iterator[ListedFleetRule]:
    """Yield all rules as lines of a file."""
    known: dict[str, Account] = {}
    for chunk in rules.all_rows(found):
        known = rules.accounts_of(each.account_id for each in chunk)
        for each in chunk:
            yield line_of(each, known.get(each.account_id))


def line_of(rule: LastKnownRule, account: Account | None) -> ListedFleetRule:
    """Return the line of one rule."""
    return ListedFleetRule(
        account_id=rule.account_id,
        alias=account.alias if account else "",
        owner=account.owner if account else "",
        region=rule.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        upstream_registry=rule.registry_key,
        upstream_registry_url=rule.upstream_registry_url,
        upstream_repository_prefix=rule.upstream_repository_prefix,
        credential_arn=rule.credential_arn,
        custom_role_arn=rule.custom_role_arn,
        created_at=_iso(rule.created_at),
        status=rule.status,
        validated_at=_iso(rule.validated_at),
        reason=rule.failure_key,
        failure=rule.failure,
        read_at=_iso(rule.last_seen),
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""
