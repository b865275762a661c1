"""The results of a bulk validation: filtered, with the failures first, and to be tried again."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from wizard.models import BulkValidation, BulkValidationItem, ItemState
from wizard.services.bulk_validation.items import OPEN, Regions, items_of
from wizard.services.bulk_validation.starting import RuleSelection


class ResultStatus(StrEnum):
    """What became of a rule, in the order of the results."""

    FAILED = "failed"
    ERROR = "error"
    OPEN = "open"
    CANCELLED = "cancelled"
    VALID = "valid"


_IS: Final = {
    ResultStatus.FAILED: Q(state=ItemState.DONE, result__is_valid=False),
    ResultStatus.ERROR: Q(state=ItemState.ERROR),
    ResultStatus.OPEN: Q(state__in=OPEN),
    ResultStatus.CANCELLED: Q(state=ItemState.CANCELLED),
    ResultStatus.VALID: Q(state=ItemState.DONE, result__is_valid=True),
}


_URGENCY: Final = Case(
    *(When(condition, then=Value(place)) for place, condition in enumerate(_IS.values())),
    default=Value(len(_IS)),
    output_field=IntegerField(),
)
_ORDERS: Final = {
    "prefix": F("ecr_repository_prefix"),
    "region": F("region"),
    "time": F("finished_at"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultQuery:
    """A filter and an order of results.

    `reason` is the key of a group of failures, `sort` the name of a column, or empty for failures
    first.
    """

    text: str = ""
    status: ResultStatus | None = None
    region: str = ""
    reason: str = ""
    sort: str = ""
    descending: bool = False

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or self.status or self.region or self.reason)


def find_results(
    bulk: BulkValidation, query: ResultQuery, *, regions: Regions, of_reason: Collection[int] = ()
) -> "QuerySet[BulkValidationItem]":
    """Return the matching results in the order of the query.

    `of_reason` are the IDs of the items of the wanted reason.
    """
    found = items_of(bulk, regions)
    if query.status:
        found = found.filter(_IS[query.status])
    if query.region:
        found = found.filter(region=query.region)
    if query.text:
        found = found.filter(ecr_repository_prefix__icontains=query.text)
    if query.reason:
        found = found.filter(pk__in=of_reason)
    first = _ORDERS.get(query.sort, _URGENCY)
    return found.order_by(
        first.desc() if query.descending else first.asc(), "region", "ecr_repository_prefix"
    )


def failed_items(bulk: BulkValidation, regions: Regions = None) -> "QuerySet[BulkValidationItem]":
    """Return the rules without a valid result, and the Regions that could not be listed."""
    return items_of(bulk, regions).filter(_IS[ResultStatus.FAILED] | _IS[ResultStatus.ERROR])


def failed_selections(bulk: BulkValidation, regions: Iterable[str]) -> list[RuleSelection]:
    """Return what failed in these Regions as the selection of a new bulk validation."""
    names = failed_items(bulk, list(regions)).values_list("region", "ecr_repository_prefix")
    return [
        RuleSelection(region=region, ecr_repository_prefix=prefix)
        for region, prefix in names.order_by()
    ]
