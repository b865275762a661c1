"""The number of rows per page and the visible columns are stored per user."""

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.soup import parsed
from wizard.domain.tables import TableLook


@pytest.fixture
def many(aws: FakeAws) -> None:
    """Twelve rules."""
    client = boto3.client("ecr", region_name=REGION)
    for number in range(12):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"quay-{number:02}", upstreamRegistryUrl="quay.io"
        )


def rows(person: Person) -> list[str]:
    return [link.get_text() for link in person.page.select("tbody th a")]


def all_but(*names: str, many_regions: bool = False) -> list[str]:
    """The labels of the columns that a table has without those."""
    shown = TableLook(hidden_columns=names).columns(many_regions=many_regions)
    return [column.label for column in shown]


def columns(person: Person) -> list[str]:
    """The labels of the first row's cells, which are those of the heads."""
    cells = person.page.select("tbody tr:first-child [data-label]")
    labels = [str(cell["data-label"]) for cell in cells]
    heads = person.page.select("thead th:not(.select-cell)")
    assert [head.get_text(strip=True) for head in heads] == labels
    return labels


def hide(person: Person, *columns: str) -> None:
    person.follow("Preferences")
    for box in person.page.select('input[name="columns"]'):
        if box["value"] in columns:
            del box["checked"]
    person.press("Confirm")


def test_a_page_has_as_many_rows_as_the_person_wants(person: Person, many: None) -> None:
    person.open_rules()
    assert len(rows(person)) == 12
    person.follow("Preferences")
    person.select("Page size", "10")
    person.press("Confirm")
    assert len(rows(person)) == 10
    assert person.current_page == 1
    person.follow("Next page")
    assert rows(person) == ["quay-10", "quay-11"]
    person.open(person.url.replace("page=2", "page=99"))
    assert rows(person) == ["quay-10", "quay-11"]


def test_a_choice_is_kept_for_its_person_alone(person: Person, many: None) -> None:
    person.open_rules()
    hide(person, "created", "url")
    assert columns(person) == all_but("created", "url")
    person.open_rules("eu-west-1")
    person.open_rules()
    assert columns(person) == all_but("created", "url")
    other = sign_in("grace")
    other.open_rules()
    assert {"Upstream URL", "Created"} < set(columns(other))


def test_a_row_that_is_validated_in_place_keeps_the_columns(person: Person, many: None) -> None:
    person.open_rules()
    hide(person, "registry", "created")
    token = person.csrf_token
    url = f"/{ACCOUNT}/{REGION}/rules/quay-00/validate/"
    for data, hidden in (({}, ["region"]), ({"many_regions": "1"}, [])):
        answer = person.client.post(
            url, data | {"csrfmiddlewaretoken": token}, headers={"HX-Request": "true"}
        )
        cells = parsed(f"<table>{answer.content.decode()}</table>").select("td, th")
        labels = [str(cell["data-label"]) for cell in cells if cell.has_attr("data-label")]
        assert labels == all_but("registry", "created", *hidden, many_regions=True)


def test_what_is_not_offered_is_not_kept(person: Person, many: None) -> None:
    person.open_rules()
    data = {"csrfmiddlewaretoken": person.csrf_token, "page_size": "5000", "columns": ["x"]}
    answer = person.client.post("/table-preferences/", data)
    assert answer.status_code == 422
    person.open_rules()
    assert len(rows(person)) == 12


def test_pages_and_sorting_go_together(person: Person, many: None) -> None:
    person.open_rules()
    person.follow("Preferences")
    person.select("Page size", "10")
    person.press("Confirm")
    person.open(f"{person.url}?sort=-prefix&page=2")
    assert rows(person) == ["quay-01", "quay-00"]
