"""Exports: every format can be rendered, and no cell of a spreadsheet becomes a formula."""

import csv
import io
import json
from dataclasses import replace

import pytest

from wizard.exports import FORMATS
from wizard.exports.listed import ListedRule

RULE = ListedRule(
    account_id="123456789012",
    region="us-east-2",
    ecr_repository_prefix="quay",
    upstream_registry="quay",
    upstream_registry_url="quay.io",
    upstream_repository_prefix="ROOT",
    credential_arn="",
    custom_role_arn="",
    created_at="2026-11-24T10:02:00+00:00",
    status="failed",
    validated_at="",
    failure='=HYPERLINK("https://evil.example")',
    last_known_at="",
)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_renders_none_one_and_many(name: str) -> None:
    render = FORMATS[name].render
    assert render([])
    assert "quay.io" in render([RULE])
    assert render([RULE, RULE]).count("quay.io") == 2


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_of_csv_is_never_a_formula(start: str) -> None:
    text = FORMATS["csv"].render([replace(RULE, failure=f"{start}1+1")])
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["failure"] == f"'{start}1+1"


def test_json_holds_what_the_table_shows() -> None:
    (rule,) = json.loads(FORMATS["json"].render([RULE]))
    assert rule["failure"] == RULE.failure
    assert rule["ecr_repository_prefix"] == "quay"
