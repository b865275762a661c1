"""What was typed in a step is kept, valid or not: refused, left for another step, or kept."""

import pytest
from django.contrib.sessions.models import Session

from tests.person import Person
from tests.wizard.views.test_wizard import begin, prefixes, type_new_secret
from wizard.models import SealedCredential

TOKEN_FIELD = "Docker Hub access token"
EMAIL = "Docker Hub email"
PREFIX = "Amazon ECR repository prefix"
CANARY = "canary-of-what-was-typed"


def kept() -> str:
    """Everything that the sessions hold, drafts among them."""
    return str([session.get_decoded() for session in Session.objects.all()])


def test_a_refused_step_is_shown_again_by_a_get(person: Person) -> None:
    """Back and Reload never ask to send the form again."""
    path = begin(person, "Quay")
    data = {
        "cache_namespace": "specific",
        "ecr_repository_prefix": "Not/Allowed",
        "csrfmiddlewaretoken": person.csrf_token,
    }
    answer = person.client.post(f"{path}destination/", data)
    assert (answer.status_code, answer["Location"]) == (303, f"{path}destination/")
    for _ in range(2):
        person.open(f"{path}destination/")
        assert person.is_refused
        assert person.value_of(PREFIX) == "Not/Allowed"
        assert "Use lowercase letters" in person.error_at(PREFIX)


def test_a_refused_edit_goes_on_to_the_review(person: Person) -> None:
    begin(person, "Quay")
    person.press("Next")
    person.follow("Edit Destination")
    person.fill(PREFIX, "Not/Allowed")
    person.press("Next")
    assert person.is_refused
    person.fill(PREFIX, "allowed")
    person.press("Next")
    assert person.heading == "Review and create"


def test_a_field_that_was_emptied_stays_empty(person: Person) -> None:
    begin(person, "Quay")
    person.press("Next")
    person.follow("Edit Destination")
    person.fill(PREFIX, "")
    person.press("Next")
    assert person.is_refused
    assert person.value_of(PREFIX) == ""


def test_the_token_of_a_refused_step_is_asked_again_and_kept_nowhere(person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person)
    person.fill(TOKEN_FIELD, CANARY)
    person.fill(EMAIL, "")
    person.press("Next")
    assert person.is_refused
    assert person.value_of(TOKEN_FIELD) == ""
    assert "Enter the access token again." in person.text
    assert CANARY not in kept()
    assert not SealedCredential.objects.exists()


@pytest.mark.parametrize("button", ["Previous", "Specify a source"])
def test_what_was_typed_is_kept_on_the_way_to_another_step(person: Person, button: str) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person)
    person.fill(TOKEN_FIELD, CANARY)
    person.fill(EMAIL, "not an address, and kept")
    person.press(button)
    assert person.heading == "Specify a source"
    assert CANARY not in kept()
    person.press("Next")
    assert person.heading == "Configure authentication"
    assert not person.is_refused
    assert person.is_chosen("Create an AWS secret")
    assert person.value_of(EMAIL) == "not an address, and kept"
    assert person.value_of(TOKEN_FIELD) == ""
    assert "Enter the access token again." in person.text


def test_a_changed_first_step_drops_what_was_typed_for_the_other(person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Previous")
    person.choose("GitHub Container Registry")
    person.press("Next")
    assert person.heading == "Configure authentication"
    assert "me@example.com" not in str(person.page)


@pytest.mark.parametrize("button", ["Next", "Cancel"])
def test_the_first_step_shows_what_was_typed_under_its_other_title_too(
    person: Person, button: str
) -> None:
    """The first step of an Amazon ECR upstream is called "Specify upstream"."""
    path = begin(person, "Quay")
    person.press("Previous")
    person.choose("Amazon ECR Private")
    person.choose("This account")
    person.select("Region", "eu-west-1")
    person.press("Next")
    person.press("Previous")
    assert person.heading == "Specify upstream"
    person.choose("Microsoft Azure Container Registry")
    person.fill("Source registry URL", "my.registry")
    person.press(button)
    person.open(f"{path}upstream/")
    assert person.is_chosen("Microsoft Azure Container Registry")
    assert person.value_of("Source registry URL") == "my.registry"
    if button == "Next":
        assert "Enter only the name" in person.error_at("Source registry URL")


def test_a_step_that_is_not_reachable_is_no_way_out(person: Person) -> None:
    """The buttons of a page that was shown earlier may name one."""
    path = begin(person, "Quay")
    token = person.csrf_token
    for wanted in ("review", "no-step", "../..", "leave"):
        answer = person.client.post(
            f"{path}destination/", {"go": wanted, "csrfmiddlewaretoken": token}
        )
        assert answer["Location"] == f"{path}cancel/?left=destination"


def test_changes_that_were_not_saved_are_told_on_the_review(person: Person) -> None:
    begin(person, "Quay")
    person.press("Next")
    person.follow("Edit Destination")
    person.fill(PREFIX, "changed")
    person.press("Review and create")
    assert "You changed Destination, but didn't choose Next." in person.text
    person.press("Create")
    assert prefixes() == ["quay"]


def test_steps_that_were_only_looked_at_are_not_told(person: Person) -> None:
    begin(person, "Quay")
    person.press("Next")
    person.follow("Edit Destination")
    person.press("Review and create")
    assert "but didn't choose Next" not in person.text


def test_keep_as_draft_keeps_what_was_typed(person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person)
    person.fill(TOKEN_FIELD, CANARY)
    person.press("Cancel")
    assert person.heading == "Leave page"
    person.press("Keep as draft")
    assert "Your draft is saved. To continue, open the drafts" in person.find(".flash").get_text()
    person.follow("Continue")
    assert person.value_of(EMAIL) == "me@example.com"
    assert CANARY not in kept()


def test_two_drafts_of_the_same_name_have_buttons_of_different_names(person: Person) -> None:
    begin(person, "Quay")
    begin(person, "Quay")
    begin(person, "Kubernetes")
    person.open_rules()
    labels = [str(link["aria-label"]) for link in person.page.select("#drafts a[aria-label]")]
    assert sorted(labels) == [
        *("Continue Kubernetes", "Continue Quay (1 of 2)", "Continue Quay (2 of 2)"),
        *("Discard Kubernetes", "Discard Quay (1 of 2)", "Discard Quay (2 of 2)"),
    ]


def test_a_draft_without_an_answer_is_listed_only_if_the_person_keeps_it(person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Microsoft Azure Container Registry")
    person.fill("Source registry URL", "not finished")
    person.press("Next")
    assert person.is_refused
    step = person.url
    person.open_rules()
    assert "1 draft" not in person.text
    person.open(step)
    person.press("Cancel")
    person.press("Keep as draft")
    person.follow("Continue")
    assert person.value_of("Source registry URL") == "not finished"


def test_the_question_leads_back_to_the_step_that_was_left(person: Person) -> None:
    begin(person, "Quay")
    person.press("Next")
    person.follow("Edit Source")
    person.press("Cancel")
    person.follow("Cancel")
    assert person.heading == "Specify a source"
