"""All Regions with many rules: each shows its counts and failures, and opens on demand."""

import boto3
import pytest
from bs4 import Tag

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.views.test_overview import (
    first_piece,
    prefixes,
    region_text,
    summary,
    text_of,
)
from wizard.domain import Place, Role
from wizard.models import LastKnownRule, ValidationResult
from wizard.views.overview_sections import COLLAPSE_FROM, FAILURES_SHOWN

URL = f"/{ACCOUNT}/rules/"
OTHER, THIRD = "eu-west-1", "us-west-2"
EACH = 34


@pytest.fixture
def many(aws: FakeAws) -> None:
    """34 rules in each of three Regions: more than a page shows at once."""
    assert EACH * 3 >= COLLAPSE_FROM
    for region in (REGION, OTHER, THIRD):
        client = boto3.client("ecr", region_name=region)
        for number in range(EACH):
            client.create_pull_through_cache_rule(
                ecrRepositoryPrefix=f"quay-{number:02}", upstreamRegistryUrl="quay.io"
            )


def fail(person: Person, region: str, count: int) -> None:
    """The first rules of a Region failed when they were last validated."""
    actor = person.client.session["_auth_user_id"]
    for rule in LastKnownRule.objects.filter(region=region)[:count]:
        ValidationResult.objects.create(
            account_id=ACCOUNT,
            region=region,
            ecr_repository_prefix=rule.ecr_repository_prefix,
            rule_created_at=rule.created_at,
            is_valid=False,
            failure="no such upstream",
            actor_id=actor,
        )


def shown(person: Person, region: str) -> list[str]:
    return prefixes(person.find(f"#region-{region}"))


def failures(person: Person, region: str) -> list[str]:
    links = person.page.select(f"#region-{region} .region-failures a")
    return [link.get_text(strip=True) for link in links]


def opener(person: Person, region: str) -> Tag:
    """The link to a page on which the Region is open."""
    return person.find(f"#region-{region} .region-body a[href^='?']")


def test_a_region_shows_its_counts_and_its_failures(person: Person, many: None) -> None:
    person.open(URL)
    fail(person, REGION, 2)
    person.open(URL)
    assert failures(person, REGION) == ["quay-00", "quay-01"]
    assert not person.page.select("tbody tr")
    assert not person.page.select("section.region > details[open]")
    text = region_text(person, REGION)
    assert "(34)" in text
    assert "2 Failed" in text
    assert "32 Not validated" in text
    assert "no such upstream" in text
    assert "102 rules in the 34 Regions that answered" in summary(person)


def test_not_every_failure_is_shown_but_all_are_counted(person: Person, many: None) -> None:
    person.open(URL)
    fail(person, REGION, FAILURES_SHOWN + 2)
    person.open(URL)
    assert len(failures(person, REGION)) == FAILURES_SHOWN
    assert "2 more rules failed." in region_text(person, REGION)


def test_a_link_opens_a_region_and_keeps_those_that_are_open(person: Person, many: None) -> None:
    person.open(URL)
    person.open(f"{URL}?sort=-prefix")
    person.open(str(opener(person, REGION)["href"]))
    assert len(shown(person, REGION)) == EACH
    assert shown(person, OTHER) == []
    person.open(str(opener(person, OTHER)["href"]))
    assert len(shown(person, REGION)) == len(shown(person, OTHER)) == EACH
    assert shown(person, REGION)[0] == "quay-33"
    assert "sort=-prefix" in person.url


@pytest.mark.kind_aws("counts the pages")
def test_the_section_alone_opens_in_place(aws: FakeAws, person: Person, many: None) -> None:
    person.open(URL)
    person.open(URL)
    url = str(person.find(f"#region-{OTHER} details")["hx-get"])
    aws.clear_calls()
    answer = person.client.get(url, headers={"HX-Request": "true"})
    assert aws.calls()["DescribePullThroughCacheRules"] == 1
    assert answer.content.decode().count("<tr ") == EACH
    assert b"region-body" in answer.content


def test_what_a_filter_leaves_is_open_while_it_is_few(person: Person, many: None) -> None:
    person.open(URL)
    person.open(f"{URL}?q=quay-07")
    assert shown(person, REGION) == shown(person, OTHER) == ["quay-07"]
    person.open(f"{URL}?region={OTHER}")
    assert len(shown(person, OTHER)) == EACH


def test_on_a_first_visit_all_are_closed_and_the_rules_so_far_decide(
    person: Person, many: None
) -> None:
    """The place of a Region that was never read is one line, so that its rules move no other."""
    person.open(URL)
    with_rows = [each for each in (REGION, OTHER, THIRD) if len(shown(person, each)) == EACH]
    assert len(with_rows) == 2
    assert not person.page.select("section.region > details[open]")


def test_a_silent_region_opens_what_was_last_known(
    aws: FakeAws, person: Person, many: None
) -> None:
    person.open(URL)
    aws.refuse(operation="DescribePullThroughCacheRules", region=OTHER)
    person.open(URL)
    assert shown(person, OTHER) == []
    assert "(34 rules)" in region_text(person, OTHER)
    person.open(f"{URL}?open={OTHER}")
    assert len(shown(person, OTHER)) == EACH


def test_a_large_group_is_a_link_to_its_own_table(person: Person, many: None) -> None:
    person.open(f"{URL}?group=registry")
    assert not person.page.select("table.table")
    person.follow("Show all 102 rules Quay")
    assert len(person.page.select("tbody tr")) == 50
    assert person.current_page == 1


def test_rules_that_a_person_may_not_view_do_not_collapse_the_page(
    person: Person, many: None
) -> None:
    person.open(URL)
    viewer = sign_in("grace", Role.VIEWER, Place(account_id=ACCOUNT, region=THIRD))
    viewer.open(URL)
    assert len(shown(viewer, THIRD)) == EACH


def test_the_link_of_a_large_group_shows_as_many_rules_as_it_says(
    aws: FakeAws, person: Person
) -> None:
    host = "dkr.ecr.us-west-2.amazonaws.com"
    for number in range(COLLAPSE_FROM // 2):
        boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"ecr-{number:02}", upstreamRegistryUrl=f"{ACCOUNT}.{host}"
        )
        boto3.client("ecr", region_name=OTHER).create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"ecr-{number:02}",
            upstreamRegistryUrl=f"210987654321.{host}",
            customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/pull",
        )
    person.open(f"{URL}?group=registry")
    person.follow("Show all 100 rules Amazon ECR Private")
    assert person.current_page == 1
    assert "All in one table" in person.text
    assert "100 rules in the 34 Regions that answered" in summary(person)


def test_a_count_leads_to_the_first_page_of_its_rules(person: Person, many: None) -> None:
    person.open(f"{URL}?group=none&page=3")
    assert person.current_page == 3
    link = person.find(".summary-statuses a")
    assert "page=" not in str(link["href"])


def test_the_first_byte_of_a_large_account_has_its_counts_and_failures(
    person: Person, many: None
) -> None:
    person.open(URL)
    fail(person, REGION, 2)
    head = first_piece(person)
    place = text_of(head, f'slot[name="{REGION}-arrived"]')
    assert "(34) 2 Failed 32 Not validated" in place
    assert "quay-01" in place
    assert not head.select("tbody tr")
