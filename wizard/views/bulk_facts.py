"""What the pages and the JSON of bulk validations tell: addresses, scope, status, duration."""

from dataclasses import asdict, dataclass

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import Role
from wizard.models import BulkState, BulkValidation
from wizard.services import places
from wizard.services.bulk_validation import Progress, Scope, failed_items, progress_of
from wizard.views.validated_items import rows_of
from wizard.web import ConsoleRequest, permitted_targets
from wizard.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkStatus:
    """The state of a bulk validation: the name of its icon, and its word."""

    icon: str
    word: Text


def own_regions(request: ConsoleRequest) -> list[str] | None:
    """Return the Regions that the person may look at; None for all."""
    targets = permitted_targets(request, Role.VIEWER)
    if len(targets) == len(places.list_regions()):
        return None
    return [target.region for target in targets]


def detail_url(bulk: BulkValidation) -> str:
    return url_of("bulk-validation-detail", bulk)


def url_of(name: str, bulk: BulkValidation) -> str:
    return reverse(name, kwargs={"account_id": bulk.account_id, "bulk_id": bulk.pk})


def list_url(account_id: str) -> str:
    return reverse("bulk-validation-create", kwargs={"account_id": account_id})


def status_of(bulk: BulkValidation, progress: Progress) -> BulkStatus:
    """Return the state; a finished one says whether something failed."""
    if not bulk.is_finished:
        is_cancelling = bulk.cancel_requested_at is not None
        word = _("Cancelling") if is_cancelling else bulk.get_state_display()
        return BulkStatus(icon="pending", word=word)
    if progress.failed or progress.errors:
        is_cancelled = bulk.state == BulkState.CANCELLED
        word = _("Cancelled, with failures") if is_cancelled else _("Finished with failures")
        return BulkStatus(icon="failed", word=word)
    icon = "valid" if bulk.state == BulkState.DONE else "not-validated"
    return BulkStatus(icon=icon, word=bulk.get_state_display())


def scope_text(scope: Scope | None) -> str:
    """Return what is validated, as part of a title."""
    if scope is None:
        return _("no rules")
    number = len(scope.regions)
    regions = _regions_text(scope)
    if scope.is_whole:
        return regions
    if scope.rules == 1:
        return f"{scope.prefix} ({scope.regions[0]})"
    text = ngettext("%(rules)d rule in %(regions)s", "%(rules)d rules in %(regions)s", scope.rules)
    place = scope.regions[0] if number == 1 else regions
    return text % {"rules": scope.rules, "regions": place}


def _regions_text(scope: Scope) -> str:
    number = len(scope.regions)
    if number == 1:
        region = places.region_named(scope.regions[0])
        return f"{region.name} ({region.code})"
    if scope.is_whole and number == len(places.list_regions()):
        return _("all Regions")
    return ngettext("%(number)d Region", "%(number)d Regions", number) % {"number": number}


def duration_text(bulk: BulkValidation) -> str:
    """Return how long it took; empty while it runs."""
    if bulk.finished_at is None:
        return ""
    seconds = max(round((bulk.finished_at - bulk.created_at).total_seconds()), 1)
    minutes, rest = divmod(seconds, 60)
    of_seconds = ngettext("%(number)d second", "%(number)d seconds", rest) % {"number": rest}
    if not minutes:
        return of_seconds
    of_minutes = ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
    return f"{of_minutes} {of_seconds}" if rest else of_minutes


def answer_for_programs(
    request: ConsoleRequest, bulk: BulkValidation, *, status: int
) -> HttpResponse:
    """Return progress and failures as JSON; `url` is the address to poll."""
    regions = own_regions(request)
    progress = asdict(progress_of(bulk, regions))
    facts = {
        "id": str(bulk.pk),
        "url": request.build_absolute_uri(detail_url(bulk)),
        "state": bulk.state,
        "is_finished": bulk.is_finished,
        "progress": {name: value for name, value in progress.items() if name != "is_held"},
        "failures": [
            {
                "region": row.item.region,
                "ecr_repository_prefix": row.prefix,
                "status": row.status,
                "reason": row.reason,
            }
            for row in rows_of(failed_items(bulk, regions))
        ],
    }
    return JsonResponse(facts, status=status)
