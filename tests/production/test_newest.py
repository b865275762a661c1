"""Rotations and imports during which processes and servers end, with those of production."""

from http.client import HTTPException

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import prefixes
from tests.person import ACCOUNT, REGION, Person
from tests.production.site import Site
from tests.production.test_journeys import background
from tests.rotations import HOST, NEW, REGIONS, THIRD, hubs, value
from tests.wizard.views.test_imports import paste, rule, rules_json

PUT, CREATE = "PutSecretValue", "CreatePullThroughCacheRule"
ROTATIONS = f"/{ACCOUNT}/rotations/"
# How often a page is opened until the worker has done its work; far more than it takes.
MOST_LOOKS = 300


def begin_rotation(production: Site, aws: FakeAws) -> Person:
    """Plan a rotation in three Regions, of which the last one holds its call."""
    person = production.person()
    hubs(*REGIONS)
    person.open(f"{ROTATIONS}new/?upstream={HOST}")
    person.fill("Username", "me")
    person.fill("New access token", NEW.access_token)
    aws.clear_calls()
    aws.hold(operation=PUT, region=THIRD)
    return person


def finish_rotation(production: Site, person: Person) -> None:
    """Do what the page of the newest rotation offers."""
    production.expire_leases()
    newest = "SELECT id FROM wizard_rotation ORDER BY created_at DESC LIMIT 1"
    ((rotation_id,),) = production.query(newest)
    for _look in range(MOST_LOOKS):
        person.open(f"{ROTATIONS}{rotation_id}/")
        if "Complete the rotation" in person.text:
            person.fill("Username", "me")
            person.fill("Access token", NEW.access_token)
            person.press("Complete")
        elif "Finish the rotation" in person.text:
            person.press("Compare with AWS")
        if person.text.count("New version stored") == 3:
            break  # else the worker is just comparing it
    assert person.text.count("New version stored") == 3
    assert {value(region) for region in REGIONS} == {NEW.access_token}
    production.manage("verify_audit")


def test_a_rotation_whose_process_is_killed_is_completed(production: Site, aws: FakeAws) -> None:
    person = begin_rotation(production, aws)
    with background(lambda: person.press("Rotate token")) as lost:
        aws.wait_for_call(PUT, 3)
        production.kill_workers()
        assert isinstance(lost.exception(), OSError | HTTPException)
    aws.clear_faults()
    finish_rotation(production, person)


def test_a_rotation_during_which_postgresql_restarts_is_completed(
    production: Site, aws: FakeAws
) -> None:
    person = begin_rotation(production, aws)
    with background(lambda: person.press("Rotate token")) as answer:
        aws.wait_for_call(PUT, 3)
        production.database.restart()
        aws.release()
        assert answer.exception() is None
    assert person.status in (200, 503)
    finish_rotation(production, person)


@pytest.mark.parametrize("what", ["the worker is killed", "PostgreSQL restarts"])
def test_an_import_goes_on_and_is_completed(production: Site, aws: FakeAws, what: str) -> None:
    person = production.person()
    person.open("/account/")
    paste(person, rules_json(*(rule(f"r{number}") for number in range(4))))
    aws.clear_calls()
    aws.hold(operation=CREATE)
    person.press("Create selected rules")
    imported = person.url
    aws.wait_for_call(CREATE)
    if what == "PostgreSQL restarts":
        production.database.restart()
    else:
        production.restart_worker()
    aws.clear_faults()
    aws.release()
    production.expire_leases()  # of the rules that the worker had begun
    for _look in range(MOST_LOOKS):
        person.open(imported)
        if person.heading == "Imported 4 rules":
            break
        if "3 of 4 rules" in person.text:  # One has no result, and nobody works on it.
            production.expire_leases()
            person.open(imported)
            if "Complete all" in person.text:
                person.press("Complete all")
    assert person.heading == "Imported 4 rules"
    assert len(prefixes(REGION)) == 4
    production.manage("verify_audit")
