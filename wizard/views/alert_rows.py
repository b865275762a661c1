"""The latest alerts on the health pages: the reason in words, the rule, and the first cure."""

from dataclasses import dataclass

from wizard.domain import Target
from wizard.models import Alert
from wizard.services import alerts
from wizard.views.cures import CureButton, Patient, cures_of
from wizard.views.patients import known_patients
from wizard.web import ConsoleRequest, place_url
from wizard.words import Cure, FailureReason, Text, failure_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert. `title` is the reason in words, `cure` is for a rule that still needs it."""

    alert: Alert
    title: Text
    rule_url: str
    cure: CureButton | None


def alert_rows(request: ConsoleRequest, prefix: str) -> list[AlertRow]:
    """Return the latest alerts of the rule, or of the Region without a prefix."""
    target = request.target
    found = alerts.latest_alerts(target=target, ecr_repository_prefix=prefix)
    # Without an alert, nothing has to be read.
    known = known_patients(account_id=target.account_id, regions=[target.region]) if found else None
    rows: list[AlertRow] = []
    told: set[str] = set()
    for alert in found:
        patient = known.find(target.region, alert.ecr_repository_prefix) if known else None
        reason = failure_reason(alert.reason) if alert.is_failure else None
        # A later alert of the same rule says what is so now.
        is_latest = alert.ecr_repository_prefix not in told
        told.add(alert.ecr_repository_prefix)
        rows.append(
            AlertRow(
                alert=alert,
                title=reason.title if reason else "",
                rule_url=_rule_url(target, alert) if patient else "",
                cure=_first_cure(request, reason, patient) if is_latest else None,
            )
        )
    return rows


def _first_cure(
    request: ConsoleRequest, reason: FailureReason | None, patient: Patient | None
) -> CureButton | None:
    """Return the cure that is worth trying first; a policy is on the rule's page."""
    if reason is None or patient is None:
        return None
    cures = cures_of(request, reason.cures, patient, is_ill=False)
    if cures.begins_with_policy:
        policy = cures.policies[0]
        url = f"{patient.page}#{policy.anchor}"
        return CureButton(cure=Cure(policy.anchor), label=policy.label, url=url, next_url="")
    return cures.buttons[0] if cures.buttons else None


def _rule_url(target: Target, alert: Alert) -> str:
    parts = {"ecr_repository_prefix": alert.ecr_repository_prefix}
    return place_url("rule-detail", target, **parts)
