"""The fleet for programs: the lists of its pages as JSON, for people and for API tokens.

Every parameter counts: one that is unknown, empty or wrong is refused, because an answer to
another question would look right.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.services.fleet import readings, rules, trend
from wizard.views.fleet import accounts as accounts_page
from wizard.views.fleet import api_forms
from wizard.views.fleet import groups as groups_page
from wizard.views.fleet import readings as readings_page
from wizard.views.fleet import rows as rule_rows
from wizard.views.fleet import trend as trend_page
from wizard.views.fleet.filters import Asked, AskedForm, problems_of
from wizard.views.fleet.matrix_cells import matrix_of
from wizard.web import ConsoleRequest


@require_safe
def api_rules(request: ConsoleRequest) -> JsonResponse:
    """Return rules, and the cursor of the next ones."""
    seen = rules.fleet_rules(user=request.user)
    asked = Asked(request.GET, seen, filters=api_forms.RulesQuery)

    def answer() -> dict[str, Any]:
        limit = asked.value("limit", api_forms.DEFAULT_LIMIT)
        place = asked.value("cursor")
        rows = rules.after(asked.rows, *place) if place else asked.rows
        found = list(rows[: limit + 1])
        last = found[limit - 1] if len(found) > limit else None
        cursor = last and api_forms.cursor_of(
            last.account_id, last.region, last.ecr_repository_prefix
        )
        known = rules.accounts_of(each.account_id for each in found)
        return {
            "rules": [
                asdict(rule_rows.line_of(each, known.get(each.account_id)))
                for each in found[:limit]
            ],
            "next": cursor,
        }

    return _answered(request, asked, answer)


@require_safe
def api_accounts(request: ConsoleRequest) -> JsonResponse:
    """Return a page of the accounts."""
    asked = AskedForm(api_forms.AccountsQuery(request.GET))

    def answer() -> dict[str, Any]:
        words = asked.value("q").lower().split()
        found = [
            each
            for each in accounts_page.accounts_of(request, asked)
            if all(word in " ".join(accounts_page.searched(each)).lower() for word in words)
        ]
        lines = [_numbered(asdict(accounts_page.line_of(each))) for each in found]
        return _paged("accounts", lines, asked)

    return _answered(request, asked, answer)


@require_safe
def api_groups(request: ConsoleRequest) -> JsonResponse:
    """Return the groups of the rules."""
    seen = rules.fleet_rules(user=request.user)
    asked = Asked(request.GET, seen, filters=api_forms.GroupsQuery)

    def answer() -> dict[str, Any]:
        by = asked.value("by", "owner")
        found = groups_page.groups_of(asked, by, user=request.user)
        return {
            "groups": [_numbered(asdict(groups_page.line_of(by, each))) for each in found],
        }

    return _answered(request, asked, answer)


@require_safe
def api_matrix(request: ConsoleRequest) -> JsonResponse:
    """Return a page of the matrix, which has pages of accounts and pages of columns."""
    asked = AskedForm(api_forms.MatrixQuery(request.GET))

    def answer() -> dict[str, Any]:
        size = asked.value("limit", api_forms.DEFAULT_LIMIT)
        found = matrix_of(request, asked, size=size)
        return {
            "across": found.across,
            "columns": list(found.names),
            "accounts": [
                {
                    "account_id": line.account_id,
                    "regions_read": line.regions,
                    "cells": [cell.state for cell in line.cells],
                }
                for line in found.lines
            ],
            "total": found.accounts.paginator.count,
            "page": found.accounts.number,
            "pages": found.accounts.paginator.num_pages,
            "columns_page": found.columns.number,
            "columns_pages": found.columns.paginator.num_pages,
        }

    return _answered(request, asked, answer)


@require_safe
def api_regions(request: ConsoleRequest) -> JsonResponse:
    """Return a page of the Regions with their readings."""
    seen = readings.fleet_readings(user=request.user)
    asked = Asked(request.GET, seen, filters=api_forms.RegionsQuery)

    def answer() -> dict[str, Any]:
        size = asked.value("limit", api_forms.DEFAULT_LIMIT)
        cut = Paginator(asked.rows, size).get_page(asked.page)
        known = rules.accounts_of(each.account_id for each in cut)
        lines = [readings_page.line_of(each, known.get(each.account_id)) for each in cut]
        return {
            "regions": [asdict(each) for each in lines],
            "total": cut.paginator.count,
            "page": cut.number,
            "pages": cut.paginator.num_pages,
        }

    return _answered(request, asked, answer)


@require_safe
def api_trend(request: ConsoleRequest) -> JsonResponse:
    """Return the numbers of each day, oldest first."""
    counts = trend.fleet_counts(user=request.user)
    asked = Asked(request.GET, counts, filters=api_forms.TrendQuery)

    def answer() -> dict[str, Any]:
        lines = map(trend_page.line_of, trend_page.days_of(asked))
        return {"days": [_numbered(asdict(line)) for line in lines]}

    return _answered(request, asked, answer)


def _answered(
    request: HttpRequest, asked: AskedForm, answer: Callable[[], dict[str, Any]]
) -> JsonResponse:
    problems = problems_of(request.GET, asked)
    if problems:
        title = _("The filter can't be applied")
        return JsonResponse({"error": {"title": title, "parameters": problems}}, status=400)
    return JsonResponse(answer())


def _numbered(line: dict[str, str]) -> dict[str, Any]:
    """Return a line of a file with its numbers as such; what is not known is null."""
    return {
        name: (int(value) if value else None) if name in _NUMBERS else value
        for name, value in line.items()
    }


_NUMBERS = frozenset(
    {"rules", "valid", "failed", "not_validated", "regions_read", "regions_failed"}
)


def _paged(name: str, lines: Iterable[dict[str, Any]], asked: AskedForm) -> dict[str, Any]:
    size = asked.value("limit", api_forms.DEFAULT_LIMIT)
    cut = Paginator(list(lines), size).get_page(asked.page)
    return {
        name: list(cut),
        "total": cut.paginator.count,
        "page": cut.number,
        "pages": cut.paginator.num_pages,
    }
