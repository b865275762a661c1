"""A column is one row of COLUMNS and one cell in rules/_table.html#row; everything else follows."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from string import Formatter
from urllib.parse import unquote, urljoin

import boto3
import pytest
from bs4 import Tag
from django.template.loader import render_to_string
from django.urls import resolve, reverse

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from tests.soup import parsed
from tests.wizard.conftest import TARGET
from wizard.domain import Rule
from wizard.domain.tables import COLUMNS, RULES, Column, optional_columns
from wizard.exports import FORMATS
from wizard.models import ValidationResult
from wizard.views.rows import RuleQuery, RuleRow, Status
from wizard.views.rule_table import Shape, filled, relative, shortened

ROW = RuleRow(
    target=TARGET,
    rule=Rule(ecr_repository_prefix="quay", upstream_registry_url="quay.io", registry_id=ACCOUNT),
    validation=None,
)
FULL = Shape(
    may_work=True,
    is_last_known=False,
    says_when=False,
    was_validated=True,
    status=Status.VALID,
    is_stale=True,
    has_failure=True,
    has_secret=True,
    has_credential=True,
    is_created_known=True,
    is_selected=True,
)


def fragment(*columns: Column) -> str:
    context = {
        "row": FULL,
        "shows": {column.name for column in columns},
        "label": {column.name: column.label for column in COLUMNS},
    }
    return render_to_string("rules/_table.html#row", context)


def test_a_row_has_a_cell_for_each_column() -> None:
    for column in COLUMNS:
        assert f'data-label="{column.label}"' in fragment(column)


def test_a_column_that_is_not_shown_has_no_cell() -> None:
    assert 'data-label="' not in fragment().replace('data-label="Prefix"', "")


def test_every_placeholder_is_a_member_of_a_row() -> None:
    names = {name for _, name, _, _ in Formatter().parse(fragment(*COLUMNS)) if name}
    assert {name for name in names if not hasattr(ROW, name)} == {"address"}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.name))
def test_every_column_sorts_both_ways_also_without_values(column: Column) -> None:
    rows = [ROW, replace(ROW, rule=replace(ROW.rule, created_at=datetime.now(UTC)))]
    for sort in (column.name, f"-{column.name}"):
        assert len(RuleQuery.of({"sort": sort}).apply(rows)) == 2


def test_heads_orders_and_preferences_follow_from_the_columns(person: Person, quay: str) -> None:
    person.open(f"/{ACCOUNT}/rules/?group=none")
    heads = person.page.select("thead th:not(.select-cell)")
    assert [head.get_text(strip=True) for head in heads] == [each.label for each in COLUMNS]
    orders = [f"{each.label}{way}" for each in COLUMNS for way in ("", ", descending")]
    assert person.options_of("Sort by") == orders
    person.follow("Preferences")
    boxes = person.page.select('input[name="columns"]')
    assert [box["value"] for box in boxes] == [column.name for column in optional_columns(RULES)]


def test_every_format_has_its_download_link(person: Person, quay: str) -> None:
    for url in (f"/{ACCOUNT}/{REGION}/rules/", f"/{ACCOUNT}/rules/"):
        person.open(url)
        links = {link.get_text(" ", strip=True): link["href"] for link in person.page.select("a")}
        for name, export in FORMATS.items():
            answer = person.client.get(url + str(links[f"Download {export.label}"]))
            assert answer["Content-Type"] == export.content_type
            assert f".{name}" in answer["Content-Disposition"]


# --- The values of a row --------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["quay", "team/hub", "a b", "x?y#z", "é", "{rule}", "<b>"])
def test_addresses_are_those_of_the_url_configuration(prefix: str) -> None:
    row = replace(ROW, rule=replace(ROW.rule, ecr_repository_prefix=prefix))
    place = {"account_id": ACCOUNT, "region": REGION}
    address = reverse("rule-list", kwargs=place)
    for name, part in (("rule-detail", "details/"), ("rule-validate", "validate/")):
        found = filled("{address}/" + part, row, address)
        assert found == reverse(name, kwargs={**place, "ecr_repository_prefix": prefix})
        assert resolve(unquote(found)).kwargs["ecr_repository_prefix"] == prefix


@pytest.mark.parametrize("prefix", ["quay", "team/hub", "a:b", "a b"])
@pytest.mark.parametrize("page", ["rule-list", "rule-overview", "home"])
def test_addresses_are_right_on_every_page_that_shows_the_row(prefix: str, page: str) -> None:
    place = {"account_id": ACCOUNT, "region": REGION}
    parts = {"rule-list": place, "rule-overview": {"account_id": ACCOUNT}, "home": {}}[page]
    url = reverse(page, kwargs=parts)
    row = replace(ROW, rule=replace(ROW.rule, ecr_repository_prefix=prefix))
    found = filled("{address}/details/", row, relative(reverse("rule-list", kwargs=place), url))
    expected = reverse("rule-detail", kwargs={**place, "ecr_repository_prefix": prefix})
    assert unquote(urljoin(url, found)) == unquote(expected)


def test_addresses_of_a_fragment_are_relative_to_the_page_it_is_for(
    person: Person, quay: str
) -> None:
    url = f"/{ACCOUNT}/{REGION}/overview-section/"
    page = f"/{ACCOUNT}/rules/"
    own, elsewhere = f"http://testserver{page}?group=region", "https://elsewhere.test/x/"
    for current in (own, elsewhere, "http://[", ""):
        headers = {"HX-Request": "true", "HX-Current-URL": current}
        row = parsed(person.client.get(url, headers=headers).text)
        link = row.select("tbody th a")[0]["href"]
        assert urljoin(page, str(link)) == f"/{ACCOUNT}/{REGION}/rules/{quay}/details/"


def test_a_row_leaves_out_what_html_lets_it_leave_out() -> None:
    row = '<tr id="{name}"><td><b class="a b">-</b></td><td data-label="Status"></td></tr>'
    short = '<tr id="{name}"><td><b class="a b">-</b><td data-label=Status>'
    assert shortened(row) == short


def test_whatever_aws_tells_is_text(aws: FakeAws, person: Person) -> None:
    value = json.dumps({"username": "demo", "accessToken": "x"})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )
    person.validate("hub")
    ValidationResult.objects.update(is_valid=False, failure="{prefix} <script>alert(1)</script>")
    person.open_rules()
    reason = person.find(".status-reason")
    assert isinstance(reason, Tag)
    assert reason.get_text() == "{prefix} <script>alert(1)</script>"
    cell = person.find('[data-label="Credentials"]')
    assert cell.get_text() == "ecr-pullthroughcache/hub"


@pytest.mark.parametrize("order", ["created", "-created"])
def test_times_are_sorted_as_moments_whatever_their_time_zone(order: str) -> None:
    """AWS's times are in the console's time zone, those of last-known rules in UTC."""
    summer = timezone(timedelta(hours=2))
    times = [datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 1, 13, tzinfo=summer)]
    rows = [replace(ROW, rule=replace(ROW.rule, created_at=each)) for each in times]
    found = RuleQuery.of({"sort": order}).apply(rows)
    moments = [row.created_at for row in found if row.created_at]
    assert moments == sorted(times, reverse=order.startswith("-"))
