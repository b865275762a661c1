"""Drafts as sessions: complete, owned by one person, of one Region, deleted after some time."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.wizard.conftest import TARGET
from wizard.domain import Credential, Step, Target
from wizard.domain.errors import DraftNotFound, DraftOfAnotherPerson
from wizard.drafting import sealed, store
from wizard.models import OpenDraft

CREDENTIAL = Credential(username="me", access_token="canary-token")
ELSEWHERE = Target(account_id=TARGET.account_id, region="eu-west-1")


@pytest.fixture
def owner_id(db: None) -> int:
    return User.objects.create_user("ada").pk


def test_a_draft_comes_back_as_it_was_saved(owner_id: int) -> None:
    draft = store.create_draft(owner_id=owner_id, target=TARGET)
    answered = draft.with_answers(Step.SOURCE, {"registry": "quay"})
    store.save_draft(answered)
    loaded = store.load_draft(draft_id=draft.draft_id, owner_id=owner_id, target=TARGET)
    assert loaded == answered


def test_a_draft_is_listed_from_its_first_answer_until_it_is_closed(owner_id: int) -> None:
    def listed(target: Target = TARGET) -> list[str]:
        found = store.list_open_drafts(owner_id=owner_id, target=target)
        return [draft.draft_id for draft, _ in found]

    draft = store.create_draft(owner_id=owner_id, target=TARGET)
    assert listed() == []
    store.save_draft(draft.with_answers(Step.SOURCE, {"registry": "quay"}))
    assert listed() == [draft.draft_id]
    assert listed(ELSEWHERE) == []
    assert store.list_open_drafts(owner_id=owner_id + 1, target=TARGET) == []
    store.close_draft(draft)
    assert listed() == []


def test_an_expired_draft_falls_off_the_list(
    owner_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "DRAFT_SECONDS", -1)
    draft = store.create_draft(owner_id=owner_id, target=TARGET)
    store.save_draft(draft.with_answers(Step.SOURCE, {"registry": "quay"}))
    assert store.list_open_drafts(owner_id=owner_id, target=TARGET) == []
    assert not OpenDraft.objects.exists()


def test_a_draft_opens_to_its_owner_at_its_target_only(db: None) -> None:
    draft_id = store.create_draft(owner_id=1, target=TARGET).draft_id
    with pytest.raises(DraftOfAnotherPerson):
        store.load_draft(draft_id=draft_id, owner_id=2, target=TARGET)
    with pytest.raises(DraftNotFound):
        store.load_draft(draft_id=draft_id, owner_id=1, target=ELSEWHERE)
    with pytest.raises(DraftNotFound):
        store.load_draft(draft_id="x" * 22, owner_id=1, target=TARGET)


def test_a_discarded_draft_is_gone_and_is_not_written_again(db: None) -> None:
    draft = store.create_draft(owner_id=1, target=TARGET)
    store.discard_draft(draft)
    with pytest.raises(DraftNotFound):
        store.load_draft(draft_id=draft.draft_id, owner_id=1, target=TARGET)
    with pytest.raises(DraftNotFound):
        store.save_draft(draft)


def test_old_drafts_are_purged_with_old_sessions(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "DRAFT_SECONDS", -1)
    draft = store.create_draft(owner_id=1, target=TARGET)
    assert Session.objects.exists()
    call_command("clearsessions")
    assert not Session.objects.exists()
    with pytest.raises(DraftNotFound):
        store.load_draft(draft_id=draft.draft_id, owner_id=1, target=TARGET)


def test_a_draft_s_address_is_nobody_s_session(db: None) -> None:
    draft = store.create_draft(owner_id=1, target=TARGET)
    assert not Session.objects.filter(session_key=draft.draft_id).exists()
    client = Client()
    client.cookies["sessionid"] = draft.draft_id
    assert client.get("/").status_code == 302


def test_ids_are_never_the_same(db: None) -> None:
    assert len({store.new_draft_id() for _ in range(100)}) == 100


def test_only_both_halves_together_open_a_credential() -> None:
    ciphertext, key = sealed.seal(CREDENTIAL)
    assert "canary-token" not in ciphertext
    assert sealed.unseal(ciphertext, key) == CREDENTIAL
    _, other_key = sealed.seal(CREDENTIAL)
    assert sealed.unseal(ciphertext, other_key) is None
    assert sealed.unseal(ciphertext, "") is None
    assert sealed.unseal("", key) is None


def test_a_credential_does_not_open_after_fifteen_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ciphertext, key = sealed.seal(CREDENTIAL)
    now = timezone.now().timestamp()
    monkeypatch.setattr("time.time", lambda: now + sealed.SEAL_SECONDS - 5)
    assert sealed.unseal(ciphertext, key) == CREDENTIAL
    monkeypatch.setattr("time.time", lambda: now + sealed.SEAL_SECONDS + 5)
    assert sealed.unseal(ciphertext, key) is None
