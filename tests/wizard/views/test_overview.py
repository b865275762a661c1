"""All Regions on one page: each shows its state; one without an answer is not shown as empty."""

import csv
import io
import json
import re

import boto3
import pytest
from bs4 import BeautifulSoup, Tag
from django.http import StreamingHttpResponse

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.soup import parsed
from wizard.domain import Place, Role
from wizard.services import fanout, places

URL = f"/{ACCOUNT}/rules/"
OTHER = "eu-west-1"
DESCRIBE = "DescribePullThroughCacheRules"


def make_rule(region: str, prefix: str, url: str = "quay.io") -> None:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url
    )


@pytest.fixture
def rules(aws: FakeAws) -> None:
    """`quay` in two Regions, `kubernetes` and `ecr-public` in one each."""
    make_rule(REGION, "quay")
    make_rule(REGION, "kubernetes", "registry.k8s.io")
    make_rule(OTHER, "quay")
    make_rule(OTHER, "ecr-public", "public.ecr.aws")


def region_text(person: Person, code: str) -> str:
    return " ".join(person.find(f"#region-{code}").get_text(" ").split())


def prefixes(scope: Tag) -> list[str]:
    return [row.get_text(strip=True) for row in scope.select("tbody th")]


def region_cells(person: Person) -> list[str]:
    cells = person.page.select('tbody [data-label="Region"]')
    return [cell.get_text(strip=True) for cell in cells]


def first_piece(person: Person) -> BeautifulSoup:
    """What the browser has before any Region has answered, with the content of the slots."""
    piece = next(iter(person.client.get(URL))).decode()
    html = re.sub("</?template[^>]*>", "", piece)
    return parsed(html)


def text_of(page: BeautifulSoup, selector: str) -> str:
    return " ".join(page.select(selector)[0].get_text(" ").split())


def summary(person: Person) -> str:
    return " ".join(person.find(".summary").get_text(" ").split())


def test_every_region_has_its_section(person: Person, rules: None) -> None:
    person.open(URL)
    assert person.status == 200
    found = {str(section["id"]) for section in person.page.select("section.region")}
    assert found == {f"region-{region.code}" for region in places.list_regions()}
    assert prefixes(person.find(f"#region-{REGION}")) == ["kubernetes", "quay"]
    assert prefixes(person.find(f"#region-{OTHER}")) == ["ecr-public", "quay"]
    assert "No rules" in region_text(person, "us-west-2")
    assert "4 rules in the 34 Regions that answered" in summary(person)


def test_the_answer_is_a_stream_that_begins_before_any_region(person: Person) -> None:
    answer = person.client.get(URL)
    assert isinstance(answer, StreamingHttpResponse)
    pieces = [piece.decode() for piece in answer]
    assert "<h1" in pieces[0]
    assert '<section class="region ' not in pieces[0]
    assert len(pieces) == 34 + 3
    assert pieces[-1].rstrip().endswith("</html>")


@pytest.mark.parametrize(
    ("fault", "title", "code", "counted"),
    [
        ("refuse", "No access", "AccessDeniedException", "No access in 1 Region"),
        (
            *("throttle", "AWS is throttling the console", "ThrottlingException"),
            "1 Region didn't respond",
        ),
        (
            *("expire_credentials", "The console's AWS credentials have expired", ""),
            "The console couldn't call 1 Region",
        ),
        ("unreachable", "The Region doesn't respond", "", "1 Region didn't respond"),
    ],
)
def test_a_region_in_trouble_shows_its_own_state_and_what_was_known(
    aws: FakeAws, person: Person, rules: None, fault: str, title: str, code: str, counted: str
) -> None:
    person.open(URL)
    getattr(aws, fault)(operation=DESCRIBE, region=OTHER)
    person.open(URL)
    text = region_text(person, OTHER)
    assert title in text
    assert code in text
    assert "Retry Europe (Ireland)" in text
    assert "Last known on" in text
    assert "UTC" in text
    assert "(2 rules)" in text
    assert "No rules" not in text
    assert prefixes(person.find(f"#region-{OTHER}")) == ["ecr-public", "quay"]
    assert prefixes(person.find(f"#region-{REGION}")) == ["kubernetes", "quay"]
    assert "2 rules in the 33 Regions that answered" in summary(person)
    assert counted in summary(person)
    assert "Europe (Ireland)" in summary(person)


def test_rules_that_are_only_last_known_are_grey_and_offer_nothing_to_do(
    aws: FakeAws, person: Person, rules: None
) -> None:
    person.open(URL)
    aws.refuse(operation=DESCRIBE, region=OTHER)
    person.open(URL)
    rows = person.page.select(f"#region-{OTHER} tbody tr")
    assert all("last-known" in row["class"] for row in rows)
    offers = "button, input, a[data-dialog]"
    assert not person.page.select(f"#region-{OTHER} tbody :is({offers})")
    assert person.page.select(f"#region-{REGION} tbody :is({offers})")


def test_regions_that_hang_are_told_at_the_deadline(
    aws: FakeAws, person: Person, rules: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.open(URL)
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 0.0)
    aws.hold(operation=DESCRIBE)
    person.open(URL)
    aws.release()
    assert "34 Regions didn't respond" in summary(person)
    assert "No rules" not in person.text
    text = region_text(person, OTHER)
    assert "The Region doesn't respond" in text
    assert "Last known on" in text


def test_a_region_that_is_switched_off_and_was_never_read_says_so(
    aws: FakeAws, person: Person
) -> None:
    aws.switch_off_region("af-south-1")
    person.open(URL)
    text = region_text(person, "af-south-1")
    assert "UnrecognizedClientException" in text
    assert "The console has never read" in text
    assert "No rules" not in text


def test_no_region_that_answers_has_rules(person: Person) -> None:
    person.open(URL)
    assert "0 rules in the 34 Regions that answered" in summary(person)
    assert "No pull through cache rules in any Region." in person.text
    person.press("Add rule")
    assert person.heading == "Specify a source"


def test_add_rule_asks_the_region(person: Person, rules: None) -> None:
    person.open(URL)
    person.press("Europe (Ireland) eu-west-1")
    assert person.heading == "Specify a source"
    assert f"/{ACCOUNT}/{OTHER}/" in person.url


def test_the_regions_shown_last_come_first_where_a_rule_is_added(
    person: Person, rules: None
) -> None:
    for region in (OTHER, "sa-east-1"):
        person.open_rules(region)
    person.open(URL)
    offered = [each.get_text() for each in person.page.select(".add-rule-regions .small")]
    assert offered[:2] == ["sa-east-1", OTHER]
    assert len(offered) == len(places.list_regions())


def test_who_may_only_look_is_not_asked_for_a_region_to_add_a_rule_in(
    aws: FakeAws, db: None
) -> None:
    viewer = sign_in("grace", Role.VIEWER, Place(account_id=ACCOUNT, region=OTHER))
    viewer.open(URL)
    assert "Add rule" not in viewer.text


def test_a_region_is_its_name_with_its_code_in_parentheses(
    aws: FakeAws, person: Person, rules: None
) -> None:
    aws.refuse(operation=DESCRIBE, region=OTHER)
    person.open(URL)
    for code, label in (
        (REGION, "US East (Ohio) (us-east-2)"),
        (OTHER, "Europe (Ireland) (eu-west-1)"),
        ("us-west-2", "US West (Oregon) (us-west-2)"),
    ):
        assert region_text(person, code).startswith(label)
    assert "Europe (Ireland) (eu-west-1): No access" in summary(person)


def test_where_one_does_not_answer_nobody_says_that_there_are_no_rules(
    aws: FakeAws, person: Person
) -> None:
    aws.refuse(operation=DESCRIBE, region=OTHER)
    person.open(URL)
    assert "No rules" not in summary(person)
    assert "No pull through cache rules" not in person.text


def test_the_filter_is_in_the_address_and_keeps_the_rest(person: Person, rules: None) -> None:
    person.open(f"{URL}?group=registry&sort=-prefix&q=quay")
    assert person.value_of("Find rules") == "quay"
    tables = person.page.select("table.table")
    assert [prefixes(table) for table in tables] == [["quay", "quay"]]
    person.follow("Clear filter")
    assert "q=" not in person.url
    assert "group=registry" in person.url
    assert "sort=-prefix" in person.url
    assert len(person.page.select("table.table")) == 3


def test_a_filter_that_hides_every_rule_says_so(person: Person, rules: None) -> None:
    person.open(f"{URL}?q=nothing")
    assert "No matches" in summary(person)
    assert "We can't find a match." in summary(person)
    text = region_text(person, REGION)
    assert "No match in 2 rules" in text
    assert "No rules" not in text
    person.follow("Clear filter")
    assert "No matches" not in person.text


def test_counts_lead_to_their_rules(person: Person, rules: None) -> None:
    person.open(URL)
    person.validate("kubernetes")
    person.open(f"{URL}?sort=-prefix")
    links = person.page.select(".summary-statuses a")
    assert [" ".join(link.get_text(" ").split()) for link in links] == [
        "1 Valid",
        "3 Not validated",
    ]
    assert "0 Failed" in summary(person)
    assert "status-valid" in links[0]["class"]
    person.follow("1 Valid")
    assert "sort=-prefix" in person.url
    assert prefixes(person.find(f"#region-{REGION}")) == ["kubernetes"]
    assert "1 rule in the 34 Regions that answered" in summary(person)


def test_what_is_last_known_is_there_from_the_first_byte(
    aws: FakeAws, person: Person, rules: None
) -> None:
    """Before a Region has answered: the counts, their age, and the rules in their places."""
    person.open(URL)
    head = first_piece(person)
    assert text_of(head, ".summary-waiting").startswith("4 rules 0 Valid 0 Failed 4 Not validated")
    assert "Last known on" in text_of(head, ".summary-waiting")
    slots = [str(slot["name"]) for slot in head.select("slot")]
    others = sorted({each.code for each in places.list_regions()} - {OTHER, REGION})
    assert slots == [
        "summary",
        "selection",
        "credentials",
        "empty",
        # One for the section of a Region, and one that shows it as last known until then.
        *(name for code in (OTHER, REGION, *others) for name in (code, f"{code}-arrived")),
        "closed",
        "tables",
    ]
    known = head.select(f'slot[name="{OTHER}-arrived"]')[0]
    assert prefixes(known) == ["ecr-public", "quay"]
    assert not head.select("[id=region-eu-west-1]")


def test_a_region_filter_asks_that_region_alone_and_counts_its_rules(
    aws: FakeAws, person: Person, rules: None
) -> None:
    aws.clear_calls()
    person.open(f"{URL}?region={OTHER}")
    assert aws.calls()[DESCRIBE] == 1
    assert "2 rules in Europe (Ireland)" in summary(person)
    assert [str(each["id"]) for each in person.page.select(".region")] == [f"region-{OTHER}"]


def test_registry_status_and_region_are_filters(person: Person, rules: None) -> None:
    person.open(f"{URL}?group=none&registry=quay&region={OTHER}&status=not-validated")
    assert prefixes(person.find("table.table")) == ["quay"]
    assert OTHER in person.find("table.table tbody").get_text()


def test_heads_sort_and_the_other_way_round(person: Person, rules: None) -> None:
    person.open(f"{URL}?group=none&q=quay")
    person.follow("Region")
    assert "q=quay" in person.url
    regions = [
        cell.get_text(strip=True) for cell in person.page.select('tbody [data-label="Region"]')
    ]
    assert regions == [OTHER, REGION]
    assert person.find(".sorted")["aria-sort"] == "ascending"
    person.follow("Region")
    regions = [
        cell.get_text(strip=True) for cell in person.page.select('tbody [data-label="Region"]')
    ]
    assert regions == [REGION, OTHER]
    assert person.find(".sorted")["aria-sort"] == "descending"


def test_rules_by_registry_stand_in_common_tables(person: Person, rules: None) -> None:
    person.open(f"{URL}?group=registry")
    titles = [each.get_text(" ", strip=True) for each in person.page.select("h3.table-heading")]
    assert titles == ["Amazon ECR Public (1)", "Kubernetes (1)", "Quay (2)"]


def test_the_matrix_tells_missing_from_unknown(aws: FakeAws, person: Person, rules: None) -> None:
    aws.refuse(operation=DESCRIBE, region="us-west-2")
    person.open(f"{URL}?group=matrix")
    heads = [head.get_text(strip=True) for head in person.page.select(".matrix thead th")]
    assert heads == ["Prefix", "Missing in", OTHER, REGION, "us-west-2"]
    lines = {
        str(line.th.get_text(strip=True)): [
            " ".join(cell.get_text(" ").split()) for cell in line.find_all("td")
        ]
        for line in person.page.select(".matrix tbody tr")
        if line.th
    }
    assert lines["kubernetes"][0] == "1 Fill the gaps : kubernetes"
    assert lines["kubernetes"][1].startswith("- Missing: copy kubernetes to Europe (Ireland)")
    assert lines["kubernetes"][2].startswith("Not validated")
    assert lines["kubernetes"][3] == "Unknown"
    assert lines["quay"][0] == "0"


def test_the_matrix_says_what_is_only_last_known(aws: FakeAws, person: Person, rules: None) -> None:
    person.open(URL)
    aws.refuse(operation=DESCRIBE, region=OTHER)
    person.open(f"{URL}?group=matrix&q=ecr-public")
    cells = person.page.select(".matrix tbody td")
    assert "Last known" in " ".join(cell.get_text(" ") for cell in cells)


def test_a_cell_leads_to_the_rule(person: Person, rules: None) -> None:
    person.open(f"{URL}?group=matrix&q=kubernetes")
    link = person.find(".matrix tbody a")
    person.open(str(link["href"]))
    assert person.heading == "kubernetes"


def matrix_button(person: Person, text: str) -> str:
    """The text of the one button of the matrix that has this in its name."""
    buttons = [
        " ".join(each.get_text(" ").split()) for each in person.page.select(".matrix button")
    ]
    (found,) = [name for name in buttons if text in name]
    return found


def test_a_missing_prefix_is_copied_from_its_cell(person: Person, rules: None) -> None:
    person.open(f"{URL}?group=matrix")
    person.press(matrix_button(person, "copy kubernetes to Europe (Ireland)"))
    assert person.heading == "Review and create"
    assert f"/{ACCOUNT}/{REGION}/" in person.url
    plans = " ".join(person.find("#further-regions").get_text(" ").split())
    assert "Europe (Ireland)" in plans
    person.press("Create in 1 Region")
    person.open(f"{URL}?group=matrix&q=kubernetes")
    assert "Missing" not in person.find(".matrix tbody").get_text()


def test_the_gaps_of_a_prefix_are_filled_by_one_plan(person: Person, rules: None) -> None:
    make_rule("us-west-2", "kubernetes", "registry.k8s.io")
    person.open(f"{URL}?group=matrix")
    person.press(matrix_button(person, "Fill the gaps : ecr-public"))
    assert person.heading == "Review and create"
    assert "Create in 2 Regions" in person.text


def test_the_matrix_offers_nothing_that_needs_a_selection(person: Person, rules: None) -> None:
    person.open(f"{URL}?group=matrix")
    assert "selected rules" not in person.text
    assert "Validate all Regions" in person.text


def test_who_may_only_look_sees_a_dash_where_a_prefix_is_missing(
    person: Person, rules: None
) -> None:
    viewer = sign_in("grace", Role.VIEWER, Place(account_id=ACCOUNT))
    viewer.open(f"{URL}?group=matrix")
    assert "- Missing" in " ".join(viewer.find(".matrix tbody").get_text(" ").split())
    assert not viewer.page.select(".matrix button")


def test_a_rule_is_not_copied_to_a_region_that_is_not_open(person: Person, rules: None) -> None:
    place = Place(account_id=ACCOUNT, region=REGION)
    operator = sign_in("grace", Role.OPERATOR, place)
    operator.open_rules()
    url = f"/{ACCOUNT}/{REGION}/rules/quay/clone/"
    token = {"csrfmiddlewaretoken": operator.csrf_token}
    for regions in (OTHER, f"{REGION} {OTHER}", "us-east-9"):
        answer = operator.client.post(url, token | {"regions": regions})
        assert answer.status_code == 403, regions
    operator.arrive(operator.client.post(url, token | {"regions": REGION}, follow=True))
    assert operator.heading == "Review and create"
    assert "Create in" not in operator.text


def test_what_is_shown_can_be_taken_as_csv_and_json(person: Person, rules: None) -> None:
    person.open(f"{URL}?q=quay&sort=region")
    links = {" ".join(link.get_text(" ").split()): link["href"] for link in person.page("a")}
    answer = person.client.get(URL + str(links["Download CSV"]))
    assert f"{ACCOUNT}-all-regions" in answer["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    found = [(line["region"], line["ecr_repository_prefix"]) for line in lines]
    assert found == [(OTHER, "quay"), (REGION, "quay")]
    answer = person.client.get(URL + str(links["Download JSON"]))
    assert [rule["region"] for rule in json.loads(answer.content)] == [OTHER, REGION]


def test_retry_asks_one_region_again(aws: FakeAws, person: Person, rules: None) -> None:
    aws.refuse(operation=DESCRIBE, region=OTHER)
    person.open(f"{URL}?q=quay")
    retry = person.find(f"#region-{OTHER} a[hx-get]")
    assert retry["href"] == f"/{ACCOUNT}/{OTHER}/rules/"
    aws.clear_faults()
    aws.clear_calls()
    answer = person.client.get(str(retry["hx-get"]), headers={"HX-Request": "true"})
    assert aws.calls()[DESCRIBE] == 1
    assert answer.content.decode().count("<section") == 1
    assert b"ecr-public" not in answer.content
    assert b"quay" in answer.content
    assert b"No access" not in answer.content


def test_a_section_that_does_not_answer_again_keeps_what_was_known(
    aws: FakeAws, person: Person, rules: None
) -> None:
    person.open(URL)
    aws.refuse(operation=DESCRIBE, region=OTHER)
    person.open(f"/{ACCOUNT}/{OTHER}/overview-section/")
    text = region_text(person, OTHER)
    assert "No access" in text
    assert "(2 rules)" in text
    assert "The console has never read" not in text


def test_all_regions_are_first_in_the_region_menu_and_in_the_navigation(person: Person) -> None:
    person.open_rules()
    first = person.page.select(".top-bar .menu-panel a")[0]
    assert first.get_text(strip=True) == "All Regions"
    person.follow("All Regions")
    assert person.url == URL
    current = person.page.select('.side-nav a[aria-current="true"]')
    assert [link.get_text(strip=True) for link in current] == ["All Regions"]


def test_another_account_than_the_credentials_is_not_found(aws: FakeAws, person: Person) -> None:
    person.open("/999999999999/rules/")
    assert person.status == 404
    assert DESCRIBE not in aws.calls()


# --- What takes the page as a whole -----------------------------------------------------------


def test_a_message_is_shown_once(person: Person, rules: None) -> None:
    person.open_rules()
    token = person.csrf_token
    url = f"/{ACCOUNT}/{REGION}/rules/quay/validate/"
    person.client.post(url, {"csrfmiddlewaretoken": token})
    person.open(URL)
    assert "Rule quay (us-east-2) is valid." in person.page.get_text()
    person.open(URL)
    assert "Rule quay (us-east-2) is valid." not in person.page.get_text()


def test_a_rule_is_validated_from_here_on_a_first_visit(person: Person, rules: None) -> None:
    person.open(f"{URL}?q=kubernetes")
    person.tick(f"{REGION}/kubernetes")
    person.press("Validate selected rules")
    assert person.url.startswith(f"/{ACCOUNT}/validations/")
    assert person.heading == f"Validation of kubernetes ({REGION})"


def test_element_ids_are_unique(person: Person, rules: None) -> None:
    person.open(URL)
    ids = [str(each["id"]) for each in person.page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_last_known_rules_are_marked_in_common_tables_and_exports(
    aws: FakeAws, person: Person, rules: None
) -> None:
    person.open(URL)
    aws.refuse(operation=DESCRIBE, region=OTHER)
    person.open(f"{URL}?group=none&q=ecr-public")
    row = person.find("table.table tbody tr")
    assert "last-known" in row["class"]
    assert "Last known on" in row.get_text()
    answer = person.client.get(f"{URL}?format=json&q=quay&sort=region")
    silent, answered = json.loads(answer.content)
    assert silent["last_known_at"]
    assert not answered["last_known_at"]


def test_a_rule_that_the_filter_hides_is_not_missing(person: Person, rules: None) -> None:
    person.validate("quay")
    person.open(f"{URL}?group=matrix&status=valid")
    text = " ".join(person.find(".matrix tbody").get_text(" ").split())
    assert "Valid" in text
    assert "Not validated" in text
    assert "Missing" not in text
