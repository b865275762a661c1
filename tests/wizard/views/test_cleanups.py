"""The pages of a clean-up: the form, the preview, its confirmation, and what became of it."""

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.cached import (
    APP,
    CONSOLE,
    RULE,
    digests,
    exclude_console,
    image,
    listing,
    make_cache,
    pull,
    signature,
)
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Role
from wizard.forms.cleanup import CleanUpForm
from wizard.models import CleanUp
from wizard.services.cleanups import planning

URL = f"/{ACCOUNT}/{REGION}/clean-ups/new/"
CONFIRM = 'To confirm this deletion, type "confirm".'


@pytest.fixture
def worker(aws: FakeAws, transactional_db: None) -> Person:
    """A person whose work is done in threads, which see committed rows only."""
    return sign_in()


def ask(person: Person, *, url: str = URL, rule: str = RULE, tagged: str = "Untagged") -> None:
    """Preview what has no tag."""
    person.open(url)
    if rule:
        person.select("Rule", rule)
    person.fill("Not pulled for", "")
    person.choose(f"{tagged} images only")
    person.press("Preview")


def cells(person: Person, label: str) -> list[str]:
    found = person.page.select(f'#images tbody [data-label="{label}"]')
    return [" ".join(cell.get_text(" ").split()) for cell in found]


def test_a_preview_shows_what_goes_and_a_confirmation_deletes_it(
    aws: FakeAws, worker: Person
) -> None:
    make_cache()
    exclude_console()
    child = image(3_000_000)
    listing("", child)
    kept = image(100, "1.27")
    ask(worker)
    assert worker.heading == f"Clean up {RULE}"
    assert "Untagged images only." in worker.text
    assert cells(worker, "Why") == ["Matches", "Belongs to a deleted image index"]
    assert cells(worker, "Type") == ["Image index", "Image"]
    assert cells(worker, "Last pull") == ["Never", "Never"]
    assert "At most 2.9\N{NO-BREAK SPACE}MB" in worker.page.get_text()
    assert "BatchDeleteImage" not in aws.calls()
    worker.press("Delete")
    assert worker.is_refused
    assert 'Type "confirm" to delete the images.' in worker.error_at(CONFIRM)
    assert len(digests()) == 3
    worker.fill(CONFIRM, "confirm")
    worker.press("Delete")
    assert worker.heading == "2 images deleted"
    assert digests() == {kept}
    assert cells(worker, "Result") == ["Deleted", "Deleted"]
    worker.open(f"/{ACCOUNT}/operations/")
    assert "2 images deleted" in worker.text
    worker.follow(RULE)
    assert worker.heading == "2 images deleted"


def test_what_was_pulled_meanwhile_is_kept_and_told(worker: Person) -> None:
    make_cache()
    pulled = image(100)
    image(200)
    ask(worker)
    pull(pulled)
    worker.fill(CONFIRM, "confirm")
    worker.press("Delete")
    assert worker.heading == "1 of 2 images deleted"
    assert "1 image changed since the preview and is kept." in worker.text
    assert "Kept: pulled since the preview" in worker.text
    assert not worker.page.select("main form[method=post]")


def test_a_refusal_is_told_with_the_words_of_aws_and_retried(aws: FakeAws, worker: Person) -> None:
    make_cache()
    image(100)
    ask(worker)
    aws.refuse(operation="BatchDeleteImage")
    worker.fill(CONFIRM, "confirm")
    worker.press("Delete")
    assert worker.heading == "0 of 1 images deleted"
    assert "1 image was not deleted." in worker.text
    assert "not authorized to perform" in worker.text
    aws.clear_faults()
    worker.press("Retry failed")
    assert worker.heading == "1 image deleted"


def test_lists_that_were_not_read_are_told_with_the_way_to_read_them(person: Person) -> None:
    make_cache()
    listing("1", image(100))
    ask(person)
    assert "Nothing to delete" in person.text
    assert "which images 1 image index refers to" in person.text
    person.follow("Add exclusion")
    assert person.value_of("Principal ARN") == CONSOLE
    person.press("Add exclusion")
    ask(person)
    assert "refers to" not in person.text
    # The image of a list that stays is no untagged image to delete.
    assert "Nothing to delete" in person.text


def test_one_repository_is_previewed_alone(person: Person) -> None:
    make_cache(APP, "hub/other")
    image(100, name="hub/other")
    signed = image(200, "1")
    signature(signed)
    ask(person, url=f"{URL}?repository=hub/other", rule="")
    assert person.heading == "Clean up hub/other"
    assert cells(person, "Repository") == ["hub/other"]
    ask(person, url=f"{URL}?repository={APP}", rule="")
    assert "Nothing to delete" in person.text
    ask(person, url=f"{URL}?repository=absent/app", rule="")
    assert person.status == 404
    assert "The repository doesn't exist" in person.text


def test_a_repository_that_cannot_be_read_is_named(aws: FakeAws, person: Person) -> None:
    make_cache()
    image(100)
    aws.refuse(operation="DescribeImages")
    ask(person)
    assert person.status == 200
    assert "1 repository isn't part of this clean-up" in person.text
    assert "The console couldn't read it (AccessDeniedException)." in person.text


@pytest.mark.parametrize("operation", ["DescribePullThroughCacheRules", "DescribeRepositories"])
def test_a_registry_that_cannot_be_read_says_why(
    aws: FakeAws, person: Person, operation: str
) -> None:
    make_cache()
    person.open(f"{URL}?rule={RULE}")
    aws.refuse(operation=operation)
    person.press("Preview")
    assert person.status == 403
    assert "No access" in person.text
    assert not CleanUp.objects.exists()


def test_a_viewer_sees_the_preview_and_deletes_nothing(person: Person) -> None:
    make_cache()
    image(100)
    ask(person)
    viewer = sign_in("vera", Role.VIEWER)
    viewer.open(person.url)
    assert cells(viewer, "Repository") == [APP]
    assert not viewer.page.select("main form[method=post]")
    viewer.open(URL)
    assert viewer.status == 403
    person.open(person.url.replace(REGION, "eu-west-1"))
    assert person.status == 404
    assert "The clean-up was not found" in person.text


def test_a_preview_of_an_hour_ago_is_made_again(person: Person) -> None:
    make_cache()
    image(100)
    ask(person)
    CleanUp.objects.update(created_at="2026-01-01T00:00:00Z")
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    assert "Nothing was changed by this request." in person.page.get_text()
    assert len(digests()) == 1
    person.follow("Preview again")
    assert person.heading == "Clean up cached images"


GOOD = {"of_rule": RULE, "unpulled_days": "90"}


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"of_rule": ""}, "of_rule", "Choose a rule."),
        ({"of_rule": "other"}, "of_rule", "other"),
        ({"unpulled_days": ""}, "unpulled_days", "Enter a number of days, or choose"),
        ({"unpulled_days": "0"}, "unpulled_days", "greater than or equal to 1"),
        ({"unpulled_days": "-1"}, "unpulled_days", "greater than or equal to 1"),
        ({"unpulled_days": "4000"}, "unpulled_days", "less than or equal to 3650"),
        ({"unpulled_days": "1.5"}, "unpulled_days", "whole number"),
        ({"pushed_days": "x"}, "pushed_days", "whole number"),
        ({"kept_tags": "1.27, b\u00e4r"}, "kept_tags", "b\u00e4r isn't a tag."),
        ({"kept_tags": "sha256:1"}, "kept_tags", "sha256:1 isn't a tag."),
        ({"kept_tags": " ".join(map(str, range(21)))}, "kept_tags", "at most 20 tags"),
    ],
)
def test_a_form_is_refused_at_the_field_that_is_wrong(
    typed: dict[str, str], field: str, words: str
) -> None:
    form = CleanUpForm({**GOOD, **typed}, prefixes=[RULE])
    assert list(form.errors) == [field]
    assert words in str(form.errors[field][0])


def test_tags_are_separated_by_commas_and_spaces() -> None:
    form = CleanUpForm({**GOOD, "kept_tags": " latest,v1.*  latest 1 "}, prefixes=[RULE])
    assert form.is_valid()
    assert form.cleaned_data["kept_tags"] == ("latest", "v1.*", "1")


def test_the_search_offers_it_to_operators(person: Person) -> None:
    person.open(f"/search/?q=untagged&account={ACCOUNT}")
    assert "Clean up cached images" in person.page.get_text()


def test_a_preview_of_very_many_repositories_names_how_many_are_left_out(
    worker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cache(*(f"hub/app{number}" for number in range(230)))
    monkeypatch.setattr(planning, "MOST_REPOSITORIES", 1)
    ask(worker)
    assert worker.status == 200
    assert "229 repositories aren't part of this clean-up" in worker.text
