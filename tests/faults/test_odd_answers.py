"""Answers of AWS that no documentation describes break off no page, and are remembered as they fit.

PostgreSQL refuses what SQLite stores, so these tests matter on PostgreSQL.
"""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DataError, connection

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule, make_secret
from tests.faults.drafts import CREDENTIAL, confirm, docker_hub
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import account
from wizard.models import KnownSecret, LastKnownRule, OperationStep, RegionReading, ValidationResult
from wizard.services import fanout, last_known

DESCRIBE = "DescribePullThroughCacheRules"
EVERYWHERE = f"/{ACCOUNT}/rules/"
LIST = f"/{ACCOUNT}/{REGION}/rules/"
RULE = f"{LIST}plain/details/"
SECRET = "ecr-pullthroughcache/hub"

USUAL = {
    "ecrRepositoryPrefix": "quay",
    "upstreamRegistryUrl": "quay.io",
    "createdAt": 1700000000,
    "updatedAt": 1700000000,
    "registryId": ACCOUNT,
    "upstreamRegistry": "quay",
}

# What one rule of the answer has instead of the usual members.
ODD: dict[str, dict[str, Any]] = {
    "long prefix": {"ecrRepositoryPrefix": "p" * 31},
    "very long prefix": {"ecrRepositoryPrefix": "p" * 40_000},
    "prefix with NUL": {"ecrRepositoryPrefix": "a\0b"},
    "prefix with surrogate": {"ecrRepositoryPrefix": "a\ud800b"},
    "empty prefix": {"ecrRepositoryPrefix": ""},
    "prefix with newline and slashes": {"ecrRepositoryPrefix": "a\n/../b"},
    "long kind": {"upstreamRegistry": "k" * 65},
    "kind with NUL": {"upstreamRegistry": "k\0"},
    "kind with surrogate": {"upstreamRegistry": "k\udfff"},
    "kind of another type": {"upstreamRegistry": {"name": ["quay"]}},
    "long URL": {"upstreamRegistryUrl": "u" * 256},
    "URL with NUL": {"upstreamRegistryUrl": "quay.io\0"},
    "URL with surrogate": {"upstreamRegistryUrl": "quay\ud83d.io"},
    "long upstream prefix": {"upstreamRepositoryPrefix": "p" * 31},
    "upstream prefix with NUL": {"upstreamRepositoryPrefix": "\0"},
    "long secret": {"credentialArn": "arn:aws:secretsmanager:" + "s" * 700},
    "secret with NUL": {"credentialArn": "arn\0"},
    "secret with surrogate": {"credentialArn": "arn\udc00"},
    "secret of another type": {"credentialArn": 7},
    "long role": {"customRoleArn": "r" * 2049},
    "role with NUL": {"customRoleArn": "arn:aws:iam::123456789012:role/\0"},
    "role of another type": {"customRoleArn": ["r"]},
    "no times": {"createdAt": None, "updatedAt": None},
    "first time of all": {"createdAt": "0001-01-01T00:00:00Z"},
    "first time, west": {"createdAt": "0001-01-01T00:00:00+05:00"},
    "last time of all": {"createdAt": "9999-12-31T23:59:59Z", "updatedAt": 253402300799},
    "last time, east": {"createdAt": "9999-12-31T23:59:59-05:00"},
    "time without zone": {"createdAt": "2024-01-01T00:00:00"},
    "fractions": {"createdAt": 1700000000.123456789},
    "negative time": {"createdAt": -62135596800},
    "year 10000": {"createdAt": 253402300800},
    "no finite time": {"createdAt": 1e300},
    "other registry": {"registryId": "9" * 40},
    "registry with NUL": {"registryId": "1\0"},
    "registry of another type": {"registryId": 123456789012},
    "no registry": {"registryId": None},
}


PAGES = (
    *(EVERYWHERE, f"{EVERYWHERE}?format=json", f"{EVERYWHERE}?group=matrix"),
    *(f"{EVERYWHERE}?group=none&sort=-created", LIST, f"{LIST}?format=csv", RULE),
)


@pytest.fixture
def person(aws: FakeAws, db: None, monkeypatch: pytest.MonkeyPatch) -> Person:
    # However slow the machine is, a Region that answers is shown.
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    return sign_in()


def _answer(aws: FakeAws, *rules: dict[str, Any]) -> None:
    """Let AWS answer with these rules in one Region. An error would not be replaced."""
    make_rule("plain")
    body = json.dumps({"pullThroughCacheRules": list(rules)})
    aws.garble_answer(body, operation=DESCRIBE, region=REGION)


@pytest.mark.promise("F18")
@pytest.mark.parametrize("kind", ODD)
def test_an_odd_rule_breaks_off_no_page(aws: FakeAws, person: Person, kind: str) -> None:
    _answer(aws, {**USUAL, "ecrRepositoryPrefix": "plain"}, USUAL | ODD[kind])
    statuses = {}
    for path in PAGES:
        person.open(path)
        statuses[path] = person.status
    # 502: the answer cannot be read at all, and the page says so.
    told = (
        {200}
        if RegionReading.objects.filter(region=REGION).exclude(read_at=None).exists()
        else {200, 502}
    )
    assert {path: status for path, status in statuses.items() if status not in told} == {}
    person.open(EVERYWHERE)
    assert "in the 34 Regions that answered" in person.text or "MalformedAnswer" in person.text


@pytest.mark.promise("F18")
def test_an_odd_rule_does_not_keep_the_others_from_being_remembered(
    aws: FakeAws, person: Person
) -> None:
    odd = [
        {**USUAL, **members, "ecrRepositoryPrefix": f"odd{number}"}
        for number, (name, members) in enumerate(ODD.items())
        if "prefix" not in members and "time" not in name and "year" not in name
    ]
    long = {**USUAL, "ecrRepositoryPrefix": "p" * 31}
    longer = {**USUAL, "ecrRepositoryPrefix": "p" * 32}
    _answer(aws, {**USUAL, "ecrRepositoryPrefix": "plain"}, *odd, USUAL, USUAL, long, longer)
    for _twice in range(2):
        person.open(LIST)
        assert person.status == 200
        assert "p" * 32 in person.text
        remembered = LastKnownRule.objects.filter(region=REGION, gone_since=None)
        prefixes = {rule.ecr_repository_prefix for rule in remembered}
        assert prefixes == {"plain", "quay", f"{'p' * 29}\u2026"} | {
            str(rule["ecrRepositoryPrefix"]) for rule in odd
        }


@pytest.mark.promise("F18")
def test_a_list_is_shown_that_cannot_be_remembered(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise DataError("the database refuses it")

    make_rule("quay")
    monkeypatch.setattr(last_known, "store_everywhere", refuse)
    for path in (LIST, EVERYWHERE):
        person.open(path)
        assert person.status == 200
        assert person.page.find("th", string="quay")


@pytest.mark.promise("F18")
def test_a_list_is_shown_whose_secrets_cannot_be_noted(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise DataError("the database refuses it")

    make_rule("github", "ghcr.io", credentialArn=make_secret("ecr-pullthroughcache/github"))
    monkeypatch.setattr(KnownSecret.objects, "bulk_create", refuse)
    for path in (LIST, f"/{ACCOUNT}/{REGION}/secrets/"):
        person.open(path)
        assert person.status == 200
        assert "github" in person.text


FAILURES: dict[str, dict[str, Any]] = {
    "NUL": {"isValid": False, "failure": "a\0b"},
    "surrogate": {"isValid": False, "failure": "a\ud800b"},
    "long": {"isValid": False, "failure": "x" * 100_000},
    "no failure": {"isValid": False, "failure": None},
    "another type": {"isValid": False, "failure": {"message": ["no"]}},
}


@pytest.mark.promise("F18")
@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
def test_an_odd_validation_is_a_result(
    aws: FakeAws, person: Person, answer: dict[str, Any]
) -> None:
    make_rule("plain")
    aws.garble_answer(json.dumps(answer), operation="ValidatePullThroughCacheRule")
    person.open(RULE)
    person.press("Validate")
    assert person.status == 200
    assert not ValidationResult.objects.get().is_valid


@pytest.mark.promise("F18")
@pytest.mark.parametrize("valid", ["yes", 1, None, [True]])
def test_a_validation_that_is_neither_valid_nor_failed_is_no_result(
    aws: FakeAws, person: Person, valid: Any
) -> None:
    make_rule("plain")
    aws.garble_answer(json.dumps({"isValid": valid}), operation="ValidatePullThroughCacheRule")
    person.open(RULE)
    person.press("Validate")
    assert person.status == 502
    assert not ValidationResult.objects.exists()


@pytest.mark.promise("F18")
@pytest.mark.parametrize("text", ["a\0b", "x" * 50_000])
def test_an_odd_message_of_an_error_is_told(aws: FakeAws, person: Person, text: str) -> None:
    make_rule("plain")
    aws.fail(status=400, code=text[:100], message=text, operation=DESCRIBE, region=REGION)
    for path in (LIST, RULE):
        person.open(path)
        assert person.status == 502
    person.open(EVERYWHERE)
    assert person.status == 200
    assert "in the 33 Regions that answered" in person.text


@pytest.mark.promise("F18")
def test_what_is_kept_of_an_odd_error_fits_the_database(aws: FakeAws, person: Person) -> None:
    """PostgreSQL takes no NUL in JSON either."""
    aws.fail(status=400, code="a\0b", message="c\0d", operation="CreatePullThroughCacheRule")
    confirm(docker_hub(), credential=CREDENTIAL, actor=User.objects.get())
    kept = str(OperationStep.objects.get(action="CreatePullThroughCacheRule").error_record)
    assert "c" in kept
    assert "\\x00" not in kept


@pytest.mark.promise("F18")
@pytest.mark.parametrize(
    "members",
    [
        {"Name": f"{SECRET}\0"},
        {"Name": f"{SECRET}\ud800"},
        {"ARN": "a" * 3000},
        {"KmsKeyId": 7},
        {"DeletedDate": "0001-01-01T00:00:00"},
        {"PrimaryRegion": ["x"]},
        {"LastChangedDate": "9999-12-31T23:59:59-05:00"},
    ],
)
def test_an_odd_secret_breaks_off_no_page(
    aws: FakeAws, person: Person, members: dict[str, Any]
) -> None:
    arn = make_secret(SECRET)
    secret = {"ARN": arn, "Name": SECRET, "CreatedDate": 1700000000} | members
    aws.garble_answer(json.dumps({"SecretList": [secret]}), operation="ListSecrets")
    person.open(f"/{ACCOUNT}/{REGION}/secrets/")
    assert person.status == 200


@pytest.mark.promise("F18")
@pytest.mark.parametrize("account_id", ["", "1234", "x" * 12, "1" * 40])
def test_credentials_of_no_account_are_told(aws: FakeAws, person: Person, account_id: str) -> None:
    account._identity_of.cache_clear()
    body = (
        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
        f"<Account>{account_id}</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    aws.garble_answer(body, operation="GetCallerIdentity")
    for path in ("/", LIST):
        person.open(path)
        assert person.status == 502
        assert "MalformedAnswer" in person.text
    assert connection.is_usable()
