"""What people do, and what happens to servers, with the processes that production has."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import clone, make_rule, prefixes
from tests.faults.test_worker import wait_for
from tests.person import ACCOUNT, REGION, Person
from tests.production.browser import Answer
from tests.production.site import PROCESSES, THREADS, Site
from wizard.domain.waiting import MOST_WAITING
from wizard.services import places

OTHER, THIRD = "eu-west-1", "ap-south-1"
CREATE, DESCRIBE = "CreatePullThroughCacheRule", "DescribePullThroughCacheRules"
LIST = f"/{ACCOUNT}/{REGION}/rules/"
# Of the services in OPERATIONS.md: 40 of gunicorn, 20 of the worker.
MOST_CONNECTIONS = 60
OPERATIONS = f"/{ACCOUNT}/operations/"


@contextmanager
def background(call: Callable[[], object]) -> Iterator[Future[object]]:
    """Make a call in a thread while the block runs."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(call)


def at_once(count: int, call: Callable[[], Answer]) -> Counter[int]:
    """The statuses of as many requests at the same time."""
    with ThreadPoolExecutor(count) as pool:
        answers = [each.result() for each in [pool.submit(call) for _ in range(count)]]
    return Counter(answer.status_code for answer in answers)


def reader(person: Person, url: str) -> Callable[[], Answer]:
    """Opens an address in a new window of the person."""
    browser = person.client
    return lambda: browser.another().get(url)  # type: ignore[attr-defined]


def test_a_person_signs_in_and_creates_a_rule_in_several_regions(
    production: Site, aws: FakeAws
) -> None:
    assert production.stranger().get(LIST).status_code == 302
    person = production.person()
    make_rule("quay")
    clone(person, "quay", OTHER, THIRD)
    person.press("Create in 2 Regions")
    assert person.url.startswith(OPERATIONS)
    assert prefixes(OTHER) == prefixes(THIRD) == ["quay"]
    person.validate("quay", OTHER)
    assert f"Rule quay ({OTHER}) is valid." in person.page.get_text()
    person.open(f"/{ACCOUNT}/rules/")
    assert person.status == 200
    assert "eu-west-1" in person.text


def test_the_worker_validates_what_a_person_starts(production: Site, aws: FakeAws) -> None:
    person = production.person()
    make_rule("quay")
    person.open(f"/{ACCOUNT}/validations/")
    data = {"region": REGION, "csrfmiddlewaretoken": person.csrf_token}
    person.arrive(person.client.post(f"/{ACCOUNT}/validations/", data, follow=True))
    aws.wait_for_call("ValidatePullThroughCacheRule")


def test_a_create_whose_process_is_killed_is_finished_by_the_worker(
    production: Site, aws: FakeAws
) -> None:
    person = production.person()
    make_rule("quay")
    clone(person, "quay", OTHER, THIRD)
    aws.hold(operation=CREATE, region=THIRD)
    with background(lambda: person.press("Create in 2 Regions")) as lost:
        aws.wait_for_call(CREATE, 3)
        production.kill_workers()
        assert isinstance(lost.exception(), OSError | HTTPException)
    aws.clear_faults()
    production.expire_leases()
    open_ones = "SELECT 1 FROM wizard_operation WHERE state <> 'succeeded'"
    wait_for(lambda: not production.query(open_ones), "the end of both operations")
    assert prefixes(OTHER) == prefixes(THIRD) == ["quay"]
    production.manage("verify_audit")


def in_all_regions(person: Person, prefix: str) -> str:
    """Clone a rule to all Regions up to the review; return the text of its button."""
    person.open(f"{LIST}{prefix}/details/")
    person.press("Clone")
    for box in person.page.select('input[name="regions"]'):
        box["checked"] = ""
    person.press("Show plan")
    return person.find("form[action$='/create/'] button.button-primary").get_text(" ", strip=True)


def test_three_creates_in_all_regions_fit_into_the_connections_of_postgresql(
    production: Site, aws: FakeAws, record_property: Callable[[str, object], None]
) -> None:
    """PostgreSQL accepts 100 connections by default. OPERATIONS.md has the bound."""
    buttons = {}
    for prefix in ("one", "two", "three"):
        make_rule(prefix)
        person = production.person()
        buttons[prefix] = (person, in_all_regions(person, prefix))
    counts = [0]
    with ThreadPoolExecutor(3) as pool:
        creates = [pool.submit(person.press, button) for person, button in buttons.values()]
        while not all(each.done() for each in creates):
            counts.append(production.connections())
    for each in creates:
        each.result()
    assert all(person.url.startswith(OPERATIONS) for person, _button in buttons.values())
    made = {region.code: prefixes(region.code) for region in places.list_regions()}
    assert made == {region: ["one", "three", "two"] for region in made}
    record_property("most connections", max(counts))
    assert max(counts) <= MOST_CONNECTIONS


def test_without_redis_everybody_stays_signed_in(production: Site, aws: FakeAws) -> None:
    person = production.person()
    with production.without_redis():
        assert at_once(THREADS, reader(person, LIST)) == {200: THREADS}
        assert production.stranger().get("/sign-in/").status_code == 200


def test_after_a_restart_of_postgresql_no_request_fails(production: Site, aws: FakeAws) -> None:
    person = production.person()
    assert at_once(THREADS, reader(person, "/account/")) == {200: THREADS}
    production.database.restart()
    assert at_once(2 * THREADS, reader(person, "/account/")) == {200: 2 * THREADS}
    assert production.worker.poll() is None


def test_a_region_that_hangs_holds_half_of_the_threads(production: Site, aws: FakeAws) -> None:
    """One viewer reloads its list; few of the reloads wait, and the other threads serve others."""
    person = production.person()
    make_rule("quay", region=OTHER)
    person.open_rules()
    aws.hold(region=REGION)
    aws.clear_calls()
    read = reader(person, LIST)
    with ThreadPoolExecutor(40) as pool:
        reloads = [pool.submit(read) for _ in range(40)]
        aws.wait_for_call(DESCRIBE, PROCESSES * MOST_WAITING)
        assert production.stranger().get("/sign-in/").status_code == 200
        assert "quay" in reader(person, f"/{ACCOUNT}/{OTHER}/rules/")().text
        answers = [each.result() for each in reloads]
    aws.release()
    assert {answer.status_code for answer in answers} == {504}
    waited = [answer for answer in answers if "TooManyWaiting" not in answer.text]
    assert len(waited) <= PROCESSES * MOST_WAITING
    assert len(waited) >= MOST_WAITING
