"""What is told before a rule can be created: empty lists, a full Region, prefixes in use."""

import boto3
import pytest

from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.views.test_wizard import begin, prefixes
from wizard.domain import RULES_PER_REGION, Role
from wizard.domain.prefixes import MAX_LENGTH, free_prefix, prefix_problem


def add_rules(*names: str, region: str = REGION) -> None:
    for name in names:
        boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
            ecrRepositoryPrefix=name, upstreamRegistryUrl="quay.io"
        )


def test_an_empty_region_says_what_a_rule_is_and_where_to_read_more(person: Person) -> None:
    person.open_rules()
    assert "A rule connects a prefix of your private registry" in person.text
    links = [str(link["href"]) for link in person.page.select(".no-rules a")]
    assert "/help/rules/" in links
    assert any(link.startswith("https://docs.aws.amazon.com/AmazonECR/") for link in links)


@pytest.mark.parametrize(
    ("registry", "heading"),
    [
        ("Docker Hub", "Configure authentication"),
        ("Amazon ECR Public", "Specify a destination"),
        ("Kubernetes", "Specify a destination"),
    ],
)
def test_an_empty_region_starts_a_rule_by_one_click(
    person: Person, registry: str, heading: str
) -> None:
    person.open_rules()
    (label,) = (
        " ".join(button.get_text(" ").split())
        for button in person.page.select(".start")
        if f"Cache {registry}" in button.get_text(" ")
    )
    person.press(label)
    assert person.heading == heading
    person.open(person.url.replace(person.url.split("/")[-2], "source"))
    assert person.is_chosen(registry)
    person.open_rules()
    assert "1 draft" not in person.text


def test_a_registry_that_needs_more_than_a_click_begins_at_the_first_step(person: Person) -> None:
    person.open_rules()
    for registry in ("azure-container-registry", "nothing"):
        answer = person.client.post(
            f"/{ACCOUNT}/{REGION}/drafts/",
            {"registry": registry, "csrfmiddlewaretoken": person.csrf_token},
        )
        assert answer.status_code == 303
        assert answer["Location"].endswith("/source/")


def test_a_viewer_of_an_empty_region_is_told_who_can_create_rules(person: Person) -> None:
    viewer = sign_in("grace", Role.VIEWER)
    viewer.open_rules()
    assert viewer.page.select(".start") == []
    assert "ask an administrator for the operator role" in viewer.text


def test_a_full_region_is_told_before_the_wizard_and_on_its_first_step(person: Person) -> None:
    add_rules(*(f"rule-{number}" for number in range(RULES_PER_REGION - 1)))
    person.open_rules()
    assert "AWS doesn't raise this quota" not in person.text
    assert person.page.select('form[action$="/drafts/"] .button-primary')
    add_rules("the-last")
    person.open_rules()
    assert "This Region has 50 of 50 rules." in person.text
    assert person.page.select('form[action$="/drafts/"] .button-primary') == []
    person.press("Add rule")
    assert "This Region has 50 of 50 rules." in person.text


def test_the_suggested_prefix_is_free_in_the_region(person: Person) -> None:
    add_rules("quay", "quay-2/")
    begin(person, "Quay")
    assert person.value_of("Amazon ECR repository prefix") == "quay-3"
    person.press("Next")
    person.press("Create")
    assert set(prefixes()) == {"quay", "quay-2/", "quay-3"}


def test_a_prefix_in_use_is_told_at_the_field_with_one_that_is_free(person: Person) -> None:
    add_rules("quay")
    path = begin(person, "Quay")
    person.open(f"{path}destination/preview/?ecr_repository_prefix=quay")
    told = person.find("#prefix-in-use")
    assert "already uses this prefix in this Region. quay-2 is free." in told.get_text(" ")
    assert person.page.select("#preview .alert") == []


def test_a_suggested_prefix_is_never_too_long() -> None:
    longest = "a" * MAX_LENGTH
    suggested = free_prefix(longest, [longest])
    assert suggested == f"{'a' * (MAX_LENGTH - 2)}-2"
    assert prefix_problem(suggested) is None


def test_drafts_are_one_line_that_opens_and_tells_them_apart(person: Person) -> None:
    for registry in ("Quay", "Quay", "Docker Hub", "Kubernetes"):
        begin(person, registry)
    person.open_rules()
    summary = person.find("#drafts > summary").get_text(" ", strip=True)
    assert summary == "4 drafts"
    rows = [" ".join(row.get_text(" ").split()) for row in person.page.select("#drafts li")]
    assert all("us-east-2" in row for row in rows)
    assert all("Last changed" in row for row in rows)
    assert sum("Next step: Configure authentication." in row for row in rows) == 1
    assert not person.find("#drafts").has_attr("open")


def test_a_changed_step_with_errors_is_checked_without_being_saved(person: Person) -> None:
    path = begin(person, "Quay").rstrip("/")
    data = {
        "cache_namespace": "specific",
        "ecr_repository_prefix": "Not a prefix",
        "csrfmiddlewaretoken": person.csrf_token,
        "go": "check",
    }
    answer = person.client.post(f"{path}/destination/", data)
    assert answer.status_code == 200
    assert b"id_ecr_repository_prefix_error" in answer.content
    data["ecr_repository_prefix"] = "mirror"
    answer = person.client.post(f"{path}/destination/", data)
    assert b"_error" not in answer.content
    person.open(f"{path}/destination/")
    assert not person.is_refused
    assert person.value_of("Amazon ECR repository prefix") == "quay"


@pytest.mark.parametrize(
    ("path", "words", "topic"),
    [
        (f"/{ACCOUNT}/{REGION}/secrets/", "Amazon ECR signs in to an upstream registry", "secrets"),
        (f"/{ACCOUNT}/operations/", "the progress and the result are listed here", "operations"),
        (f"/{ACCOUNT}/validations/", "You can validate several rules", "bulk-validations"),
    ],
)
def test_other_empty_lists_say_what_belongs_there_and_link_to_help(
    person: Person, path: str, words: str, topic: str
) -> None:
    person.open(path)
    assert words in person.text
    assert person.page.select(f'.table-empty a[href="/help/{topic}/"]')
