"""The pages of a bulk validation: start, leave, come back, cancel, read the failures."""

import json
import uuid
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User
from django.template import Context
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.worker import work
from wizard.models import BulkState, BulkValidation, ItemState, ValidationResult
from wizard.services.bulk_validation import reading

URL = f"/{ACCOUNT}/validations/"
ELSEWHERE = "eu-west-1"
VALIDATE = "ValidatePullThroughCacheRule"


@pytest.fixture
def rules(aws: FakeAws) -> list[str]:
    """Two rules as the form names them."""
    client = boto3.client("ecr", region_name=REGION)
    for prefix in ("quay-0", "team/quay-1"):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
        )
    return [f"{REGION}/quay-0", f"{REGION}/team/quay-1"]


def post(person: Person, url: str = URL, **data: Any) -> Any:
    """What a form of another page sends: the token is any page's."""
    person.open(URL)
    data["csrfmiddlewaretoken"] = person.csrf_token
    return person.client.post(url, data)


def begin(person: Person, **data: Any) -> BulkValidation:
    answer = post(person, **data)
    assert answer.status_code == 303
    bulk = BulkValidation.objects.first()
    assert bulk is not None
    assert answer["Location"] == f"{URL}{bulk.pk}/"
    person.open(answer["Location"])
    return bulk


def poll(person: Person, bulk: BulkValidation) -> Any:
    return person.client.get(f"{URL}{bulk.pk}/", headers={"HX-Request": "true"})


def test_selected_rules_wait_for_the_worker_and_then_have_results(
    person: Person, rules: list[str]
) -> None:
    begin(person, rule=rules)
    assert person.status == 200
    assert person.heading == "Validation of 2 rules in us-east-2"
    assert "Validation of 2 rules in us-east-2" in person.find("head title").get_text()
    assert "0 of 2 rules" in person.text
    assert "Waiting for the background worker." in person.text
    assert "No results yet." in person.text
    work()
    person.open(person.url)
    assert "2 of 2 rules" in person.text
    assert "Finished" in person.text
    assert "Valid: 2" in person.text
    assert "Failed" not in person.find(".result-counts").get_text()
    assert "finished in" in person.text
    rows = [" ".join(row.get_text(" ").split()) for row in person.page.find_all("tr")[1:]]
    assert len(rows) == 2
    assert "team/quay-1 us-east-2" in rows[1]
    assert all("Valid" in row and "UTC" in row for row in rows)


def test_a_region_is_one_choice(person: Person, rules: list[str]) -> None:
    begin(person, region=REGION)
    assert "Still reading 1 Region" in person.text
    work()
    person.open(person.url)
    assert "2 of 2 rules" in person.text


def test_all_regions_are_one_button(person: Person, rules: list[str]) -> None:
    boto3.client("ecr", region_name=ELSEWHERE).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    person.open(URL)
    person.press("Validate all Regions")
    assert "Still reading 34 Regions" in person.text
    work()
    person.open(person.url)
    assert "3 of 3 rules" in person.text
    assert ELSEWHERE in person.text


def test_htmx_gets_the_changing_part_and_is_told_when_to_stop(
    person: Person, rules: list[str]
) -> None:
    bulk = begin(person, rule=rules)
    assert person.find("#validation")["hx-trigger"] == "every 2s"
    running = poll(person, bulk)
    assert running.status_code == 200
    assert running.content.strip().startswith(b"<div")
    assert b"<html" not in running.content
    work()
    ended = poll(person, bulk)
    assert ended.status_code == 286
    assert b"every 2s" not in ended.content
    person.open(person.url)
    assert not person.find("#validation").has_attr("hx-get")


def test_without_javascript_the_running_page_reloads_itself(person: Person) -> None:
    template: Any = get_template("validations/detail.html")
    (extends,) = template.template.nodelist.get_nodes_by_type(ExtendsNode)
    block = extends.blocks["head"]
    running, ended = BulkValidation(), BulkValidation(finished_at=timezone.now())
    reload = '<noscript><meta http-equiv="refresh" content="2"></noscript>'
    assert block.render(Context({"bulk": running})).strip() == reload
    assert block.render(Context({"bulk": ended})).strip() == ""


def test_results_come_row_by_row_the_newest_first(person: Person, rules: list[str]) -> None:
    bulk = begin(person, rule=rules)
    first = bulk.items.get(ecr_repository_prefix="quay-0")
    first.state, first.finished_at = ItemState.CANCELLED, timezone.now()
    first.save()
    person.open(person.url)
    assert "1 of 2 rules" in person.text
    assert len(person.find("tbody").find_all("tr")) == 1


def test_one_leaves_and_finds_it_again_in_the_list(person: Person, rules: list[str]) -> None:
    bulk = begin(person, rule=rules)
    person.open_rules()
    work()
    person.open(URL)
    row = " ".join(person.find("tbody").get_text(" ").split())
    assert "2 rules in us-east-2 ada Finished 2 of 2 2 0 0" in row
    person.open(str(person.find("tbody a")["href"]))
    assert person.url == f"{URL}{bulk.pk}/"
    assert "2 of 2 rules" in person.text


def test_the_list_has_the_latest_twenty(person: Person) -> None:
    ada = User.objects.get(username="ada")
    for number in range(21):
        BulkValidation.objects.create(account_id=ACCOUNT, actor=ada, scope_digest=str(number))
    person.open(URL)
    assert len(person.find("tbody").find_all("tr")) == 20


def test_the_person_who_started_it_cancels_it(
    aws: FakeAws, person: Person, rules: list[str]
) -> None:
    begin(person, rule=rules)
    person.press("Cancel validation")
    assert "Cancelled: 2" in person.text
    work()
    assert VALIDATE not in aws.calls()
    person.open(person.url)
    assert "Cancel validation" not in person.text


def test_another_person_looks_and_cannot_cancel(person: Person, rules: list[str]) -> None:
    bulk = begin(person, rule=rules)
    grace = sign_in("grace")
    grace.open(person.url)
    assert grace.status == 200
    assert "Started by ada" in grace.text
    assert "Cancel validation" not in grace.text
    answer = post(grace, f"{URL}{bulk.pk}/cancel/")
    assert answer.status_code == 403
    assert b"started by another person" in answer.content
    bulk.refresh_from_db()
    assert bulk.cancel_requested_at is None


def test_the_same_choice_leads_to_the_one_under_way(person: Person, rules: list[str]) -> None:
    first = begin(person, rule=rules)
    again = begin(person, rule=rules[::-1])
    assert again == first
    assert "was already running" in person.page.get_text()


def test_failures_stand_under_their_reason_with_the_remedy(person: Person) -> None:
    value = json.dumps({"username": "demo", "accessToken": "wrong"})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    for prefix in ("hub-a", "hub-b"):
        boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=arn,
        )
    begin(person, region=REGION)
    work()
    person.open(person.url)
    result = ValidationResult.objects.first()
    assert result is not None
    reason = "The upstream registry refused the credentials"
    assert f"Failures by reason Validation failed: {reason} (2)" in person.text
    assert person.text.count(result.failure) == 1
    assert "with a valid username and access token" in person.text
    assert "Finished with failures" in person.find("#progress-heading").get_text()


def test_a_refused_region_is_told_with_aws_s_words_and_the_others_are_shown(
    aws: FakeAws, person: Person, rules: list[str]
) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules", region=ELSEWHERE)
    begin(person, region=[REGION, ELSEWHERE])
    work()
    person.open(person.url)
    assert "Not validated because of an error: 1 Valid: 2" in person.text
    assert "No access (1)" in person.text
    assert "All rules of the Region eu-west-1" in person.text


def test_nothing_selected_is_said_and_starts_nothing(person: Person) -> None:
    answer = post(person)
    assert answer.status_code == 303
    person.open(answer["Location"])
    assert "Select at least one rule." in person.page.get_text()
    assert not BulkValidation.objects.exists()


@pytest.mark.parametrize("data", [{"region": "cn-north-1"}, {"rule": "eu-nowhere-9/quay"}])
def test_a_region_without_the_service_is_refused(person: Person, data: dict[str, str]) -> None:
    assert post(person, **data).status_code == 404
    assert not BulkValidation.objects.exists()


@pytest.mark.parametrize("rule", ["us-east-2/", "us-east-2/-bad", "us-east-2", "x" * 5000])
def test_what_is_no_prefix_is_not_validated(person: Person, rule: str) -> None:
    assert post(person, rule=rule).status_code == 303
    assert not BulkValidation.objects.exists()


def test_another_account_is_not_found(aws: FakeAws, person: Person, rules: list[str]) -> None:
    other = "/999999999999/validations/"
    assert post(person, other, rule=rules).status_code == 404
    assert not BulkValidation.objects.exists()
    assert person.client.get(other).status_code == 404


def test_an_unknown_one_is_not_found(person: Person) -> None:
    person.open(f"{URL}{uuid.uuid4()}/")
    assert person.status == 404
    assert "The bulk validation was not found" in person.text


def test_starting_and_cancelling_take_a_post_with_its_token(
    person: Person, rules: list[str]
) -> None:
    bulk = begin(person, rule=rules)
    assert person.client.get(f"{URL}{bulk.pk}/cancel/").status_code == 405
    assert person.client.post(f"{URL}{bulk.pk}/cancel/").status_code == 403
    assert person.client.post(URL, {"all": "1"}).status_code == 403


def test_a_hostile_reason_is_shown_as_text(person: Person, rules: list[str]) -> None:
    bulk = begin(person, rule=rules)
    work()
    ValidationResult.objects.update(is_valid=False, failure="<script>alert(1)</script>")
    answer = person.client.get(f"{URL}{bulk.pk}/")
    assert b"<script>alert(1)" not in answer.content
    assert b"&lt;script&gt;alert(1)" in answer.content


def test_one_whose_worker_died_says_that_it_waits(person: Person, rules: list[str]) -> None:
    bulk = begin(person, rule=rules)
    BulkValidation.objects.update(
        state=BulkState.RUNNING, lease_until=timezone.now() - timedelta(seconds=1)
    )
    person.open(person.url)
    assert "Waiting for the background worker." in person.text
    assert not reading.progress_of(bulk).is_held
