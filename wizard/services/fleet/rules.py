"""The last-known rules of all accounts: which a person may see, and what they are filtered by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from wizard.domain.registries import REGISTRIES
from wizard.models import Account, FleetCount, LastKnownRule, RegionReading
from wizard.services import access, places
from wizard.services.fleet import values

# The rows of one query of an export. More than the rules of any account, which are 1,700.
_CHUNK: Final = 2000

# The rows of a table that has an account and a Region.
Row = TypeVar("Row", LastKnownRule, RegionReading, FleetCount)
Counted = TypeVar("Counted", LastKnownRule, FleetCount)

_BY_PLACE: Final = ("account_id", "region", "ecr_repository_prefix")

# What each column is sorted by.
ORDERS: Final[dict[str, tuple[str, ...]]] = {
    "account": _BY_PLACE,
    "region": ("region", "account_id", "ecr_repository_prefix"),
    "prefix": ("ecr_repository_prefix", "account_id", "region"),
    "registry": ("registry_key", *_BY_PLACE),
    "url": ("upstream_registry_url", *_BY_PLACE),
    "status": ("status", *_BY_PLACE),
    "validated": ("validated_at", *_BY_PLACE),
    "read": ("last_seen", *_BY_PLACE),
}

REGISTRY_KEYS: Final = tuple(dict.fromkeys(entry.key for entry in REGISTRIES))
# Stands for the upstreams that the catalogue lacks.
OTHER_REGISTRY: Final = "other"
# Stands for accounts without an owner.
NO_OWNER: Final = "-"
# What a page does with the Regions that are left out, if it shows any of them.
INCLUDE: Final = "include"
ONLY: Final = "only"
# As many accounts that a word names are told to the database one by one.
_MOST_NAMED: Final = 1000


def fleet_rules(*, user: User) -> "QuerySet[LastKnownRule]":
    """Return the rules that the person may look at, by account, Region and prefix.

    Those of Regions that are left out are among them: `counted` leaves them out.
    """
    places_seen = access.visible_places(user=user)
    return LastKnownRule.objects.filter(places_seen, gone_since__isnull=True).order_by(*_BY_PLACE)


def counted(rows: "QuerySet[Row]", choice: str = "") -> "QuerySet[Row]":
    """Return the rows without those of Regions that are left out; or INCLUDE them, or ONLY them.

    A Region without a row is counted.
    """
    if choice == INCLUDE:
        return rows
    if rows.model is RegionReading:
        is_counted = Q(left_out="")
        return rows.exclude(is_counted) if choice == ONLY else rows.filter(is_counted)
    return rows.filter(is_left_out() if choice == ONLY else ~is_left_out())


def is_left_out() -> Exists:
    """Return the condition on a row with account and Region that this Region is left out."""
    here = RegionReading.objects.filter(
        account_id=OuterRef("account_id"), region=OuterRef("region")
    )
    return Exists(here.exclude(left_out=""))


def left_out(*, user: User) -> Mapping[str, int]:
    """Return how many Regions that the person may look at are left out, by reason."""
    rows = RegionReading.objects.filter(access.visible_places(user=user)).exclude(left_out="")
    return dict(rows.order_by().values_list("left_out").annotate(number=Count("pk")))


def with_text(rows: "QuerySet[LastKnownRule]", text: str) -> "QuerySet[LastKnownRule]":
    """Return the rules that have each of the words in a member, or in their account's names.

    The words are looked up first in what the rules' members are at all, so that the database finds
    the rules by its indexes.
    """
    words = text.lower().split()
    prefixes = values.values_of("ecr_repository_prefix") if words else None
    urls = values.values_of("upstream_registry_url") if words else None
    for word in words:
        keys = {entry.key for entry in REGISTRIES if word in str(entry.label).lower()}
        rows = rows.filter(
            values.has_word("ecr_repository_prefix", word, prefixes)
            | values.has_word("upstream_registry_url", word, urls)
            | Q(registry_key__in=keys)
            | account_has_word(word)
            | _region_has_word(word)
        )
    return rows


def account_has_word(word: str) -> Q:
    """Return the condition on `account_id` of accounts with the word in ID, alias or owner."""
    named = Account.objects.filter(Q(alias__icontains=word) | Q(owner__icontains=word))
    ids = list(named.order_by().values_list("account_id", flat=True)[: _MOST_NAMED + 1])
    are_few = len(ids) <= _MOST_NAMED
    found = Q(account_id__in=ids if are_few else named.order_by().values("account_id"))
    digits = word.replace("-", "")
    return found | Q(account_id__contains=digits) if digits.isdecimal() else found


def _region_has_word(word: str) -> Q:
    codes = [each.code for each in places.list_regions() if word in each.label.lower()]
    return Q(region__in=codes)


def readings_with_text(rows: "QuerySet[RegionReading]", text: str) -> "QuerySet[RegionReading]":
    """Return the readings of places that have each of the words."""
    for word in text.lower().split():
        rows = rows.filter(account_has_word(word) | _region_has_word(word))
    return rows


def of_owner(rows: "QuerySet[Row]", owner: str) -> "QuerySet[Row]":
    """Return the rows of accounts of this owner; with NO_OWNER, of accounts without one."""
    if owner == NO_OWNER:
        owned = Account.objects.exclude(owner="").values("account_id")
        return rows.exclude(account_id__in=owned)
    return rows.filter(account_id__in=Account.objects.filter(owner=owner).values("account_id"))


def of_registry(rows: "QuerySet[Counted]", key: str) -> "QuerySet[Counted]":
    """Return the rows of an upstream registry; with OTHER_REGISTRY, of unknown ones."""
    if key == OTHER_REGISTRY:
        return rows.exclude(registry_key__in=REGISTRY_KEYS)
    return rows.filter(registry_key=key)


def not_read_for(rows: "QuerySet[LastKnownRule]", age: timedelta) -> "QuerySet[LastKnownRule]":
    """Return the rules that were last read longer ago."""
    return rows.filter(last_seen__lt=timezone.now() - age)


def in_order(
    rows: "QuerySet[LastKnownRule]", name: str, *, descending: bool
) -> "QuerySet[LastKnownRule]":
    """Return the rules in the order of a column of ORDERS; without a value, they come first."""
    first, *others = ORDERS[name]
    if first == "validated_at":
        column = F(first)
        if descending:
            return rows.order_by(column.desc(nulls_last=True), *(f"-{each}" for each in others))
        return rows.order_by(column.asc(nulls_first=True), *others)
    return rows.order_by(*(f"-{each}" if descending else each for each in (first, *others)))


def owners(*, user: User) -> list[str]:
    """Return the owners of the accounts that the person may look at."""
    seen = Account.objects.filter(access.visible_accounts(user=user)).exclude(owner="")
    return list(seen.order_by("owner").values_list("owner", flat=True).distinct())


def accounts_of(account_ids: Iterable[str]) -> dict[str, Account]:
    """Return the rows of these accounts, by ID; accounts without a row are left out."""
    return Account.objects.in_bulk(sorted(set(account_ids)))


def all_rows(rows: "QuerySet[Row]", order: tuple[str, ...] = _BY_PLACE) -> Iterator[Sequence[Row]]:
    """Yield all rows by account, Region and, for rules, prefix, in chunks of queries of their own.

    No cursor stays open, and no result is kept as a whole, however slowly a file is taken.
    """
    rows = rows.order_by(*order)
    chunk = list(rows[:_CHUNK])
    while chunk:
        yield chunk
        if len(chunk) < _CHUNK:
            return
        last = chunk[-1]
        prefix = last.ecr_repository_prefix if isinstance(last, LastKnownRule) else None
        chunk = list(after(rows, last.account_id, last.region, prefix)[:_CHUNK])


def after(
    rows: "QuerySet[Row]", account_id: str, region: str, prefix: str | None = None
) -> "QuerySet[Row]":
    """Return the rows after a place in the order of account, Region and, for rules, prefix."""
    later = Q(account_id__gt=account_id) | Q(region__gt=region)
    if prefix is not None:
        later |= Q(region=region, ecr_repository_prefix__gt=prefix)
    # This condition alone lets the database begin at the place in the index.
    return rows.filter(Q(account_id__gte=account_id) & later)
