"""A change that cannot be audited is not made, and audit rows cannot be changed afterwards."""

import json
import logging
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, sign_in
from tests.trail import TARGET, change, happen, head, rows, sql, tamper, verify, without_triggers
from tests.worker import database_url
from wizard.backend import ecr, secretsmanager
from wizard.domain import Credential, NewRule, Rule, RuleChange
from wizard.domain.changes import UnauditedChange
from wizard.domain.errors import AccessDenied, AuditUnavailable
from wizard.domain.facts import CredentialInFacts
from wizard.domain.lifecycle import Presets
from wizard.domain.templates import CreationTemplate
from wizard.models import (
    AuditEvent,
    AuditHead,
    AuditOutcome,
    AuditPhase,
    audit_triggers,
)
from wizard.models.audit import AppendOnly
from wizard.services import audit, lifecycle, pull_times, rule_changes, rules, templates
from wizard.services import secrets as credentials
from wizard.services.audit import appending, verification
from wizard.services.audit.writing import audited, record_event

ROOT = Path(__file__).resolve().parents[2]
CREDENTIAL = Credential(username="me", access_token="canary-of-the-audit")
QUAY = NewRule(ecr_repository_prefix="quay", upstream_registry_url="quay.io")
SCANNER, COPIER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("scanner", "copier"))
VALUE = json.dumps({"username": "demo", "accessToken": "old"})

Change = Callable[[], object]


# --- D1: what cannot be audited is not done -----------------------------------------------------


def make_secret(name: str) -> str:
    client = boto3.client("secretsmanager", region_name=REGION)
    arn: str = client.create_secret(Name=f"ecr-pullthroughcache/{name}", SecretString=VALUE)["ARN"]
    return arn


def make_rule(prefix: str, **more: Any) -> Rule:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix,
        upstreamRegistryUrl="ghcr.io" if more else "quay.io",
        **more,
    )
    return ecr.describe_rule(TARGET, prefix)


def every_change() -> dict[str, Change]:
    """Return each change of a rule or secret that the console's services can make."""
    used, free, gone = make_secret("used"), make_secret("free"), make_secret("gone")
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.delete_secret(SecretId=gone, RecoveryWindowInDays=7)
    registry = boto3.client("ecr", region_name=REGION)
    registry.register_pull_time_update_exclusion(principalArn=COPIER)
    registry.create_repository(repositoryName="quay/app")
    seen = make_rule("github", credentialArn=used)
    to_free = RuleChange(credential_arn=free)
    return {
        "UpdatePullThroughCacheRule": lambda: rule_changes.update_rule(
            target=TARGET, change=to_free, seen=seen
        ),
        "DeletePullThroughCacheRule": lambda: rules.delete_rule(
            target=TARGET, ecr_repository_prefix="github"
        ),
        "CreateSecret": lambda: credentials.create_secret(
            target=TARGET,
            name="ecr-pullthroughcache/new",
            credential=CREDENTIAL,
            token=str(uuid.uuid4()),
        ),
        "PutSecretValue": lambda: credentials.replace_secret_value(
            target=TARGET,
            arn=used,
            credential=CREDENTIAL,
            actor=User(username="ada"),
            token=str(uuid.uuid4()),
        ),
        "DeleteSecret": lambda: credentials.schedule_secret_deletion(
            target=TARGET, secret=credentials.get_secret(target=TARGET, name=free)
        ),
        "RestoreSecret": lambda: credentials.restore_secret(target=TARGET, arn=gone),
        "StartLifecyclePolicyPreview": lambda: lifecycle.start_preview(
            target=TARGET,
            repository="quay/app",
            text=Presets(untagged_days=7).text(),
            actor=User(username="ada", is_superuser=True),
        ),
        "RegisterPullTimeUpdateExclusion": lambda: pull_times.register_exclusion(
            target=TARGET, principal_arn=SCANNER
        ),
        "DeregisterPullTimeUpdateExclusion": lambda: pull_times.deregister_exclusion(
            target=TARGET, principal_arn=COPIER
        ),
        **changes_of_templates(),
    }


def changes_of_templates() -> dict[str, Change]:
    """Return each change of a repository creation template that the console's services can make."""
    operator = User(username="ada", is_superuser=True)
    new = CreationTemplate(prefix="new", applied_for=frozenset({"PULL_THROUGH_CACHE"}))
    boto3.client("ecr", region_name=REGION).create_repository_creation_template(
        prefix="hub", appliedFor=["PULL_THROUGH_CACHE"]
    )
    seen = templates.get_template(target=TARGET, prefix="hub")
    other = replace(seen, description="of Docker Hub")
    return {
        "CreateRepositoryCreationTemplate": lambda: templates.create_template(
            target=TARGET, template=new, actor=operator
        ),
        "UpdateRepositoryCreationTemplate": lambda: templates.update_template(
            target=TARGET, template=other, seen=seen, actor=operator
        ),
        "DeleteRepositoryCreationTemplate": lambda: templates.delete_template(
            target=TARGET, seen=seen, actor=operator
        ),
    }


CHANGES = [
    *("UpdatePullThroughCacheRule", "DeletePullThroughCacheRule", "CreateSecret"),
    *("PutSecretValue", "DeleteSecret", "RestoreSecret"),
    "StartLifecyclePolicyPreview",
    *("RegisterPullTimeUpdateExclusion", "DeregisterPullTimeUpdateExclusion"),
    "CreateRepositoryCreationTemplate",
    *("UpdateRepositoryCreationTemplate", "DeleteRepositoryCreationTemplate"),
]


def fill_the_disk() -> None:
    """From now on, no row can be appended to the trail."""
    if connection.vendor == "postgresql":
        sql("ALTER TABLE wizard_auditevent ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    else:
        sql(
            "CREATE TRIGGER full_disk BEFORE INSERT ON wizard_auditevent"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )


def empty_the_disk() -> None:
    if connection.vendor == "postgresql":
        sql("ALTER TABLE wizard_auditevent DROP CONSTRAINT full_disk")
    else:
        sql("DROP TRIGGER full_disk")


@pytest.fixture
def full_disk(db: None) -> Callable[[], None]:
    return fill_the_disk


@pytest.mark.promise("D1")
@pytest.mark.parametrize("operation", CHANGES)
def test_no_change_is_made_that_cannot_be_written_down(
    aws: FakeAws, full_disk: Callable[[], None], operation: str
) -> None:
    make = every_change()[operation]
    full_disk()
    aws.clear_calls()
    with pytest.raises(AuditUnavailable):
        make()
    assert operation not in aws.calls()


@pytest.mark.promise("D1", "D5")
def test_a_person_is_told_that_nothing_was_changed(
    aws: FakeAws, full_disk: Callable[[], None]
) -> None:
    make_rule("quay")
    person = sign_in()
    person.open(f"/{ACCOUNT}/{REGION}/rules/quay/delete/")
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    full_disk()
    person.press("Delete")
    assert person.status == 503
    assert "Nothing was changed" in person.text
    assert ecr.describe_rule(TARGET, "quay").ecr_repository_prefix == "quay"


@pytest.mark.promise("D1")
@pytest.mark.parametrize("key", ["", " , "])
def test_without_a_key_nothing_is_changed(
    aws: FakeAws, db: None, settings: LazySettings, key: str
) -> None:
    make_rule("quay")
    settings.AUDIT_KEY = key
    with pytest.raises(AuditUnavailable):
        rules.delete_rule(target=TARGET, ecr_repository_prefix="quay")
    assert ecr.describe_rule(TARGET, "quay").ecr_repository_prefix == "quay"


UNAUDITED: dict[str, Change] = {
    "CreatePullThroughCacheRule": lambda: ecr.create_rule(TARGET, QUAY),
    "UpdatePullThroughCacheRule": lambda: ecr.update_rule(
        TARGET, "quay", RuleChange(credential_arn="arn")
    ),
    "DeletePullThroughCacheRule": lambda: ecr.delete_rule(TARGET, "quay"),
    "CreateSecret": lambda: secretsmanager.create_secret(
        TARGET, name="ecr-pullthroughcache/x", credential=CREDENTIAL, client_request_token="t" * 32
    ),
    "PutSecretValue": lambda: secretsmanager.put_secret_value(
        TARGET, "arn", credential=CREDENTIAL, client_request_token="t" * 32
    ),
    "DeleteSecret": lambda: secretsmanager.schedule_secret_deletion(TARGET, "arn", days=7),
    "RestoreSecret": lambda: secretsmanager.restore_secret(TARGET, "arn"),
}


@pytest.mark.promise("D1")
@pytest.mark.parametrize("operation", UNAUDITED)
def test_a_changing_call_past_the_audit_is_not_sent(aws: FakeAws, operation: str) -> None:
    aws.clear_calls()
    with pytest.raises(UnauditedChange):
        UNAUDITED[operation]()
    assert operation not in aws.calls()


@pytest.mark.promise("D1")
@pytest.mark.parametrize("operation", CHANGES)
def test_intent_and_result_frame_every_change(aws: FakeAws, db: None, operation: str) -> None:
    every_change()[operation]()
    intent, result = rows()
    assert (intent.action, intent.phase, intent.outcome) == (operation, AuditPhase.INTENT, "")
    assert (result.phase, result.outcome) == (AuditPhase.RESULT, AuditOutcome.SUCCEEDED)
    assert result.event_id == intent.event_id
    assert len(result.request_ids) == 1
    assert (intent.account_id, intent.region) == (ACCOUNT, REGION)


@pytest.mark.promise("D1")
@pytest.mark.parametrize("operation", CHANGES)
def test_a_refusal_is_the_result_in_awss_own_words(aws: FakeAws, db: None, operation: str) -> None:
    make = every_change()[operation]
    aws.refuse(operation=operation)
    with pytest.raises(AccessDenied) as refusal:
        make()
    result = rows()[-1]
    assert (result.phase, result.outcome) == (AuditPhase.RESULT, AuditOutcome.FAILED)
    assert result.error is not None
    assert result.error["request_id"] == refusal.value.request_id != ""
    assert result.error["message"] == refusal.value.message


@pytest.mark.promise("D1")
def test_an_intent_outlives_a_process_that_dies_in_the_middle(transactional_db: None) -> None:
    with pytest.raises(SystemExit), audited("DeleteSecret", target=TARGET, subject="x"):
        sys.exit()
    assert [row.phase for row in rows()] == [AuditPhase.INTENT]
    is_whole, words = verify()
    assert is_whole
    assert "#1 DeleteSecret x" in words


@pytest.mark.promise("D1")
def test_an_intent_that_a_transaction_could_take_back_is_none(transactional_db: None) -> None:
    ran = []
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="durable"),
        audited("DeleteSecret", target=TARGET, subject="x"),
    ):
        ran.append(True)
    assert not ran


@pytest.mark.promise("D1")
def test_a_result_that_cannot_be_written_is_told_in_the_log(
    aws: FakeAws, full_disk: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    with audited("DeleteSecret", target=TARGET, subject="x"):
        full_disk()
    assert "No result could be written" in caplog.text
    assert str(rows()[0].event_id) in caplog.text


@pytest.mark.promise("S1")
@pytest.mark.parametrize(
    "facts",
    [
        {"secret_string": VALUE},
        {"SecretString": VALUE},
        {"credential": {"accessToken": "x"}},
        {"rules": [{"password": "x"}]},
        {"token": "x"},
    ],
)
def test_facts_with_a_credential_are_refused_before_anything_is_done(
    db: None, facts: dict[str, Any]
) -> None:
    ran = []
    with (
        pytest.raises(CredentialInFacts),
        audited("CreateSecret", target=TARGET, subject="x", after=facts),
    ):
        ran.append(True)
    assert not ran
    assert rows() == []


@pytest.mark.promise("S1")
def test_a_credential_among_the_facts_of_a_result_is_left_out(db: None) -> None:
    with audited("CreateSecret", target=TARGET, subject="x") as made:
        made.after = {"arn": "arn", "access_token": "canary"}
    result = rows()[-1]
    assert (result.phase, result.outcome) == (AuditPhase.RESULT, AuditOutcome.SUCCEEDED)
    assert result.after is None


# --- D2: the trail cannot be changed unnoticed --------------------------------------------------

ATTEMPTS = [
    "UPDATE wizard_auditevent SET username = 'eve' WHERE sequence = 2",
    "UPDATE wizard_auditevent SET sequence = 9 WHERE sequence = 3",
    "DELETE FROM wizard_auditevent WHERE sequence = 3",
    "DELETE FROM wizard_auditevent",
    "UPDATE wizard_audithead SET sequence = 2, seal = 'x'",
    "UPDATE wizard_audithead SET sequence = 9, seal = 'x'",
    "UPDATE wizard_audithead SET seal = 'x'",
    "DELETE FROM wizard_audithead",
]
ATTEMPTS_OF = {
    "sqlite": [
        "INSERT OR REPLACE INTO wizard_auditevent SELECT * FROM wizard_auditevent",
        "INSERT OR REPLACE INTO wizard_audithead VALUES (1, 0, x'')",
    ],
    "postgresql": ["TRUNCATE wizard_auditevent", "TRUNCATE wizard_audithead"],
}


@pytest.mark.promise("D2")
def test_the_database_itself_refuses_to_change_the_trail(db: None) -> None:
    happen(3)
    for statement in (*ATTEMPTS, *ATTEMPTS_OF[connection.vendor]):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            sql(statement)
    assert verify()[0]
    happen(1)
    assert head().sequence == 4


ORM_ATTEMPTS: dict[str, Change] = {
    "update": lambda: AuditEvent.objects.update(username="eve"),
    "filtered update": lambda: AuditEvent.objects.filter(sequence=1).update(username="eve"),
    "bulk update": lambda: AuditEvent.objects.bulk_update(rows(), ["username"]),
    "delete": lambda: AuditEvent.objects.all().delete(),
    "save": lambda: rows()[0].save(),
    "forced save": lambda: rows()[0].save(force_update=True),
    "delete one": lambda: rows()[0].delete(),
    "delete the head": lambda: AuditHead.objects.get().delete(),
    "delete heads": lambda: AuditHead.objects.all().delete(),
}


@pytest.mark.promise("D2")
@pytest.mark.parametrize("attempt", ORM_ATTEMPTS)
def test_the_models_refuse_to_change_the_trail(db: None, attempt: str) -> None:
    happen(2)
    # Not even where the database would let them.
    with without_triggers(), pytest.raises(AppendOnly):
        ORM_ATTEMPTS[attempt]()
    assert len(rows()) == 2


COLUMNS = {
    **{"phase": "result", "username": "eve", "address": "10.9.9.9", "way": "token"},
    **{"action": "Nothing", "account_id": "210987654321", "region": "eu-west-1", "subject": "x"},
    **{"outcome": "failed", "user_id": 7, "key_id": "00000000"},
    "happened_at": "2020-01-01 00:00:00+00:00",
    "event_id": "00000000000040008000000000000000",
    **dict.fromkeys(("before", "after", "error", "request_ids"), '{"forged": true}'),
}


@pytest.mark.promise("D2")
@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_found_and_named(db: None, column: str) -> None:
    happen(3)
    tamper(f"UPDATE wizard_auditevent SET {column} = %s WHERE sequence = 2", COLUMNS[column])
    is_whole, words = verify()
    assert not is_whole
    assert "#2: " in words
    assert "#1: " not in words
    assert "#3: " not in words


# Changes after which a row could look the same to somebody, or be joined to the same text.
LOOKALIKES = {
    "text of the next column": "way = '', action = way || action",
    "separator": "way = way || chr(31) || action, action = ''",
    "spaces in JSON": "request_ids = '[ ]'",
    "JSON's null": "before = 'null', after = '[]'",
}
LOOKALIKES_OF = {
    "sqlite": {
        "offset of a time": "happened_at = happened_at || '+05:00'",
        "text after NUL": "username = username || char(0) || 'eve'",
        "bytes": "subject = CAST(subject AS BLOB)",
        "dashes of an ID": "event_id = substr(event_id, 1, 8) || '-' || substr(event_id, 9)",
        "text as a seal": "seal = hex(seal)",
    },
    "postgresql": {"time zone": "happened_at = happened_at + interval '1 microsecond'"},
}


@pytest.mark.promise("D2")
def test_a_column_that_is_changed_to_a_lookalike_is_found(db: None) -> None:
    happen(1)
    changes = LOOKALIKES | LOOKALIKES_OF[connection.vendor]
    for number, columns in enumerate(changes.values(), 2):
        happen(1)
        if connection.vendor == "sqlite":
            columns = columns.replace("chr(", "char(")
        tamper(f"UPDATE wizard_auditevent SET {columns} WHERE sequence = %s", number)
        problems = verification.verify().problems
        assert any(each.first <= number <= each.last for each in problems), columns
        happen(1)


@pytest.mark.promise("D2")
def test_every_column_of_the_trail_is_sealed_or_seals() -> None:
    columns = {field.name for field in AuditEvent._meta.concrete_fields}
    assert columns == {*COLUMNS, "sequence", "form", "seal"}


@pytest.mark.promise("D2")
def test_a_row_that_is_missing_is_found(db: None) -> None:
    happen(5)
    tamper("DELETE FROM wizard_auditevent WHERE sequence IN (2, 3)")
    is_whole, words = verify()
    assert not is_whole
    assert "#2 to #3: missing" in words
    assert words.endswith("(exit code 1)")


@pytest.mark.promise("D2")
def test_rows_in_each_others_places_are_found(db: None) -> None:
    for name in ("a", "b", "c", "d"):
        happen(1, name)
    with without_triggers():
        for old, new in ((2, 9), (3, 2), (9, 3)):
            sql("UPDATE wizard_auditevent SET sequence = %s WHERE sequence = %s", new, old)
    is_whole, words = verify()
    assert not is_whole
    assert "#2: was written as #3 and moved" in words
    assert "#3: was written as #2 and moved" in words


@pytest.mark.promise("D2")
def test_an_end_that_is_cut_off_is_found_by_the_databases_own_head(db: None) -> None:
    happen(5)
    tamper("DELETE FROM wizard_auditevent WHERE sequence > 3")
    is_whole, words = verify()
    assert not is_whole
    assert "#4 to #5: missing at the end, because the head in the database is #5" in words


def cut_off(*, after: int) -> None:
    """Remove the end of the trail and set the head back accordingly."""
    seal = AuditEvent.objects.get(pk=after).seal
    with without_triggers():
        sql("DELETE FROM wizard_auditevent WHERE sequence > %s", after)
        sql("UPDATE wizard_audithead SET sequence = %s, seal = %s", after, seal)


@pytest.mark.promise("D2")
def test_an_end_cut_off_with_its_head_is_found_by_a_head_noted_elsewhere(db: None) -> None:
    happen(5)
    noted = head()
    cut_off(after=3)
    # Nothing in the database tells it any more, which is why heads are to be kept elsewhere.
    assert verify()[0]
    is_whole, words = verify("--head", f"{noted.sequence}:{noted.seal}")
    assert not is_whole
    assert "#4 to #5: missing at the end, because the head that you gave is #5" in words


@pytest.mark.promise("D2")
def test_the_last_head_of_the_log_finds_an_end_that_was_cut_off(
    transactional_db: None, tmp_path: Path
) -> None:
    log = tmp_path / "console.log"
    handler = logging.FileHandler(log)
    handler.setFormatter(logging.Formatter("{asctime} {levelname} {name}: {message}", style="{"))
    logger = logging.getLogger("wizard.audit")
    logger.addHandler(handler)
    try:
        happen(5)
    finally:
        logger.removeHandler(handler)
        handler.close()
    assert verify("--from-log", str(log))[0]
    cut_off(after=4)
    is_whole, words = verify("--from-log", str(log))
    assert not is_whole
    assert "#5: missing at the end" in words


SEAL = "5ea1" * 16
JSON_HEAD = json.dumps({"logger": "wizard.audit", "message": f"audit head 7 {SEAL}"})
TIME = "2026-11-30 03:12:45,678"


@pytest.mark.promise("D2")
@pytest.mark.parametrize(
    "line",
    [
        JSON_HEAD,
        f"Nov 30 03:12:45 host ptcconsole[99]: {JSON_HEAD}",
        f"2026-11-30T03:12:45.678Z stderr F {JSON_HEAD}",
        f"host ptcconsole[99]: {TIME} INFO wizard.audit: audit head 7 {SEAL}",
    ],
)
def test_a_head_is_read_from_either_format_of_the_log(line: str) -> None:
    assert audit.last_logged_head([line + "\n"]) == audit.Head(sequence=7, seal=SEAL)


@pytest.mark.promise("D2")
@pytest.mark.parametrize(
    "line",
    [
        f"{TIME} WARNING django.request: Not Found: /{JSON_HEAD}",
        f"{TIME} WARNING django.request: Not Found: /]: {JSON_HEAD}",
        f"  | ValueError: {JSON_HEAD}",
        f"  | ValueError: host[1]: {JSON_HEAD}",
        f"[2026-11-30 03:12:45 +0000] [99] [ERROR] Error handling request /{JSON_HEAD}",
        json.dumps({"logger": "django.request", "message": JSON_HEAD}),
        json.dumps({"logger": "x", "message": f"{TIME} INFO wizard.audit: audit head 7 {SEAL}"}),
        "{" * 100_000,
        '{"logger": 1}',
    ],
)
def test_text_that_somebody_typed_is_no_head(line: str) -> None:
    assert audit.last_logged_head([line]) is None


@pytest.mark.promise("D2")
def test_whoever_has_the_key_too_cannot_forge_below_a_noted_head(db: None) -> None:
    happen(4)
    noted = head()
    with without_triggers():
        AuditHead.objects.filter(pk=1).update(sequence=0, seal=b"")
        sql("DELETE FROM wizard_auditevent")
    happen(4, "forged")
    assert verify()[0]
    is_whole, words = verify("--head", f"{noted.sequence}:{noted.seal}")
    assert not is_whole
    assert "#4: has a different seal than the head that you gave" in words


@pytest.mark.promise("D2")
def test_rows_past_the_console_are_found(db: None) -> None:
    happen(2)
    last = rows()[-1]
    last.sequence, last._state.adding = 3, True
    last.save()
    is_whole, words = verify()
    assert not is_whole
    assert "#3: after the head in the database" in words


@pytest.mark.promise("D2")
def test_a_missing_or_other_head_is_found(db: None) -> None:
    happen(2)
    tamper("UPDATE wizard_audithead SET seal = 'x'")
    assert "#2: the head in the database has a different seal" in verify()[1]
    tamper("DELETE FROM wizard_audithead")
    is_whole, words = verify()
    assert not is_whole
    assert "The head is missing in the database. The last row is #2" in words


@pytest.mark.promise("D2")
def test_a_trigger_that_is_gone_is_missed(db: None) -> None:
    name = sorted(audit_triggers.NAMES[connection.vendor])[0]
    table = "" if connection.vendor == "sqlite" else " ON wizard_auditevent"
    sql(f"DROP TRIGGER {name}{table}")
    is_whole, words = verify()
    assert not is_whole
    assert f"trigger {name} is missing or disabled" in words


@pytest.mark.promise("D2")
def test_a_seal_needs_the_key_that_the_database_does_not_have(
    db: None, settings: LazySettings
) -> None:
    real = settings.AUDIT_KEY
    happen(2)
    settings.AUDIT_KEY = "a key of somebody else's" * 3
    happen(1)
    settings.AUDIT_KEY = real
    is_whole, words = verify()
    assert not is_whole
    assert "#3: not verified, because AUDIT_KEY does not contain" in words
    # Nor does it help them to say that it was ours.
    tamper("UPDATE wizard_auditevent SET key_id = %s WHERE sequence = 3", rows()[0].key_id)
    assert "#3: does not match its seal" in verify()[1]


@pytest.mark.promise("D2")
def test_a_new_key_seals_from_now_on_and_the_old_one_still_verifies(
    db: None, settings: LazySettings
) -> None:
    old, new = settings.AUDIT_KEY, "new" * 20
    happen(2)
    settings.AUDIT_KEY = f"{new}, {old}"
    happen(2)
    first, _, _, last = rows()
    assert first.key_id != last.key_id
    assert verify()[0]
    settings.AUDIT_KEY = new
    is_whole, words = verify()
    assert not is_whole
    unknown = f"AUDIT_KEY does not contain the key {first.key_id}"
    assert f"#1 to #2: not verified, because {unknown}" in words


def append_many(count: int) -> None:
    try:
        for number in range(count):
            if number % 2:
                happen(1)
            else:
                change()
    finally:
        connections.close_all()


class Refusal(Exception):
    """What the code of a change raises instead of writing its own rows."""


def refuse() -> None:
    raise Refusal


def append_at_once(alongside: Sequence[Callable[[], None] | None]) -> list[BaseException | None]:
    """Let a thread for each append a change, all in one transaction; return what each raised."""

    def run(each: Callable[[], None] | None) -> None:
        try:
            with audited("DeletePullThroughCacheRule", subject="quay", alongside=each):
                made.append(each)
        finally:
            connections.close_all()

    made: list[Callable[[], None] | None] = []
    with ThreadPoolExecutor(len(alongside)) as pool:
        queue = appending._queue
        queue.is_written = True
        running = [pool.submit(run, each) for each in alongside]
        while len(queue.pending) < len(alongside):
            pass
        with queue.changed:
            queue.is_written = False
            queue.changed.notify_all()
        errors = [each.exception() for each in running]
    assert len(made) == errors.count(None)
    return errors


@pytest.mark.promise("D1")
def test_a_change_whose_own_rows_cannot_be_written_stops_no_other(transactional_db: None) -> None:
    first, refused, last = append_at_once([None, refuse, None])
    assert (first, last) == (None, None)
    assert isinstance(refused, Refusal)
    assert sorted(row.phase for row in rows()) == ["intent", "intent", "result", "result"]
    is_whole, words = verify()
    assert is_whole, words
    assert "without a recorded result" not in words


def write_twice() -> None:
    """Write a row, then one that the database refuses."""
    User.objects.create(username="somebody")
    User.objects.create(username="somebody")


@pytest.mark.promise("D1")
def test_a_change_whose_own_rows_the_database_refuses_stops_no_other(
    transactional_db: None,
) -> None:
    first, refused, last = append_at_once([None, write_twice, None])
    assert (first, last) == (None, None)
    assert isinstance(refused, AuditUnavailable)
    assert isinstance(refused.__cause__, IntegrityError)
    assert sorted(row.phase for row in rows()) == ["intent", "intent", "result", "result"]
    assert not User.objects.exists()


def be_ended() -> None:
    raise SystemExit


@pytest.mark.promise("D1")
def test_no_change_is_made_whose_writer_is_ended_in_the_middle(transactional_db: None) -> None:
    """The thread that writes the rows of all is told to exit; the others must not go on."""
    errors = append_at_once([be_ended, be_ended, be_ended])
    kinds = {type(error) for error in errors}
    assert kinds == {SystemExit, AuditUnavailable}
    assert rows() == []


@pytest.mark.promise("D1")
def test_no_change_of_a_transaction_that_fails_is_made(transactional_db: None) -> None:
    fill_the_disk()
    try:
        errors = append_at_once([None, None, None])
    finally:
        empty_the_disk()
    assert all(isinstance(error, AuditUnavailable) for error in errors)
    assert rows() == []


@pytest.mark.promise("D2")
def test_ten_threads_and_two_processes_append_one_chain(transactional_db: None) -> None:
    script = "import django; django.setup(); from tests.faults.test_audit import append_many;"
    processes = [
        subprocess.Popen([sys.executable, "-c", f"{script} append_many(10)"], **process())
        for _ in range(2)
    ]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(append_many, [10] * 10))
    outputs = [each.communicate()[0] for each in processes]
    assert [each.returncode for each in processes] == [0, 0], outputs
    # Ten turns are five events of a row and five changes of two.
    assert [row.sequence for row in rows()] == list(range(1, 12 * 15 + 1))
    is_whole, words = verify()
    assert is_whole, words
    assert "without a recorded result" not in words


def process() -> dict[str, Any]:
    """How to start a process of the console on the test's database, with the test's keys."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
        "LOG_LEVEL": "WARNING",
    }
    return {
        "cwd": ROOT,
        "env": environment,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }


@pytest.mark.promise("D4")
def test_a_backup_taken_while_rows_are_written_is_a_whole_chain(
    transactional_db: None, tmp_path: Path
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's own pg_dump reads one snapshot")
    stop = threading.Event()

    def write() -> None:
        try:
            while not stop.is_set():
                record_event("Test", subject="a row", outcome=AuditOutcome.SUCCEEDED)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    copy = tmp_path / "copy.sqlite3"
    try:
        while not AuditEvent.objects.filter(sequence__gte=5).exists():
            pass
        call_command("backup", str(copy), verbosity=0)
    finally:
        stop.set()
        writer.join()
    answer = subprocess.run(
        [sys.executable, "manage.py", "verify_audit"],
        cwd=ROOT,
        env=os.environ
        | {
            "TEST_DATABASE_URL": f"sqlite:///{copy}",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "AUDIT_KEY": settings.AUDIT_KEY,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [copy]
    with pytest.raises(CommandError, match="No backup was made"):
        call_command("backup", str(copy), verbosity=0)


@pytest.mark.promise("D4")
def test_a_backup_of_postgresql_is_left_to_its_own_program(db: None, tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is copied by the command itself")
    with pytest.raises(CommandError, match="pg_dump"):
        call_command("backup", str(tmp_path / "copy"))
