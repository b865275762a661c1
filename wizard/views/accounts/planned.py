"""The rows of a plan of accounts, and the templates that create the roles of its accounts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from wizard.domain import grouped_account_id
from wizard.domain.account_policies import RoleSetup, TrustKind
from wizard.domain.accounts import path_and_name_of, role_name_of
from wizard.exports import ACCOUNTS_PER_TEMPLATE, ROLE_FORMATS
from wizard.models import AccountImport, PlannedAccount, PlannedState
from wizard.services import accounts
from wizard.views.table_filters import Filter, options
from wizard.views.tables import Listing, cut_listing, pages_of, search_of, sort_of
from wizard.web import ConsoleRequest, table_look_of
from wizard.words import account_problem_text, error_view

_ICONS: Final = {
    PlannedState.PLANNED: "pending",
    PlannedState.EXISTS: "valid",
    PlannedState.ADDED: "valid",
    PlannedState.REFUSED: "failed",
    PlannedState.FAILED: "failed",
}
_SORTED_BY: Final = {"account": "account_id", "role": "role_arn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """An account of a plan for display."""

    account: PlannedAccount

    @property
    def grouped_id(self) -> str:
        account_id = self.account.account_id
        return grouped_account_id(account_id) if len(account_id) == 12 else account_id

    @property
    def state(self) -> PlannedState:
        return PlannedState(self.account.state)

    @property
    def icon(self) -> str:
        return _ICONS[self.state]

    @property
    def is_linked(self) -> bool:
        """Whether the account has a page."""
        return self.state in (PlannedState.ADDED, PlannedState.EXISTS)

    @property
    def role(self) -> str:
        return role_name_of(self.account.role_arn)

    @property
    def regions(self) -> str:
        return ", ".join(self.account.regions)

    @property
    def reason(self) -> str:
        """Return why the account is not added; empty if it is, or is to be."""
        error = self.account.error
        if error is None:
            return account_problem_text(self.account.problem)
        view = error_view(error)
        return f"{view.title}. {view.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTemplate:
    """The file of a format for some accounts of a plan."""

    key: str
    label: str
    accounts: str
    setup: RoleSetup
    suffix: str
    content_type: str

    @property
    def text(self) -> str:
        return ROLE_FORMATS[self.key.partition("-")[0]].render(self.setup)


def planned_listing(request: ConsoleRequest, plan: AccountImport) -> Listing[PlannedRow]:
    """Return a page of the plan's accounts that the query string asks for."""
    state, text = request.GET.get("state", ""), search_of(request)
    is_state = state in PlannedState.values
    found = plan.rows.filter(state=state) if is_state else plan.rows.all()
    if text:
        found = found.filter(
            Q(alias__icontains=text)
            | Q(owner__icontains=text)
            | Q(account_id__icontains=text)
            | Q(account_id__contains=text.replace("-", "") or text)
        )
    sort, descending = sort_of(request, "planned-accounts")
    if sort:
        column = _SORTED_BY.get(sort, sort)
        found = found.order_by(f"-{column}" if descending else column, "position")
    page = Paginator(found, table_look_of(request).page_size).get_page(request.GET.get("page"))
    choices = [("", _("Any state")), *((each.value, str(each.label)) for each in PlannedState)]
    return cut_listing(
        request,
        [PlannedRow(account=each) for each in page.object_list],
        table="planned-accounts",
        pages=pages_of(request.GET, page),
        total=plan.rows.count(),
        matches=page.paginator.count,
        filters=[Filter(name="state", label=_("State"), options=options(choices, state))],
        is_filtered=bool(text) or is_state,
    )


def templates_of(plan: AccountImport) -> list[PlanTemplate]:
    """Return the files that create the roles of the accounts that are to be added.

    Accounts whose roles have the same name share a file, as many as a template can have.
    """
    trusted = accounts.trusted_principal()
    found = accounts.external_ids(plan)
    named = sorted((path_and_name_of(arn), each) for each, (arn, _id) in found.items())
    templates: list[PlanTemplate] = []
    for (path, name), members in groupby(named, key=lambda pair: pair[0]):
        ids = {account_id: found[account_id][1] for _role, account_id in members}
        for part in _parts(sorted(ids)):
            setup = RoleSetup(
                name=name,
                path=path,
                trusted=trusted,
                kind=TrustKind.PRINCIPAL,
                external_ids={account_id: ids[account_id] for account_id in part},
            )
            templates += _of_setup(setup, number=len(templates))
    return templates


def template_file(request: ConsoleRequest, templates: Sequence[PlanTemplate]) -> HttpResponse:
    """Return one of the files as an attachment."""
    found = next((each for each in templates if each.key == request.GET["format"]), None)
    if found is None:
        raise Http404
    response = HttpResponse(found.text, content_type=found.content_type)
    name = f"ptc-console-roles-{found.key.rpartition('-')[2]}.{found.suffix}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _parts(account_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(account_ids), ACCOUNTS_PER_TEMPLATE):
        yield account_ids[start : start + ACCOUNTS_PER_TEMPLATE]


def _of_setup(setup: RoleSetup, *, number: int) -> Iterator[PlanTemplate]:
    ids = list(setup.external_ids)
    for name, found in ROLE_FORMATS.items():
        if not found.is_of_one_account:
            yield PlanTemplate(
                key=f"{name}-{number + 1}",
                label=found.label,
                accounts=f"{setup.path}{setup.name}: {ids[0]} - {ids[-1]}",
                setup=setup,
                suffix=found.suffix,
                content_type=found.content_type,
            )
