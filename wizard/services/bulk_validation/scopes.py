"""What a bulk validation validates: all Regions, some of them, or rules that a person selected."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Min, Q

from wizard.models import BulkValidation, BulkValidationItem
from wizard.services.bulk_validation.items import Regions


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The Regions of a bulk validation.

    With `is_whole`, all rules of these Regions. Otherwise `rules` is the number of selected rules,
    and `prefix` one of them.
    """

    regions: tuple[str, ...]
    is_whole: bool
    rules: int = 0
    prefix: str = ""


def scopes_of(
    bulks: Iterable[BulkValidation], regions: Regions = None
) -> Mapping[uuid.UUID, Scope]:
    """Return the scope of each bulk validation, within these Regions, with one query."""
    items = BulkValidationItem.objects.filter(bulk__in=list(bulks))
    if regions is not None:
        items = items.filter(region__in=regions)
    is_rule = ~Q(ecr_repository_prefix="")
    rows = items.order_by().values_list("bulk", "region")
    counted = rows.annotate(
        lists=Count("pk", filter=~is_rule),
        rules=Count("pk", filter=is_rule),
        first=Min("ecr_repository_prefix", filter=is_rule),
    )
    found: dict[uuid.UUID, Scope] = {}
    for bulk_id, region, lists, rules, first in counted.order_by("region"):
        before = found.get(bulk_id, Scope(regions=(), is_whole=False))
        found[bulk_id] = Scope(
            regions=(*before.regions, region),
            is_whole=before.is_whole or bool(lists),
            rules=before.rules + rules,
            prefix=before.prefix or first or "",
        )
    return found
