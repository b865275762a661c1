"""A converted file leaves nothing behind: not in the database, the session, or the log."""

import logging

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session

from ptcconsole.fakeaws.server import FakeAws
from tests.person import sign_in
from tests.wizard.views.test_converter import BYPASS, CONVERT, send
from wizard.domain import Role

CANARY = "CANARY-that-nobody-may-store"


@pytest.mark.promise("S15")
def test_nothing_of_a_converted_file_is_stored_or_logged(
    aws: FakeAws, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = sign_in("vera", Role.VIEWER)
    for text in (f"FROM {CANARY.lower()}/a:1\n# {CANARY}\n", f"FROM {CANARY}\x00", f"{{ {CANARY}"):
        for url in (CONVERT, BYPASS):
            answer = send(person, url, text)
            assert answer.status_code in (200, 422)
            assert CANARY in answer.content.decode()
    stored = [
        repr(list(model._default_manager.values_list()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
    ]
    sessions = [str(each.get_decoded()) for each in Session.objects.all()]
    found = "".join([*stored, *sessions, caplog.text]).lower()
    assert "vera" in found
    assert CANARY.lower() not in found
