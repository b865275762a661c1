"""The health pages of a rule and of a Region: results, schedules, expiry dates, alerts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from wizard.domain import Target
from wizard.domain.errors import AwsError, RuleNotFound
from wizard.forms.health import ExpiryForm, ScheduleForm
from wizard.models import CredentialExpiry, ValidationResult
from wizard.services import alerts, health, last_known, rules
from wizard.views.alert_rows import alert_rows
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes
from wizard.words import ErrorView, error_view

# Which form of the page was sent.
SCHEDULE, EXPIRY = "schedule", "expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A validation result, and whether it is stale."""

    result: ValidationResult
    is_stale: bool

    @property
    def status(self) -> str:
        return "valid" if self.result.is_valid else "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryView:
    """A noted expiry date for display; `is_near` from 7 days before."""

    note: CredentialExpiry
    is_near: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHealth:
    """A rule on the page of a Region; `row` is None if it was never validated."""

    prefix: str
    url: str
    row: ResultRow | None
    expiry: ExpiryView | None

    @property
    def status(self) -> str:
        return self.row.status if self.row else "not-validated"

    @property
    def validated_at(self) -> datetime | None:
        return self.row.result.validated_at if self.row else None

    @property
    def failure(self) -> str:
        return self.row.result.failure if self.row else ""

    @property
    def expires_on(self) -> date | None:
        return self.expiry.note.expires_on if self.expiry else None


@require_http_methods(["GET", "HEAD", "POST"])
@takes(ScheduleForm, ExpiryForm, "form")
@at_target
def rule_health(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Show the rule's results, schedule, expiry date and alerts.

    Raises RuleNotFound. Other errors of AWS are shown on the page, which needs nothing else of AWS.
    """
    target, prefix = request.target, ecr_repository_prefix
    error = _trouble(target, prefix)
    schedule_form = _schedule_form(request, prefix)
    expiry_form = _expiry_form(request, prefix)
    sent = request.POST.get("form", "")
    if sent == SCHEDULE and schedule_form.is_valid():
        return _save_schedule(request, schedule_form, prefix)
    if sent == EXPIRY and expiry_form.is_valid():
        return _save_expiry(request, expiry_form, prefix)
    now = timezone.now()
    note = health.get_expiry(target=target, ecr_repository_prefix=prefix)
    found = health.recent_results(target=target, ecr_repository_prefix=prefix)
    context = _common(request, prefix) | {
        "prefix": prefix,
        "error": error,
        "results": [_row(result, now) for result in found],
        "schedule_form": schedule_form,
        "expiry_form": expiry_form,
        "expiry": _expiry_view(note, now) if note else None,
        "region_health_url": _region_health_url(target),
    }
    return render(request, "health/rule.html", context, status=_status(schedule_form, expiry_form))


@require_http_methods(["GET", "HEAD", "POST"])
@takes(ScheduleForm, "form")
@at_target
def region_health(request: ConsoleRequest) -> HttpResponse:
    """Show the Region's schedule, last-known rules, expiry dates and alerts. Does not call AWS."""
    form = _schedule_form(request, "")
    if request.POST.get("form") == SCHEDULE and form.is_valid():
        return _save_schedule(request, form, "")
    context = _common(request, "") | {
        "schedule_form": form,
        "listing": listing_of(
            request, _rules_of(request.target), table="health", searched=_searched
        ),
        "rule_schedules": health.list_schedules(target=request.target),
    }
    return render(request, "health/region.html", context, status=_status(form))


def _rule_health_url(target: Target, prefix: str) -> str:
    return place_url("rule-health", target, ecr_repository_prefix=prefix)


def _region_health_url(target: Target) -> str:
    return place_url("region-health", target)


def _trouble(target: Target, prefix: str) -> ErrorView | None:
    try:
        rules.get_rule(target=target, ecr_repository_prefix=prefix)
    except RuleNotFound:
        raise
    except AwsError as error:
        return error_view(error)
    return None


def _common(request: ConsoleRequest, prefix: str) -> dict[str, Any]:
    target = request.target
    return {
        "schedule": health.get_schedule(target=target, ecr_repository_prefix=prefix),
        "alerts": alert_rows(request, prefix),
        "channels": alerts.configured_channels(),
        "page_url": _rule_health_url(target, prefix) if prefix else _region_health_url(target),
    }


def _status(*sent: forms.Form) -> int:
    return 422 if any(form.is_bound and form.errors for form in sent) else 200


def _data(request: ConsoleRequest, name: str) -> Any:
    return request.POST if request.POST.get("form") == name else None


def _schedule_form(request: ConsoleRequest, prefix: str) -> ScheduleForm:
    schedule = health.get_schedule(target=request.target, ecr_repository_prefix=prefix)
    initial = {"every_hours": str(schedule.every_hours) if schedule else ""}
    return ScheduleForm(_data(request, SCHEDULE), initial=initial)


def _expiry_form(request: ConsoleRequest, prefix: str) -> ExpiryForm:
    note = health.get_expiry(target=request.target, ecr_repository_prefix=prefix)
    initial = {"expires_on": note.expires_on if note else None}
    return ExpiryForm(_data(request, EXPIRY), initial=initial)


def _save_schedule(request: ConsoleRequest, form: ScheduleForm, prefix: str) -> HttpResponse:
    schedule = health.set_schedule(
        target=request.target,
        ecr_repository_prefix=prefix,
        every_hours=form.cleaned_data["every_hours"],
        actor=request.user,
    )
    if schedule is None:
        messages.success(request, _("Automatic validation is off."))
    else:
        messages.success(request, _("Automatic validation is on."))
    return _back(request, prefix)


def _save_expiry(request: ConsoleRequest, form: ExpiryForm, prefix: str) -> HttpResponse:
    note = health.note_expiry(
        target=request.target,
        ecr_repository_prefix=prefix,
        expires_on=form.cleaned_data["expires_on"],
        actor=request.user,
    )
    if note is None:
        messages.success(request, _("No expiry date is set for the token."))
    else:
        messages.success(request, _("Saved the expiry date of the token."))
    return _back(request, prefix)


def _back(request: ConsoleRequest, prefix: str) -> HttpResponse:
    target = request.target
    url = _rule_health_url(target, prefix) if prefix else _region_health_url(target)
    return see_other(url)


def _row(result: ValidationResult, now: datetime) -> ResultRow:
    return ResultRow(result=result, is_stale=health.is_stale(result, now))


def _rules_of(target: Target) -> list[RuleHealth]:
    snapshot = last_known.last_known(account_id=target.account_id).get(target.region)
    prefixes = [rule.ecr_repository_prefix for rule in snapshot.rules] if snapshot else []
    latest = health.latest_by_prefix(target=target, prefixes=prefixes)
    now = timezone.now()
    notes = {
        note.ecr_repository_prefix: _expiry_view(note, now)
        for note in health.list_expiries(target=target)
    }
    return [
        RuleHealth(
            prefix=prefix,
            url=_rule_health_url(target, prefix),
            row=_row(latest[prefix], now) if prefix in latest else None,
            expiry=notes.get(prefix),
        )
        for prefix in prefixes
    ]


def _searched(rule: RuleHealth) -> tuple[str, ...]:
    return rule.prefix, rule.failure


def _expiry_view(note: CredentialExpiry, now: datetime) -> ExpiryView:
    today = timezone.localdate(now)
    return ExpiryView(
        note=note,
        is_near=health.is_expiring(note.expires_on, today),
        text=_expiry_text(health.days_left(note.expires_on, today)),
    )


def _expiry_text(days: int) -> str:
    if days < 0:
        return _("The token has expired.")
    if days == 0:
        return _("The token expires today.")
    text = ngettext(
        "The token expires in %(days)d day.", "The token expires in %(days)d days.", days
    )
    return text % {"days": days}
