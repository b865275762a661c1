"""The channels of alerts, e-mail and webhook, and the text of an alert.

`delivery` decides when to send. A webhook's address may be a secret and is never logged or shown.
"""

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _

from wizard.domain.alerts import AlertKind, Notice
from wizard.words import failure_reason

WEBHOOK_SECONDS: Final = 10


class DeliveryFailed(Exception):
    """The delivery failed. The text is the reason and contains nothing secret."""


def configured() -> dict[str, Callable[[Notice], None]]:
    """Return the configured channels by name; each sends a notice or raises DeliveryFailed."""
    channels: dict[str, Callable[[Notice], None]] = {}
    if settings.ALERT_EMAIL:
        channels["email"] = _send_email
    if settings.ALERT_WEBHOOK_URL:
        channels["webhook"] = _send_webhook
    return channels


def _send_email(notice: Notice) -> None:
    """Send the notice to the addresses in ALERT_EMAIL."""
    message = EmailMessage(
        subject=_subject_of(notice),
        body=_text_of(notice),
        to=settings.ALERT_EMAIL,
        headers={"Message-ID": f"<{notice.id}@ptcconsole>"},  # guard: B10
    )
    try:
        message.send()
    except smtplib.SMTPException as error:
        # The server's answer may contain the user name.
        raise DeliveryFailed(type(error).__name__) from error
    except OSError as error:
        raise DeliveryFailed(_reason(error)) from error


def _send_webhook(notice: Notice) -> None:
    """POST the notice as JSON. Every answer except 2xx is a failure, including redirects."""
    request = urllib.request.Request(  # noqa: S310 - the settings allow https and loopback only
        settings.ALERT_WEBHOOK_URL,
        data=json.dumps(_payload_of(notice)).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "ptcconsole"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(
            request,
            timeout=WEBHOOK_SECONDS,  # guard: B5
        ):
            return
    except urllib.error.HTTPError as error:
        error.close()
        raise DeliveryFailed(f"HTTP {error.code}") from error
    except (OSError, HTTPException) as error:
        raise DeliveryFailed(_reason(error)) from error


def _subject_of(notice: Notice) -> str:
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


def _text_of(notice: Notice) -> str:
    """Return the body of the e-mail."""
    lines = [
        f"{_subject_of(notice)}.",
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


def _payload_of(notice: Notice) -> dict[str, Any]:
    """Return the JSON object for the webhook."""
    return {
        "id": notice.id,  # guard: B10
        "event": f"rule-{notice.kind}",
        "summary": _subject_of(notice),
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


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Refuses redirects, which would send the alert to an address that was not configured."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    return getattr(cause, "strerror", None) or type(cause).__name__
