"""What a process prepares when it starts; a failure of it is only logged."""

import gc
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptcconsole import gunicorn_conf
from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT
from wizard.backend import account, client_cache, clients, regions
from wizard.domain import Target
from wizard.services import preparation

TARGET = Target(account_id=ACCOUNT, region="eu-west-1")


@pytest.fixture
def _fresh_process(aws: FakeAws) -> Iterator[None]:
    clients.forget()
    account._identity_of.cache_clear()
    yield
    clients.forget()
    account._identity_of.cache_clear()


@pytest.mark.usefixtures("_fresh_process")
def test_the_first_page_finds_clients_and_account(aws: FakeAws) -> None:
    preparation.prepare()
    assert aws.calls() == {"GetCallerIdentity": 1}
    prepared = clients.ecr(TARGET).meta
    assert account.get_caller_account() == ACCOUNT
    assert clients.ecr(TARGET).meta is prepared
    assert aws.calls() == {"GetCallerIdentity": 1}


@pytest.mark.usefixtures("_fresh_process")
def test_a_client_that_is_there_is_not_waited_for_while_another_is_built(aws: FakeAws) -> None:
    prepared, found = clients.ecr(TARGET).meta, list[object]()
    with client_cache._build_lock:
        asking = threading.Thread(target=lambda: found.append(clients.ecr(TARGET).meta))
        asking.start()
        asking.join(30)
    assert found == [prepared]


@pytest.mark.usefixtures("_fresh_process")
def test_without_credentials_it_only_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with caplog.at_level(logging.INFO):
        preparation.prepare()
    assert "The console has no AWS credentials. Searched: AWS_ACCESS_KEY_ID" in caplog.text


@pytest.mark.usefixtures("_fresh_process")
def test_gunicorns_workers_prepare_in_a_thread_that_ends_with_them(aws: FakeAws) -> None:
    gunicorn_conf.post_worker_init(None)
    for thread in threading.enumerate():
        if thread.name == "preparation":
            assert thread.daemon
            thread.join(30)
    assert aws.calls() == {"GetCallerIdentity": 1}
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


@pytest.mark.usefixtures("_fresh_process")
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unexpected_failure_is_written_to_the_log_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    model = tmp_path / "ecr" / "2015-09-21" / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text("no JSON", encoding="utf-8")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    regions.list_regions.cache_clear()
    preparation.start().join(30)
    gc.unfreeze()
    assert "Preparing the calls to AWS failed" in caplog.text
