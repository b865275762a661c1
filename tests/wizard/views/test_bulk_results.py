"""The results of a bulk validation: reasons with cures, filter, pages, files, and once more."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.worker import work
from wizard.domain import Place, Role
from wizard.models import BulkState, BulkValidation, BulkValidationItem, ItemState, ValidationResult

URL = f"/{ACCOUNT}/validations/"
ELSEWHERE = "eu-west-1"
REGIONS = (REGION, ELSEWHERE, "us-west-2", "ap-southeast-2")

pytestmark = pytest.mark.kind_aws("secrets are found at once")


def make_rules(token: str, *prefixes: str, region: str = REGION) -> str:
    """Docker Hub rules with one secret; return its name."""
    name = f"ecr-pullthroughcache/{prefixes[0]}"
    value = json.dumps({"username": "demo", "accessToken": token})
    secrets = boto3.client("secretsmanager", region_name=region)
    arn = secrets.create_secret(Name=name, SecretString=value)["ARN"]
    for prefix in prefixes:
        boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=arn,
        )
    return name


def validate(person: Person, **data: Any) -> BulkValidation:
    """Start a bulk validation, let the worker do it, and open its page."""
    person.open(URL)
    data["csrfmiddlewaretoken"] = person.csrf_token
    answer = person.client.post(URL, data)
    assert answer.status_code == 303, answer.content
    work()
    person.open(answer["Location"])
    bulk = BulkValidation.objects.first()
    assert bulk is not None
    return bulk


def stored(number: int, *, failure: str = "", finished_after: int = 21) -> BulkValidation:
    """A finished bulk validation of that many rules, of which every tenth failed."""
    ada = User.objects.get(username="ada")
    now = timezone.now()
    bulk = BulkValidation.objects.create(
        account_id=ACCOUNT, actor=ada, scope_digest="x", state=BulkState.DONE, finished_at=now
    )
    BulkValidation.objects.update(created_at=now - timedelta(seconds=finished_after))
    results = ValidationResult.objects.bulk_create(
        ValidationResult(
            account_id=ACCOUNT,
            region=REGIONS[each % len(REGIONS)],
            ecr_repository_prefix=f"team-{each:04}",
            is_valid=each % 10 != 0,
            failure="" if each % 10 else failure or "The registry refused the login: HTTP 401.",
            duration_ms=7,
            actor=ada,
        )
        for each in range(number)
    )
    BulkValidationItem.objects.bulk_create(
        BulkValidationItem(
            bulk=bulk,
            region=result.region,
            ecr_repository_prefix=result.ecr_repository_prefix,
            rule_created_at=now,
            state=ItemState.DONE,
            result=result,
            finished_at=now,
        )
        for result in results
    )
    return bulk


def rows(person: Person) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in person.page.select("tbody tr")]


def buttons(person: Person) -> list[str]:
    found = person.page.select(".cause .button")
    return [" ".join(each.get_text(" ").split()) for each in found]


def test_failures_come_first_under_their_reason_and_the_page_stays_light(person: Person) -> None:
    bulk = stored(1700)
    answer = person.client.get(f"{URL}{bulk.pk}/")
    person.arrive(answer)
    assert len(answer.content) < 100_000
    assert len(person.page.find_all()) < 1500
    assert "Failures by reason Validation failed: The upstream registry refused" in person.text
    assert "(170)" in person.text
    assert person.text.count("The registry refused the login: HTTP 401.") == 1
    assert len(rows(person)) == 50
    assert all("Failed" in row for row in rows(person))
    assert "1,700 of 1,700 rules, finished in 21 seconds" in person.text
    person.follow("Next page")
    assert len(rows(person)) == 50
    assert person.find('.pages [aria-current="page"]').get_text(" ", strip=True) == "Page 2"
    person.open(f"{URL}{bulk.pk}/?page=34")
    assert all("Valid" in row for row in rows(person))


def test_results_are_filtered_by_status_region_text_and_reason(person: Person) -> None:
    bulk = stored(100)
    person.open(f"{URL}{bulk.pk}/")
    person.follow("Failed: 10")
    assert len(rows(person)) == 10
    person.select("Region", "us-west-2")
    person.press("Apply")
    assert len(rows(person)) == 5
    assert all("us-west-2 Failed" in row for row in rows(person))
    person.fill("Find rules", "TEAM-0010")
    person.press("Apply")
    assert len(rows(person)) == 1
    person.follow("Clear filter")
    assert len(rows(person)) == 50
    person.open(f"{URL}{bulk.pk}/?reason=login-refused")
    assert len(rows(person)) == 10
    assert "Results with the reason: The upstream registry refused" in person.text
    person.open(f"{URL}{bulk.pk}/?q=nothing")
    assert "We can't find a match." in person.text


@pytest.mark.parametrize("query", ["?status=x&region=y&page=z&reason=w", "?q=%00", "?page=-1"])
def test_a_filter_that_nobody_knows_is_no_error(person: Person, query: str) -> None:
    bulk = stored(3)
    person.open(f"{URL}{bulk.pk}/{query}")
    assert person.status == 200


def test_results_are_a_file_as_filtered(person: Person) -> None:
    bulk = stored(100, failure="=1+1 refused the login")
    answer = person.client.get(f"{URL}{bulk.pk}/?status=failed&format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"pull-through-cache-validation-results-{ACCOUNT}-" in answer["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(lines) == 10
    assert lines[0]["reason"] == "login-refused"
    assert lines[0]["failure"] == "'=1+1 refused the login"
    found = json.loads(person.client.get(f"{URL}{bulk.pk}/?format=json").content)
    assert len(found) == 100
    assert found[0]["status"] == "failed"
    assert found[0]["duration_ms"] == "7"
    assert {"csv", "json"} <= {
        each for each in ("csv", "json") if f"format={each}" in str(_page_of(person, bulk))
    }


def test_results_are_sorted_by_a_head_and_stay_in_view(person: Person) -> None:
    bulk = stored(60)
    person.open(f"{URL}{bulk.pk}/?status=valid")
    person.follow("Prefix")
    assert (
        person.page.select("thead th.sorted a")[0]["href"] == "?status=valid&sort=-prefix#results"
    )
    assert rows(person)[0].startswith("team-0001")
    person.follow("Prefix")
    assert rows(person)[0].startswith("team-0059")


def _page_of(person: Person, bulk: BulkValidation) -> Any:
    person.open(f"{URL}{bulk.pk}/")
    return person.page


def test_a_shared_secret_is_cured_once_and_its_rules_are_validated_together(
    person: Person,
) -> None:
    name = make_rules("wrong", "hub", "team/hub")
    person.open_rules()
    validate(person, region=REGION)
    assert buttons(person) == [f"Replace token {name}, us-east-2"]
    assert f"{name} in us-east-2, 2 rules" in person.text
    person.follow(f"Replace token {name}, us-east-2")
    person.fill("Username", "demo")
    person.fill("Access token", "demo-access-token")
    person.press("Replace value")
    person.press("Validate the 2 rules")
    work()
    person.open(person.url)
    assert "Finished" in person.find("#progress-heading").get_text()
    assert "Valid: 2" in person.text


def test_the_token_of_several_secrets_of_a_group_is_rotated_together(person: Person) -> None:
    """They are chosen in the plan, and the secret of a rule that is valid is not."""
    make_rules("wrong", "hub")
    make_rules("wrong", "team")
    make_rules("wrong", "hub", region=ELSEWHERE)
    make_rules("demo-access-token", "good")
    person.open_rules()
    validate(person, all="1")
    person.follow("Rotate the token of Docker Hub (registry-1.docker.io) in 3 secrets")
    assert person.heading == "Rotate the token of Docker Hub (registry-1.docker.io)"
    boxes = person.page.select('main input[name="secret"]')
    assert {str(box["value"]) for box in boxes if box.has_attr("checked")} == {
        f"{REGION}/hub",
        f"{REGION}/team",
        f"{ELSEWHERE}/hub",
    }
    assert f"{REGION}/good" in {str(box["value"]) for box in boxes}


def test_a_group_with_one_secret_offers_no_rotation_of_several(person: Person) -> None:
    make_rules("wrong", "hub", "team/hub")
    person.open_rules()
    validate(person, region=REGION)
    assert not [text for text in person.page.select("main a") if "Rotate" in text.get_text()]


def test_a_rule_of_its_own_is_cured_from_the_group(person: Person) -> None:
    make_rules("wrong", "hub")
    person.open_rules()
    validate(person, region=REGION)
    assert buttons(person) == [
        "Replace token ecr-pullthroughcache/hub, us-east-2",
        "Choose another secret ecr-pullthroughcache/hub, us-east-2",
    ]
    person.follow("hub")
    assert person.heading == "hub"
    assert "Validation failed" in person.text


def test_what_failed_is_validated_again_with_one_button(person: Person) -> None:
    make_rules("wrong", "hub")
    make_rules("demo-access-token", "good")
    make_rules("wrong", "hub", region=ELSEWHERE)
    validate(person, region=[REGION, ELSEWHERE])
    assert "Failed: 2" in person.text
    person.press("Validate the failed ones again")
    again = BulkValidation.objects.first()
    assert again is not None
    found = again.items.values_list("region", "ecr_repository_prefix")
    assert sorted(found) == [(ELSEWHERE, "hub"), (REGION, "hub")]
    assert person.heading == "Validation of 2 rules in 2 Regions"


def test_only_regions_that_one_may_change_are_validated_again(person: Person) -> None:
    make_rules("wrong", "hub")
    make_rules("wrong", "hub", region=ELSEWHERE)
    bulk = validate(person, region=[REGION, ELSEWHERE])
    viewer = sign_in("grace", Role.VIEWER)
    viewer.open(f"{URL}{bulk.pk}/")
    assert not viewer.page.select("main form[method=post]")
    local = sign_in("alan", Role.OPERATOR, Place(account_id=ACCOUNT, region=ELSEWHERE))
    local.open(f"{URL}{bulk.pk}/")
    local.press("Validate the failed ones again")
    again = BulkValidation.objects.exclude(pk=bulk.pk).get()
    found = again.items.values_list("region", "ecr_repository_prefix")
    assert list(found) == [(ELSEWHERE, "hub")]


@pytest.mark.parametrize("again", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_bulk_validation_that_does_not_exist_is_not_repeated(person: Person, again: str) -> None:
    person.open(URL)
    data = {"again": again, "csrfmiddlewaretoken": person.csrf_token}
    assert person.client.post(URL, data).status_code in (303, 404)
    assert not BulkValidation.objects.exists()


def test_while_no_rule_is_known_nothing_is_counted(aws: FakeAws, person: Person) -> None:
    person.open(URL)
    person.press("Validate all Regions")
    assert person.heading == "Validation of all Regions"
    assert "0 of 0" not in person.text
    assert "Still reading 34 Regions." in person.text
    assert not person.find("#validation-progress").has_attr("value")
