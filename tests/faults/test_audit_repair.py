"""The audit trail that was emptied, that has foreign rows, that is pruned, and that is flooded."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, sign_in, someone
from tests.trail import change, happen, head, rows, sql, tamper, verify
from wizard.domain import Place, Role, Scope
from wizard.domain.errors import AuditUnavailable
from wizard.models import AuditEvent, AuditHead, AuditOutcome, OpenChange, RefusalCount
from wizard.services import audit, places
from wizard.services.audit import refusals
from wizard.services.people import tokens

COLUMNS = (
    "event_id, phase, happened_at, username, address, way, action, account_id, region, subject,"
    " outcome, request_ids, form, key_id, seal"
)


def insert_foreign(number: int, *, seal: bytes = b"x" * 32, action: str = "Foreign") -> None:
    """Insert a row as somebody with write access to the database would."""
    moment = timezone.now()
    sql(
        f"INSERT INTO wizard_auditevent (sequence, {COLUMNS}) VALUES (%s, %s, 'event', %s, 'eve',"
        " '', 'browser', %s, '', '', 'quay', 'succeeded', '[]', 1, '00000000', %s)",
        *(number, f"{number & (2**63 - 1):032x}", moment, action, seal),
    )


def repair() -> None:
    call_command("repair_audit", verbosity=0)


# --- Emptied, or older ----------------------------------------------------------------------------


@pytest.mark.promise("D2")
def test_a_new_trail_has_a_head_and_is_intact(db: None) -> None:
    assert AuditHead.objects.get().sequence == 0
    assert verify()[0]


@pytest.mark.promise("D2")
def test_an_emptied_trail_is_told_by_the_head_that_went_with_it(db: None) -> None:
    happen(3)
    tamper("DELETE FROM wizard_auditevent")
    is_whole, words = verify()
    assert not is_whole
    assert "#1 to #3: missing at the end" in words
    tamper("DELETE FROM wizard_audithead")
    is_whole, words = verify()
    assert not is_whole
    assert "The head is missing in the database" in words


@pytest.mark.promise("D2")
def test_an_emptied_trail_whose_head_was_set_back_is_told_by_what_was_recorded(db: None) -> None:
    tokens.create_token(user=someone("ada"), name="ci", scopes=[Scope.RULES_READ], days=1)
    seal = "''" if connection.vendor == "postgresql" else "x''"
    tamper("DELETE FROM wizard_auditevent")
    tamper(f"UPDATE wizard_audithead SET sequence = 0, seal = {seal}")
    is_whole, words = verify()
    assert not is_whole
    assert "The audit trail is empty, but there are sessions" in words


@pytest.mark.promise("D2")
def test_an_older_trail_beside_newer_tokens_is_told(db: None) -> None:
    happen(2)
    _text, token = tokens.create_token(
        user=someone("ada"), name="ci", scopes=[Scope.RULES_READ], days=1
    )
    assert verify()[0]
    token.created_at = timezone.now() + timedelta(hours=1)
    token.save()
    is_whole, words = verify()
    assert not is_whole
    assert "The last row, #3, is older than a session" in words


# --- Foreign rows ---------------------------------------------------------------------------------


@pytest.mark.promise("D2", "D6")
@pytest.mark.parametrize(
    "numbers",
    [[4], [4, 5, 6], [4, 6], [0], [-5], [4, 2**63 - 1], list(range(4, 40, 2))],
    ids=str,
)
def test_rows_that_the_console_did_not_write_are_set_aside(
    db: None, caplog: pytest.LogCaptureFixture, numbers: list[int]
) -> None:
    happen(3)
    for number in numbers:
        insert_foreign(number)
    assert not verify()[0]
    if 4 in numbers:
        with pytest.raises(AuditUnavailable):
            happen(1)
        assert "repair_audit" in caplog.text
    repair()
    assert AuditEvent.objects.filter(action="Foreign").count() == len(numbers)
    happen(1)
    change()
    is_whole, words = verify()
    assert is_whole, words
    assert "not the console's rows" in words
    before = head()
    repair()
    assert head() == before


@pytest.mark.promise("D6")
def test_the_chain_goes_on_past_a_row_that_was_set_aside_before_it_came_there(db: None) -> None:
    happen(1)
    insert_foreign(4)
    insert_foreign(5)
    repair()
    happen(1)
    with pytest.raises(AuditUnavailable):
        happen(1)
    repair()
    happen(2)
    is_whole, words = verify()
    assert is_whole, words


@pytest.mark.promise("D2", "D6")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wizard_auditevent SET subject = 'other' WHERE sequence = 3",
        "DELETE FROM wizard_auditevent WHERE sequence = 3",
    ],
)
def test_a_row_that_is_changed_after_it_was_set_aside_is_told(db: None, statement: str) -> None:
    happen(2)
    insert_foreign(3)
    repair()
    assert verify()[0]
    tamper(statement)
    is_whole, words = verify()
    assert not is_whole
    assert "set aside have been changed or deleted" in words or "#3: missing" in words


@pytest.mark.promise("D2")
@pytest.mark.parametrize("action", ["SetAsideAuditRows", "PruneAuditTrail"])
def test_a_forged_note_has_no_effect(db: None, action: str) -> None:
    happen(2)
    facts = '{"digest":"","first":1,"last":2,"proof":"00","rows":[[1,3]],"seal":"00"}'
    insert_foreign(3, action=action)
    tamper("UPDATE wizard_auditevent SET after = %s WHERE sequence = 3", facts)
    assert not verify()[0]


@pytest.mark.promise("D6")
def test_a_head_that_is_gone_or_set_back_is_attached_again(db: None) -> None:
    happen(3)
    for statement in (
        "DELETE FROM wizard_audithead",
        "UPDATE wizard_audithead SET sequence = 1,"
        " seal = (SELECT seal FROM wizard_auditevent WHERE sequence = 1)",
    ):
        before = head()
        tamper(statement)
        with pytest.raises(AuditUnavailable):
            happen(1)
        repair()
        assert head() == before
        happen(1)
        assert verify()[0]


# --- Pruning --------------------------------------------------------------------------------------


def prune_all_but(count: int) -> int:
    """Prune all rows except the newest ones, as if those before were old."""
    first_kept = AuditEvent.objects.order_by("-sequence")[count - 1]
    return audit.prune(before=first_kept.happened_at)


@pytest.mark.promise("D8")
def test_verification_goes_on_from_the_checkpoint(transactional_db: None) -> None:
    happen(6)
    old = AuditEvent.objects.get(sequence=2)
    last = AuditEvent.objects.get(sequence=4)
    assert prune_all_but(2) == 4
    assert [row.sequence for row in rows()] == [5, 6, 7]
    is_whole, words = verify()
    assert is_whole, words
    assert "The rows up to #4 were pruned" in words
    happen(1)
    assert prune_all_but(1) == 3
    assert verify()[0]
    assert "was pruned" in verify("--head", f"2:{bytes(old.seal).hex()}")[1]
    assert "was pruned" in verify("--head", f"4:{bytes(last.seal).hex()}")[1]
    assert not verify("--head", f"7:{'0' * 64}")[0]


@pytest.mark.promise("D8")
def test_a_row_that_goes_without_a_checkpoint_is_still_missed(transactional_db: None) -> None:
    happen(6)
    prune_all_but(3)
    tamper("DELETE FROM wizard_auditevent WHERE sequence <= 4")
    is_whole, words = verify()
    assert not is_whole
    assert "#4: missing" in words


@pytest.mark.promise("D8")
def test_pruning_leaves_triggers_open_changes_and_broken_trails(transactional_db: None) -> None:
    happen(2)
    with audit.audited("DeleteSecret", subject="x"):
        pass
    OpenChange.objects.create(event_id=uuid4(), sequence=3)
    assert audit.prune(before=timezone.now() + timedelta(days=1)) == 2
    assert verify()[0]
    with pytest.raises(Exception, match="append-only"):
        sql("DELETE FROM wizard_auditevent")
    tamper("UPDATE wizard_auditevent SET subject = 'other' WHERE sequence = 4")
    with pytest.raises(CommandError, match="not intact"):
        call_command("prune_audit", "--keep-days", "1")


# --- Refusals -------------------------------------------------------------------------------------


def refused(**more: Any) -> list[AuditEvent]:
    return list(
        AuditEvent.objects.filter(action="Access", outcome=AuditOutcome.REFUSED, **more).order_by(
            "sequence"
        )
    )


def let_time_pass() -> None:
    RefusalCount.objects.update(began_at=timezone.now() - refusals.COUNTED_FOR)


@pytest.mark.promise("D7")
@pytest.mark.django_db
def test_repeated_refusals_are_one_row_with_a_count(aws: FakeAws) -> None:
    person = sign_in("vera", Role.VIEWER)
    for number in range(30):
        person.open(f"/{ACCOUNT}/{REGION}/rules/quay{number}/edit/")
        assert person.status == 403
    (first,) = refused()
    assert first.username == "vera"
    let_time_pass()
    audit.close_refusals()
    audit.close_refusals()
    _, count = refused()
    assert count.username == "vera"
    assert (count.region, count.account_id) == (REGION, ACCOUNT)
    assert count.after["repeats"] == 29
    assert count.subject == f"GET /{ACCOUNT}/{REGION}/rules/quay29/edit/"
    assert verify()[0]


@pytest.mark.promise("D7")
@pytest.mark.django_db
def test_refusals_of_others_and_elsewhere_are_rows_of_their_own(aws: FakeAws) -> None:
    vera, walt = sign_in("vera", Role.VIEWER), sign_in("walt", Role.VIEWER)
    for person in (vera, walt):
        person.open(f"/{ACCOUNT}/{REGION}/rules/quay/edit/")
        person.open(f"/{ACCOUNT}/eu-west-1/rules/quay/edit/")
        person.open("/people/")
    assert len(refused()) == 6


@pytest.mark.promise("D7")
@pytest.mark.django_db
def test_refusals_in_many_regions_do_not_flood_the_trail(aws: FakeAws) -> None:
    person = sign_in("vera", Role.VIEWER, Place(account_id=ACCOUNT, region=REGION))
    others = [each.code for each in places.list_regions() if each.code != REGION]
    assert len(others) > refusals.MOST_COUNTS + 5
    for region in [*others, others[0]]:
        person.open(f"/{ACCOUNT}/{region}/rules/")
        assert person.status == 403
    assert len(refused()) == refusals.MOST_COUNTS + 1
    assert RefusalCount.objects.get(region=others[0]).repeats == 1


@pytest.mark.promise("D7")
@pytest.mark.django_db
def test_a_count_whose_time_is_over_is_written_by_the_next_refusal_of_anybody(aws: FakeAws) -> None:
    """Without a background worker as well."""
    vera, walt = sign_in("vera", Role.VIEWER), sign_in("walt", Role.VIEWER)
    for _twice in range(2):
        vera.open("/people/")
    assert len(refused()) == 1
    let_time_pass()
    walt.open("/people/")
    _, count, last = refused()
    assert (count.username, count.after["repeats"], last.username) == ("vera", 1, "walt")


@pytest.mark.promise("D7")
@pytest.mark.django_db
def test_the_count_of_one_person_is_closed_without_that_of_another(aws: FakeAws) -> None:
    vera, walt = sign_in("vera", Role.VIEWER), sign_in("walt", Role.VIEWER)
    for person in (vera, walt):
        for _twice in range(2):
            person.open("/people/")
    past = timezone.now() - refusals.COUNTED_FOR
    RefusalCount.objects.filter(username="vera").update(began_at=past)
    audit.close_refusals()
    assert RefusalCount.objects.get().username == "walt"
    assert [row.username for row in refused()] == ["vera", "walt", "vera"]
