"""What a rotation over accounts would change, as the page of its plan shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.models import Account
from wizard.services import fleet_operations
from wizard.services.fleet import rules
from wizard.services.fleet_operations import AccountPlan, PlannedSecret
from wizard.views.fleet import selection
from wizard.views.fleet.selection import Chosen
from wizard.views.fleet_operations import retried
from wizard.views.rotations.texts import upstream_name
from wizard.views.tables import Listing, cut_listing, listing_of
from wizard.web import ConsoleRequest

# The choices in the plan: as the page keeps them, and as its buttons send them.
UPSTREAM: Final = "upstream"
NAME: Final = "secret"
CHOOSE_UPSTREAM: Final = "choose_upstream"
CHOOSE_NAME: Final = "choose_secret"
# What is sent besides the credential, and what of it is repeated.
FIELDS: Final = (*selection.LIST_FIELDS, UPSTREAM, NAME, CHOOSE_UPSTREAM, CHOOSE_NAME)
REPEATED_FIELDS: Final = selection.CHOSEN_FIELDS
answer_to_list: Final = selection.answer_to_list
# As many rules of a secret are named.
_NAMED: Final = 5
# As many names of secrets are offered.
_MOST_NAMES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The accounts and secrets of a rotation, from a filter or of an operation that failed.

    `names` are the numbers of secrets by their name. `errors` are those of the filter.
    """

    chosen: Chosen | None = None
    upstream: str = ""
    name: str = ""
    accounts: Sequence[AccountPlan] = ()
    secrets: Sequence[PlannedSecret] = ()
    upstreams: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)
    not_permitted: int = 0
    unusable: Sequence[str] = ()
    is_too_large: bool = False
    is_retry: bool = False
    errors: Sequence[tuple[str, str, str]] = ()

    @property
    def can_start(self) -> bool:
        return bool(self.accounts) and not self.is_too_large and not self.errors

    @property
    def possible(self) -> int:
        return sum(len(each.rules) for each in self.accounts)

    @property
    def upstream_label(self) -> str:
        return upstream_name(self.upstream, account_id="")

    @property
    def is_choice(self) -> bool:
        """Whether the upstream has to be chosen first."""
        return not self.upstream and len(self.upstreams) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRow:
    """One secret of the plan."""

    secret: PlannedSecret
    account: Account | None

    @property
    def account_id(self) -> str:
        return self.secret.account_id

    @property
    def name(self) -> str:
        return self.secret.name

    @property
    def rules(self) -> str:
        """The prefixes of the chosen rules, the first of many."""
        prefixes = list(dict.fromkeys(each.ecr_repository_prefix for each in self.secret.rules))
        named = ", ".join(prefixes[:_NAMED])
        further = len(prefixes) - _NAMED
        if further <= 0:
            return named
        text = ngettext("%(named)s and %(further)d more", "%(named)s and %(further)d more", further)
        return text % {"named": named, "further": further}

    @property
    def icon(self) -> str:
        return "pending" if self.secret.is_possible else "not-validated"

    @property
    def reason(self) -> str:
        """Why the secret is left out; empty if it is not."""
        if not self.secret.is_permitted:
            return _("You are not an operator in its Region or in the Region of a replica.")
        if self.secret.others:
            names = [upstream_name(each, account_id=self.account_id) for each in self.secret.others]
            text = _(
                "Rules of %(others)s use it too. Rotate it in its account, where you can choose it."
            )
            return text % {"others": ", ".join(names)}
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRow:
    """An upstream registry to choose."""

    host: str
    rules: int

    @property
    def name(self) -> str:
        return upstream_name(self.host, account_id="")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameChoice:
    """A name of secrets, by which the plan can be narrowed; an empty one is for all."""

    name: str
    secrets: int
    is_chosen: bool


def is_question(request: ConsoleRequest) -> bool:
    """Whether a POST only asks for the plan: from a list, or with another choice in it."""
    is_choice = any(name in request.POST for name in (CHOOSE_UPSTREAM, CHOOSE_NAME))
    return selection.is_sent_by_list(request) or is_choice


def plan_of(request: ConsoleRequest) -> Plan:
    """Return the plan that the request asks for; raises FleetOperationNotFound."""
    if retried.RETRY not in request.GET:
        return _plan_of_choice(request)
    return _plan_of_retry(request)


def own_url(request: ConsoleRequest) -> str:
    """Return the address of this plan."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _asked(request: ConsoleRequest, button: str, kept: str) -> str:
    """Return the choice of a button, or of the page, or of the address."""
    for value in (request.POST.get(button), request.POST.get(kept), request.GET.get(kept)):
        if value is not None:
            return value
    return ""


def _plan_of_choice(request: ConsoleRequest) -> Plan:
    """Return the secrets of the rules that were chosen in a list."""
    chosen = selection.chosen_rules(request)
    name = _asked(request, CHOOSE_NAME, NAME)
    found = fleet_operations.plan_rotation(
        rows=chosen.rows,
        user=request.user,
        upstream=_asked(request, CHOOSE_UPSTREAM, UPSTREAM),
        name=name,
    )
    return Plan(
        chosen=chosen,
        upstream=found.upstream,
        name=name,
        accounts=found.accounts,
        secrets=sorted(found.secrets, key=lambda each: each.is_possible),
        upstreams=found.upstreams,
        names=found.names,
        not_permitted=found.not_permitted,
        unusable=found.unusable,
        is_too_large=found.is_too_large,
        errors=chosen.errors,
    )


def _plan_of_retry(request: ConsoleRequest) -> Plan:
    """Return the secrets that an operation failed to change; raises FleetOperationNotFound."""
    operation = retried.retried_operation(request, fleet_operations.rotates)
    accounts = fleet_operations.plan_retry(operation=operation, user=request.user)
    secrets = [
        PlannedSecret(
            account_id=each.account_id,
            resource=key.partition("/")[2],
            rules=(),
            regions=(key.partition("/")[0],),
        )
        for each in accounts
        for key in each.rules
    ]
    return Plan(
        upstream=fleet_operations.upstream_asked_for(operation.asked),
        accounts=accounts if operation.finished_at else (),
        secrets=secrets if operation.finished_at else (),
        is_retry=True,
    )


def listing_of_plan(request: ConsoleRequest, plan: Plan) -> Listing[Any]:
    """Return a page of the secrets, or of the upstream registries to choose from."""
    rows: list[Any] = _upstream_rows(plan) if plan.is_choice else _rows_of(plan)
    table = "fleet-upstreams" if plan.is_choice else "fleet-rotation"
    if plan.is_choice or request.method == "POST":
        # The links to further pages would lose the hidden fields.
        return cut_listing(request, rows, table=table, pages=None, sorts=False)
    return listing_of(request, rows, table=table, searched=lambda _row: (), sorts=False)


def name_choices(plan: Plan) -> list[NameChoice]:
    """Return the names of the secrets, if there are several."""
    if len(plan.names) < 2:
        return []
    every = NameChoice(name="", secrets=sum(plan.names.values()), is_chosen=not plan.name)
    first = list(plan.names.items())[:_MOST_NAMES]
    return [
        every,
        *(
            NameChoice(name=name, secrets=number, is_chosen=name == plan.name)
            for name, number in first
        ),
    ]


def _rows_of(plan: Plan) -> list[SecretRow]:
    known = rules.accounts_of(each.account_id for each in plan.secrets)
    return [SecretRow(secret=each, account=known.get(each.account_id)) for each in plan.secrets]


def _upstream_rows(plan: Plan) -> list[UpstreamRow]:
    return [UpstreamRow(host=host, rules=number) for host, number in plan.upstreams.items()]
