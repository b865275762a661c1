"""Rules that are created or copied in many accounts, as a person plans and starts it."""

import csv
import io
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, client_in, connect
from tests.person import REGION, Person, sign_in
from tests.wizard.views.test_fleet_operations import LIST, calls, download, know, post, states
from tests.worker import work
from wizard.domain import NEW_SECRET, Place, Role
from wizard.models import Account, FleetOperation, Grant, Operation, SealedValue

PAGE = "/fleet/create/"
CREATE = "CreatePullThroughCacheRule"
SECRET = "ecr-pullthroughcache/hub"
BOTH = [OTHER_ACCOUNT, THIRD_ACCOUNT]


@pytest.fixture
def fleet(aws: FakeAws, person: Person) -> FakeAws:
    """Two accounts by a role, without rules, with one Region in use."""
    for account_id in BOTH:
        connect(
            aws,
            account_id,
            alias=f"team-{account_id[:4]}",
            owner=f"Owner {account_id[0]}",
            regions=[REGION],
        )
    return aws


def answers(**more: Any) -> dict[str, Any]:
    return {
        "registry": "quay",
        "ecr_repository_prefix": "quay",
        "scope": "chosen",
        "accounts": BOTH,
        "where": "in-use",
        "to": "plan",
    } | more


def plan(person: Person, **more: Any) -> Any:
    """Send the form, and return the page of the plan."""
    person.arrive(post(person, PAGE, **answers(**more)))
    return person


def begin(person: Person) -> FleetOperation:
    """Start the plan that the person sees."""
    label = "Copy rules" if "Copy rules to" in person.heading else "Create rules"
    person.press(label)
    assert person.url.startswith(LIST), person.text
    return FleetOperation.objects.latest("created_at")


def prefixes(aws: FakeAws, account_id: str, region: str = REGION) -> list[str]:
    ecr = client_in(aws, "ecr", account_id, region)
    rules = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return sorted(each["ecrRepositoryPrefix"] for each in rules)


def test_a_rule_is_created_in_the_chosen_accounts(fleet: FakeAws, person: Person) -> None:
    person.open(PAGE)
    assert person.heading == "Create rules in several accounts"
    person.choose("Quay")
    person.fill("Cache repository prefix", "quay")
    for account_id in BOTH:
        person.find(f'[name="accounts"][value="{account_id}"]')["checked"] = ""
    person.press("Show plan")
    assert person.status == 200, person.text
    assert "Create: 2" in person.text
    assert "Never read" in person.text
    operation = begin(person)
    assert "0 of 2 accounts" in person.text
    work()
    assert states(operation) == dict.fromkeys(BOTH, "done")
    assert [prefixes(fleet, each) for each in BOTH] == [["quay"], ["quay"]]
    assert calls(fleet, CREATE) == 2
    person.open(person.url)
    assert "Succeeded: 2" in person.text
    lines = list(csv.DictReader(io.StringIO(download(person, f"{person.url}?format=csv"))))
    assert {line["account_id"]: line["status"] for line in lines} == dict.fromkeys(BOTH, "created")
    person.open(str(person.find(f'#results a[href*="{OTHER_ACCOUNT}"]')["href"]))
    assert person.status == 200
    assert "quay" in person.text


def test_what_exists_is_left_out_of_the_plan_and_another_rule_is_told(
    fleet: FakeAws, person: Person
) -> None:
    know(OTHER_ACCOUNT, "quay")
    know(THIRD_ACCOUNT, "other")
    plan(person, registry="k8s", ecr_repository_prefix="quay")
    rows = [row.get_text(" ") for row in person.page.select("table")[1].select("tbody tr")]
    assert "Another rule has the prefix" in rows[0]
    assert "Create" in rows[1]
    plan(person)
    rows = [row.get_text(" ") for row in person.page.select("table")[1].select("tbody tr")]
    assert "Exists, nothing to do" in rows[0]
    operation = begin(person)
    assert states(operation) == {THIRD_ACCOUNT: "waiting"}


def test_a_rule_that_exists_by_now_is_no_failure_and_another_one_is(
    fleet: FakeAws, person: Person
) -> None:
    plan(person)
    for account_id, url in ((OTHER_ACCOUNT, "quay.io"), (THIRD_ACCOUNT, "registry.k8s.io")):
        client_in(fleet, "ecr", account_id).create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl=url
        )
    operation = begin(person)
    work()
    assert states(operation) == {OTHER_ACCOUNT: "done", THIRD_ACCOUNT: "failed"}
    person.open(person.url)
    assert "The prefix is already in use in this Region" in person.text
    lines = list(csv.DictReader(io.StringIO(download(person, f"{person.url}?format=csv"))))
    assert [line["status"] for line in lines] == ["error", "exists"]
    client_in(fleet, "ecr", THIRD_ACCOUNT).delete_pull_through_cache_rule(
        ecrRepositoryPrefix="quay"
    )
    person.press("Retry what failed")
    work()
    again = FleetOperation.objects.latest("created_at")
    assert states(again) == {THIRD_ACCOUNT: "done"}
    assert prefixes(fleet, THIRD_ACCOUNT) == ["quay"]


def test_the_secret_is_found_by_its_name_in_each_account_and_a_missing_one_is_told(
    fleet: FakeAws, person: Person
) -> None:
    arn = client_in(fleet, "secretsmanager", OTHER_ACCOUNT).create_secret(
        Name=SECRET, SecretString='{"username": "ada", "accessToken": "right"}'
    )["ARN"]
    plan(person, registry="docker-hub", ecr_repository_prefix="hub", secret_name="hub")
    assert SECRET in person.text
    operation = begin(person)
    work()
    assert states(operation) == {OTHER_ACCOUNT: "done", THIRD_ACCOUNT: "failed"}
    made = client_in(fleet, "ecr", OTHER_ACCOUNT).describe_pull_through_cache_rules()
    assert made["pullThroughCacheRules"][0]["credentialArn"] == arn
    person.open(person.url)
    assert "ECR can't find the secret" in person.text
    assert not Operation.objects.filter(account_id=THIRD_ACCOUNT).exists()
    client_in(fleet, "secretsmanager", THIRD_ACCOUNT).create_secret(
        Name=SECRET, SecretString='{"username": "ada", "accessToken": "right"}'
    )
    person.press("Retry what failed")
    work()
    assert states(FleetOperation.objects.latest("created_at")) == {THIRD_ACCOUNT: "done"}


def test_a_role_and_the_own_registry_are_those_of_each_account(
    fleet: FakeAws, person: Person
) -> None:
    role = "arn:aws:iam::{account_id}:role/ecr-upstream"
    cross = {"registry": "ecr", "ecr_access": "ecr-cross-account", "region": "eu-west-1"}
    plan(
        person,
        **cross,
        account_id=THIRD_ACCOUNT,
        custom_role_arn=role,
        ecr_repository_prefix="team",
    )
    assert "Create: 1" in person.text
    assert "The upstream registry is there: 1" in person.text
    operation = begin(person)
    work()
    assert states(operation) == {OTHER_ACCOUNT: "done"}
    (made,) = client_in(fleet, "ecr", OTHER_ACCOUNT).describe_pull_through_cache_rules()[
        "pullThroughCacheRules"
    ]
    assert made["customRoleArn"] == f"arn:aws:iam::{OTHER_ACCOUNT}:role/ecr-upstream"
    own = cross | {"ecr_access": "ecr-same-account"}
    plan(person, **own, ecr_repository_prefix="own")
    begin(person)
    work()
    rules = client_in(fleet, "ecr", THIRD_ACCOUNT).describe_pull_through_cache_rules()
    (found,) = rules["pullThroughCacheRules"]
    assert found["upstreamRegistryUrl"] == f"{THIRD_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    plan(person, **own | {"region": REGION}, ecr_repository_prefix="here")
    assert "The upstream registry is there: 2" in person.text
    assert "Nothing can be created." in person.text


def test_a_plan_has_only_what_the_person_may_create(fleet: FakeAws, person: Person) -> None:
    oda = sign_in("oda", Role.OPERATOR, Place(account_id=OTHER_ACCOUNT, region=REGION))
    oda.open(PAGE)
    assert THIRD_ACCOUNT not in str(oda.page)
    plan(oda)
    assert THIRD_ACCOUNT not in oda.text
    Grant.objects.create(
        user=User.objects.get(username="oda"), role=Role.VIEWER, account_id=THIRD_ACCOUNT
    )
    plan(oda)
    assert "Create: 1" in oda.text
    assert "You aren't an operator there: 1" in oda.text
    operation = begin(oda)
    assert states(operation) == {OTHER_ACCOUNT: "waiting"}


def test_all_accounts_of_a_filter_and_chosen_regions(fleet: FakeAws, person: Person) -> None:
    Account.objects.filter(pk=OTHER_ACCOUNT).update(regions=[REGION, "eu-west-1"])
    chosen: dict[str, Any] = {
        "scope": "all",
        "accounts": [],
        "where": "chosen",
        "regions": ["eu-west-1"],
    }
    # Without the account of the console's own credentials, which this process may know by now.
    chosen["q"] = "team"
    plan(person, **chosen)
    assert "Create: 1" in person.text
    assert "The Region isn't in use: 1" in person.text
    plan(person, **chosen, owner="Owner 2")
    assert THIRD_ACCOUNT not in person.text
    Account.objects.filter(pk=OTHER_ACCOUNT).update(is_enabled=False)
    # It is in the plan that was shown, and not in use any more.
    person.press("Create rules")
    assert "Nothing can be created." in person.text
    assert not FleetOperation.objects.exists()


def test_the_filter_and_going_back_keep_what_was_typed(fleet: FakeAws, person: Person) -> None:
    person.arrive(
        post(person, PAGE, **answers(to="filter", q="team-3333", accounts=[OTHER_ACCOUNT]))
    )
    assert person.value_of("Cache repository prefix") == "quay"
    listed = [each["value"] for each in person.page.select('[name="accounts"]')]
    assert listed == BOTH, "the selected account, and the one that the filter finds"
    plan(person)
    person.press("Change")
    assert person.value_of("Cache repository prefix") == "quay"
    assert person.is_chosen("Quay")
    assert len(person.page.select('[name="accounts"][checked]')) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"registry": ""}, "Choose a registry."),
        ({"ecr_repository_prefix": "Ab"}, "lowercase"),
        ({"accounts": []}, "Select at least one account."),
        ({"accounts": ["1"]}, "Enter an account ID of 12 digits."),
        ({"where": "chosen"}, "Choose at least one Region."),
        ({"where": "chosen", "regions": ["mars"]}, "no longer in the list"),
        ({"registry": "docker-hub"}, "Enter the name of the secret."),
        ({"rules": ["x"]}, "no longer exists"),
        (
            {
                "registry": "ecr",
                "ecr_access": "ecr-cross-account",
                "region": "eu-west-1",
                "account_id": "111122223333",
                "custom_role_arn": "arn:aws:iam::111122223333:role/one",
            },
            "Write {account_id} in place of the account.",
        ),
    ],
)
def test_answers_that_make_no_rule_are_told(
    fleet: FakeAws, person: Person, wrong: dict[str, Any], words: str
) -> None:
    plan(person, **wrong)
    assert person.status == 422
    assert person.is_refused
    assert words in person.text
    assert not FleetOperation.objects.exists()


def test_a_start_without_a_plan_starts_nothing(fleet: FakeAws, person: Person) -> None:
    for more in ({}, {"planned": "x"}, {"planned": " ".join(["9" * 12, "1"])}):
        person.arrive(post(person, PAGE, **answers(to="start"), **more))
        assert person.status == 422
    assert not FleetOperation.objects.exists()


def test_a_form_that_is_sent_twice_leads_to_one_operation(fleet: FakeAws, person: Person) -> None:
    plan(person)
    sent = {
        str(each["name"]): str(each["value"])
        for each in person.page.select('main form input[type="hidden"]')
        if each["name"] != "accounts"
    } | {"accounts": BOTH, "to": "start"}
    for _time in range(2):
        person.arrive(person.client.post(PAGE, sent, follow=True))
        assert person.url.startswith(LIST)
    assert FleetOperation.objects.count() == 1


def test_rules_are_copied_with_the_name_of_their_secret(fleet: FakeAws, person: Person) -> None:
    for account_id in BOTH:
        client_in(fleet, "secretsmanager", account_id).create_secret(
            Name=SECRET, SecretString='{"username": "ada", "accessToken": "right"}'
        )
    secret = client_in(fleet, "secretsmanager", OTHER_ACCOUNT).describe_secret(SecretId=SECRET)
    ecr = client_in(fleet, "ecr", OTHER_ACCOUNT)
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=secret["ARN"],
    )
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io", upstreamRepositoryPrefix="org"
    )
    person.open_rules(account_id=OTHER_ACCOUNT)
    names = [f"{OTHER_ACCOUNT}/{REGION}/{each}" for each in ("hub", "quay")]
    person.open(f"{PAGE}?from={names[0]}&from={names[1]}&account={THIRD_ACCOUNT}")
    assert person.heading == "Copy rules to several accounts"
    assert SECRET in person.text
    person.find(f'[name="accounts"][value="{OTHER_ACCOUNT}"]')["checked"] = ""
    person.press("Show plan")
    assert "Create: 2" in person.text
    assert "Exists, nothing to do: 2" in person.text
    operation = begin(person)
    assert operation.verb == "copy"
    work()
    assert states(operation) == {THIRD_ACCOUNT: "done"}
    made = client_in(fleet, "ecr", THIRD_ACCOUNT).describe_pull_through_cache_rules()
    found = {each["ecrRepositoryPrefix"]: each for each in made["pullThroughCacheRules"]}
    assert THIRD_ACCOUNT in found["hub"]["credentialArn"]
    assert found["quay"]["upstreamRepositoryPrefix"] == "org"


def test_a_rule_that_a_person_may_not_see_is_not_copied(fleet: FakeAws, person: Person) -> None:
    know(OTHER_ACCOUNT, "quay")
    other = sign_in("otto", Role.OPERATOR, Place(account_id=THIRD_ACCOUNT, region=REGION))
    name = f"{OTHER_ACCOUNT}/{REGION}/quay"
    other.open(f"{PAGE}?from={name}")
    assert "quay.io" not in other.text
    plan(other, rules=[name])
    assert other.status == 422
    assert "A rule that you chose no longer exists." in other.text


# --- A new secret in each account and Region ----------------------------------------------------

TOKEN = "canary-of-new-secrets"
MAKE = "CreateSecret"
NEW: dict[str, Any] = {
    "registry": "docker-hub",
    "ecr_repository_prefix": "hub",
    "credential_source": NEW_SECRET,
    "secret_name": "hub",
}


def begin_with_secrets(person: Person, token: str = TOKEN) -> FleetOperation:
    """Type the credential into the plan that the person sees, and start it."""
    person.fill("Username", "demo")
    person.fill("Access token", token)
    return begin(person)


def secret_value(aws: FakeAws, account_id: str) -> str:
    manager = client_in(aws, "secretsmanager", account_id)
    return str(manager.get_secret_value(SecretId=SECRET)["SecretString"])


def test_a_secret_is_created_in_each_account_and_the_rule_uses_it(
    fleet: FakeAws, person: Person
) -> None:
    person.open(PAGE)
    person.choose("Docker Hub")
    person.choose("Create a secret in each account and Region")
    person.fill("Cache repository prefix", "hub")
    person.fill("Secret name", "hub")
    for account_id in BOTH:
        person.find(f'[name="accounts"][value="{account_id}"]')["checked"] = ""
    person.press("Show plan")
    assert "Create: 2" in person.text
    assert SECRET in person.text
    operation = begin_with_secrets(person)
    assert SealedValue.objects.count() == 1
    texts = [str(list(model._default_manager.values())) for model in apps.get_models()]
    work()
    texts += [str(list(model._default_manager.values())) for model in apps.get_models()]
    assert states(operation) == dict.fromkeys(BOTH, "done")
    assert not SealedValue.objects.exists()
    for account_id in BOTH:
        assert TOKEN in secret_value(fleet, account_id)
        (rule,) = client_in(fleet, "ecr", account_id).describe_pull_through_cache_rules()[
            "pullThroughCacheRules"
        ]
        arn = client_in(fleet, "secretsmanager", account_id).describe_secret(SecretId=SECRET)["ARN"]
        assert rule["credentialArn"] == arn
    assert calls(fleet, MAKE) == 2
    person.open(person.url)
    texts += [str(person.page), download(person, f"{person.url}?format=json")]
    assert not [text for text in texts if TOKEN in text]


def test_the_plan_asks_for_the_credential_and_never_shows_or_keeps_it(
    fleet: FakeAws, person: Person
) -> None:
    plan(person, **NEW)
    person.fill("Access token", TOKEN)
    person.press("Create rules")
    assert person.error_at("Username") == "Enter the username."
    assert "Create: 2" in person.text
    assert TOKEN not in str(person.page)
    assert not FleetOperation.objects.exists()
    person.fill("Username", "demo")
    person.fill("Access token", TOKEN)
    person.press("Change")
    assert person.is_chosen("Create a secret in each account and Region")
    assert TOKEN not in str(person.page)
    plan(person, **NEW, username="demo", access_token=TOKEN)
    assert TOKEN not in str(person.page)
    plan(person, username="demo", access_token=TOKEN, credential_source=NEW_SECRET)
    assert "Credentials" not in person.text, "Quay needs none"
    assert TOKEN not in str(person.page)
    begin(person)
    assert not SealedValue.objects.exists()


def test_the_credential_of_new_secrets_is_tested_before_it_is_stored_anywhere(
    fleet: FakeAws, person: Person, settings: Settings
) -> None:
    settings.SIMULATED_UPSTREAMS = fleet.upstreams()
    plan(person, **NEW)
    person.fill("Username", "demo")
    person.fill("Access token", "demo-access-token")
    person.press("Test credentials")
    assert "accepted" in person.text
    assert "demo-access-token" not in str(person.page)
    assert not FleetOperation.objects.exists()
    operation = begin(person)
    work()
    assert states(operation) == dict.fromkeys(BOTH, "done")
    assert "demo-access-token" in secret_value(fleet, THIRD_ACCOUNT)


def test_a_form_with_a_credential_that_is_sent_twice_starts_one_operation(
    fleet: FakeAws, person: Person
) -> None:
    plan(person, **NEW)
    sent: dict[str, Any] = {
        str(each["name"]): str(each["value"])
        for each in person.page.select('main form input[type="hidden"]')
        if each["name"] != "accounts" and each.get("value")
    } | {"accounts": BOTH, "to": "start", "username": "demo", "access_token": TOKEN}
    for _time in range(2):
        person.arrive(person.client.post(PAGE, sent, follow=True))
        assert person.url.startswith(LIST), person.text
    work()
    person.arrive(person.client.post(PAGE, sent, follow=True))
    assert FleetOperation.objects.count() == 1
    assert calls(fleet, MAKE) == Operation.objects.count() == 2


def test_a_secret_that_exists_is_left_as_it_is_and_its_region_fails(
    fleet: FakeAws, person: Person
) -> None:
    client_in(fleet, "secretsmanager", OTHER_ACCOUNT).create_secret(
        Name=SECRET, SecretString="of somebody else"
    )
    plan(person, **NEW)
    operation = begin_with_secrets(person)
    work()
    assert states(operation) == {OTHER_ACCOUNT: "failed", THIRD_ACCOUNT: "done"}
    assert secret_value(fleet, OTHER_ACCOUNT) == "of somebody else"
    assert prefixes(fleet, OTHER_ACCOUNT) == []
    person.open(person.url)
    assert "A secret with this name already exists" in person.text
    # So it is with a retry, whatever is typed.
    person.follow("Retry what failed")
    begin_with_secrets(person)
    work()
    assert secret_value(fleet, OTHER_ACCOUNT) == "of somebody else"


def test_a_retry_asks_for_the_credential_and_goes_on_with_the_secret_that_was_made(
    fleet: FakeAws, person: Person
) -> None:
    """One account has the secret without its rule, the other one has neither."""
    fleet.refuse(operation=CREATE, times=1)
    plan(person, **NEW, accounts=[OTHER_ACCOUNT])
    operation = begin_with_secrets(person, "wrong")
    work()
    assert states(operation) == {OTHER_ACCOUNT: "failed"}
    made = Operation.objects.get()
    assert made.has_orphan, "it is offered for cleaning up"
    person.open(person.url)
    person.follow("Retry what failed")
    assert "Create: 1" in person.text
    person.press("Create rules")
    assert person.error_at("Access token") == "Enter the access token."
    again = begin_with_secrets(person)
    assert again.pk != operation.pk
    work()
    assert states(again) == {OTHER_ACCOUNT: "done"}
    assert TOKEN in secret_value(fleet, OTHER_ACCOUNT)
    assert prefixes(fleet, OTHER_ACCOUNT) == ["hub"]
    made.refresh_from_db()
    assert not made.has_orphan
    person.open(f"{PAGE}?retry={again.pk}")
    assert "Nothing failed" in person.text


def test_a_credential_that_is_not_kept_any_more_is_told_and_asked_for_again(
    fleet: FakeAws, person: Person
) -> None:
    plan(person, **NEW)
    operation = begin_with_secrets(person)
    SealedValue.objects.all().delete()
    work()
    assert states(operation) == dict.fromkeys(BOTH, "failed")
    assert (calls(fleet, MAKE), calls(fleet, CREATE)) == (0, 0)
    person.open(person.url)
    assert "The credential is no longer kept" in person.text
    # The button of other operations, sent by hand, leads to the page that asks for the credential.
    data = {"csrfmiddlewaretoken": person.csrf_token}
    answer = person.client.post(f"{LIST}{operation.pk}/retry/", data)
    assert answer["Location"] == f"{PAGE}?retry={operation.pk}"
    person.open(f"{PAGE}?retry={operation.pk}")
    again = begin_with_secrets(person)
    work()
    assert states(again) == dict.fromkeys(BOTH, "done")


def test_the_page_of_the_account_asks_for_the_credential_of_its_own_failure(
    fleet: FakeAws, person: Person
) -> None:
    """The background has no credential, so the account's import offers no retry without one."""
    fleet.refuse(operation=MAKE, times=1)
    plan(person, **NEW, accounts=[OTHER_ACCOUNT])
    operation = begin_with_secrets(person)
    work()
    assert states(operation) == {OTHER_ACCOUNT: "failed"}
    part = operation.parts.get()
    address = f"/{OTHER_ACCOUNT}/imports/{part.import_id}/"
    person.open(address)
    assert person.status == 200
    assert "Retry failed" not in person.text
    data = {"csrfmiddlewaretoken": person.csrf_token}
    person.client.post(f"{address}retry/", data)
    assert Operation.objects.get().state == "failed"
    person.open(str(person.page.select("main tbody a")[0]["href"]))
    person.fill("Username", "demo")
    person.fill("Access token", TOKEN)
    person.press("Retry failed")
    assert Operation.objects.get().state == "succeeded"
    assert TOKEN in secret_value(fleet, OTHER_ACCOUNT)


def test_what_is_retried_with_a_credential_has_to_be_such_an_operation(
    fleet: FakeAws, person: Person
) -> None:
    plan(person)
    other = begin(person)
    for text in ("", "x", str(uuid.uuid4()), str(other.pk)):
        assert person.client.get(PAGE, {"retry": text}).status_code == 404, text
    plan(person, **NEW)
    operation = begin_with_secrets(person)
    work()
    stranger = sign_in("otto", Role.OPERATOR, Place(account_id="999988887777", region=REGION))
    assert stranger.client.get(PAGE, {"retry": str(operation.pk)}).status_code == 404
