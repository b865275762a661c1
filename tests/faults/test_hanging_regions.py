"""A Region that hangs: every page has a deadline, and few requests wait for it or for one person.

Here the deadline has always come already, so no page waits: a page that did would show AWS's answer
or a time limit of the client. `tests/production` tries the same with the threads of gunicorn.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, connect
from tests.faults.addresses import (
    addresses,
    begin,
    begin_cross_account,
    furnish,
    make_rule,
    prefixes,
)
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import account
from wizard.backend.account_roles import assumed_roles
from wizard.backend.attempts import Heard
from wizard.backend.kept_threads import threads
from wizard.backend.reading import open_calls, waited_for_at
from wizard.domain import AwsAction, Target, waiting
from wizard.domain.errors import AwsError, Throttled
from wizard.domain.waiting import MOST_WAITING, Shares
from wizard.services import places, rules
from wizard.services.audit import audited

OTHER = "eu-west-1"
DESCRIBE = "DescribePullThroughCacheRules"
LIST = f"/{ACCOUNT}/{REGION}/rules/"
RULE = f"{LIST}quay/"
HERE = Target(account_id=ACCOUNT, region=REGION)

pytestmark = pytest.mark.promise("F20")


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture
def senders(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that send requests to AWS."""
    found: list[str] = []
    send = URLLib3Session.send

    def noting(session: URLLib3Session, request: Any) -> Any:
        found.append(threading.current_thread().name)
        return send(session, request)

    monkeypatch.setattr(URLLib3Session, "send", noting)
    return found


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline of each request has come when it begins."""
    monkeypatch.setattr(waiting, "PAGE_SECONDS", 0.0)


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits at all waits longer than usual, and a call without an answer hangs."""
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.0)


@pytest.fixture
def hanging(aws: FakeAws) -> Iterator[None]:
    """AWS answers nothing in one Region; at the end, all calls there come to their ends."""
    yield
    aws.release()
    assert threads.wait_until_idle(60)


# --- The deadline -------------------------------------------------------------------------------


@pytest.mark.usefixtures("hanging")
def test_no_page_waits_for_a_region_that_hangs(
    aws: FakeAws, person: Person, senders: list[str], no_time: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patches:
        patches.setattr(waiting, "PAGE_SECONDS", 600.0)
        steps = [f"{begin(person, 'Docker Hub')}authentication/"]
        steps += [f"{begin_cross_account(person)}permissions/"]
        pages = [each.url for each in addresses(furnish(person))] + steps
    aws.hold(region=REGION)
    senders.clear()
    statuses = {page: person.client.get(page).status_code for page in pages}
    assert senders
    assert threading.current_thread().name not in senders
    of_region = {page: status for page, status in statuses.items() if f"/{REGION}/" in page}
    assert set(of_region.values()) <= {200, 302, 303, 404, 405, 504}, of_region
    for page in (LIST, f"{LIST}github/details/", f"{LIST}github/edit/", f"{LIST}github/delete/"):
        assert of_region[page] == 504, page
    assert of_region[f"/{ACCOUNT}/{REGION}/secrets/"] == 504


@pytest.mark.usefixtures("hanging")
def test_a_page_says_which_region_does_not_answer_and_what_to_do(
    aws: FakeAws, person: Person, no_time: None
) -> None:
    aws.hold(region=REGION)
    person.open(LIST)
    assert person.status == 504
    for words in ("The Region doesn't respond", "No answer in time.", "VPC endpoints", REGION):
        assert words in person.text
    token = {"Accept": "application/json"}
    assert person.client.get(f"{LIST}?format=json", headers=token).status_code == 504


@pytest.mark.usefixtures("hanging")
@pytest.mark.parametrize("step", ["validate/", "edit/", "delete/", "clone/"])
def test_a_form_whose_region_hangs_changes_nothing(
    aws: FakeAws, person: Person, senders: list[str], no_time: None, step: str
) -> None:
    make_rule("quay")
    person.open("/account/")
    senders.clear()
    aws.hold(region=REGION)
    answer = person.client.post(f"{RULE}{step}", {"csrfmiddlewaretoken": person.csrf_token})
    assert answer.status_code == 504
    assert threading.current_thread().name not in senders
    aws.release()
    assert prefixes() == ["quay"]


def test_a_change_that_has_begun_has_no_deadline(aws: FakeAws, db: None) -> None:
    """What is read during the change and after it is waited for."""
    make_rule("quay")
    with waiting.limited("ada") as request:
        request.ends_at = 0.0
        with pytest.raises(AwsError, match="No answer in time"):
            rules.list_rules(target=HERE)
        with audited(AwsAction.DELETE_RULE, target=HERE, subject="quay"):
            assert rules.list_rules(target=HERE)
        assert rules.list_rules(target=HERE)
    assert threads.wait_until_idle(60)


def test_the_deadline_is_one_for_all_that_a_page_reads(aws: FakeAws, db: None) -> None:
    make_rule("quay")
    with waiting.limited("ada") as request:
        assert rules.list_rules(target=HERE)
        request.ends_at = 0.0
        aws.hold(region=REGION)
        with pytest.raises(AwsError, match="No answer in time"):
            rules.list_rules(target=HERE)
        (outcome,) = rules.read_everywhere(targets=[HERE])
        assert outcome.error is not None
    aws.release()
    assert threads.wait_until_idle(60)


@pytest.mark.usefixtures("hanging")
def test_a_home_region_that_hangs_leaves_time_for_the_others(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which account the credentials belong to is asked in another Region then."""
    make_rule("quay", region=OTHER)
    account._identity_of.cache_clear()
    monkeypatch.setattr(account, "HOME_SECONDS", 0.0)
    aws.hold(region=REGION)
    person.open_rules(OTHER)
    assert person.status == 200
    assert "quay" in person.text


# --- Few requests wait --------------------------------------------------------------------------


@pytest.mark.usefixtures("hanging", "no_time", "no_patience")
def test_few_calls_to_a_region_that_hangs_are_made(aws: FakeAws, person: Person) -> None:
    make_rule("quay", region=OTHER)
    aws.hold(region=REGION)
    for _ in range(4 * MOST_WAITING):
        person.open(LIST)
        assert person.status == 504
    # The list asks for the rules, and for the secrets if rules had some the last time.
    assert open_calls.count(REGION) in (MOST_WAITING, 2 * MOST_WAITING)
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(waiting, "PAGE_SECONDS", 600.0)
        person.open(LIST)
        assert person.status == 504
        assert f"{MOST_WAITING} earlier requests wait for this answer already." in person.text
        person.open_rules(OTHER)
        assert (person.status, "quay" in person.text) == (200, True)
    aws.release()
    assert threads.wait_until_idle(60)
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(waiting, "PAGE_SECONDS", 600.0)
        person.open(LIST)
        assert person.status == 200


def crowd(aws: FakeAws, people: list[str], regions: list[str]) -> list[str]:
    """Read the rules as these people in these Regions, all at once; what those are told that do
    not wait. The others wait until the Regions answer.
    """
    told: list[str] = []
    is_enough = threading.Semaphore(0)

    def read(person: str, region: str) -> None:
        with waiting.limited(person):
            try:
                rules.list_rules(target=Target(account_id=ACCOUNT, region=region))
            except AwsError as error:
                told.append(error.message)
                is_enough.release()

    for region in set(regions):
        aws.hold(region=region)
    with ThreadPoolExecutor(len(people)) as pool:
        running = [pool.submit(read, *each) for each in zip(people, regions, strict=True)]
        came = [is_enough.acquire(timeout=10) for _ in range(len(people) - MOST_WAITING)]
        aws.release()
    assert all(came), "more wait than may"
    for each in running:
        each.result()
    assert threads.wait_until_idle(60)
    return told


@pytest.mark.usefixtures("no_patience")
@pytest.mark.parametrize("kind", ["Region", "person"])
def test_few_requests_wait_for_a_region_or_of_a_person(aws: FakeAws, kind: str) -> None:
    many = [f"{number}" for number in range(8)]
    regions = ["us-east-1", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3"]
    regions += ["eu-north-1", "ap-south-1"]
    people, places = (many, [REGION] * 8) if kind == "Region" else (["ada"] * 8, regions)
    told = crowd(aws, people, places)
    assert 8 - MOST_WAITING <= len(told) < 8
    assert all("wait" in words for words in told)


@pytest.mark.parametrize("trouble", ["throttled", "without credentials"])
def test_an_account_in_trouble_takes_nothing_from_others_in_its_region(
    aws: FakeAws, db: None, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """As many requests wait for it as may; those of another account are answered."""
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 600.0)
    make_rule("quay")
    connect(aws)
    places.check_account(OTHER_ACCOUNT)
    assumed = assumed_roles.find(OTHER_ACCOUNT)
    assert assumed is not None
    aws.clear_calls()
    if trouble == "throttled":
        # The first attempts are refused, and the second ones are not answered.
        key = assumed.keys().credentials.access_key
        aws.hold(operation=DESCRIBE, access_key=key)
        aws.throttle(operation=DESCRIBE, access_key=key, times=MOST_WAITING)
    else:
        aws.hold(operation="AssumeRole")

    def read(person: str, account_id: str) -> int:
        with waiting.limited(person):
            found = rules.list_rules(target=Target(account_id=account_id, region=REGION))
            return len(found)

    with ThreadPoolExecutor(MOST_WAITING) as pool, ExitStack() as stack:
        stack.callback(aws.release)
        waits = [pool.submit(read, f"{each}", OTHER_ACCOUNT) for each in range(MOST_WAITING)]
        if trouble == "throttled":
            aws.wait_for_call(DESCRIBE, 2 * MOST_WAITING)
        else:
            aws.wait_for_call("AssumeRole")
            while open_calls.count(REGION) < MOST_WAITING:
                assert not any(each.done() for each in waits)
        monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.0)
        assert read("ada", ACCOUNT) == 1
        aws.release()
        assert [each.result() for each in waits] == [0] * MOST_WAITING


def test_requests_that_wait_for_an_account_leave_its_region_to_others() -> None:
    throttled = Heard(error=Throttled(operation=DESCRIBE, region=REGION))
    account_here = waited_for_at(OTHER_ACCOUNT, REGION, throttled)
    with ExitStack() as stack:
        for number in range(MOST_WAITING):
            request = stack.enter_context(waiting.limited(f"{number}"))
            assert stack.enter_context(request.on([account_here]))
        another = stack.enter_context(waiting.limited("ada"))
        assert not stack.enter_context(another.on([account_here]))
        assert stack.enter_context(another.on([waited_for_at(ACCOUNT, REGION, Heard())]))


def test_a_change_is_refused_while_as_many_requests_wait_as_may(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rule("quay")
    person.open(f"/{ACCOUNT}/{REGION}/rules/quay/details/")
    user = person.client.session["_auth_user_id"]
    with waiting.limited(user) as first, waiting.limited(user) as second:
        third, fourth = (waiting.Waiting(person=user, ends_at=0, stack=first.stack) for _ in "34")
        assert all(each.hold_shares(OTHER) for each in (first, second, third, fourth))
        person.press("Validate")
        assert person.status == 503
        assert "This request changed nothing" in person.text
        assert "ValidatePullThroughCacheRule" not in aws.calls()
        # The steps of the wizard change nothing.
        monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 600.0)
        assert begin(person, "Quay")
    person.validate("quay")
    assert person.status == 200


def test_who_gives_a_share_back_lets_the_next_one_in() -> None:
    shares = Shares()

    def enter() -> bool:
        with shares.held(["a"], seconds=60) as is_held:
            return is_held

    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        for keys in (["a"], ["a"], ["a"], ["a", "b"]):
            assert stack.enter_context(shares.held(keys))
        waits = pool.submit(enter)
        with shares.held(["a"]) as is_held:
            assert not is_held
        with shares.held(["b"]) as is_held:
            assert is_held
        stack.close()
        assert waits.result()
