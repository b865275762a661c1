"""What a matrix of accounts by prefixes or upstream registries has in its cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext

from wizard.domain import Role
from wizard.exports import ListedCell
from wizard.models import Account, LastKnownRule
from wizard.services import access
from wizard.services.fleet import matrix, rules
from wizard.services.fleet.matrix import Found, MatrixAccount
from wizard.views.fleet import filters
from wizard.views.fleet.filters import AskedForm
from wizard.web import ConsoleRequest

# The columns of one page: as many as a wide screen shows.
COLUMNS_ON_PAGE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One account and column. `state` is the worst status, `missing`, or `unknown`."""

    state: str
    note: str = ""
    url: str = ""
    create_url: str = ""
    create_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the matrix."""

    account_id: str
    account: Account | None
    regions: int
    url: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A page of the matrix; `names` are the values of its columns, `labels` are shown."""

    across: str
    names: Sequence[str]
    labels: Sequence[str]
    lines: Sequence[Line]
    accounts: "Page[MatrixAccount]"
    columns: "Page[str]"


def matrix_of(request: ConsoleRequest, asked: AskedForm, *, size: int) -> Matrix:
    """Return the asked page of the matrix; an empty one if a filter is wrong."""
    across = asked.value("across", "prefix")
    rows = _rows(request, asked)
    accounts = Paginator(_accounts(request, asked), size).get_page(asked.page)
    names = _names(request, asked, rows) if asked.is_valid else []
    columns = Paginator(names, COLUMNS_ON_PAGE).get_page(asked.value("columns", 1))
    shown, on_page = list(columns.object_list), list(accounts.object_list)
    cells = matrix.matrix_cells(
        rows, across, account_ids=[each.account_id for each in on_page], names=shown
    )
    region = asked.value("region")
    known = rules.accounts_of(each.account_id for each in on_page)
    return Matrix(
        across=across,
        names=shown,
        labels=[_label(across, name) for name in shown],
        lines=[
            Line(
                account_id=each.account_id,
                account=known.get(each.account_id),
                regions=each.regions,
                url=_rules_url(account=each.account_id),
                cells=[
                    _cell(each, across, name, cells.get((each.account_id, name)), region)
                    if (each.account_id, name) in cells
                    else _missing(request, each, across, name)
                    for name in shown
                ],
            )
            for each in on_page
        ],
        accounts=accounts,
        columns=columns,
    )


def matrix_lines(request: ConsoleRequest, asked: AskedForm) -> Iterator[ListedCell]:
    """Return a line for each account and column in which there is a rule or it is missing."""
    across = asked.value("across", "prefix")
    rows = _rows(request, asked)
    accounts = _accounts(request, asked)
    names = _names(request, asked, rows)

    def lines() -> Iterator[ListedCell]:
        for start in range(0, len(accounts), 50):
            part = accounts[start : start + 50]
            cells = matrix.matrix_cells(
                rows, across, account_ids=[each.account_id for each in part], names=names
            )
            known = rules.accounts_of(each.account_id for each in part)
            for each in part:
                account = known.get(each.account_id)
                for name in names:
                    found = cells.get((each.account_id, name))
                    yield ListedCell(
                        account_id=each.account_id,
                        alias=account.alias if account else "",
                        column=name,
                        status=_cell(each, across, name, found, "").state,
                        regions=str(found[1] if found else 0),
                        regions_read=str(each.regions),
                    )

    return lines()


def _rows(request: ConsoleRequest, asked: AskedForm) -> "QuerySet[LastKnownRule]":
    rows = rules.fleet_rules(user=request.user)
    if account_id := asked.value("account"):
        rows = rows.filter(account_id=account_id)
    if region := asked.value("region"):
        rows = rows.filter(region=region)
    if owner := asked.value("owner"):
        rows = rules.of_owner(rows, owner)
    return rules.counted(rows, asked.value("left_out"))


def _names(request: ConsoleRequest, asked: AskedForm, rows: "QuerySet[LastKnownRule]") -> list[str]:
    return matrix.matrix_columns(
        rows,
        asked.value("across", "prefix"),
        user=request.user,
        is_filtered=any(asked.value(name) for name in ("account", "region", "owner")),
        left_out=asked.value("left_out"),
    )


def _accounts(request: ConsoleRequest, asked: AskedForm) -> list[MatrixAccount]:
    if not asked.is_valid:
        return []
    return matrix.matrix_accounts(
        user=request.user,
        account_id=asked.value("account"),
        owner=asked.value("owner"),
        region=asked.value("region"),
        text=asked.value("q"),
        left_out=asked.value("left_out"),
    )


def _cell(
    account: MatrixAccount,
    across: str,
    name: str,
    found: Found | None,
    region: str,
) -> Cell:
    if found is None:
        return Cell(state="missing" if account.regions else "unknown")
    counts, regions = found
    note = ""
    if account.regions > 1:
        note = ngettext(
            "%(number)d of %(regions)d Region", "%(number)d of %(regions)d Regions", account.regions
        ) % {"number": regions, "regions": account.regions}
    places_asked = {"region": region} if region else {}
    wanted = rules.OTHER_REGISTRY if _is_other(across, name) else name
    return Cell(
        state=counts.worst,
        note=note,
        url=_rules_url(account=account.account_id, **{across: wanted}, **places_asked),
    )


def _missing(request: ConsoleRequest, account: MatrixAccount, across: str, name: str) -> Cell:
    """Return the cell of an account without such a rule, with the page that creates it there."""
    bare = _cell(account, across, name, None, "")
    may_create = access.may_somewhere(
        user=request.user, role=Role.OPERATOR, account_id=account.account_id
    )
    if across != "prefix" or bare.state != "missing" or not may_create:
        return bare
    query = urlencode({"account": account.account_id, "prefix": name})
    return Cell(
        state=bare.state,
        create_url=f"{reverse('fleet-create')}?{query}",
        create_label=f"{name}, {account.account_id}",
    )


def _is_other(across: str, name: str) -> bool:
    return across == "registry" and name not in rules.REGISTRY_KEYS


def _label(across: str, name: str) -> str:
    return filters.named(filters.registry_choices(), name) if across == "registry" else name


def _rules_url(**query: str) -> str:
    return f"{reverse('fleet-rules')}?{urlencode(query)}"
