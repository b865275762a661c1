"""The repositories that a rule covers, with what is in those that the page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain import Target
from wizard.domain.cached_images import ImageSums
from wizard.domain.prefixes import is_root
from wizard.services import cached_images
from wizard.services.cached_images import MOST_READ, RuleRepositories, read_sums
from wizard.services.fanout import Answer
from wizard.services.repositories import is_older
from wizard.views.repositories.rows import (
    RepositoryRow,
    first_error,
    images_url,
    size_bars,
    totals_of,
)
from wizard.views.tables import listing_of, search_of, sort_of
from wizard.web import ConsoleRequest, at_target
from wizard.words import error_view

TABLE: Final = "repositories"
# Columns whose values are known without looking into each repository.
_KNOWN: Final = frozenset({"", "name", "created"})


@require_safe
@at_target
def rule_repositories(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Show the repositories of a rule. AWS is asked about the images of those on the page.

    About more, up to MOST_READ, if the query string says `all`, or sorts by what only the images
    tell. Raises RuleNotFound, and errors of reading the rules.
    """
    target = request.target
    found = cached_images.repositories_of_rule(
        target=target, ecr_repository_prefix=ecr_repository_prefix
    )
    error = error_view(found.error) if found.error else None
    context = {
        "rule": found.rule,
        "found": found,
        "by_others": sorted(found.by_others.items()),
        "is_root": is_root(ecr_repository_prefix),
        "older": sum(is_older(each, found.rule) for each in found.repositories),
        "error": error,
        "most_read": MOST_READ,
    }
    if found.error is None:
        context |= _listed(request, _rows(target, found))
    status = error.status if error else 200
    return render(request, "repositories/rule.html", context, status=status)


def _rows(target: Target, found: RuleRepositories) -> list[RepositoryRow]:
    return [
        RepositoryRow(
            target=target, repository=repository, is_older=is_older(repository, found.rule)
        )
        for repository in found.repositories
    ]


def _listed(request: ConsoleRequest, rows: Sequence[RepositoryRow]) -> dict[str, object]:
    sort, _descending = sort_of(request, TABLE)
    reads_all = "all" in request.GET or sort not in _KNOWN
    answers: dict[str, Answer[ImageSums]] = {}
    if reads_all:
        text = search_of(request).lower()
        answers = read_sums(request.target, [row.name for row in rows if text in row.name.lower()])
        rows = _with_sums(rows, answers)
    listing = listing_of(request, rows, table=TABLE, searched=lambda row: [row.name])
    if not reads_all:
        answers = read_sums(request.target, [row.name for row in listing.rows])
        listing = replace(listing, rows=_with_sums(listing.rows, answers))
    matches = listing.matches or 0
    told = answers.values()
    return {
        "listing": listing,
        "totals": totals_of(told, not_asked=matches - len(answers)),
        "images_error": first_error(told),
        "may_read_more": not reads_all and matches > len(answers),
        "bars": size_bars(
            (name, images_url(request.target, name), answer.value)
            for name, answer in answers.items()
            if answer.value is not None
        ),
    }


def _with_sums(
    rows: Sequence[RepositoryRow], answers: Mapping[str, Answer[ImageSums]]
) -> list[RepositoryRow]:
    return [_with(row, answers[row.name]) if row.name in answers else row for row in rows]


def _with(row: RepositoryRow, answer: Answer[ImageSums]) -> RepositoryRow:
    error = error_view(answer.error) if answer.error else None
    return replace(row, sums=answer.value, error=error)
