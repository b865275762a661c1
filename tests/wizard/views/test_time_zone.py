"""Times are shown in the time zone of the person; what machines read stays in UTC."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Role
from wizard.models import AuditOutcome, TimeZonePreference, ValidationResult
from wizard.services.audit import record_event

WINTER = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 23, 30, tzinfo=UTC)


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in("ada", Role.ADMINISTRATOR)


def _choose(person: Person, zone: str) -> None:
    person.open("/account/")
    person.select("Show times in", zone)
    person.press("Save time zone")
    assert "Your time zone is saved." in person.find(".flash").get_text()


def _times(person: Person) -> list[tuple[str, str]]:
    return [(tag.get_text(), str(tag["datetime"])) for tag in person.page.select("main time")]


def _validate_at(person: Person, at: datetime) -> None:
    if not ValidationResult.objects.exists():
        make_rule("quay")
        person.open_rules()
        person.validate("quay")
    ValidationResult.objects.update(validated_at=at)


def test_without_a_choice_times_are_in_utc(person: Person) -> None:
    _validate_at(person, WINTER)
    person.open(f"/{ACCOUNT}/{REGION}/rules/quay/health/")
    assert ("January 15, 2026, 23:30 (UTC+00:00)", "2026-01-15T23:30:00+00:00") in _times(person)


def test_the_chosen_zone_is_used_and_named_in_winter_and_in_summer(person: Person) -> None:
    _choose(person, "Europe/Berlin")
    for at, shown in (
        (WINTER, "January 16, 2026, 00:30 (Europe/Berlin, UTC+01:00)"),
        (SUMMER, "July 16, 2026, 01:30 (Europe/Berlin, UTC+02:00)"),
    ):
        _validate_at(person, at)
        person.open(f"/{ACCOUNT}/{REGION}/rules/quay/health/")
        assert (shown, at.isoformat()) in _times(person)


def test_the_audit_trail_names_the_zone_beside_each_time(person: Person) -> None:
    _choose(person, "Asia/Kolkata")
    record_event("SignIn", subject="ada", outcome=AuditOutcome.SUCCEEDED)
    person.open("/audit/")
    times = _times(person)
    assert times
    assert all(text.endswith(" (Asia/Kolkata, UTC+05:30)") for text, _ in times)


def test_each_person_has_a_zone_of_their_own(person: Person) -> None:
    """Also where the same process has rendered the same moments for another person."""
    _choose(person, "Asia/Kolkata")
    bob = sign_in("bob", Role.VIEWER)
    for each, zone in ((person, "Asia/Kolkata, UTC+05:30"), (bob, "UTC+00:00")) * 2:
        each.open_rules()
        each.open("/account/")
        assert {text[text.index("(") :] for text, _ in _times(each) if "(" in text} == {f"({zone})"}


def test_the_rows_of_tables_are_rendered_anew_for_another_zone(person: Person) -> None:
    _validate_at(person, WINTER)
    titles = []
    for zone in ("UTC", "Pacific/Auckland"):
        TimeZonePreference.objects.update_or_create(
            user=User.objects.get(username="ada"), defaults={"name": zone}
        )
        person.open_rules()
        titles.append([str(tag) for tag in person.page.select("#rules time")])
    assert titles[0]
    assert titles[0] != titles[1]


def test_exports_stay_in_utc(person: Person) -> None:
    _choose(person, "Asia/Tokyo")
    _validate_at(person, WINTER)
    answer = person.client.get(f"/{ACCOUNT}/{REGION}/rules/?format=json")
    assert "2026-01-15T23:30:00+00:00" in answer.content.decode()
    assert "+09:00" not in answer.content.decode()
    record_event("EndSessions", subject="ada", outcome=AuditOutcome.SUCCEEDED)
    trail = person.client.get("/audit/export/?format=json")
    assert b"+09:00" not in b"".join(trail)


def test_the_zone_can_be_given_up(person: Person) -> None:
    _choose(person, "Asia/Tokyo")
    _choose(person, "Default of this console (UTC)")
    assert not TimeZonePreference.objects.exists()


@pytest.mark.parametrize(
    "zone", ["Europe/Nowhere", "../../etc/passwd", "localtime", "\x00", "a" * 999]
)
def test_only_a_zone_of_the_list_is_accepted(person: Person, zone: str) -> None:
    person.open("/account/")
    form = {"time_zone": zone, "csrfmiddlewaretoken": person.csrf_token}
    person.arrive(person.client.post("/account/time-zone/", form, follow=True))
    assert "The time zone was not saved." in person.find(".flash").get_text()
    assert not TimeZonePreference.objects.exists()


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../../etc/passwd", "/etc/passwd", ""])
def test_a_kept_zone_that_the_system_lacks_is_the_default(person: Person, zone: str) -> None:
    """After the move to a machine with another database of zones, for example."""
    user = User.objects.get(username="ada")
    TimeZonePreference.objects.create(user=user, name=zone)
    person.open("/account/")
    assert person.status == 200
    assert any("(UTC+00:00)" in text for text, _ in _times(person))
