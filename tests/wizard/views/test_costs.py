"""The maximum cost of a view in SQL statements, AWS calls and bytes. No time is measured."""

import gzip
import json
from datetime import timedelta

import boto3
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from wizard.services import fanout, last_known

LIST = f"/{ACCOUNT}/{REGION}/rules/"
OVERVIEW = f"/{ACCOUNT}/rules/"
SECTION = f"/{ACCOUNT}/{REGION}/overview-section/"
READ_ONLY = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT")


@pytest.fixture
def fifty(aws: FakeAws) -> None:
    """As many rules as a Region can have."""
    client = boto3.client("ecr", region_name=REGION)
    for number in range(50):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"quay-{number:02}", upstreamRegistryUrl="quay.io"
        )


def statements(person: Person, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        answer = person.client.get(url)
        assert answer.status_code == 200
        assert answer.getvalue()
    return [query["sql"].strip() for query in queries.captured_queries]


@pytest.mark.parametrize(("url", "most"), [(LIST, 13), (OVERVIEW, 13), (SECTION, 11)])
def test_a_view_of_what_did_not_change_reads_little_and_writes_nothing(
    person: Person, fifty: None, monkeypatch: pytest.MonkeyPatch, url: str, most: int
) -> None:
    # However slow the machine is, a Region is read in time, and the times need no renewal.
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    monkeypatch.setattr(last_known, "REFRESH_AFTER", timedelta(days=1))
    statements(person, url)
    found = statements(person, url)
    assert [sql for sql in found if not sql.startswith(READ_ONLY)] == []
    assert len(found) <= most, found


@pytest.mark.parametrize(("url", "calls"), [(LIST, 1), (OVERVIEW, 34), (SECTION, 1)])
def test_a_view_asks_aws_once_for_each_region(
    aws: FakeAws, person: Person, url: str, calls: int
) -> None:
    person.open(url)
    aws.clear_calls()
    person.open(url)
    assert aws.calls() == {"DescribePullThroughCacheRules": calls}


def test_secrets_are_listed_where_a_rule_has_one(aws: FakeAws, person: Person) -> None:
    """The list of one Region tells secrets that are gone."""
    value = json.dumps({"username": "demo", "accessToken": "x"})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )
    for _ in range(2):
        aws.clear_calls()
        person.open(LIST)
        assert aws.calls() == {"DescribePullThroughCacheRules": 1, "ListSecrets": 1}


def test_a_row_is_short_and_all_rows_share_the_token(person: Person, fifty: None) -> None:
    person.open_rules()
    rows = person.client.get(LIST).text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert rows.count("<tr") == 50
    assert len(rows) / 50 < 717
    assert len(person.page.select("tbody form")) == 0
    tokens = len(person.page.select('input[name="csrfmiddlewaretoken"]'))
    person.open_rules("eu-west-1")
    assert tokens - len(person.page.select('input[name="csrfmiddlewaretoken"]')) <= 4


def test_a_row_costs_little_on_the_wire(person: Person, fifty: None) -> None:
    packed = person.client.get(LIST, headers={"Accept-Encoding": "gzip"})
    page = gzip.decompress(packed.content)
    assert page.count(b"<tr ") == 50
    assert len(packed.content) < 12_000


def test_one_slow_region_does_not_make_the_others_be_written_again(
    aws: FakeAws, person: Person, fifty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others answer before there is a pause in which what is stored can be read."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    monkeypatch.setattr(last_known, "REFRESH_AFTER", timedelta(days=1))
    aws.latency({REGION: 0.5})
    statements(person, OVERVIEW)
    found = statements(person, OVERVIEW)
    assert [sql for sql in found if not sql.startswith(READ_ONLY)] == []
