"""Alerts by a signed webhook and by Apprise's services, to real web servers."""

import ast
import base64
import hashlib
import hmac
import io
import json
import logging
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from ptcconsole.logs import SILENT
from tests.hook import Hook, listening_hook
from tests.own_database import OwnDatabase
from tests.person import ACCOUNT, REGION, sign_in, someone
from tests.servers import free_port
from wizard.checks import check_alert_services
from wizard.domain.alerts import split_addresses
from wizard.domain.webhook_signatures import parse_secrets, signed_headers
from wizard.models import Alert, AlertDelivery
from wizard.services.alerts import apprise_services, channels
from wizard.services.alerts import delivery as alerts
from wizard.services.diagnosis import server

CANARY = "CANARYxOFxAxSERVICEx42"


def new_secret(length: int = 32) -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(length)).decode()}"


def secret_of(length: int, encode: Callable[[bytes], bytes] = base64.b64encode) -> str:
    """The same in each process that collects the tests."""
    return f"whsec_{encode(bytes(range(191, 191 + length))).decode()}"


@pytest.fixture
def ada(aws: FakeAws, db: None) -> User:
    return someone("ada")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening_hook() as kept:
        yield kept


def note(prefix: str = "quay", kind: str = "failed", reason: str = "It is <b>away</b>.") -> Alert:
    return Alert.objects.create(
        account_id=ACCOUNT, region=REGION, ecr_repository_prefix=prefix, kind=kind, reason=reason
    )


def later(minutes: float) -> Callable[[], Any]:
    moment = timezone.now() + timedelta(minutes=minutes)
    return lambda: moment


# --- A receiver's reading of Standard Webhooks ----------------------------------------------------


def is_genuine(secret: str, headers: Message | dict[str, str], body: bytes, *, now: int) -> bool:
    """Whether a receiver with this secret accepts the request, as the specification says it."""
    if abs(now - int(headers["webhook-timestamp"])) > 5 * 60:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any(
        version == "v1" and hmac.compare_digest(signature, expected)
        for version, _, signature in (
            each.partition(",") for each in headers["webhook-signature"].split(" ")
        )
    )


# The vector that the libraries of Standard Webhooks are tested with.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_published_vector_is_what_we_sign_and_what_the_receiver_accepts() -> None:
    signed = signed_headers(
        parse_secrets(VECTOR_SECRET),
        message_id=VECTOR_HEADERS["webhook-id"],
        timestamp=int(VECTOR_HEADERS["webhook-timestamp"]),
        body=VECTOR_BODY,
    )
    assert signed == VECTOR_HEADERS
    assert is_genuine(VECTOR_SECRET, VECTOR_HEADERS, VECTOR_BODY, now=1614265330 + 60)
    assert not is_genuine(VECTOR_SECRET, VECTOR_HEADERS, VECTOR_BODY, now=1614265330 + 600)
    assert not is_genuine(VECTOR_SECRET, VECTOR_HEADERS, VECTOR_BODY + b" ", now=1614265330)


@pytest.mark.promise("S14")
def test_a_webhook_is_signed_with_each_secret_at_each_attempt(
    ada: User, hook: Hook, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = new_secret(24), new_secret(64)
    settings.ALERT_WEBHOOK_URL = hook.url
    settings.ALERT_WEBHOOK_SECRET = f"{new}  {old}\n"
    clock = iter([1_800_000_000.9, 1_800_000_300.2])
    monkeypatch.setattr(channels, "time", SimpleNamespace(time=lambda: next(clock)))
    alert = note()
    hook.status = 500
    assert alerts.deliver_alerts() == 0
    hook.status = 204
    assert alerts.deliver_alerts(now=later(6)) == 1
    assert [headers["webhook-timestamp"] for headers in hook.headers] == [
        "1800000000",
        "1800000300",
    ]
    for headers, body in zip(hook.headers, hook.bodies, strict=True):
        moment = int(headers["webhook-timestamp"])
        assert headers["webhook-id"] == str(alert.notice_id) == json.loads(body)["id"]
        assert headers["webhook-signature"].count("v1,") == 2
        for secret in (old, new):
            assert is_genuine(secret, headers, body, now=moment)
        assert not is_genuine(new_secret(), headers, body, now=moment)
        assert not is_genuine(old, headers, body.replace(b"quay", b"evil"), now=moment)


def test_without_a_secret_the_webhook_has_id_and_time_and_no_signature(
    ada: User, hook: Hook, settings: Settings
) -> None:
    settings.ALERT_WEBHOOK_URL = hook.url
    alert = note()
    assert alerts.deliver_alerts() == 1
    (headers,) = hook.headers
    assert headers["webhook-id"] == str(alert.notice_id)
    assert headers["webhook-timestamp"].isdigit()
    assert headers["webhook-signature"] is None


@pytest.mark.parametrize(
    "text",
    [
        *("whsec_", "whsec_!!!", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", " ", "\n"),
        *(CANARY, f"whsec_{CANARY}", f"whsec_{CANARY}=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        *(secret_of(23), secret_of(65), f"{secret_of(32)},{secret_of(32)}"),
        f"{secret_of(32)} {CANARY}",
        # Another alphabet.
        secret_of(64, base64.urlsafe_b64encode),
    ],
)
def test_a_malformed_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^secret [12] is not whsec_ followed by") as refusal:
        parse_secrets(text)
    assert CANARY not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("length", [24, 32, 64])
def test_secrets_of_24_to_64_bytes_are_accepted(length: int) -> None:
    (secret,) = parse_secrets(secret_of(length))
    assert len(secret) == length


# --- Apprise ------------------------------------------------------------------------------------


def json_service(port: int) -> str:
    """A service whose password, path and header are secrets."""
    return f"json://me:{CANARY}@127.0.0.1:{port}/{CANARY}?+X-Token={CANARY}"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What reaches the handlers of the log, however talkative it is."""
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def other() -> Iterator[Hook]:
    with listening_hook() as kept:
        yield kept


def test_a_service_gets_title_body_and_kind(ada: User, hook: Hook, settings: Settings) -> None:
    settings.ALERT_APPRISE_URLS = json_service(hook.port)
    settings.CONSOLE_URL = "https://ptc.example.com"
    note(reason="The upstream registry refused the login <b>")
    note(kind="recovered", reason="")
    assert alerts.deliver_alerts() == 2
    failed, recovered = map(json.loads, hook.bodies)
    assert failed["title"].startswith("Validation of rule quay (us-east-2) failed: ")
    assert "AWS answered: The upstream registry refused the login <b>" in failed["message"]
    assert "https://ptc.example.com/123456789012/us-east-2/rules/quay/" in failed["message"]
    assert (failed["type"], recovered["type"]) == ("failure", "success")
    assert recovered["title"] == "Rule quay (us-east-2) is valid again"
    assert failed["attachments"] == []
    assert hook.headers[0]["X-Token"] == CANARY
    assert hook.headers[0]["User-Agent"] == "PTC Console"


def test_each_address_is_a_channel_and_one_that_fails_does_not_repeat_the_others(
    ada: User, hook: Hook, other: Hook, settings: Settings
) -> None:
    settings.ALERT_APPRISE_URLS = f"{json_service(hook.port)}, {json_service(other.port)}"
    note()
    hook.status = 503
    assert alerts.deliver_alerts() == 1
    hook.status = 200
    assert alerts.deliver_alerts(now=later(6)) == 1
    assert (len(hook.bodies), len(other.bodies)) == (2, 1)
    names = sorted(AlertDelivery.objects.values_list("channel", flat=True))
    assert len(set(names)) == 2
    assert all(name.startswith("json-") and len(name) <= 16 for name in names)
    # The order of the setting does not matter, nor what is added to it.
    settings.ALERT_APPRISE_URLS = (
        f"{json_service(other.port)}\n{json_service(hook.port)}\njsons://new/"
    )
    assert set(names) < set(alerts.configured_channels())


@pytest.mark.promise("S14")
@pytest.mark.parametrize("status", [204, 302, 404, 500, 0])
def test_the_address_of_a_service_is_shown_nowhere(
    ada: User,
    hook: Hook,
    settings: Settings,
    log: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    status: int,
) -> None:
    """Neither in the log, however talkative, nor in the database, nor on pages."""
    person = sign_in("grace")
    hook.status, hook.location = status or 204, "/elsewhere"
    settings.ALERT_APPRISE_URLS = json_service(hook.port if status else free_port())
    note()
    assert alerts.deliver_alerts() == int(status == 204)
    delivery = AlertDelivery.objects.get()
    failure = {
        204: "",
        302: "HTTP 302",
        404: "HTTP 404",
        500: "HTTP 500",
        0: "The service cannot be reached, or did not accept the alert",
    }
    assert delivery.failure == failure[status]
    assert all("elsewhere" not in path for path in hook.paths)
    person.open(f"/{ACCOUNT}/{REGION}/health/")
    assert f"Sent by: {delivery.channel}" in person.text
    told = capfd.readouterr()
    for text in (log.getvalue(), told.out, told.err, str(person.page), str(vars(delivery))):
        assert CANARY not in text


def test_the_logger_of_apprise_reaches_no_handler_of_the_log() -> None:
    """It would write addresses: at DEBUG as they are, at ERROR masked in part."""
    for name in SILENT:
        logger = logging.getLogger(name)
        assert not logger.propagate
        handlers = [each for each in logger.handlers if type(each).__module__ != "_pytest.logging"]
        assert {type(each) for each in handlers} == {logging.NullHandler}


REFUSED = {
    "syslog://": "encrypted",
    "syslog://LOCAL0": "encrypted",
    "rsyslog://127.0.0.1": "encrypted",
    "dbus://": "encrypted",
    "gnome://": "encrypted",
    "glib://": "encrypted",
    "windows://": "encrypted",
    "macosx://": "encrypted",
    "blink1://": "encrypted",
    f"json://logs.example.com/{CANARY}": "encrypted",
    f"mailto://me:{CANARY}@example.com": "encrypted",
    f"file:///etc/{CANARY}": "does not understand",
    f"exec://{CANARY}": "does not understand",
    f"nosuch://{CANARY}": "does not understand",
    f"https://example.com/{CANARY}": "does not understand",
    f"slack://{CANARY}": "does not understand",
    f"jsons://me:{CANARY}@logs.example.com/?verify=no": "verify=no",
    f"mqtts://me:{CANARY}@example.com/topic": "further package",
}


@pytest.mark.promise("S14")
@pytest.mark.parametrize(("address", "words"), REFUSED.items(), ids=REFUSED)
def test_an_address_that_is_not_understood_or_not_encrypted_is_refused(
    settings: Settings,
    log: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    address: str,
    words: str,
) -> None:
    settings.IS_PRODUCTION = True
    settings.ALERT_APPRISE_URLS = f"jsons://logs.example.com/x {address}"
    (error,) = check_alert_services()
    assert error.id == "wizard.E007"
    assert f"Address 2 ({address.partition(':')[0]}) is refused: " in error.msg
    assert words in error.msg
    told = capfd.readouterr()
    assert CANARY not in error.msg + log.getvalue() + told.out + told.err


@pytest.mark.promise("S14")
def test_the_worker_does_not_start_with_an_address_that_it_could_not_use(tmp_path: Path) -> None:
    more = {"ALERT_APPRISE_URLS": f"jsons://me:{CANARY}@example.com dbus://{CANARY}"}
    database = OwnDatabase(folder=tmp_path, more=more)
    said = database.manage("worker", code=1)
    assert "(wizard.E007) ALERT_APPRISE_URLS: Address 2 (dbus) is refused" in said
    assert CANARY not in said


@pytest.mark.promise("S14")
def test_the_console_does_not_start_with_a_secret_of_the_webhook_that_is_malformed(
    tmp_path: Path,
) -> None:
    database = OwnDatabase(folder=tmp_path, more={"ALERT_WEBHOOK_SECRET": f"whsec_{CANARY}!"})
    said = database.manage("check", code=1)
    assert "ALERT_WEBHOOK_SECRET cannot be used" in said
    assert CANARY not in said


ACCEPTED = (
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts",
    "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "gotifys://gotify.example.com/AbCdEfGhIjKlMnO",
    "ntfys://ntfy.example.com/alerts",
    "tgram://123456789:abcdefg_hijklmnop/12315544",
    "pagerduty://A1BRTD4JD@TIiajkdnlazkcOXrIdevi7FQ",
    "mailtos://me:secret@mail.example.com",
)


@pytest.mark.parametrize("address", ACCEPTED)
def test_services_that_are_reached_over_tls_are_accepted(settings: Settings, address: str) -> None:
    settings.IS_PRODUCTION = True
    settings.ALERT_APPRISE_URLS = address
    assert check_alert_services() == []


def test_a_service_without_tls_is_for_a_local_console_on_its_own_machine(
    settings: Settings,
) -> None:
    assert not settings.IS_PRODUCTION
    for address, is_accepted in {
        "json://127.0.0.1:9/": True,
        "json://localhost/": True,
        "json://192.168.0.1/": False,
        "syslog://localhost": False,
    }.items():
        settings.ALERT_APPRISE_URLS = address
        assert (check_alert_services() == []) is is_accepted, address


def test_no_service_with_an_encrypted_scheme_starts_a_program_or_loads_a_native_library() -> None:
    """What Apprise adds later is refused here, until somebody has looked at it."""
    import apprise

    library: Any = apprise
    plugins = library.NotificationManager().plugins()
    encrypted = [plugin for plugin in plugins if plugin.secure_protocol]
    assert len(encrypted) > 100
    forbidden = {"ctypes", "dbus", "gi", "hid", "pty", "subprocess", "syslog", "win32api"}
    for plugin in encrypted:
        source = Path(str(sys.modules[plugin.__module__].__file__)).read_text(encoding="utf-8")
        assert _imports(source) & forbidden == set(), plugin
        assert not re.search(r"\bos\.(system|popen|exec\w+|spawn\w+|fork)\b", source), plugin


def _imports(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    members = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | members}


@pytest.mark.promise("B5")
def test_an_address_cannot_raise_the_time_limits_or_follow_redirects() -> None:
    service = apprise_services._service_at("jsons://example.com/?rto=999&cto=999&redirect=yes")
    assert service.request_timeout == (10, 10)
    assert not service.redirects


@pytest.mark.parametrize(
    ("url", "secret", "addresses", "health", "words"),
    [
        ("", "", "", "ok", "not sent: no channel is configured"),
        ("https://hooks.example.com/SECRET", "", "", "warning", "the webhook is not signed"),
        ("https://hooks.example.com/SECRET", secret_of(32), "", "ok", "sent by webhook"),
        ("", "", "ntfys://ntfy.example.com/SECRET", "ok", "sent by ntfys-"),
        ("", "", "syslog://SECRET", "failed", "Address 1 (syslog) is refused"),
    ],
)
def test_the_doctor_tells_the_channels_and_what_is_wrong_with_them(
    db: None,
    settings: Settings,
    url: str,
    secret: str,
    addresses: str,
    health: str,
    words: str,
) -> None:
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = url, secret
    settings.ALERT_APPRISE_URLS = addresses
    found = next(each for each in server.findings() if each.subject == "Alerts")
    assert found.health.value == health
    assert words in found.text
    assert "SECRET" not in found.text


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", []),
        (" , \n", []),
        ("slack://a", ["slack://a"]),
        ("slack://a,discord://b", ["slack://a", "discord://b"]),
        ("slack://a/#x,#y, discord://b\njsons://c/,\n", ["slack://a/#x,#y", "discord://b", "jsons://c/"]),
        ("slack://a discord://b", ["slack://a", "discord://b"]),
        ("slack://a b", ["slack://a", "b"]),
        ("secret", ["secret"]),
    ],
)  # fmt: skip
def test_addresses_are_separated_by_blanks_and_by_commas_before_a_scheme(
    text: str, addresses: list[str]
) -> None:
    assert split_addresses(text) == addresses
