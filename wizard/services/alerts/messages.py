"""The texts of an alert: subject, body, and the JSON object of the webhook."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from wizard.domain.alerts import AlertKind, Notice
from wizard.words import failure_reason


def subject_of(notice: Notice) -> str:
    """Return the subject line."""
    words = {
        AlertKind.FAILED: _("Validation of rule %(prefix)s (%(region)s) failed: %(reason)s"),
        AlertKind.RECOVERED: _("Rule %(prefix)s (%(region)s) is valid again"),
        AlertKind.EXPIRING: _("The token of rule %(prefix)s (%(region)s) expires on %(date)s"),
    }
    return words[notice.kind] % {
        "prefix": notice.ecr_repository_prefix,
        "region": notice.target.region,
        "date": notice.expires_on,
        "reason": failure_reason(notice.reason).title,
    }


def text_of(notice: Notice) -> str:
    """Return the body as plain text."""
    lines = [
        f"{subject_of(notice)}.",
        "",
        _("Account: %(account)s") % {"account": notice.target.account_id},
        _("Region: %(region)s") % {"region": notice.target.region},
        _("Prefix: %(prefix)s") % {"prefix": notice.ecr_repository_prefix},
        _("Time: %(time)s") % {"time": notice.at.isoformat(timespec="seconds")},
    ]
    if notice.kind == AlertKind.FAILED:
        problem = failure_reason(notice.reason)
        lines += [
            _("Reason: %(reason)s") % {"reason": problem.title},
            _("AWS answered: %(message)s") % {"message": notice.reason},
            "",
            str(problem.remedy),
        ]
    if _link_of(notice):
        lines += ["", _link_of(notice)]
    return "\n".join(lines) + "\n"


def payload_of(notice: Notice) -> dict[str, Any]:
    """Return the JSON object for the webhook."""
    return {
        "id": notice.id,  # guard: B10
        "event": f"rule-{notice.kind}",
        "summary": subject_of(notice),
        "account_id": notice.target.account_id,
        "region": notice.target.region,
        "ecr_repository_prefix": notice.ecr_repository_prefix,
        "reason": notice.reason,
        **_cause_of(notice),
        "expires_on": notice.expires_on.isoformat() if notice.expires_on else None,
        "at": notice.at.isoformat(),
        "url": _link_of(notice),
    }


def _cause_of(notice: Notice) -> dict[str, Any]:
    """Return why a validation failed, in the words of the rule's page, and the cures there."""
    if notice.kind != AlertKind.FAILED:
        return {"reason_title": "", "remedy": "", "cures": []}
    problem = failure_reason(notice.reason)
    return {
        "reason_title": str(problem.title),
        "remedy": str(problem.remedy),
        "cures": list(problem.cures),
    }


def _link_of(notice: Notice) -> str:
    """Return the address of the page that answers the alert; empty without CONSOLE_URL.

    The page of the rule has the cures of a failure. The expiry date is on its health page.
    """
    if not settings.CONSOLE_URL:
        return ""
    path = reverse(
        "rule-health" if notice.kind == AlertKind.EXPIRING else "rule-detail",
        kwargs={
            "account_id": notice.target.account_id,
            "region": notice.target.region,
            "ecr_repository_prefix": notice.ecr_repository_prefix,
        },
    )
    return f"{settings.CONSOLE_URL.rstrip('/')}{path}"
