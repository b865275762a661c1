"""The filter of the audit trail finds what people ask: who deleted, what was created, by whom."""

import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.person import Person, sign_in, someone
from tests.trail import change, happen
from wizard.domain import ActionGroup, AwsAction, Role, group_of
from wizard.domain.origins import Origin, Way, acting
from wizard.models import AuditOutcome
from wizard.services.audit import AuditFilter, find_lines, record_event, usernames_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(aws: FakeAws, db: None) -> Person:
    return sign_in("root", Role.ADMINISTRATOR)


def by(user: User) -> Origin:
    return Origin(user_id=user.pk, username=user.username, address="", way=Way.BROWSER)


def subjects(person: Person) -> list[str]:
    """The subjects of the lines that the page shows, newest first."""
    return [each.get_text(strip=True) for each in person.page.select('td[data-label="Subject"]')]


def look(person: Person, **fields: str) -> list[str]:
    """Apply the filter as a person does; return the subjects of the lines."""
    person.open("/audit/")
    for label, value in fields.items():
        if label == "Action":
            person.select(label, value)
        else:
            person.fill(f"{label} contains", value)
    person.press("Apply")
    assert person.status == 200
    return subjects(person)


def test_who_deleted_the_rule_is_found_by_the_group(root: Person) -> None:
    change("docker-hub")
    happen(2, "somebody")
    assert look(root, Action="Deleted: all") == ["docker-hub"]
    assert look(root, Action="DeletePullThroughCacheRule") == ["docker-hub"]
    assert look(root, Action="Sign-in and sessions: all") == ["somebody", "somebody"]


def test_only_actions_that_happened_are_offered(root: Person) -> None:
    change("docker-hub")
    root.open("/audit/")
    offered = root.options_of("Action")
    assert offered == ["Any action", "Deleted: all", "DeletePullThroughCacheRule"]


@pytest.mark.parametrize("part", ["partner", "PARTNER", "er-part", "former-partner"])
def test_a_subject_is_found_by_any_part_of_it(root: Person, part: str) -> None:
    change("former-partner")
    change("quay")
    assert look(root, Subject=part) == ["former-partner"]


@pytest.mark.parametrize("special", ["%", "_", "\\", "'", "*"])
def test_a_part_is_text_and_no_pattern(root: Person, special: str) -> None:
    change("former-partner")
    change(f"a{special}b")
    assert look(root, Subject=special) == [f"a{special}b"]


@pytest.mark.parametrize("part", ["grace", "GRACE", "rac"])
def test_a_person_is_found_by_any_part_of_the_name(root: Person, part: str) -> None:
    for name in ("Grace.Hopper", "grace2", "ada"):
        with acting(by(someone(name))):
            change(f"of {name}")
    assert look(root, Person=part) == ["of grace2", "of Grace.Hopper"]
    assert look(root, Person=part, Subject="hopper") == ["of Grace.Hopper"]


def test_a_name_that_nobody_has_finds_nothing_and_the_page_says_how_it_matches(
    root: Person,
) -> None:
    change("quay")
    assert look(root, Person="nobody-of-this-name") == []
    assert "No matches" in root.text
    assert "match any part and ignore case" in root.text


def test_an_action_that_never_happened_is_told_at_its_field(root: Person) -> None:
    """An old link, or one that somebody wrote by hand, never shows everything."""
    change("quay")
    root.open("/audit/?action=delete")
    assert root.status == 422
    assert root.is_refused
    assert subjects(root) == []


def test_pages_of_a_group_of_actions_show_each_line_once(root: Person) -> None:
    for number in range(7):
        change(f"rule-{number}")
        record_event("RevokeApiToken", subject=f"t-{number}", outcome=AuditOutcome.SUCCEEDED)
    wanted = AuditFilter(actions=["DeletePullThroughCacheRule", "RevokeApiToken"], subject_part="-")
    found: list[str] = []
    before: int | None = None
    while True:
        page = find_lines(wanted=wanted, before=before, size=4)
        found += [line.first.subject for line in page.lines]
        if page.older is None:
            break
        before = page.older
    expected = [each for number in reversed(range(7)) for each in (f"t-{number}", f"rule-{number}")]
    assert found == expected


def test_none_of_the_alternatives_is_no_line() -> None:
    change("quay")
    assert find_lines(wanted=AuditFilter(usernames=[])).lines == []
    assert find_lines(wanted=AuditFilter(actions=[])).lines == []
    assert len(find_lines(wanted=AuditFilter()).lines) == 1


def test_names_are_found_in_capitals_or_not_and_each_once() -> None:
    for name in ("Zoë", "zoË2", "ada"):
        with acting(by(someone(name))):
            happen(2)
    assert sorted(usernames_with("ZOË")) == ["Zoë", "zoË2"]
    assert sorted(usernames_with("")) == ["Zoë", "ada", "zoË2"]


@pytest.mark.parametrize("action", AwsAction)
def test_each_change_in_aws_belongs_to_a_group_that_people_look_for(action: AwsAction) -> None:
    assert group_of(action) in (
        ActionGroup.CREATED,
        ActionGroup.CHANGED,
        ActionGroup.DELETED,
        *((ActionGroup.VALIDATED,) if action is AwsAction.START_PREVIEW else ()),
    )


@pytest.mark.parametrize("action", ["", "access", "Access", "Ünknown", "ExportAudit"])
def test_what_has_no_known_verb_is_other(action: str) -> None:
    assert group_of(action) is ActionGroup.OTHER
