"""Regions in use: only they are asked, offered and counted; what is left in others can be ended."""

import json

import boto3
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import begin
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Place, Role, Target
from wizard.models import Account, AuditEvent, BulkValidation, Operation, ValidationSchedule
from wizard.services import health, places
from wizard.services.accounts import set_regions

URL = f"/{ACCOUNT}/rules/"
PAGE = f"/{ACCOUNT}/regions/"
OTHER, UNUSED = "eu-west-1", "us-west-2"
DESCRIBE = "DescribePullThroughCacheRules"
NOTE = "isn't in use in this account"


@pytest.fixture
def administrator(aws: FakeAws, db: None) -> Person:
    return sign_in("alan", Role.ADMINISTRATOR)


def use(*codes: str) -> None:
    """Choose these Regions for the account."""
    set_regions(account_id=ACCOUNT, regions=[places.region_named(code) for code in codes])


def make_rule(region: str, prefix: str = "quay") -> None:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
    )


def token(person: Person) -> dict[str, str]:
    """What every form sends."""
    if not person.status:
        person.open("/help/")
    return {"csrfmiddlewaretoken": person.csrf_token}


def sections(person: Person) -> set[str]:
    return {
        str(each["id"]).removeprefix("region-") for each in person.page.select("section.region")
    }


def notes(person: Person) -> str:
    """What stands above the page."""
    found = person.page.select(".flash-info")
    return " ".join(" ".join(each.get_text(" ").split()) for each in found)


def menu(person: Person) -> set[str]:
    return {each.get_text(strip=True) for each in person.page.select(".region-group .small")}


# --- Which they are -----------------------------------------------------------------------------


def test_an_account_uses_its_own_regions_or_those_of_the_setting_or_all(
    aws: FakeAws, db: None, settings: Settings
) -> None:
    def codes() -> list[str]:
        return [region.code for region in places.regions_in_use(ACCOUNT)]

    assert codes() == [region.code for region in places.list_regions()]
    settings.REGIONS_IN_USE = [OTHER, REGION]
    assert codes() == sorted([OTHER, REGION])
    use(UNUSED)
    assert codes() == [UNUSED]
    use()
    assert codes() == sorted([OTHER, REGION])
    # A Region that botocore does not know, such as after an older version was installed.
    Account.objects.filter(pk=ACCOUNT).update(regions=["xx-moon-1"])
    assert codes() == sorted([OTHER, REGION])


# --- What is asked, offered and counted ---------------------------------------------------------


def test_only_regions_in_use_are_asked_offered_and_counted(aws: FakeAws, person: Person) -> None:
    for region in (REGION, OTHER, UNUSED):
        make_rule(region)
    use(REGION, OTHER)
    aws.clear_calls()
    person.open(URL)
    assert aws.calls()[DESCRIBE] == 2
    assert sections(person) == menu(person) == {REGION, OTHER}
    assert "2 rules in the 2 Regions that answered" in person.text
    added = [each.get_text() for each in person.page.select(".add-rule-regions .small")]
    assert set(added) == {REGION, OTHER}
    answer = person.client.get(f"{URL}?format=csv")
    assert UNUSED not in answer.getvalue().decode()
    person.open(f"/search/?q={UNUSED}")
    assert "US West (Oregon)" not in person.find("main").get_text()


def test_bulk_actions_leave_out_regions_that_are_not_in_use(aws: FakeAws, person: Person) -> None:
    for region in (REGION, UNUSED):
        make_rule(region)
    use(REGION)
    person.client.post(f"/{ACCOUNT}/validations/", {"all": "1", **token(person)})
    assert [each.region for each in BulkValidation.objects.get().items.all()] == [REGION]


def test_the_first_page_is_of_a_region_in_use(aws: FakeAws, person: Person) -> None:
    use(OTHER)
    person.open("/")
    assert person.url.endswith(f"/{ACCOUNT}/{OTHER}/rules/")
    assert NOTE not in notes(person)


def test_who_has_a_role_only_where_nothing_is_in_use_is_told_there(aws: FakeAws, db: None) -> None:
    use(REGION)
    neighbour = sign_in("nora", Role.VIEWER, Place(account_id=ACCOUNT, region=UNUSED))
    neighbour.open("/")
    assert neighbour.status == 200
    assert neighbour.url.endswith(f"/{ACCOUNT}/{UNUSED}/rules/")
    assert NOTE in notes(neighbour)
    neighbour.open(URL)
    assert (neighbour.status, sections(neighbour)) == (200, set())


# --- What is left in other Regions --------------------------------------------------------------


def test_a_region_that_is_not_in_use_opens_by_its_address_and_says_so(
    aws: FakeAws, person: Person
) -> None:
    make_rule(UNUSED)
    use(REGION)
    person.open_rules(UNUSED)
    assert f"US West (Oregon) ({UNUSED}) {NOTE}" in notes(person)
    assert "quay" in person.text
    person.open(f"/{ACCOUNT}/{UNUSED}/rules/quay/details/")
    person.press("Validate")
    assert person.status == 200
    person.open_rules(REGION)
    assert NOTE not in notes(person)


def test_rules_that_are_left_there_are_told_on_the_page_of_the_choice(
    aws: FakeAws, administrator: Person
) -> None:
    make_rule(UNUSED)
    administrator.open(URL)
    use(REGION)
    administrator.open(PAGE)
    assert "1 Region isn't in use, but had rules" in administrator.text
    administrator.follow("US West (Oregon)")
    assert administrator.url.endswith(f"/{UNUSED}/rules/")


def test_what_was_begun_there_stays_in_the_lists(aws: FakeAws, person: Person) -> None:
    make_rule(UNUSED)
    person.client.post(f"/{ACCOUNT}/validations/", {"region": UNUSED, **token(person)})
    bulk = BulkValidation.objects.get()
    use(REGION)
    person.open(f"/{ACCOUNT}/validations/")
    assert "US West (Oregon)" in person.text
    person.open(f"/{ACCOUNT}/validations/{bulk.pk}/")
    assert person.status == 200


def test_a_schedule_is_paused_while_its_region_is_not_in_use(aws: FakeAws, person: Person) -> None:
    ada, target = User.objects.get(username="ada"), Target(account_id=ACCOUNT, region=UNUSED)
    health.set_schedule(target=target, every_hours=24, actor=ada)
    use(REGION)
    ValidationSchedule.objects.update(next_due_at=timezone.now())
    assert health.start_due() == []
    use(REGION, UNUSED)
    ValidationSchedule.objects.update(next_due_at=timezone.now())
    assert len(health.start_due()) == 1


def test_a_rotation_finds_secrets_of_rules_where_nothing_is_in_use_any_more(
    aws: FakeAws, person: Person
) -> None:
    arn = boto3.client("secretsmanager", region_name=UNUSED).create_secret(
        Name="ecr-pullthroughcache/hub", SecretString="{}"
    )["ARN"]
    boto3.client("ecr", region_name=UNUSED).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )
    person.open(URL)
    use(REGION)
    aws.clear_calls()
    person.open(f"/{ACCOUNT}/rotations/new/?upstream=registry-1.docker.io")
    assert "ecr-pullthroughcache/hub" in person.text or "hub" in person.find("tbody").get_text()
    assert aws.calls()[DESCRIBE] == 2


def test_an_import_refuses_rules_of_regions_that_are_not_in_use(
    aws: FakeAws, person: Person
) -> None:
    use(REGION)
    members = {"ecr_repository_prefix": "quay", "upstream_registry_url": "quay.io"}
    found = [{"region": region, **members} for region in (REGION, UNUSED)]
    form = {"content": json.dumps(found), "to": "plan", **token(person)}
    person.arrive(person.client.post(f"/{ACCOUNT}/{REGION}/import/", form, follow=True))
    assert person.text.count("This Region isn't in use in the account.") == 1


def test_a_draft_creates_nothing_where_nothing_is_in_use_any_more(
    aws: FakeAws, person: Person
) -> None:
    begin(person, "Quay")
    person.press("Next")
    review = person.url
    form = {"regions": [OTHER, UNUSED], **token(person)}
    regions = review.replace("review/", "regions/")
    person.arrive(person.client.post(regions, form, follow=True))
    assert "Create in 3 Regions" in person.text
    use(REGION, OTHER)
    # The page that was shown before still has the Region.
    create = review.replace("review/", "create/")
    person.arrive(person.client.post(create, form, follow=True))
    assert "Nothing was created yet." in str(person.page)
    assert "Create in 2 Regions" in person.text
    person.press("Create in 2 Regions")
    made = Operation.objects.values_list("region", flat=True)
    assert set(made) == {REGION, OTHER}


# --- The choice ---------------------------------------------------------------------------------


def test_an_administrator_chooses_them_and_it_is_audited(
    aws: FakeAws, administrator: Person
) -> None:
    administrator.open(PAGE)
    administrator.client.post(PAGE, {"regions": [REGION, OTHER], **token(administrator)})
    administrator.open(PAGE)
    assert "2 Regions are in use in this account." in str(administrator.page)
    row = Account.objects.get()
    assert (row.account_id, row.role_arn, row.regions) == (ACCOUNT, "", sorted([OTHER, REGION]))
    event = AuditEvent.objects.filter(action="SetRegionsInUse").get()
    assert (event.subject, event.after) == (ACCOUNT, {"regions": sorted([OTHER, REGION])})
    administrator.open(PAGE)
    administrator.press("Save changes")
    assert "Nothing was changed." in str(administrator.page)
    assert AuditEvent.objects.filter(action="SetRegionsInUse").count() == 1


def test_a_region_that_was_not_offered_is_refused_at_its_field(
    aws: FakeAws, administrator: Person
) -> None:
    form = token(administrator)
    for typed in ("us-east-9", "US-EAST-2", "us-east-2,eu-west-1", "", "\x00"):
        answer = administrator.client.post(PAGE, form | {"regions": [REGION, typed]})
        assert answer.status_code == 422, typed
        assert "no longer in the list" in answer.content.decode()
    assert not Account.objects.exists()


def test_everybody_else_sees_the_list_and_no_form(aws: FakeAws, person: Person) -> None:
    use(REGION, OTHER)
    person.open(PAGE)
    assert "Regions (2)" in person.text
    assert not person.page.select("main form")
    assert person.client.post(PAGE, {"regions": REGION, **token(person)}).status_code == 403
