"""The services that Apprise knows, such as Slack or Microsoft Teams, as channels of alerts.

Their addresses are secrets. Apprise repeats them in its log and in exceptions, so neither is passed
on: its logger has no handler (`ptcconsole.logs`), and of an exception only the class is told.
Apprise is an optional package that loads some 150 modules, which only the worker needs.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings
from django.utils.crypto import salted_hmac

from wizard.domain.alerts import AlertKind, DeliveryFailed, Notice, scheme_of, split_addresses
from wizard.services.alerts.messages import subject_of, text_of

# The longest time for a connection, and for an answer, whatever the address says.
SERVICE_SECONDS: Final = 10

_KINDS: Final = {
    AlertKind.FAILED: "failure",
    AlertKind.RECOVERED: "success",
    AlertKind.EXPIRING: "warning",
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NOT_UNDERSTOOD: Final = "Apprise does not understand the address"
_NOT_ENCRYPTED: Final = "only services that are reached over an encrypted connection are allowed"
_NOT_VERIFIED: Final = "verify=no is not allowed, because the certificate would not be checked"
_NOT_COMPLETE: Final = "Apprise needs a further package for this service"
# The end of what Apprise logs about an answer that is no success.
_STATUS: Final = re.compile(r"\berror=(\d{3})\.?$")


def service_names() -> dict[str, str]:
    """Return the addresses in ALERT_APPRISE_URLS, each by the name of its channel.

    A name is the scheme and a digest of the address, so that it stays when others are added. The
    digest has a key, because an address can contain a password that is easily guessed.
    """
    return {_name_of(address): address for address in split_addresses(settings.ALERT_APPRISE_URLS)}


def problems_of_services() -> list[str]:
    """Return why addresses in ALERT_APPRISE_URLS cannot be used, by their place and scheme."""
    problems = []
    for number, address in enumerate(split_addresses(settings.ALERT_APPRISE_URLS), 1):
        try:
            _service_at(address)
        except DeliveryFailed as refusal:
            problems.append(f"Address {number} ({scheme_of(address)}) is refused: {refusal}.")
    return problems


def send_by_service(address: str, notice: Notice) -> None:
    """Send the notice to the service at this address; raises DeliveryFailed."""
    service = _service_at(address)
    with _statuses() as statuses:
        is_sent = service.notify(
            title=subject_of(notice),
            body=text_of(notice),
            notify_type=_KINDS[notice.kind],
            body_format="text",
        )
    if is_sent:
        return
    if statuses:
        raise DeliveryFailed(f"HTTP {statuses[-1]}")
    raise DeliveryFailed("The service cannot be reached, or did not accept the alert")


def _name_of(address: str) -> str:
    # The last key is the oldest one, which stays while AUDIT_KEY is rotated.
    key = settings.AUDIT_KEY.rpartition(",")[2]
    digest = salted_hmac("wizard.alerts", address, secret=key, algorithm="sha256").hexdigest()
    return f"{scheme_of(address)[:9]}-{digest[:6]}"


def _service_at(address: str) -> Any:
    """Return Apprise's service; raises DeliveryFailed for an address that cannot be used."""
    try:
        return _built(address)
    except DeliveryFailed:
        raise
    except Exception as error:  # noqa: BLE001 - its text and its traceback repeat the address
        raise DeliveryFailed(f"{_NOT_UNDERSTOOD} ({type(error).__name__})") from None


def _built(address: str) -> Any:
    import apprise
    from apprise.plugins import url_to_dict

    library: Any = apprise
    parse: Any = url_to_dict
    parts = parse(address)
    if not parts:
        raise DeliveryFailed(_NOT_UNDERSTOOD)
    plugin = library.NotificationManager()[parts["schema"]]
    if not _is_encrypted(plugin, parts):  # guard: S14
        raise DeliveryFailed(_NOT_ENCRYPTED)
    if parts.get("verify") is False:
        raise DeliveryFailed(_NOT_VERIFIED)
    if not plugin.enabled:
        raise DeliveryFailed(_NOT_COMPLETE)
    # Of a suppressed exception, Apprise logs all parts of the address.
    service = library.Apprise.instantiate(parts, asset=_asset(library), suppress_exceptions=False)
    if service is None:
        raise DeliveryFailed(_NOT_UNDERSTOOD)
    return _limited(service)


def _is_encrypted(plugin: Any, parts: dict[str, Any]) -> bool:
    """Whether the scheme is one that Apprise lists as encrypted; locally, also loopback.

    What runs or writes something on this machine, such as syslog, dbus or windows, has none.
    """
    encrypted = plugin.secure_protocol or ()
    schemes = {encrypted} if isinstance(encrypted, str) else set(encrypted)
    if parts["schema"] in schemes:
        return True
    is_loopback = parts.get("host") in _LOOPBACK
    return bool(schemes) and is_loopback and not settings.IS_PRODUCTION


def _asset(library: Any) -> Any:
    """Return Apprise's settings: it stores nothing, follows no redirect, and links no pictures."""
    return library.AppriseAsset(
        app_id="PTC Console",
        app_desc="PTC Console",
        async_mode=False,
        http_redirects=False,
        image_url_logo="",
        image_url_mask="",
        storage_mode="memory",
    )


def _limited(service: Any) -> Any:
    """Return the service without redirects and with time limits, which an address can raise."""
    service.redirects = False
    service.socket_connect_timeout = min(service.socket_connect_timeout, SERVICE_SECONDS)
    service.socket_read_timeout = min(service.socket_read_timeout, SERVICE_SECONDS)  # guard: B5
    return service


class _Statuses(logging.Handler):
    """Keeps the HTTP status of what Apprise logs, and nothing else of it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        status = _STATUS.search(record.getMessage())
        if status:
            self.found.append(status[1])


@contextmanager
def _statuses() -> Iterator[list[str]]:
    """Inside the block, collect the HTTP statuses of answers that are no success."""
    handler, logger = _Statuses(), logging.getLogger("apprise")
    logger.addHandler(handler)
    try:
        yield handler.found
    finally:
        logger.removeHandler(handler)
