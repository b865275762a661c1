"""Secrets that are made again under their name, and secrets that AWS's lists do not have yet."""

import json
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Role
from wizard.models import KnownSecret
from wizard.services.missing_secrets import MOST_LOOKED_UP

BASE = f"/{ACCOUNT}/{REGION}/rules"
SECRETS = f"/{ACCOUNT}/{REGION}/secrets/"
PREFIX = "ecr-pullthroughcache/"
TOKEN = "dckr_pat_canary"


def client() -> Any:
    return boto3.client("secretsmanager", region_name=REGION)


def make_secret(name: str) -> str:
    value = json.dumps({"username": "demo", "accessToken": "token"})
    return str(client().create_secret(Name=PREFIX + name, SecretString=value)["ARN"])


def make_rule(prefix: str, arn: str) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )


def arn_of(prefix: str) -> str:
    ecr = boto3.client("ecr", region_name=REGION)
    (rule,) = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[prefix])[
        "pullThroughCacheRules"
    ]
    return str(rule["credentialArn"])


def make_again(name: str) -> tuple[str, str]:
    """A secret with two rules that is deleted and made again; return its ARNs, old and new."""
    old = make_secret(name)
    make_rule("one", old)
    make_rule("two", old)
    client().delete_secret(SecretId=old, ForceDeleteWithoutRecovery=True)
    return old, make_secret(name)


def hide_in_lists(aws: FakeAws) -> None:
    """ListSecrets is behind: it has no secret yet."""
    aws.garble_answer(json.dumps({"SecretList": []}), operation="ListSecrets", region=REGION)


def look_up(person: Person, typed: str) -> None:
    """Send the form of the Secrets page, which is a GET form."""
    field = person.find('form[method="get"] input[name="secret"]')
    person.open(f"{SECRETS}?{urlencode({str(field['name']): typed})}")


@pytest.mark.parametrize("name", ["hub", "prod-github"])
@pytest.mark.parametrize("url", [f"{BASE}/", SECRETS])
@pytest.mark.parametrize("is_behind", [True, False])
def test_a_secret_made_again_is_offered_in_place_of_the_old_one(
    aws: FakeAws, person: Person, name: str, url: str, is_behind: bool
) -> None:
    old, new = make_again(name)
    if is_behind:
        hide_in_lists(aws)
    person.open(url)
    assert f"The secret of these rules no longer exists: {old}" in person.text
    assert f"The ARN of the secret {PREFIX}{name} is now {new}." in person.text
    person.follow(f"Use {PREFIX}{name} for one")
    person.press("Save changes")
    assert arn_of("one") == new
    person.open(url)
    assert f"The secret of this rule no longer exists: {old}" in person.text


def test_the_rule_s_page_offers_the_secret_made_again(person: Person) -> None:
    _old, new = make_again("hub")
    person.open(f"{BASE}/one/details/")
    assert "ResourceNotFoundException" in person.text
    person.follow(f"Use {new}")
    person.press("Save changes")
    assert arn_of("one") == new
    person.open(f"{BASE}/one/details/")
    assert f"{PREFIX}hub" in person.text
    assert f"Use {new}" not in person.text


def test_a_viewer_is_told_and_offered_nothing(aws: FakeAws, db: None) -> None:
    make_again("hub")
    viewer = sign_in("vera", Role.VIEWER)
    for url in (f"{BASE}/", SECRETS, f"{BASE}/one/details/"):
        viewer.open(url)
        assert viewer.status == 200
        assert not [link for link in viewer.page.select("a") if "Use " in link.get_text()]


def test_a_secret_that_is_gone_without_another_is_told(person: Person) -> None:
    old, _new = make_again("hub")
    client().delete_secret(SecretId=f"{PREFIX}hub", ForceDeleteWithoutRecovery=True)
    person.open_rules()
    assert old in person.text
    assert "No secret has this name." in person.text


def test_a_secret_that_cannot_be_looked_up_is_not_called_missing(
    aws: FakeAws, person: Person
) -> None:
    make_again("hub")
    for operation in ("DescribeSecret", "ListSecrets"):
        aws.refuse(operation=operation)
        person.open_rules()
        assert person.status == 200
        assert "no longer exists" not in person.text


@pytest.mark.parametrize("is_partial", [True, False])
def test_a_secret_that_lists_do_not_have_yet_is_not_called_missing(
    aws: FakeAws, person: Person, is_partial: bool
) -> None:
    arn = make_secret("prod-github")
    make_rule("one", arn[:-7] if is_partial else arn)
    hide_in_lists(aws)
    for url in (f"{BASE}/", SECRETS):
        person.open(url)
        assert "no longer exists" not in person.text


def test_the_secrets_page_shows_a_change_that_lists_do_not_have_yet(
    aws: FakeAws, person: Person
) -> None:
    hide_in_lists(aws)
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    person.fill("Secret name", "new")
    person.fill("Username", "me")
    person.fill("Access token", TOKEN)
    person.press("Create secret")
    assert "the list in AWS can be up to five minutes out of date" in person.text
    (row,) = person.page.select("tbody tr")
    assert "Available" in row.get_text()
    person.follow(f"Delete {PREFIX}new")
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    (row,) = person.page.select("tbody tr")
    assert "Scheduled for deletion" in row.get_text()
    person.press(f"Restore {PREFIX}new")
    (row,) = person.page.select("tbody tr")
    assert "Available" in row.get_text()


def test_a_secret_is_looked_up_by_its_name_or_arn(aws: FakeAws, person: Person) -> None:
    arn = make_secret("hub")
    hide_in_lists(aws)
    for typed in (arn, "hub", f"{PREFIX}hub"):
        person.open(SECRETS)
        assert person.page.select("tbody tr") == []
        look_up(person, typed)
        assert f"{PREFIX}hub is up to date" in person.text
        assert len(person.page.select("tbody tr")) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("nothing", "No secret in this account and Region has this name or ARN."),
        ("a b", "Use only letters"),
        (
            f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:{PREFIX}hub-AbCdEf",
            "belongs to another Region",
        ),
        (
            f"arn:aws:secretsmanager:{REGION}:999999999999:secret:{PREFIX}hub-AbCdEf",
            "belongs to another account",
        ),
        (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:other-AbCdEf", "must begin with"),
    ],
)
def test_a_lookup_that_finds_nothing_says_why(
    aws: FakeAws, person: Person, typed: str, words: str
) -> None:
    make_secret("hub")
    person.open(SECRETS)
    aws.clear_calls()
    look_up(person, typed)
    assert words in person.error_at("Secret name or ARN")
    assert len(person.page.select("tbody tr")) == 1
    assert ("DescribeSecret" in aws.calls()) is (typed == "nothing")


def to_authentication(person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")


@pytest.mark.parametrize("is_partial", [True, False])
def test_the_wizard_takes_the_arn_of_a_secret_that_the_list_lacks(
    aws: FakeAws, person: Person, is_partial: bool
) -> None:
    arn = make_secret("prod-github")
    hide_in_lists(aws)
    to_authentication(person)
    person.choose("Enter the ARN of a secret")
    person.fill("Secret ARN", arn[:-7] if is_partial else arn)
    person.press("Next")
    person.press("Next")
    assert person.heading == "Review and create"
    assert f"{PREFIX}prod-github" in person.text
    person.press("Create")
    assert person.heading == "Rule created: docker-hub"
    assert arn_of("docker-hub") == arn


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("gone", "No secret in this account and Region has this ARN"),
        ("deleted", "scheduled for deletion"),
        ("empty", "has no value"),
        ("elsewhere", "belongs to another Region"),
        ("none", "Enter the ARN of the secret."),
    ],
)
def test_the_wizard_refuses_an_arn_of_no_use(
    aws: FakeAws, person: Person, state: str, words: str
) -> None:
    arn = make_secret("hub")
    if state == "gone":
        client().delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    if state == "deleted":
        client().delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    if state == "empty":
        arn = client().create_secret(Name=f"{PREFIX}empty")["ARN"]
    if state == "elsewhere":
        arn = arn.replace(REGION, "eu-west-1")
    hide_in_lists(aws)
    to_authentication(person)
    person.choose("Enter the ARN of a secret")
    person.fill("Secret ARN", "" if state == "none" else arn)
    person.press("Next")
    assert person.is_refused
    assert words in person.error_at("Secret ARN")


def test_an_arn_that_may_not_be_looked_up_is_left_to_aws(aws: FakeAws, person: Person) -> None:
    arn = make_secret("hub")
    hide_in_lists(aws)
    aws.refuse(operation="DescribeSecret")
    to_authentication(person)
    person.choose("Enter the ARN of a secret")
    person.fill("Secret ARN", arn)
    person.press("Next")
    person.press("Next")
    person.press("Create")
    assert arn_of("docker-hub") == arn


def test_a_rule_gets_the_typed_arn_of_a_secret_that_the_list_lacks(
    aws: FakeAws, person: Person
) -> None:
    make_rule("one", make_secret("old"))
    new = make_secret("new")
    hide_in_lists(aws)
    person.open(f"{BASE}/one/edit/")
    person.fill("Or enter an ARN", new.replace("new", "gone"))
    person.press("Save changes")
    assert "No secret in this account" in person.error_at("Or enter an ARN")
    person.fill("Or enter an ARN", new)
    person.press("Save changes")
    assert arn_of("one") == new


def test_a_new_name_that_ends_like_an_arn_is_warned_of(aws: FakeAws, person: Person) -> None:
    to_authentication(person)
    person.choose("Create an AWS secret")
    person.find("#id_secret_name")["value"] = "prod-github"
    person.fill("Docker Hub email", "me")
    person.fill("Docker Hub access token", TOKEN)
    person.press("Next")
    person.press("Next")
    assert f"The name {PREFIX}prod-github ends with a hyphen and six characters" in person.text
    person.press("Create")
    assert person.heading == "Rule created: docker-hub"
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    person.fill("Secret name", "team-abc123")
    person.fill("Username", "me")
    person.fill("Access token", TOKEN)
    person.press("Create secret")
    assert "ends with a hyphen and six characters" in person.page.get_text()


def test_secrets_are_looked_up_to_a_bound_and_each_name_once(aws: FakeAws, person: Person) -> None:
    arns = [make_secret(f"gone-{number}") for number in range(25)]
    for number, arn in enumerate(arns):
        make_rule(f"rule-{number}", arn)
        client().delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    aws.clear_calls()
    person.open_rules()
    assert person.text.count("no longer exists") == MOST_LOOKED_UP
    # Each ARN, and each of the two names that it may mean.
    assert aws.calls()["DescribeSecret"] == 3 * MOST_LOOKED_UP


# --- Names and missing secrets that lists remember ------------------------------------------------


OVERVIEW = f"/{ACCOUNT}/rules/"


@pytest.mark.parametrize("name", ["hub", "prod-github", "prod-123456"])
def test_lists_show_the_name_that_aws_gave(aws: FakeAws, person: Person, name: str) -> None:
    """Before it was read, the ARN's own resource; afterwards the name, on every list."""
    arn = make_secret(name)
    make_rule("one", arn)
    person.open(OVERVIEW)
    assert f"{arn.rpartition('/')[2]}" in person.text
    person.open(f"{BASE}/")
    (shown,) = (cell["title"] for cell in person.page.select("td span[title^=ecr-pull]"))
    assert shown == PREFIX + name
    person.open(OVERVIEW)
    assert [cell["title"] for cell in person.page.select("td span[title^=ecr-pull]")] == [shown]
    # What the ARN has is still found.
    person.open(f"{BASE}/?q={arn[-6:]}")
    assert person.page.select("td span[title^=ecr-pull]")


def test_the_row_that_a_validation_replaces_has_the_name_too(aws: FakeAws, person: Person) -> None:
    make_rule("one", make_secret("prod-github"))
    person.open(f"{BASE}/")
    token = {"csrfmiddlewaretoken": person.csrf_token}
    headers = {"HX-Request": "true"}
    row = person.client.post(f"{BASE}/one/validate/", token, headers=headers)
    assert f'title="{PREFIX}prod-github"' in row.text


def test_a_name_is_noted_by_the_secrets_page_too(aws: FakeAws, person: Person) -> None:
    make_rule("one", make_secret("prod-github"))
    person.open(SECRETS)
    person.open(OVERVIEW)
    assert person.find("td span[title^=ecr-pull]")["title"] == f"{PREFIX}prod-github"


def test_the_page_of_all_regions_tells_what_the_last_look_found_missing(
    aws: FakeAws, person: Person
) -> None:
    make_again("hub")
    person.open(OVERVIEW)
    assert "didn't exist" not in person.text
    person.open(f"{BASE}/")
    for group in ("", "?group=none"):
        person.open(OVERVIEW + group)
        assert "the secrets of 2 rules didn't exist: one, two" in person.text
    # The name stays known, and a Region that does not answer tells it too.
    aws.unreachable(operation="DescribePullThroughCacheRules", region=REGION)
    person.open(OVERVIEW)
    assert "the secrets of 2 rules didn't exist: one, two" in person.text


def test_a_secret_that_is_there_again_is_not_told_any_more(aws: FakeAws, person: Person) -> None:
    old, new = make_again("hub")
    person.open(f"{BASE}/")
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="one", credentialArn=new)
    person.open(f"{BASE}/")
    person.open(OVERVIEW)
    assert "the secret of 1 rule didn't exist: two" in person.text
    assert KnownSecret.objects.get(arn=old).missing_since
    ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="two", credentialArn=new)
    person.open(OVERVIEW)
    assert "didn't exist" not in person.text


def test_without_access_to_secrets_what_was_known_is_shown(aws: FakeAws, person: Person) -> None:
    make_rule("one", make_secret("prod-github"))
    person.open(f"{BASE}/")
    aws.refuse(operation="ListSecrets")
    person.open(f"{BASE}/")
    assert person.find("td span[title^=ecr-pull]")["title"] == f"{PREFIX}prod-github"


def test_secrets_that_are_looked_up_at_once_keep_their_connections(
    aws: FakeAws, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(MOST_LOOKED_UP):
        arn = make_secret(f"hub-{number}")
        make_rule(f"rule-{number}", arn)
        client().delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    person.open(f"{BASE}/")
    caplog.clear()
    aws.latency({REGION: 0.2})
    person.open(f"{BASE}/")
    assert "Connection pool is full" not in caplog.text


def test_an_unchanged_list_writes_nothing(aws: FakeAws, person: Person) -> None:
    make_again("hub")
    person.open(f"{BASE}/")
    with CaptureQueriesContext(connection) as statements:
        person.open(f"{BASE}/")
    written = [each["sql"] for each in statements if "wizard_knownsecret" in each["sql"]]
    assert [sql.split()[0] for sql in written] == ["SELECT"]
