"""What a worker leaves when it is stopped or killed, and what it says when it starts."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.test_worker import wait_for
from tests.wizard.conftest import TARGET
from tests.worker import start_worker, work
from wizard import tasks
from wizard.models import AlertDelivery
from wizard.services import alerts


class Hook:
    """A webhook that answers when it is told to."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.may_answer = threading.Event()
        self.url = ""


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    kept = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.ids.append(json.loads(body)["id"])
            kept.may_answer.wait(60)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setenv("ALERT_WEBHOOK_URL", kept.url)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield kept
        finally:
            kept.may_answer.set()
            server.shutdown()
            thread.join()


def note_expiry(prefix: str) -> None:
    alerts.note_expiry(target=TARGET, ecr_repository_prefix=prefix, expires_on=timezone.localdate())


@pytest.mark.promise("B10")
@pytest.mark.django_db(transaction=True)
def test_a_stopped_worker_records_the_delivery_under_way_and_begins_no_other(
    aws: FakeAws, hook: Hook
) -> None:
    note_expiry("quay")
    note_expiry("quay-2")
    with start_worker() as process:
        wait_for(lambda: len(hook.ids) == 1, "the first delivery")
        os.kill(process.pid, signal.SIGTERM)
        assert process.stdout is not None
        assert any("The background worker stops" in line for line in process.stdout)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)  # it waits for the webhook
        hook.may_answer.set()
        process.communicate(timeout=60)
    assert AlertDelivery.objects.get().delivered_at is not None
    assert len(hook.ids) == 1


@pytest.mark.promise("B10")
@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_a_kill_leaves_unrecorded_is_repeated_with_its_id(
    aws: FakeAws, hook: Hook, settings: Settings
) -> None:
    note_expiry("quay")
    with start_worker() as process:
        wait_for(lambda: len(hook.ids) == 1, "the delivery")
        process.kill()
        process.communicate(timeout=60)
    assert AlertDelivery.objects.get().delivered_at is None
    hook.may_answer.set()
    settings.ALERT_WEBHOOK_URL = hook.url
    assert not alerts.has_due_alerts()
    later = timezone.now() + timedelta(minutes=5)
    assert alerts.deliver_alerts(now=lambda: later) == 1
    first, second = hook.ids
    assert first == second


@pytest.mark.promise("B10")
def test_a_mail_that_is_sent_twice_has_the_same_message_id(
    db: None, settings: Settings, mailoutbox: list[mail.EmailMessage]
) -> None:
    settings.ALERT_EMAIL = ["ops@example.com"]
    note_expiry("quay")
    note_expiry("quay-2")
    assert alerts.deliver_alerts() == 2
    AlertDelivery.objects.filter(alert__ecr_repository_prefix="quay").delete()
    assert alerts.deliver_alerts() == 1
    first, other, again = (message.message()["Message-ID"] for message in mailoutbox)
    assert first == again
    assert first != other


@pytest.mark.promise("B11")
def test_finished_tasks_are_deleted_after_a_day(db: None) -> None:
    for age in (timedelta(0), timedelta(days=1, minutes=1)):
        for status in ("SUCCESSFUL", "FAILED", "READY"):
            task = tasks.send_alerts.enqueue()
            DBTaskResult.objects.filter(pk=task.id).update(
                status=status,
                finished_at=None if status == "READY" else timezone.now() - age,
            )
    work()
    kept = DBTaskResult.objects.values_list("status", flat=True)
    assert sorted(kept) == ["FAILED", "SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_says_at_its_start_what_is_wrong_with_its_credentials(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-eastt-1")
    with start_worker() as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "preparation: The console can't use the default Region" in line:
                break
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)
    text = "".join(said)
    assert "The console has no AWS credentials. Searched: AWS_ACCESS_KEY_ID" in text
    assert "Did you mean us-east-1?" in text
