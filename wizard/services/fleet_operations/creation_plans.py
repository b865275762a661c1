"""What creating or copying rules in many accounts and Regions would do, from what was last read.

Nothing here calls AWS. Whoever creates the rules is told by AWS what exists by then.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Q

from wizard.domain import RULES_PER_REGION, Role, Target, used_regions
from wizard.domain.fleet_rules import FleetRule, fleet_rule_like, likely_secret_name
from wizard.models import Account, ClosedRegion, KnownSecret, LastKnownRule, RegionReading
from wizard.services import access, places, usable_accounts
from wizard.services.fleet_operations.planning import MOST_ACCOUNTS, MOST_RULES, AccountPlan

# With more IDs than this a query is slower than without any.
_FEW: Final = 50


class Finding(StrEnum):
    """What creating a rule in a place means."""

    CREATE = "create"
    EXISTS = "exists"
    TAKEN = "taken"
    FULL = "full"
    UPSTREAM = "upstream"
    NOT_IN_USE = "not-in-use"
    CLOSED = "closed"
    NOT_PERMITTED = "not-permitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationInAccount:
    """One account: what becomes of each rule, as `region/prefix`.

    `oldest` is when the Region was read that was read longest ago, None if one was never read. If
    the account is not usable, `found` is empty.
    """

    account_id: str
    is_usable: bool
    found: Mapping[str, Finding]
    oldest: datetime | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that would be created."""
        return tuple(name for name, each in self.found.items() if each is Finding.CREATE)

    @property
    def plan(self) -> AccountPlan:
        regions = dict.fromkeys(each.partition("/")[0] for each in self.rules)
        return AccountPlan(account_id=self.account_id, regions=tuple(regions), rules=self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationPlan:
    """All accounts. If it is too large, nothing of it can be started."""

    accounts: Sequence[CreationInAccount]

    @property
    def started(self) -> list[AccountPlan]:
        """The accounts with something to create."""
        return [each.plan for each in self.accounts if each.rules]

    @property
    def counts(self) -> Mapping[Finding, int]:
        """The number of rules by what becomes of them."""
        found = Counter[Finding]()
        for each in self.accounts:
            found.update(each.found.values())
        return found

    @property
    def unusable(self) -> int:
        return sum(not each.is_usable for each in self.accounts)

    @property
    def is_too_large(self) -> bool:
        return len(self.accounts) > MOST_ACCOUNTS or self.counts[Finding.CREATE] > MOST_RULES


def plan_creation(
    *, rules: Sequence[FleetRule], account_ids: Iterable[str], regions: Collection[str], user: User
) -> CreationPlan:
    """Return what becomes of the rules in these Regions of the accounts.

    Without Regions, those that are in use in each account. Accounts that the person may not look
    into are left out without a word.
    """
    visible = access.accounts_with(user=user, role=Role.VIEWER)
    wanted = [each for each in dict.fromkeys(account_ids) if "" in visible or each in visible]
    known = _Known(wanted, rules)
    usable = usable_accounts.usable_of(wanted)
    return CreationPlan(
        accounts=[
            _in_account(each, rules, regions, known, user, is_usable=each in usable)
            for each in wanted
        ]
    )


class _Known:
    """What is known of accounts and their Regions, read in a few queries for all of them."""

    def __init__(self, account_ids: Collection[str], rules: Iterable[FleetRule]) -> None:
        chosen = set(account_ids)
        rows = {"account_id__in": chosen} if len(chosen) <= _FEW else {}
        own = Account.objects.filter(**rows).values_list("account_id", "regions")
        self._own_regions = dict(own.order_by())
        closed = ClosedRegion.objects.filter(**rows).order_by().values_list("account_id", "region")
        self.closed = {Target(account_id=each, region=region) for each, region in closed}
        existing = LastKnownRule.objects.filter(gone_since__isnull=True, **rows).order_by()
        prefixes = {each.ecr_repository_prefix for each in rules}
        self.rules = {
            (row.target, row.ecr_repository_prefix): row.rule
            for row in existing.filter(ecr_repository_prefix__in=prefixes)
            if row.account_id in chosen
        }
        most = existing.values("account_id", "region").annotate(number=Count("pk"))
        full = most.filter(number__gte=RULES_PER_REGION - len(prefixes) + 1)
        self.numbers = {
            Target(account_id=each["account_id"], region=each["region"]): each["number"]
            for each in full
        }
        readings = RegionReading.objects.filter(**rows).order_by()
        self.read_at = {
            Target(account_id=account_id, region=region): at
            for account_id, region, at in readings.values_list("account_id", "region", "read_at")
        }
        self._every = places.list_regions()

    def regions_of(self, account_id: str) -> list[str]:
        """Return the codes of the Regions in use of an account."""
        own = self._own_regions.get(account_id, [])
        return [each.code for each in used_regions(self._every, own, settings.REGIONS_IN_USE)]


def _in_account(
    account_id: str,
    rules: Sequence[FleetRule],
    regions: Collection[str],
    known: _Known,
    user: User,
    *,
    is_usable: bool,
) -> CreationInAccount:
    if not is_usable:
        return CreationInAccount(account_id=account_id, is_usable=False, found={})
    in_use = known.regions_of(account_id)
    found: dict[str, Finding] = {}
    read: list[datetime | None] = []
    for region in sorted(regions) or in_use:
        target = Target(account_id=account_id, region=region)
        refusal = _refusal(target, in_use, known, user)
        number = known.numbers.get(target, 0)
        for rule in rules:
            finding = refusal or _finding(rule, target, known, number)
            number += finding is Finding.CREATE
            found[f"{region}/{rule.ecr_repository_prefix}"] = finding
        if refusal is None:
            read.append(known.read_at.get(target))
    oldest = None if None in read else min(filter(None, read), default=None)
    return CreationInAccount(account_id=account_id, is_usable=True, found=found, oldest=oldest)


def _refusal(target: Target, in_use: Collection[str], known: _Known, user: User) -> Finding | None:
    """Return why nothing is created in a Region; None if something can be."""
    if not access.may(user=user, role=Role.OPERATOR, target=target):
        return Finding.NOT_PERMITTED
    if target.region not in in_use:
        return Finding.NOT_IN_USE
    return Finding.CLOSED if target in known.closed else None


def _finding(rule: FleetRule, target: Target, known: _Known, number: int) -> Finding:
    existing = known.rules.get((target, rule.ecr_repository_prefix))
    if existing is not None:
        return Finding.EXISTS if rule.is_like(existing, target) else Finding.TAKEN
    if rule.is_upstream(target):
        return Finding.UPSTREAM
    return Finding.FULL if number >= RULES_PER_REGION else Finding.CREATE


def copied_rules(*, names: Iterable[str], user: User) -> list[FleetRule]:
    """Return these rules, `account/region/prefix`, as rules for other accounts.

    A name of no rule that the person may look at has none. The secret of a rule has the name that
    AWS gave, or that its ARN most likely has.
    """
    wanted = list(dict.fromkeys(names))
    seen = LastKnownRule.objects.filter(
        access.visible_places(user=user), gone_since__isnull=True
    ).order_by()
    rows = {_name_of(row): row for row in seen.filter(_any_of(wanted))} if wanted else {}
    found = [rows[each] for each in wanted if each in rows]
    secrets = secret_names(found)
    return [
        fleet_rule_like(row.rule, secret_name=secrets.get(row.credential_arn, "")) for row in found
    ]


def _any_of(names: Iterable[str]) -> Q:
    conditions = []
    for each in names:
        account_id, _slash, rest = each.partition("/")
        region, _slash, prefix = rest.partition("/")
        place = Q(account_id=account_id, region=region, ecr_repository_prefix=prefix)
        conditions.append(place)
    return reduce(or_, conditions)


def _name_of(row: LastKnownRule) -> str:
    return f"{row.account_id}/{row.region}/{row.ecr_repository_prefix}"


def secret_names(rows: Sequence[LastKnownRule]) -> dict[str, str]:
    """Return the names of the secrets of rules, as far as AWS told, by ARN."""
    arns = {row.credential_arn for row in rows if row.credential_arn}
    known = KnownSecret.objects.filter(arn__in=arns).exclude(name="")
    told = dict(known.values_list("arn", "name"))
    return {arn: told.get(arn) or likely_secret_name(arn) for arn in arns}
