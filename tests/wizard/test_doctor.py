"""`manage.py doctor`: what it finds, and what it says to do about it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings as Settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import THIRD_ACCOUNT, connect
from wizard.backend import account, clients
from wizard.models import Account
from wizard.services import fanout, permissions, workers
from wizard.services.diagnosis import aws as aws_checks
from wizard.services.permissions import asking

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _patient(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """However slow the machine is, AWS is waited for; nothing of another test is remembered."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    monkeypatch.setattr(aws_checks, "_REGIONS_SECONDS", 600.0)
    monkeypatch.setattr(asking, "_ROLE_SECONDS", 600.0)
    account._identity_of.cache_clear()
    yield
    account._identity_of.cache_clear()
    clients.forget()


def doctor(capsys: pytest.CaptureFixture[str], *, fails: bool = False) -> dict[str, str]:
    """Run it; return what it says by subject, with the state in front and the remedy behind."""
    if fails:
        with pytest.raises(CommandError, match="failed"):
            call_command("doctor")
    else:
        call_command("doctor")
    told: dict[str, str] = {}
    subject = ""
    for line in capsys.readouterr().out.splitlines():
        state, rest = line[:9].strip(), line[11:]
        if state:
            subject, _, text = rest.partition(": ")
            told[subject] = f"{state}: {text}"
        else:
            told[subject] += f" | {rest}"
    return told


def test_everything_that_is_well_is_said_to_be(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    workers.beat("one")
    told = doctor(capsys)
    assert {text.partition(":")[0] for text in told.values()} <= {"ok", "warning"}
    assert told["Credentials"].startswith("ok: account 123456789012")
    assert told["Regions"].startswith("ok: ")
    assert told["Background worker"].startswith("ok: alive")
    # On PostgreSQL the tests' role owns the audit trail, which is a warning.
    well = (
        "tables of this version" if connection.vendor == "sqlite" else "warning: The database role"
    )
    assert well in told["Database"]


def test_further_accounts_are_counted_and_those_that_failed_their_test_are_named(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(capsys)["Accounts"] == "ok: that of the credentials alone"
    connect(aws, alias="Payments")
    connect(aws, THIRD_ACCOUNT, is_enabled=False)
    told = doctor(capsys)["Accounts"]
    assert told == "ok: that of the credentials, and 1 by a role; 1 disabled"
    Account.objects.update(error_record={"kind": "AccountRoleNotAssumed"})
    aws.clear_calls()
    told = doctor(capsys)["Accounts"]
    assert "The last test of Payments (210987654321) failed. | Do this: Open the page" in told
    assert "AssumeRole" not in aws.calls()


def test_without_a_worker_it_warns(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        "warning: None is alive (never seen). | Do this: Start it"
        in doctor(capsys)["Background worker"]
    )


def test_a_database_that_does_not_answer_is_said_once(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: object) -> None:
        raise OperationalError("connection refused\nIs the server running?")

    with monkeypatch.context() as patches:
        patches.setattr(connection, "cursor", refuse)
        told = doctor(capsys, fails=True)
    assert told["Database"].startswith("failed: It does not answer: connection refused")
    assert "Is the server running" not in told["Database"]
    assert told["Background worker"].startswith("not asked")
    assert told["Credentials"].startswith("ok")


@pytest.mark.parametrize(
    ("minutes", "state", "words"),
    [
        (0, "ok", ""),
        (2, "warning", "NTP"),
        (-2, "warning", "ahead of AWS's"),
        (4.5, "warning", "behind AWS's"),
    ],
)
def test_a_clock_that_is_off_is_told_before_aws_refuses_it(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], minutes: float, state: str, words: str
) -> None:
    aws.set_clock(ahead=timedelta(minutes=minutes).total_seconds())
    told = doctor(capsys)["Clock"]
    assert told.startswith(f"{state}: ")
    assert words in told


def test_a_clock_that_aws_refuses_is_a_failure(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.set_clock(ahead=timedelta(minutes=20).total_seconds())
    told = doctor(capsys, fails=True)
    assert told["Clock"].startswith("failed: ")
    assert "20 minutes behind" in told["Clock"]
    assert told["Credentials"].startswith("not asked")
    assert told["Regions"].startswith("not asked")


def test_a_region_that_does_not_answer_is_named_and_the_others_are_counted(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.unreachable(region="eu-west-1")
    aws.refuse(region="eu-west-2", operation="DescribePullThroughCacheRules")
    told = doctor(capsys)
    assert told["Regions"] == "ok: 32 of 34 answer"
    assert told["Region eu-west-1"].startswith("warning: ")
    assert "No access" in told["Region eu-west-2"]


def test_regions_that_do_not_answer_for_one_reason_are_told_together(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules")
    told = doctor(capsys, fails=True)
    assert told["Regions"].startswith("failed: 0 of 34 answer")
    (subject,) = (subject for subject in told if subject.startswith("Regions "))
    assert subject.count(", ") == 33
    assert told[subject].count("No access") == 1


def test_no_credentials_end_what_needs_them(
    aws: FakeAws,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    clients.forget()
    told = doctor(capsys, fails=True)
    assert told["Credentials"].startswith("failed: ")
    assert told["Permissions"].startswith("not asked")


def test_an_iam_that_may_not_be_asked_is_a_warning(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.refuse(operation="SimulatePrincipalPolicy")
    permissions.forget()
    assert doctor(capsys)["Permissions"].startswith("warning: IAM does not tell")


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_of_certificates_that_is_not_there_is_named(
    aws: FakeAws,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(name, "/nowhere/bundle.pem")
    assert f"{name} names /nowhere/bundle.pem" in doctor(capsys, fails=True)["Certificates"]


def test_the_password_of_a_proxy_is_not_shown(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hidden-word@proxy.example.com:3128")
    told = doctor(capsys)
    assert told["Proxy"] == "ok: AWS is reached through proxy.example.com:3128"
    assert "hidden-word" not in str(told)


def test_a_data_folder_that_is_missing_is_a_failure(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path / "missing"
    assert "does not exist" in doctor(capsys, fails=True)["Data folder"]


def test_a_cache_that_does_not_answer_is_a_warning(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.CACHE_URL = "redis://127.0.0.1:9/0"
    settings.CACHES = {
        "default": {"BACKEND": "ptcconsole.cache.SessionCache", "LOCATION": settings.CACHE_URL}
    }
    assert doctor(capsys)["Cache"].startswith("warning: It does not answer")
