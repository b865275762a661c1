"""One draft in two tabs or two browsers: no answer is overwritten or lost without a word."""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import begin, prefixes
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import RuleDraft, Step, Target
from wizard.domain.errors import DraftChangedMeanwhile
from wizard.drafting import store
from wizard.models import SealedCredential

TARGET = Target(account_id=ACCOUNT, region=REGION)
PREFIX = "Amazon ECR repository prefix"
TOKEN, OTHER_TOKEN = "canary-of-the-first-tab", "canary-of-the-second-tab"
NOTICE = "This draft was changed in another tab or browser"


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture(params=["tab", "browser"])
def other(request: pytest.FixtureRequest, person: Person) -> Person:
    """The same person in another tab, or in another browser."""
    return Person(person.client) if request.param == "tab" else sign_in()


def draft_of(path: str) -> RuleDraft:
    owner_id = User.objects.get(username="ada").pk
    draft_id = path.rstrip("/").rpartition("/")[2]
    return store.load_draft(draft_id=draft_id, owner_id=owner_id, target=TARGET)


def answer_prefix(person: Person, prefix: str) -> None:
    person.fill(PREFIX, prefix)
    person.press("Next")


def type_secret(person: Person, token: str = TOKEN, email: str = "me@example.com") -> None:
    person.choose("Create an AWS secret")
    person.fill("Secret name", "hub")
    person.fill("Docker Hub email", email)
    person.fill("Docker Hub access token", token)


def kept_everywhere() -> str:
    """What the database has of drafts, sessions and credentials."""
    sessions = [session.get_decoded() for session in Session.objects.all()]
    return str(sessions) + str(list(SealedCredential.objects.values()))


def told(person: Person) -> str:
    return " ".join(person.find("#changed-elsewhere").get_text(" ").split()).replace(" :", ":")


def source_of(person: Person, path: str, registry: str) -> None:
    person.open(f"{path}source/")
    person.choose(registry)
    person.press("Next")


# --- The same step ------------------------------------------------------------------------------


@pytest.mark.promise("W12")
def test_a_later_answer_is_compared_with_the_one_that_was_saved_first(
    person: Person, other: Person
) -> None:
    path = begin(person, "Quay")
    other.open(f"{path}destination/")
    answer_prefix(person, "first")
    answer_prefix(other, "second")
    assert other.heading == "Specify a destination"
    assert NOTICE in told(other)
    assert "Destination:" in told(other)
    assert re.search(r"\d\d:\d\d \(UTC", told(other))
    assert "Your entry: second" in told(other)
    assert "Saved: first" in told(other)
    assert other.value_of(PREFIX) == "second"
    assert draft_of(path).cache_prefix == "first"


@pytest.mark.promise("W12")
@pytest.mark.parametrize(("button", "prefix"), [("Next", "second"), ("Use saved answers", "first")])
def test_the_person_decides_which_of_both_is_saved(
    person: Person, other: Person, button: str, prefix: str
) -> None:
    path = begin(person, "Quay")
    other.open(f"{path}destination/")
    answer_prefix(person, "first")
    answer_prefix(other, "second")
    other.press(button)
    assert draft_of(path).cache_prefix == prefix
    other.open(f"{path}destination/")
    assert NOTICE not in other.text
    assert other.value_of(PREFIX) == prefix


@pytest.mark.promise("W12")
def test_an_invalid_answer_is_compared_too(person: Person, other: Person) -> None:
    path = begin(person, "Quay")
    other.open(f"{path}destination/")
    answer_prefix(person, "first")
    answer_prefix(other, "No Such Prefix")
    assert other.is_refused
    assert other.error_at(PREFIX)
    assert "Saved: first" in told(other)
    answer_prefix(other, "Still Wrong")
    assert "Your entry: Still Wrong" in told(other)
    assert draft_of(path).cache_prefix == "first"


@pytest.mark.promise("W12")
def test_what_is_left_behind_in_an_older_page_is_compared_when_it_is_shown_again(
    person: Person, other: Person
) -> None:
    path = begin(person, "Quay")
    other.open(f"{path}destination/")
    answer_prefix(person, "first")
    other.fill(PREFIX, "second")
    other.press("Previous")
    assert other.heading == "Specify a source"
    other.open(f"{path}destination/")
    assert "Your entry: second" in told(other)
    assert draft_of(path).cache_prefix == "first"


@pytest.mark.promise("W12", "S1")
def test_another_token_is_not_taken_in_silence_and_never_shown(
    person: Person, other: Person
) -> None:
    path = begin(person, "Docker Hub")
    other.open(f"{path}authentication/")
    type_secret(person, TOKEN)
    person.press("Next")
    ciphertext = draft_of(path).sealed_credential
    type_secret(other, OTHER_TOKEN)
    other.press("Next")
    assert other.heading == "Configure authentication"
    assert "If you entered one here, enter it again." in told(other)
    assert TOKEN not in str(other.page) + kept_everywhere()
    assert OTHER_TOKEN not in str(other.page) + kept_everywhere()
    assert draft_of(path).sealed_credential == ciphertext


# --- What an answer builds on, and what it drops --------------------------------------------------


@pytest.mark.promise("W12")
def test_an_answer_for_another_registry_than_the_saved_one_is_not_saved(
    person: Person, other: Person
) -> None:
    path = begin(person, "Docker Hub")
    other.open(f"{path}authentication/")
    source_of(person, path, "GitHub Container Registry")
    type_secret(other)
    other.press("Next")
    assert other.heading == "Configure authentication"
    assert "Source:" in told(other)
    assert "Your entry: me@example.com" in told(other)
    assert Step.AUTHENTICATION not in draft_of(path).answers
    assert not SealedCredential.objects.exists()


@pytest.mark.promise("W12")
def test_a_first_step_does_not_drop_answers_that_it_did_not_know(
    person: Person, other: Person
) -> None:
    path = begin(person, "Docker Hub")
    other.open(f"{path}source/")
    type_secret(person)
    person.press("Next")
    other.choose("GitHub Container Registry")
    other.press("Next")
    assert other.heading == "Specify a source"
    assert "Authentication:" in told(other)
    assert "Your entry: GitHub Container Registry" in told(other)
    assert "Saved: Docker Hub" in told(other)
    assert draft_of(path).sealed_credential
    other.press("Next")
    assert other.heading == "Configure authentication"
    assert set(draft_of(path).answers) == {Step.SOURCE}


@pytest.mark.promise("W12")
def test_a_registry_with_other_steps_is_compared_as_well(person: Person, other: Person) -> None:
    path = begin(person, "Docker Hub")
    other.open(f"{path}source/")
    person.open(f"{path}source/")
    person.choose("Amazon ECR Private")
    person.choose("This account")
    person.select("Region", "eu-west-1")
    person.press("Next")
    other.choose("Quay")
    other.press("Next")
    assert other.heading == "Specify upstream"
    assert "Your entry: Quay" in told(other)
    assert "Saved: Amazon ECR Private" in told(other)
    other.press("Use saved answers")
    assert other.is_chosen("Amazon ECR Private")


@pytest.mark.promise("W12")
def test_entries_for_a_step_that_was_closed_elsewhere_are_kept(
    person: Person, other: Person
) -> None:
    path = begin(person, "Docker Hub")
    type_secret(person)
    person.press("Next")
    other.client.cookies.update(person.client.cookies)
    other.open(f"{path}destination/")
    source_of(person, path, "GitHub Container Registry")
    answer_prefix(other, "second")
    assert other.heading == "Configure authentication"
    assert "Your entries in Destination are kept." in other.page.get_text(" ")
    assert draft_of(path).typed[Step.DESTINATION]["ecr_repository_prefix"] == "second"


@pytest.mark.promise("W12")
def test_entries_for_a_step_that_is_not_needed_any_more_are_told(
    person: Person, other: Person
) -> None:
    path = begin(person, "Docker Hub")
    other.open(f"{path}authentication/")
    source_of(person, path, "Quay")
    type_secret(other)
    other.press("Next")
    assert other.heading == "Specify a destination"
    assert "your entries there weren't saved" in other.page.get_text(" ")
    assert TOKEN not in kept_everywhere()


# --- What is no change elsewhere ------------------------------------------------------------------


@pytest.mark.promise("W12")
def test_the_same_form_sent_twice_is_saved_and_not_compared(person: Person) -> None:
    path = begin(person, "Docker Hub")
    type_secret(person)
    page, url = person.page, person.url
    for _again in range(2):
        person._page, person.url = page, url
        person.press("Next")
        assert person.heading == "Specify a destination"
    assert draft_of(path).sealed_credential
    page, url = person.page, person.url
    for prefix in ("first", "first", "corrected-after-back"):
        person._page, person.url = page, url
        answer_prefix(person, prefix)
        assert person.heading == "Review and create"
        assert draft_of(path).cache_prefix == prefix


@pytest.mark.promise("W12")
def test_two_tabs_that_agree_or_answer_in_turn_are_not_disturbed(
    person: Person, other: Person
) -> None:
    path = begin(person, "Quay")
    other.open(f"{path}destination/")
    answer_prefix(person, "same")
    answer_prefix(other, "same")
    assert other.heading == "Review and create"
    other.follow("Edit Destination")
    answer_prefix(other, "in-turn")
    person.open(f"{path}destination/")
    answer_prefix(person, "then")
    assert person.heading == "Review and create"
    person.press("Create")
    assert prefixes() == ["then"]


def test_the_token_of_one_browser_stays_when_another_answers_a_step(person: Person) -> None:
    path = begin(person, "Docker Hub")
    type_secret(person)
    person.press("Next")
    answer_prefix(person, "first")
    other = sign_in()
    source_of(other, path, "Docker Hub")
    assert other.heading == "Configure authentication"
    person.open(f"{path}review/")
    person.press("Create")
    assert prefixes() == ["first"]


@pytest.mark.parametrize("shown", ["", "x", ".", "1.", "9" * 30, "-1.a", "\u0661.a"])
def test_a_malformed_version_is_no_error(person: Person, shown: str) -> None:
    path = begin(person, "Quay")
    data = {"csrfmiddlewaretoken": person.csrf_token, "ecr_repository_prefix": "a1", "shown": shown}
    answer = person.client.post(f"{path}destination/", data)
    assert (answer.status_code, answer["Location"]) in (
        (303, f"{path}review/"),
        (303, f"{path}destination/"),
    )


# --- At the same moment ---------------------------------------------------------------------------


@pytest.fixture
def stored(db: None) -> RuleDraft:
    owner = User.objects.create_user("ada")
    return store.create_draft(owner_id=owner.pk, target=TARGET)


def loaded(draft: RuleDraft) -> RuleDraft:
    return store.load_draft(draft_id=draft.draft_id, owner_id=draft.owner_id, target=TARGET)


@pytest.mark.promise("W12")
def test_of_two_requests_that_loaded_the_same_draft_one_is_saved(stored: RuleDraft) -> None:
    one, two = loaded(stored), loaded(stored)
    store.save_draft(one.with_answers(Step.SOURCE, {"registry": "quay"}), before=one)
    with pytest.raises(DraftChangedMeanwhile):
        store.save_draft(two.with_answers(Step.SOURCE, {"registry": "k8s"}), before=two)
    assert loaded(stored).source == {"registry": "quay"}


@pytest.mark.promise("W12")
def test_work_on_a_draft_is_done_again_with_what_was_saved_meanwhile(stored: RuleDraft) -> None:
    others = iter(["quay", "k8s"])

    def work() -> RuleDraft:
        before = loaded(stored)
        if registry := next(others, ""):
            store.save_draft(before.with_answers(Step.SOURCE, {"registry": registry}))
        after = before.with_typed(Step.DESTINATION, {"ecr_repository_prefix": "mine"})
        store.save_draft(after, before=before)
        return after

    store.again_if_changed(work)
    assert loaded(stored).source == {"registry": "k8s"}
    assert loaded(stored).typed[Step.DESTINATION] == {"ecr_repository_prefix": "mine"}
