"""Which rules of the fleet a request means: rows that are checked, whole accounts, or a filter.

A list sends its form `selection` to the page of an operation. Checked rows are `rule`, each as
`account/region/prefix`, or `account`. That page keeps them as hidden fields. With `scope=all`,
`filter` is the query string of the list: the answer is the address of the page with that filter, so
that thousands of rows are never sent. `of=accounts` says that a filter is that of the list of
accounts. Rows that the person may not look at are not found, whoever named them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.models import LastKnownRule
from wizard.services.fleet import rules
from wizard.views.fleet.accounts import matching_accounts
from wizard.views.fleet.filters import Asked, AskedForm
from wizard.views.fleet.queries import AccountsForm
from wizard.views.fleet.selected import ACCOUNTS, filter_of
from wizard.views.selection import SELECTION_FIELDS, back_to_table
from wizard.web import ConsoleRequest, see_other

# What the form of a list sends besides the check boxes.
LIST_FIELDS: Final = SELECTION_FIELDS
# The fields of the check boxes. A view that takes a selection allows them to be repeated.
CHOSEN_FIELDS: Final = ("rule", "account")
# As many hidden fields a page has: half of what the console takes in one form.
MOST_CHOSEN: Final = 1000
# As many rules, and as many accounts, fit into an address.
MOST_IN_ADDRESS: Final = 50
MOST_ACCOUNTS_IN_ADDRESS: Final = 150
# As many rows one query names.
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The chosen rules, and how the page that was asked keeps the choice.

    `fields` are the hidden fields of its form, and `query` is the filter in its address: one of
    them is empty. `not_found` rows are named, but are not there for this person. `errors` say why
    the filter cannot be applied.
    """

    rows: "QuerySet[LastKnownRule]"
    fields: Sequence[tuple[str, str]] = ()
    query: str = ""
    not_found: int = 0
    errors: Sequence[tuple[str, str, str]] = ()
    list_url: str

    @property
    def is_valid(self) -> bool:
        return not self.errors


def is_sent_by_list(request: ConsoleRequest) -> bool:
    """Whether a list sent the request. A page of an operation has its filter in its address."""
    return request.method == "POST" and "filter" in request.POST


def answer_to_list(request: ConsoleRequest) -> HttpResponse | None:
    """Return what a list is answered at once; None if the page of the operation is the answer.

    All rows that match are an address with the filter. Nothing chosen, or too much, leads back.
    """
    if not is_sent_by_list(request):
        return None
    if request.POST.get("scope") == "all":
        query = filter_of(_filter_sent(request)).urlencode()
        return see_other(f"{request.path}?{query}" if query else request.path)
    return refusal_of_choice(request, most=MOST_CHOSEN)


def refusal_of_choice(
    request: ConsoleRequest, *, most: int, number: int | None = None
) -> HttpResponse | None:
    """Return the way back to the list if no row is chosen, or more than `most`.

    `number` is how many there are, without it how many are checked.
    """
    of_accounts = is_of_accounts(request)
    if number is None:
        number = len(_named(request))
    if not number:
        text = _("Select at least one account.") if of_accounts else _("Select at least one rule.")
    elif number > most:
        text = ngettext(
            "Select at most %(most)d row, or filter the list and select all that match.",
            "Select at most %(most)d rows, or filter the list and select all that match.",
            most,
        ) % {"most": most}
    else:
        return None
    messages.warning(request, text)
    return back_to_list(request)


def back_to_list(request: ConsoleRequest, *, selected: Iterable[str] = ()) -> HttpResponse:
    """Return to the list that sent the request, with that selection or none."""
    if is_of_accounts(request):
        fallback = reverse("fleet-accounts")
        return back_to_table(request, fallback, selected=selected, field="account")
    return back_to_table(request, reverse("fleet-rules"), selected=selected)


def is_of_accounts(request: ConsoleRequest) -> bool:
    """Whether the list of accounts sent the request."""
    return QueryDict(request.POST.get("filter", "")).get("of") == ACCOUNTS


def chosen_accounts(request: ConsoleRequest) -> list[str]:
    """Return the IDs of the accounts that the list of accounts means; others are left out."""
    asked = AskedForm(AccountsForm(_filter_sent(request)))
    if request.POST.get("scope") == "all":
        return [each.account_id for each in matching_accounts(request, asked)]
    wanted = set(request.POST.getlist("account"))
    everything = AskedForm(AccountsForm({}))
    found = [each.account_id for each in matching_accounts(request, everything)]
    return [each for each in found if each in wanted]


def chosen_rules(request: ConsoleRequest) -> Chosen:
    """Return the rules that a request means."""
    seen = rules.fleet_rules(user=request.user)
    named = [] if request.POST.get("scope") == "all" else _named(request)
    if named:
        return _checked(seen, named)
    query = filter_of(_filter_sent(request) if is_sent_by_list(request) else request.GET)
    if query.get("of") == ACCOUNTS:
        return _of_accounts(request, seen, query)
    # An order or a page that does not exist is told, as in the list.
    asked = Asked(query if is_sent_by_list(request) else request.GET, seen)
    address = _list_url("fleet-rules", query)
    return Chosen(rows=asked.rows, query=query.urlencode(), errors=asked.errors, list_url=address)


def _filter_sent(request: ConsoleRequest) -> QueryDict:
    return QueryDict(request.POST.get("filter", ""))


def _named(request: ConsoleRequest) -> list[tuple[str, str]]:
    """Return the checked rows as the names and values of fields, each once."""
    found = [(name, value) for name in CHOSEN_FIELDS for value in request.POST.getlist(name)]
    return list(dict.fromkeys(found))


def _checked(seen: "QuerySet[LastKnownRule]", named: Sequence[tuple[str, str]]) -> Chosen:
    accounts = {value for name, value in named if name == "account" and value.isdecimal()}
    names = [value for name, value in named if name == "rule"]
    keys = _keys_of(seen, names)
    is_meant = Q(pk__in=keys)
    if accounts:
        is_meant |= Q(~rules.is_left_out(), account_id__in=accounts)
    return Chosen(
        rows=seen.filter(is_meant),
        fields=named,
        not_found=len(names) - len(keys),
        list_url=_list_url("fleet-accounts" if accounts else "fleet-rules", QueryDict()),
    )


def _of_accounts(
    request: ConsoleRequest, seen: "QuerySet[LastKnownRule]", query: QueryDict
) -> Chosen:
    asked = AskedForm(AccountsForm(query))
    found = [each.account_id for each in matching_accounts(request, asked)]
    own = query.copy()
    del own["of"]
    return Chosen(
        rows=rules.counted(seen.filter(account_id__in=found), asked.value("left_out")),
        query=query.urlencode(),
        errors=asked.errors,
        list_url=_list_url("fleet-accounts", own),
    )


def _keys_of(seen: "QuerySet[LastKnownRule]", names: Collection[str]) -> list[int]:
    """Return the primary keys of those of the named rules that are there."""
    parts = [name.split("/", 2) for name in names if name.count("/") >= 2 and "\0" not in name]
    found: list[int] = []
    for start in range(0, len(parts), _AT_ONCE):
        found += seen.filter(_is_any_of(parts[start : start + _AT_ONCE])).values_list(
            "pk", flat=True
        )
    return found


def _is_any_of(parts: Iterable[Sequence[str]]) -> Q:
    meant = Q()
    for account_id, region, prefix in parts:
        meant |= Q(account_id=account_id, region=region, ecr_repository_prefix=prefix)
    return meant


def _list_url(name: str, query: QueryDict) -> str:
    return f"{reverse(name)}?{query.urlencode()}" if query else reverse(name)
