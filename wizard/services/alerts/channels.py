"""The channels of alerts: e-mail, webhook, and the services that Apprise knows.

`delivery` decides when to send. The addresses of webhook and services may be secrets and are never
logged or shown.
"""

import json
import smtplib
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPException, HTTPMessage
from typing import IO, Final

from django.conf import settings
from django.core.mail import EmailMessage

from wizard.domain.alerts import DeliveryFailed, Notice
from wizard.domain.webhook_signatures import parse_secrets, signed_headers
from wizard.services.alerts.apprise_services import send_by_service, service_names
from wizard.services.alerts.messages import payload_of, subject_of, text_of

WEBHOOK_SECONDS: Final = 10

Send = Callable[[Notice], None]


def configured() -> dict[str, Send]:
    """Return the configured channels by name; each sends a notice or raises DeliveryFailed."""
    channels: dict[str, Send] = {}
    if settings.ALERT_EMAIL:
        channels["email"] = _send_email
    if settings.ALERT_WEBHOOK_URL:
        channels["webhook"] = _send_webhook
    # A channel for each address: one that fails does not repeat what the others have delivered.
    for name, address in service_names().items():
        channels[name] = partial(send_by_service, address)
    return channels


def _send_email(notice: Notice) -> None:
    """Send the notice to the addresses in ALERT_EMAIL."""
    message = EmailMessage(
        subject=subject_of(notice),
        body=text_of(notice),
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
    body = json.dumps(payload_of(notice)).encode()
    request = urllib.request.Request(  # noqa: S310 - the settings allow https and loopback only
        settings.ALERT_WEBHOOK_URL,
        data=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "ptcconsole",
            **_signature_of(notice, body),  # guard: S14
        },
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


def _signature_of(notice: Notice, body: bytes) -> Mapping[str, str]:
    """Return the headers of Standard Webhooks, with the time of this attempt."""
    return signed_headers(
        parse_secrets(settings.ALERT_WEBHOOK_SECRET),
        message_id=notice.id,
        timestamp=int(time.time()),
        body=body,
    )


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
