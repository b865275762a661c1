"""Permissions: every address for every kind of person, and objects named in a request's body."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, resolve, reverse
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, client_in, connect
from tests.faults.access_table import BODIES, LAST, TABLE
from tests.faults.addresses import addresses, begin, changes, furnish, make_rule, prefixes
from tests.person import ACCOUNT, REGION, Person, sign_in, someone
from wizard import admin, checks
from wizard.domain import Place, Role, Target
from wizard.gate import needs as access
from wizard.models import (
    AuditEvent,
    AuditOutcome,
    BulkState,
    BulkValidation,
    Grant,
    ItemState,
    LastKnownRule,
)
from wizard.services import health
from wizard.services.bulk_validation.running import run_bulk_validation
from wizard.services.bulk_validation.starting import RuleSelection, start_bulk_validation
from wizard.services.people import directory

OTHER_REGION = "eu-west-1"
PEOPLE = ("anonymous", "viewer", "operator", "administrator", "neighbour", "stranger")


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


# --- Z1: every address to everybody -------------------------------------------------------------

GRANTED: dict[str, tuple[str, Role, tuple[Place, ...]]] = {
    "viewer": ("vera", Role.VIEWER, ()),
    "operator": ("ada", Role.OPERATOR, ()),
    "administrator": ("alan", Role.ADMINISTRATOR, ()),
    "neighbour": ("nora", Role.OPERATOR, (Place(account_id=ACCOUNT, region=OTHER_REGION),)),
    "stranger": ("sam", Role.OPERATOR, (Place(account_id=OTHER_ACCOUNT),)),
}


def client_of(who: str) -> Client:
    """A browser of one of the table's people, without CSRF checks in the way."""
    client = Client()
    if who in GRANTED:
        name, role, places = GRANTED[who]
        client.force_login(someone(name, role, *places))
    return client


def visits(aws: FakeAws, person: Person) -> list[tuple[str, str]]:
    """Return every address with its name; those that delete what others need come last.

    The console works in two accounts: its own, which the addresses name, and that of the stranger.
    """
    zoe = someone("zoe")
    connect(aws, rules={REGION: {"strangers": "quay.io"}})
    places = furnish(person) | {"user_id": str(zoe.pk)}
    found = [(address.name, address.url) for address in addresses(places)]
    rows = {"auth_user": zoe.pk, "auth_group": Group.objects.get(name=Role.VIEWER).pk}
    rows["wizard_lastknownrule"] = LastKnownRule.objects.values_list("pk", flat=True)[0]
    found += _of_the_admin(admin.site.get_urls(), rows)
    return sorted(found, key=lambda visit: LAST.index(visit[0]) if visit[0] in LAST else -1)


def _of_the_admin(patterns: list[Any], rows: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Django's own addresses there, as far as they have a name and no pattern of choices."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _of_the_admin(pattern.url_patterns, rows)
        elif isinstance(pattern, URLPattern) and pattern.name and pattern.name != "app_list":
            table = pattern.name.rpartition("_")[0]
            parts = dict.fromkeys(pattern.pattern.converters, rows.get(table, 1))
            yield f"admin:{pattern.name}", reverse(f"admin:{pattern.name}", kwargs=parts)


def answers(who: str, aws: FakeAws, person: Person) -> dict[str, str]:
    """The statuses of GET, of POST, and of htmx asking the same: the POST where there is no GET."""
    found, htmx, client = {}, {"HX-Request": "true"}, client_of(who)
    for name, url in visits(aws, person):
        body = {"csrfmiddlewaretoken": "not looked at"} | BODIES.get(name, {})
        get = client.get(url).status_code
        if get == 405:
            fragment = client.post(url, body, headers=htmx).status_code
        else:
            fragment = client.get(url, headers=htmx).status_code
        if name in LAST:
            client = client_of(who)  # htmx may have signed out already
        post = client.post(url, body).status_code
        if name in LAST:
            client = client_of(who)
        found[name] = f"{get} {post} {fragment}"
    return found


@pytest.mark.promise("Z1")
@pytest.mark.parametrize("who", PEOPLE)
def test_every_address_answers_everybody_as_the_table_says(
    who: str, aws: FakeAws, transactional_db: None, person: Person
) -> None:
    column = PEOPLE.index(who)
    assert answers(who, aws, person) == {name: row[column] for name, row in TABLE.items()}


def test_an_address_that_nobody_has_said_anything_about_is_closed(
    monkeypatch: pytest.MonkeyPatch, aws: FakeAws, db: None
) -> None:
    needs = {name: need for name, need in access.NEEDS.items() if name != "audit"}
    monkeypatch.setattr(access, "NEEDS", needs)
    assert client_of("administrator").get("/audit/").status_code == 403
    assert client_of("anonymous").get("/audit/").status_code == 302
    (error,) = checks.check_every_address_says_whom_it_is_for()
    assert "'audit' has no entry" in error.msg


@pytest.mark.promise("Z1")
def test_a_grant_taken_is_gone_at_the_next_request(person: Person) -> None:
    person.open_rules()
    assert person.status == 200
    Grant.objects.all().delete()
    person.open_rules()
    assert person.status == 403


# --- Z2: other people's places ------------------------------------------------------------------


@pytest.fixture
def neighbour(aws: FakeAws, db: None) -> Client:
    """An operator of one Region of the account, and of another account, whole."""
    client = Client()
    places = (Place(account_id=ACCOUNT, region=OTHER_REGION), Place(account_id=OTHER_ACCOUNT))
    client.force_login(someone("nora", Role.OPERATOR, *places))
    return client


RULES = f"/{ACCOUNT}/{OTHER_REGION}/rules"
BODIES_WITH_FOREIGN_REGIONS = {
    "rules-delete": (
        f"/{ACCOUNT}/rules/delete/",
        {"rule": [f"{OTHER_REGION}/quay", f"{REGION}/quay"], "confirmation": "confirm"},
    ),
    "draft-regions": (
        f"/{ACCOUNT}/{OTHER_REGION}/drafts/{'A' * 22}/regions/",
        {"regions": ["eu-central-1", REGION]},
    ),
    "draft-confirm": (
        f"/{ACCOUNT}/{OTHER_REGION}/drafts/{'A' * 22}/create/",
        {"regions": REGION, "shown": "1" * 32},
    ),
    "bulk validation of a Region": (f"/{ACCOUNT}/validations/", {"region": REGION}),
    "bulk validation of a rule": (f"/{ACCOUNT}/validations/", {"rule": f"{REGION}/quay"}),
}


@pytest.mark.promise("Z2")
@pytest.mark.parametrize(
    ("url", "body"), BODIES_WITH_FOREIGN_REGIONS.values(), ids=BODIES_WITH_FOREIGN_REGIONS
)
def test_a_region_of_others_in_a_body_is_refused_before_aws_is_asked(
    url: str,
    body: dict[str, Any],
    aws: FakeAws,
    neighbour: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_rule("quay")
    make_rule("quay", region=OTHER_REGION)
    before = aws.calls()
    assert neighbour.post(url, body).status_code == 403
    assert aws.calls() == before
    assert not BulkValidation.objects.exists()
    assert any(record.name == "wizard.security" for record in caplog.records)
    refusal = AuditEvent.objects.get(action="Access")
    assert (refusal.username, refusal.outcome) == ("nora", AuditOutcome.REFUSED)


# The places of grants, which are the administrators' to choose.
# Regions of a grant or of an account, which administrators name, who are so everywhere.
OF_GRANTS = {"person-add", "grant-give", "grant-take"}
OF_ACCOUNTS = {"account-add", "account-role", "account-edit"}
# Rules and places of many accounts, which are looked up among those that the person may see: others
# are not found (tests/wizard/views/test_fleet_selection.py, test_fleet_creation.py).
OF_THE_FLEET = {"fleet-action", "fleet-create", "fleet-replace", "fleet-validate", "fleet-rotate"}


@pytest.mark.promise("Z2")
def test_every_field_that_names_regions_is_checked_before_the_view() -> None:
    parts = {"account_id": ACCOUNT, "region": REGION, "step": "source"}
    parts |= {"ecr_repository_prefix": "quay", "secret": "x", "draft_id": "A" * 22}
    unchecked = {}
    for address in addresses(parts):
        fields = set(getattr(address.view, "takes_fields", {}))
        naming = {name for name in fields if name.removesuffix("s") in ("region", "rule")}
        left = naming - set(access.NEEDS[address.name].regions)
        if left and address.name not in OF_GRANTS | OF_ACCOUNTS | OF_THE_FLEET:
            unchecked[address.name] = left
    assert unchecked == {}
    assert access.NEEDS["draft-confirm"].regions == ("regions",)


@pytest.mark.promise("Z2")
@pytest.mark.parametrize("account", [ACCOUNT, "111122223333"])
def test_a_place_of_others_in_the_address_is_refused_before_aws_is_asked(
    account: str, aws: FakeAws, neighbour: Client
) -> None:
    make_rule("quay")
    before = aws.calls()
    for path in ("rules/", "rules/quay/details/", "secrets/", "health/", "overview-section/"):
        assert neighbour.get(f"/{account}/{REGION}/{path}").status_code == 403
    assert neighbour.post(f"/{account}/{REGION}/rules/quay/delete/").status_code == 403
    assert aws.calls() == before
    target = AuditEvent.objects.filter(action="Access").values("account_id", "region")[0]
    assert target == {"account_id": account, "region": REGION}


@pytest.mark.promise("Z2")
def test_pages_over_many_regions_show_and_ask_only_ones_own(
    aws: FakeAws, neighbour: Client
) -> None:
    make_rule("ours", region=OTHER_REGION)
    make_rule("theirs")
    page = b"".join(neighbour.get(f"/{ACCOUNT}/rules/")).decode()
    assert "ours" in page
    assert "theirs" not in page
    assert REGION not in page
    assert aws.calls()["DescribePullThroughCacheRules"] == 1
    listed = neighbour.get(f"/{ACCOUNT}/rules/?format=json").json()
    assert [rule["ecr_repository_prefix"] for rule in listed] == ["ours"]
    review = neighbour.post(f"{RULES}/ours/clone/", follow=True).text
    assert "Choose Regions" in review
    assert REGION not in review


@pytest.mark.promise("Z2")
def test_a_bulk_validation_shows_only_ones_own_regions(
    aws: FakeAws, person: Person, neighbour: Client
) -> None:
    selections = [RuleSelection(region=region) for region in (REGION, OTHER_REGION, "eu-central-1")]
    ada = User.objects.get(username="ada")
    bulk, _ = start_bulk_validation(account_id=ACCOUNT, selections=selections, actor=ada)
    foreign, _ = start_bulk_validation(account_id=ACCOUNT, selections=selections[:1], actor=ada)
    url = f"/{ACCOUNT}/validations/"
    assert str(bulk.pk) in neighbour.get(url).text
    assert str(foreign.pk) not in neighbour.get(url).text
    assert neighbour.get(f"{url}{foreign.pk}/").status_code == 404
    assert neighbour.post(f"{url}{foreign.pk}/cancel/").status_code == 404
    assert neighbour.post(f"{url}{bulk.pk}/cancel/").status_code == 403
    neighbour.post(url, {"all": "1"})
    started = BulkValidation.objects.latest("created_at")
    assert {item.region for item in started.items.all()} == {OTHER_REGION}


@pytest.mark.promise("Z2")
def test_the_console_opens_where_one_has_a_grant(aws: FakeAws, neighbour: Client) -> None:
    assert neighbour.get("/")["Location"] == f"{RULES}/"
    menu = neighbour.get(f"{RULES}/").text
    assert "eu-west-1" in menu
    assert REGION not in menu


# --- Z2: two accounts ---------------------------------------------------------------------------

# What the account of `furnish` has, and the other one has not.
_THEIRS = (f"/{ACCOUNT}/", f":{ACCOUNT}:", "example-role", "ecr-pullthroughcache/unused", ">team<")


@pytest.mark.promise("Z2")
def test_addresses_of_one_account_show_and_change_nothing_of_the_other(
    aws: FakeAws, transactional_db: None, person: Person
) -> None:
    """Everybody here may do everything in both; each object belongs to one of them."""
    connect(aws, rules={REGION: {"strangers": "quay.io"}})
    places = furnish(person) | {"account_id": OTHER_ACCOUNT}
    before = {account: held(aws, account) for account in (ACCOUNT, OTHER_ACCOUNT)}
    intents, answers = AuditEvent.objects.count(), dict[str, tuple[int, ...]]()
    for address in addresses(places):
        if not address.url.startswith(f"/{OTHER_ACCOUNT}/") or address.name in CREATING:
            continue
        shown = person.client.get(address.url)
        text = b"".join(shown).decode() if shown.streaming else shown.text
        assert not [mark for mark in _THEIRS if mark in text], address.name
        token = {"csrfmiddlewaretoken": person.csrf_token}
        sent = person.client.post(address.url, token)
        if OF_AN_OBJECT.intersection(resolve(address.url).kwargs):
            answers[address.name] = (shown.status_code, sent.status_code)
    assert answers
    open_to_all = {
        name: found
        for name, found in answers.items()
        # Before its object is begun, the page of a progress shows that nothing has been done.
        if not set(found) <= (REFUSED | {303} if name.endswith("-progress") else REFUSED)
    }
    assert open_to_all == {}
    assert {account: held(aws, account) for account in before} == before
    changed = AuditEvent.objects.filter(sequence__gt=intents).exclude(account_id=OTHER_ACCOUNT)
    assert [event.action for event in changed.exclude(account_id="")] == []


# Parts of addresses that name an object of one account.
OF_AN_OBJECT = {
    *("batch_id", "bulk_id", "cleanup_id", "deletion_id", "draft_id", "import_id"),
    *("operation_id", "rotation_id", "template_operation_id"),
}
# They begin something of their own in the other account.
CREATING = {"bulk-validation-create", "draft-create", "rule-action"}
REFUSED = {403, 404, 405}


def held(aws: FakeAws, account_id: str) -> Any:
    """Return the rules, secrets and templates of an account."""
    ecr = client_in(aws, "ecr", account_id)
    secrets = client_in(aws, "secretsmanager", account_id).list_secrets()["SecretList"]
    return (
        ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"],
        ecr.describe_repository_creation_templates()["repositoryCreationTemplates"],
        sorted((each["Name"], sorted(each["SecretVersionsToStages"])) for each in secrets),
    )


@pytest.mark.promise("Z2")
def test_what_is_sent_about_one_account_never_reaches_objects_of_the_other(
    aws: FakeAws, transactional_db: None, person: Person
) -> None:
    """A bulk validation and a deletion that name the same rule ask about their own account."""
    make_rule("quay")
    connect(aws, rules={REGION: {"quay": "quay.io"}})
    person.open(f"/{OTHER_ACCOUNT}/{REGION}/rules/quay/delete/")
    person.fill("Prefix", "quay") if "Prefix" in person.text else None
    answer = person.client.post(
        f"/{OTHER_ACCOUNT}/rules/delete/",
        {
            "rule": f"{REGION}/quay",
            "confirmation": "confirm",
            "csrfmiddlewaretoken": person.csrf_token,
        },
    )
    assert answer.status_code == 303
    assert held(aws, OTHER_ACCOUNT)[0] == []
    assert prefixes() == ["quay"]
    event = AuditEvent.objects.filter(action="DeletePullThroughCacheRule").first()
    assert event is not None
    assert event.account_id == OTHER_ACCOUNT


# --- Z3: hiding is for the eye ------------------------------------------------------------------


@pytest.mark.promise("Z3")
def test_a_viewer_is_offered_nothing_and_gets_nowhere_by_hand(aws: FakeAws, person: Person) -> None:
    places = furnish(person)
    forms = _forms_of(person, places)
    assert len(forms) > 15
    viewer = sign_in("vera", Role.VIEWER)
    before = aws.calls()
    shown = set(_forms_of(viewer, places))
    assert shown <= {"preferences", "table-preferences", "session", "sign-out"}
    for name, (url, body) in forms.items():
        if name not in shown:
            assert viewer.client.post(url, body | _token(viewer)).status_code == 403, name
    assert changes(aws.calls()) == changes(before)
    assert aws.calls().get("ValidatePullThroughCacheRule") == before.get(
        "ValidatePullThroughCacheRule"
    )


def _token(person: Person) -> dict[str, str]:
    return {"csrfmiddlewaretoken": person.csrf_token}


def _forms_of(person: Person, places: dict[str, str]) -> dict[str, tuple[str, dict[str, str]]]:
    """Every form that posts on the pages that a viewer may open, and on those it leads to."""
    at = f"/{ACCOUNT}/{REGION}"
    rule, secret = f"{at}/rules/{places['ecr_repository_prefix']}", places["secret"]
    pages = [
        *(f"{at}/rules/", f"{rule}/details/", f"{rule}/health/", f"{at}/health/"),
        *(f"{at}/secrets/", f"/{ACCOUNT}/operations/{places['batch_id']}/"),
        *(f"/{ACCOUNT}/rules/", f"/{ACCOUNT}/validations/"),
        *(f"{rule}/edit/", f"{rule}/delete/", f"{at}/new-secret/"),
        *(f"{at}/secrets/{secret}/value/", f"{at}/secrets/{secret}/delete/"),
        *(f"{at}/drafts/{places['draft_id']}/{step}/" for step in ("source", "destination")),
    ]
    found = {}
    for page in pages:
        person.open(page)
        for form in person.page.select('form[method="post"]'):
            buttons = form.select("button[formaction]")
            if form.get("id"):
                buttons += person.page.select(f'button[form="{form["id"]}"][formaction]')
            # The form of the tables' rows has no address of its own: each button has one.
            action = form.get("action") or ("" if buttons else page)
            urls = filter(None, [action, *(each["formaction"] for each in buttons)])
            for url in (urljoin(page, str(each)) for each in urls):
                fields = {
                    str(each["name"]): str(each.get("value", ""))
                    for each in form.select("input[name]")
                }
                found[resolve(url.partition("?")[0]).url_name or ""] = (url, fields)
    return found


# --- W9: a role taken in mid-wizard -------------------------------------------------------------


@pytest.mark.promise("W9")
def test_an_operator_no_more_cannot_create_what_was_begun(aws: FakeAws, person: Person) -> None:
    begin(person, "Quay")
    person.press("Next")
    assert person.heading == "Review and create"
    someone("ada", Role.VIEWER)
    before = aws.calls()
    person.press("Create")
    assert person.status == 403
    assert "You don't have permission" in person.text
    assert prefixes() == []
    assert changes(aws.calls()) == changes(before)


@pytest.mark.promise("W9")
def test_an_operator_no_more_answers_no_step_either(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Quay")
    someone("ada", Role.VIEWER)
    person.fill("Amazon ECR repository prefix", "typed-too-late")
    person.press("Next")
    assert person.status == 403
    someone("ada", Role.OPERATOR)
    person.open(f"{path}destination/")
    assert person.value_of("Amazon ECR repository prefix") == "quay"


@pytest.mark.promise("W9")
def test_a_schedule_of_an_operator_no_more_is_off_until_they_are_one_again(
    aws: FakeAws, person: Person
) -> None:
    make_rule("quay")
    ada, target = User.objects.get(username="ada"), Target(account_id=ACCOUNT, region=REGION)
    for prefix in ("", "quay"):
        health.set_schedule(target=target, ecr_repository_prefix=prefix, every_hours=6, actor=ada)
    days = iter(range(1, 9))

    def start_next() -> int:
        day = timezone.now() + timedelta(days=next(days))
        return len(health.start_due(now=lambda: day))

    vera, url = sign_in("vera", Role.VIEWER), f"/{ACCOUNT}/{REGION}/health/"
    someone("ada", Role.OPERATOR, Place(account_id=ACCOUNT, region=OTHER_REGION))
    assert start_next() == 0
    someone("ada", Role.VIEWER)
    assert start_next() == 0
    vera.open(url)
    assert "Automatic validation is off." in vera.text
    assert "their own schedule" not in vera.text
    someone("ada", Role.OPERATOR)
    directory.set_active(user=ada, is_active=False)
    assert start_next() == 0
    assert not BulkValidation.objects.exists()
    directory.set_active(user=ada, is_active=True)
    assert start_next() == 2
    vera.open(url)
    assert "Validates every 6 hours. " in vera.text
    # Who takes it over, as it stands, is written down: it was off.
    someone("ada", Role.VIEWER)
    grace = someone("grace")
    health.set_schedule(target=target, every_hours=6, actor=grace)
    taken = AuditEvent.objects.filter(action="SetValidationSchedule").latest("sequence")
    assert (taken.before, taken.after) == (None, {"every_hours": 6})


@pytest.mark.promise("W9")
def test_of_a_bulk_validation_only_what_its_person_may_still_validate_is_asked(
    aws: FakeAws, person: Person
) -> None:
    regions = (REGION, OTHER_REGION)
    for region in regions:
        make_rule("quay", region=region)
    bulk, _ = start_bulk_validation(
        account_id=ACCOUNT,
        selections=[RuleSelection(region=region) for region in regions],
        actor=User.objects.get(username="ada"),
    )
    someone("ada", Role.OPERATOR, Place(account_id=ACCOUNT, region=OTHER_REGION))
    before = aws.calls()
    assert run_bulk_validation(bulk_id=bulk.pk)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.CANCELLED
    states = set(bulk.items.values_list("region", "state"))
    assert states == {(REGION, ItemState.CANCELLED), (OTHER_REGION, ItemState.DONE)}
    asked = ("DescribePullThroughCacheRules", "ValidatePullThroughCacheRule")
    assert [aws.calls()[name] - before.get(name, 0) for name in asked] == [1, 1]
