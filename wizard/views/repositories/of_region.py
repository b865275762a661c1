"""The repositories of a Region by the rule that covers them, and what they come to."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import Target
from wizard.domain.cached_images import CachedRepository, ImageSums
from wizard.domain.errors import AwsError
from wizard.services import cached_images
from wizard.services.cached_images import MOST_READ, RegionRepositories, read_sums
from wizard.services.fanout import Answer
from wizard.views.repositories.rows import (
    RuleSizeRow,
    first_error,
    size_bars,
    totals_of,
)
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest, at_target, place_url
from wizard.words import error_view

# So many repositories are looked into without being asked.
_AT_FIRST: Final = 100


@require_safe
@at_target
def region_repositories(request: ConsoleRequest) -> HttpResponse:
    """Show each rule with the number and the size of its repositories.

    AWS is asked about the images of few repositories; of more, up to MOST_READ, if the query string
    says `all`.
    """
    try:
        found = cached_images.repositories_of_region(target=request.target)
    except AwsError as error:
        shown = error_view(error)
        return render(request, "repositories/region.html", {"error": shown}, status=shown.status)
    names = _names(found)
    is_read = "all" in request.GET or len(names) <= _AT_FIRST
    answers = read_sums(request.target, names) if is_read else {}
    rows = _rows(request.target, found, answers)
    context = {
        "error": None,
        "is_complete": found.is_complete,
        "repositories": len(names),
        "is_read": is_read,
        "most_read": MOST_READ,
        "listing": listing_of(
            request, rows, table="region-repositories", searched=lambda row: [row.prefix]
        ),
        "totals": totals_of(answers.values(), not_asked=len(names) - len(answers)),
        "images_error": first_error(answers.values()),
        "bars": size_bars((row.prefix, row.url, row.totals.sums) for row in rows if row.totals),
    }
    return render(request, "repositories/region.html", context)


def _groups(found: RegionRepositories) -> list[tuple[str, Sequence[CachedRepository]]]:
    """Return the repositories of each prefix; those of no rule have none."""
    groups = [(rule.ecr_repository_prefix, each) for rule, each in found.of_rules]
    return [*groups, ("", found.uncovered)] if found.uncovered else groups


def _names(found: RegionRepositories) -> list[str]:
    """Return all names, those of small rules first: if not all are read, most rules are whole."""
    groups = sorted((each for _prefix, each in _groups(found)), key=len)
    return [repository.name for each in groups for repository in each]


def _rows(
    target: Target, found: RegionRepositories, answers: Mapping[str, Answer[ImageSums]]
) -> list[RuleSizeRow]:
    rows = []
    for prefix, repositories in _groups(found):
        told = [answers[each.name] for each in repositories if each.name in answers]
        url = place_url("rule-repositories", target, ecr_repository_prefix=prefix) if prefix else ""
        rows.append(
            RuleSizeRow(
                prefix=prefix or _("No rule"),
                url=url,
                repositories=len(repositories),
                totals=totals_of(told, not_asked=len(repositories) - len(told)) if told else None,
            )
        )
    return rows
