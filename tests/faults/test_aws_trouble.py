"""Faults of AWS: every Region shows its own state, and none delays or hides the others.

The tests replace the pauses between attempts and the deadlines. They wait for events, not for time.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import botocore.endpoint
import pytest
from bs4 import BeautifulSoup
from django.http import StreamingHttpResponse
from django.utils import timezone

from ptcconsole.fakeaws.callers import EXAMPLE_KEY, EXAMPLE_SECRET
from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import clone, make_rule, make_secret, prefixes
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import (
    account,
    clients,
    credential_chain,
    ecr,
    images,
    members,
    pages,
    renewal,
    secretsmanager,
)
from wizard.backend.kept_threads import threads
from wizard.backend.renewal import RenewableSession
from wizard.domain import Target
from wizard.domain.changes import permitted
from wizard.domain.errors import (
    AwsError,
    CredentialsExpired,
    RegionUnreachable,
    RuleNotFound,
    Throttled,
    UnexpectedAwsError,
    is_answer_lost,
)
from wizard.models import AuditEvent, RegionReading
from wizard.services import fanout, new_secrets, places
from wizard.services.fanout import RegionAnswer, fan_out
from wizard.services.operations import calls
from wizard.services.rules import read_everywhere

URL = f"/{ACCOUNT}/rules/"
OTHER, THIRD, OPT_IN = "eu-west-1", "us-west-2", "af-south-1"
DESCRIBE, CREATE_RULE = "DescribePullThroughCacheRules", "CreatePullThroughCacheRule"
UPDATE_RULE, DELETE_RULE = "UpdatePullThroughCacheRule", "DeletePullThroughCacheRule"
REGIONS = 34
TARGET = Target(account_id=ACCOUNT, region=REGION)
CONFIRM = 'To confirm this deletion, type "confirm".'
SECRET = "ecr-pullthroughcache/hub"
# Where a test lets another thread go on should the code under test never get there.
AT_LAST = 10

Pauses = list[float]


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture
def rules(aws: FakeAws) -> None:
    """`quay` in two Regions."""
    make_rule("quay")
    make_rule("quay", region=OTHER)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    """botocore's pauses between attempts, which are recorded and skipped."""
    taken: Pauses = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=taken.append))
    return taken


@pytest.fixture
def at_the_deadline(_no_deadline: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page waits for any Region."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def _no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a Region that answers is shown."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)


def target(region: str) -> Target:
    return Target(account_id=ACCOUNT, region=region)


def region_text(person: Person, region: str) -> str:
    return " ".join(person.find(f"#region-{region}").get_text(" ").split())


def summary(person: Person) -> str:
    return " ".join(person.find(".summary").get_text(" ").split())


def retries(person: Person) -> int:
    return len(person.page.select("section.region a[hx-get]"))


# --- F1: throttled ------------------------------------------------------------------------------


@pytest.mark.promise("F1")
def test_two_throttles_and_then_an_answer_is_an_answer(
    aws: FakeAws, person: Person, rules: None, pauses: Pauses
) -> None:
    aws.throttle(operation=DESCRIBE, region=REGION, times=2)
    person.open_rules()
    assert person.status == 200
    assert person.page.find("th", string="quay")
    assert aws.calls()[DESCRIBE] == 3
    assert len(pauses) == 2


@pytest.mark.promise("F1")
def test_no_call_is_made_a_fourth_time(aws: FakeAws, person: Person, pauses: Pauses) -> None:
    aws.throttle(operation=DESCRIBE)
    person.open_rules()
    assert person.status == 429
    assert "ThrottlingException" in person.text
    assert aws.calls()[DESCRIBE] == 3


@pytest.mark.promise("F1")
def test_pauses_are_spread_and_short(aws: FakeAws, pauses: Pauses) -> None:
    aws.throttle(operation=DESCRIBE)
    for region in (REGION, OTHER, THIRD):
        with pytest.raises(Throttled):
            ecr.describe_rules(target(region))
    assert len(set(pauses)) == len(pauses) == 6
    assert all(pause <= 1 for pause in pauses[::2])
    assert all(pause <= 2 for pause in pauses[1::2])


@pytest.mark.promise("F1", "F3")
@pytest.mark.parametrize("read_seconds", [clients.READ_SECONDS, clients.VALIDATE_READ_SECONDS])
def test_retries_and_timeouts_are_set_and_not_left_to_botocore(
    aws: FakeAws, read_seconds: int
) -> None:
    config: Any = clients.ecr(TARGET, read_seconds=read_seconds).meta.config
    assert config.connect_timeout == credential_chain.CONNECT_SECONDS == 2
    assert config.read_timeout == read_seconds
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}


def outcomes_at_the_deadline(
    regions: list[str], reached: threading.Event, call: Callable[[Target], Any]
) -> Iterator[RegionAnswer[Any]]:
    """Outcomes of a page whose deadline comes as soon as `reached` is set."""
    clock = lambda: 3.0 if reached.is_set() else 0.0  # noqa: E731
    return fan_out(
        targets=[target(region) for region in regions],
        call=call,
        deadline_seconds=3.0,
        clock=clock,
    )


@pytest.mark.promise("F1", "F2")
def test_who_is_throttled_at_the_deadline_is_told_so_without_waiting_for_the_next_attempt(
    aws: FakeAws, rules: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pausing, go_on = threading.Event(), threading.Event()

    def pause(_seconds: float) -> None:
        pausing.set()
        go_on.wait(AT_LAST)

    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=pause))
    aws.throttle(operation=DESCRIBE, region=OTHER, times=1)
    deadline = threading.Event()
    outcomes = outcomes_at_the_deadline([REGION, OTHER], deadline, ecr.describe_rules)
    first = next(outcomes)
    assert pausing.wait(AT_LAST)
    deadline.set()
    (second,) = outcomes
    go_on.set()
    assert (first.target.region, first.error) == (REGION, None)
    assert second.target.region == OTHER
    assert isinstance(second.error, Throttled)
    assert second.error.message == "Rate exceeded"
    assert (second.error.operation, second.error.region) == (DESCRIBE, OTHER)


# --- F2: a third of all calls is throttled ------------------------------------------------------


@pytest.mark.promise("F2")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_a_third_of_the_calls_throttled_every_region_is_loaded_or_marked(
    aws: FakeAws, person: Person, rules: None, pauses: Pauses, seed: int
) -> None:
    aws.throttle(share=0.3, seed=seed, operation=DESCRIBE)
    aws.throttle(operation=DESCRIBE, region=OTHER)
    person.open(URL)
    assert person.status == 200
    sections = person.page.select("section.region")
    assert len(sections) == REGIONS
    throttled = [each for each in sections if "AWS is throttling the console" in each.get_text()]
    assert person.find(f"#region-{OTHER}") in throttled
    assert retries(person) == len(throttled)
    assert f"in the {REGIONS - len(throttled)} Regions that answered" in summary(person)
    assert pauses


@pytest.mark.promise("F2")
def test_a_region_whose_first_call_is_throttled_to_the_end_is_called_once_more(
    aws: FakeAws, person: Person, rules: None, pauses: Pauses
) -> None:
    aws.throttle(operation=DESCRIBE, region=OTHER, times=clients.ATTEMPTS)
    person.open(URL)
    assert retries(person) == 0
    assert aws.calls()[DESCRIBE] == REGIONS + clients.ATTEMPTS


@pytest.mark.promise("F1")
def test_after_the_deadline_a_throttled_region_is_not_called_once_more(
    aws: FakeAws, person: Person, pauses: Pauses, at_the_deadline: None
) -> None:
    aws.throttle(operation=DESCRIBE)
    list(read_everywhere(targets=[target(REGION), target(OTHER)]))
    assert threads.wait_until_idle(30)
    assert aws.calls()[DESCRIBE] == 2 * clients.ATTEMPTS


@pytest.mark.promise("F2")
def test_at_the_deadline_no_region_is_left_out(
    aws: FakeAws, person: Person, rules: None, at_the_deadline: None
) -> None:
    aws.hold(operation=DESCRIBE)
    person.open(URL)
    aws.release()
    assert len(person.page.select("section.region")) == retries(person) == REGIONS
    assert f"{REGIONS} Regions didn't respond" in summary(person)
    assert "No rules" not in person.text


# --- F3: Regions that hang or cannot be reached -------------------------------------------------


@pytest.mark.promise("F3")
def test_the_others_are_sent_while_one_region_is_held(
    aws: FakeAws, person: Person, rules: None
) -> None:
    aws.hold(operation=DESCRIBE, region=OTHER)
    release = threading.Timer(AT_LAST, aws.release)
    release.start()
    answer = person.client.get(URL)
    assert isinstance(answer, StreamingHttpResponse)
    pieces = (piece.decode() for piece in answer)
    sent = [next(pieces) for _ in range(REGIONS)]  # the head and 33 Regions
    was_held = release.is_alive()
    aws.release()
    release.cancel()
    shown = BeautifulSoup("".join(sent), "html.parser")
    assert was_held
    assert len(shown.select("section.region")) == REGIONS - 1
    assert "quay" in str(shown.select(f"#region-{REGION}"))
    assert f'id="region-{OTHER}"' in next(pieces)
    assert "2 rules in the 34 Regions" in " ".join("".join(pieces).split())


@pytest.mark.promise("F3")
def test_a_held_region_is_marked_at_the_deadline_with_reason_and_retry(
    aws: FakeAws, rules: None
) -> None:
    aws.hold(operation=DESCRIBE, region=OTHER)
    release = threading.Timer(AT_LAST, aws.release)
    release.start()
    deadline = threading.Event()
    outcomes = outcomes_at_the_deadline([REGION, OTHER], deadline, ecr.describe_rules)
    first = next(outcomes)
    deadline.set()
    (second,) = outcomes
    release.cancel()
    aws.release()
    assert first.error is None
    assert second.target.region == OTHER
    assert isinstance(second.error, RegionUnreachable)
    assert second.error.code == "Deadline"


@pytest.fixture
def broken_endpoint(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Let the console's client of one Region be one for another address."""

    def break_off(url: str) -> None:
        clients.forget()
        with monkeypatch.context() as patches:
            patches.setenv("AWS_ENDPOINT_URL", url)
            clients.ecr(Target(account_id=ACCOUNT, region=OTHER))

    yield break_off
    clients.forget()


@pytest.mark.promise("F3")
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://no-such-host.invalid", "no-such-host.invalid could not be connected to."),
        ("https://127.0.0.1:{port}", "did not complete the TLS handshake."),
        ("http://127.0.0.1:9", "127.0.0.1:9 could not be connected to."),
    ],
    ids=["name", "tls", "port"],
)
def test_a_region_that_cannot_be_reached_says_why_and_holds_up_nobody(
    aws: FakeAws,
    person: Person,
    rules: None,
    pauses: Pauses,
    broken_endpoint: Callable[[str], None],
    url: str,
    words: str,
) -> None:
    broken_endpoint(url.format(port=aws.url.rpartition(":")[2]))
    person.open(URL)
    text = region_text(person, OTHER)
    assert "The Region doesn't respond" in text
    assert words in text
    assert "Retry" in text
    assert "1 rule in the 33 Regions that answered" in summary(person)
    assert retries(person) == 1


@pytest.mark.promise("F3")
def test_why_a_region_cannot_be_reached_is_known_at_the_deadline(
    aws: FakeAws,
    broken_endpoint: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken_endpoint("http://127.0.0.1:9")
    pausing, go_on = threading.Event(), threading.Event()

    def pause(_seconds: float) -> None:
        pausing.set()
        go_on.wait(AT_LAST)

    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=pause))
    deadline = threading.Event()
    outcomes = outcomes_at_the_deadline([REGION, OTHER], deadline, ecr.describe_rules)
    next(outcomes)
    assert pausing.wait(AT_LAST)
    deadline.set()
    (second,) = outcomes
    go_on.set()
    assert isinstance(second.error, RegionUnreachable)
    assert "could not be connected to" in second.error.message


def select_for_deletion(person: Person, *names: str) -> None:
    """Press Delete in a table with these rules selected."""
    person.open_rules()
    data = {"csrfmiddlewaretoken": person.csrf_token, "rule": list(names)}
    person.arrive(person.client.post(f"{URL}delete/", data, follow=True))


@pytest.mark.promise("F3", "F4")
def test_rules_are_deleted_where_their_region_answers_and_the_others_are_named(
    aws: FakeAws, transactional_db: None, person: Person, rules: None, pauses: Pauses
) -> None:
    aws.unreachable(operation=DESCRIBE, region=OTHER)
    select_for_deletion(person, f"{REGION}/quay", f"{OTHER}/quay")
    assert person.status == 200
    assert person.heading == "Delete rules"
    assert (
        f"The console couldn't read Europe (Ireland) ({OTHER}), so it won't delete the rules"
        " selected there." in person.text
    )
    assert "The Region doesn't respond" in person.text
    assert "no longer exists" not in person.text
    # What was said of its rules stays true, though it answers again.
    aws.clear_faults()
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    assert f"Deleted rule quay ({REGION})." in person.page.get_text()
    assert (prefixes(), prefixes(OTHER)) == ([], ["quay"])


@pytest.mark.promise("F3")
def test_a_region_that_falls_silent_over_the_question_is_told_and_the_others_go_on(
    aws: FakeAws, transactional_db: None, person: Person, rules: None
) -> None:
    select_for_deletion(person, f"{REGION}/quay", f"{OTHER}/quay")
    person.fill(CONFIRM, "confirm")
    aws.refuse(operation=DESCRIBE, region=OTHER)
    person.press("Delete")
    aws.clear_faults()
    told = person.page.get_text()
    assert f"Deleted rule quay ({REGION})." in told
    assert f"The rules selected in {OTHER} weren't deleted" in told
    assert "No access: User: " in told
    assert "(request ID " in told
    assert (prefixes(), prefixes(OTHER)) == ([], ["quay"])


@pytest.mark.promise("F3")
def test_when_no_region_of_the_selection_answers_its_error_is_the_page(
    aws: FakeAws, person: Person, rules: None, pauses: Pauses
) -> None:
    person.open_rules()
    aws.unreachable(operation=DESCRIBE)
    data = {"csrfmiddlewaretoken": person.csrf_token, "rule": [f"{REGION}/quay", f"{OTHER}/quay"]}
    person.arrive(person.client.post(f"{URL}delete/", data))
    assert person.status == 504
    assert person.heading == "The Region doesn't respond"


# --- F4: no access ------------------------------------------------------------------------------

BY_SCP = (
    f"User: arn:aws:iam::{ACCOUNT}:user/console is not authorized to perform:"
    f" ecr:{DESCRIBE} on resource: arn:aws:ecr:{THIRD}:{ACCOUNT}:repository/*"
    " with an explicit deny in a service control policy"
)


@pytest.fixture
def three_without_access(aws: FakeAws, rules: None) -> None:
    aws.refuse(operation=DESCRIBE, region=OTHER)
    aws.fail(operation=DESCRIBE, region=THIRD, code="AccessDeniedException", message=BY_SCP)
    aws.switch_off_region(OPT_IN)


@pytest.mark.promise("F4")
def test_no_access_is_told_apart_from_no_rules_and_from_no_answer(
    person: Person, three_without_access: None
) -> None:
    person.open(URL)
    for region in (OTHER, THIRD, OPT_IN):
        assert "No access" in region_text(person, region)
        assert "No rules" not in region_text(person, region)
    assert "No access in 3 Regions" in summary(person)
    assert "didn't respond" not in summary(person)
    assert "1 rule in the 31 Regions that answered" in summary(person)


@pytest.mark.promise("F4")
def test_the_missing_action_is_named_when_aws_names_it(
    person: Person, three_without_access: None
) -> None:
    person.open(URL)
    for region in (OTHER, THIRD):
        assert f"Missing action: ecr:{DESCRIBE}" in region_text(person, region)
    assert "explicit deny in a service control policy" in region_text(person, THIRD)
    assert "Missing action" not in region_text(person, OPT_IN)
    person.open_rules(OTHER)
    assert person.status == 403
    assert f"Missing action: ecr:{DESCRIBE}" in person.text


@pytest.mark.promise("F4")
@pytest.mark.parametrize(
    ("format_name", "words"),
    [
        ("csv", "not-read"),
        ("json", "not-read"),
        ("terraform", "could not be read"),
        ("cli", "could not be read"),
    ],
)
def test_a_file_names_the_regions_that_it_says_nothing_about(
    person: Person, three_without_access: None, format_name: str, words: str
) -> None:
    answer = person.client.get(f"{URL}?format={format_name}&q=quay")
    text = answer.content.decode()
    assert text.count(words) == 3
    for region in (OTHER, THIRD, OPT_IN):
        assert region in text
    assert "No access" in text
    assert "us-west-1" not in text


@pytest.mark.promise("F4")
def test_no_region_with_access_means_no_claim_about_any(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation=DESCRIBE)
    person.open(URL)
    assert f"No access in {REGIONS} Regions" in summary(person)
    assert "0 rules in the 0 Regions that answered" in summary(person)
    assert "No rules" not in person.text
    assert "No pull through cache rules" not in person.text


# --- F5: expired credentials --------------------------------------------------------------------

ROLE = f"arn:aws:iam::{ACCOUNT}:role/console"


# Tests whose keys only have names.
made_up_keys = pytest.mark.kind_aws("AWS issued none of the keys")


@pytest.fixture
def renewable(
    aws: FakeAws, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Person]:
    """The console signs with a role's session, which its profile can get again at any time."""
    aws.add_account(ACCOUNT, role="console")
    config, keys = tmp_path / "config", tmp_path / "credentials"
    config.write_text(f"[profile console]\nrole_arn = {ROLE}\nsource_profile = base\n")
    keys.write_text(
        f"[base]\naws_access_key_id = {EXAMPLE_KEY}\naws_secret_access_key = {EXAMPLE_SECRET}\n"
    )
    yield from _with_profile("console", config, keys, monkeypatch)


@pytest.fixture
def from_a_file(
    aws: FakeAws, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Person, Path]]:
    """The console signs with a session that somebody writes into a file."""
    keys = tmp_path / "credentials"
    write_keys(keys, "ASIAOLD")
    for person in _with_profile("default", tmp_path / "config", keys, monkeypatch):
        yield person, keys


def write_keys(path: Path, access_key: str, secret_key: str = "any") -> None:
    path.write_text(
        f"[default]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n"
        f"aws_session_token = session-{access_key}\n"
    )


def _with_profile(
    profile: str, config: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Person]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", profile)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    config.touch()
    clients.forget()
    try:
        person = sign_in()
        person.open(URL)
        assert person.status == 200
        yield person
    finally:
        clients.forget()


def access_key() -> str:
    credentials = clients.session().get_credentials()
    assert credentials is not None
    return str(credentials.get_frozen_credentials().access_key)


@pytest.mark.promise("F5")
def test_expired_for_every_region_at_once_is_one_renewal(aws: FakeAws, renewable: Person) -> None:
    old = access_key()
    aws.expire_credentials(access_key=old)
    aws.clear_calls()
    renewable.open(URL)
    assert "0 rules in the 34 Regions that answered" in summary(renewable)
    assert "expired" not in renewable.text
    assert aws.calls()["AssumeRole"] == 1
    assert aws.calls()[DESCRIBE] <= 2 * REGIONS
    assert access_key() != old


@pytest.mark.promise("F5")
def test_a_renewal_that_fails_is_tried_once_and_told_once(aws: FakeAws, renewable: Person) -> None:
    aws.expire_credentials(access_key=access_key())
    aws.refuse(operation="AssumeRole")
    aws.clear_calls()
    renewable.open(URL)
    assert aws.calls()["AssumeRole"] == 1
    (banner,) = renewable.page.select("main [role=alert]")
    assert "The console can't assume its IAM role" in banner.get_text()
    assert f"The console couldn't call {REGIONS} Regions" in summary(renewable)
    remedy = "Check that the role exists"
    assert renewable.text.count(remedy) == 1
    assert "No rules" not in renewable.text


@made_up_keys
@pytest.mark.promise("F5")
def test_new_keys_in_the_file_are_taken_without_a_restart(
    aws: FakeAws, from_a_file: tuple[Person, Path]
) -> None:
    person, keys = from_a_file
    aws.expire_credentials(access_key="ASIAOLD")
    write_keys(keys, "ASIANEW")
    person.open(URL)
    assert "0 rules in the 34 Regions that answered" in summary(person)
    assert access_key() == "ASIANEW"


@made_up_keys
@pytest.mark.promise("F5")
def test_a_credential_process_is_run_again(
    aws: FakeAws, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, output = tmp_path / "config", tmp_path / "output.json"
    config.write_text(f"[default]\ncredential_process = cat {output}\n")

    def give(key: str) -> None:
        keys = {"AccessKeyId": key, "SecretAccessKey": "any", "SessionToken": f"session-{key}"}
        output.write_text(json.dumps({"Version": 1, **keys}))

    give("ASIAOLD")
    for person in _with_profile("default", config, tmp_path / "credentials", monkeypatch):
        aws.expire_credentials(access_key="ASIAOLD")
        give("ASIANEW")
        person.open(URL)
        assert "0 rules in the 34 Regions that answered" in summary(person)
        assert access_key() == "ASIANEW"


@made_up_keys
@pytest.mark.promise("F5")
def test_a_list_whose_credentials_expire_between_its_pages_has_each_item_once(
    aws: FakeAws, from_a_file: tuple[Person, Path]
) -> None:
    _person, keys = from_a_file
    # A session of its own: that of the module boto3 may know the profiles of an earlier test.
    secrets = boto3.Session().client("secretsmanager", region_name=REGION)
    names = [f"ecr-pullthroughcache/{letter}" for letter in "abc"]
    for name in names:
        secrets.create_secret(Name=name, SecretString="{}")
    client = clients.secretsmanager(TARGET)

    def expire(**_event: Any) -> None:
        write_keys(keys, "ASIANEW")
        aws.expire_credentials(access_key="ASIAOLD")

    client.meta.events.register_first("after-call.secrets-manager.ListSecrets", expire)
    aws.clear_calls()
    items = pages.every_item(client, "list_secrets", "SecretList", MaxResults=1)
    assert sorted(item["Name"] for item in items) == names
    assert aws.calls()["ListSecrets"] == 1 + 1 + len(names)  # the first, the refused, all again
    assert access_key() == "ASIANEW"


@made_up_keys
@pytest.mark.promise("F5")
@pytest.mark.parametrize("is_program_there", [True, False])
def test_a_refresh_that_fails_leads_to_what_the_chain_has_now(
    aws: FakeAws,
    db: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_program_there: bool,
) -> None:
    """The account is looked up before anything else of a page, with the same credentials."""
    config, keys = tmp_path / "config", tmp_path / "credentials"
    program, output = tmp_path / "program", tmp_path / "output.json"
    program.write_text(f"#!/bin/sh\ncat {output}\n")
    program.chmod(0o755)
    config.write_text(f"[default]\ncredential_process = {program}\n")
    given = {"AccessKeyId": "ASIAOLD", "SecretAccessKey": "any", "SessionToken": "session"}
    # botocore refreshes credentials at each use in their last ten minutes.
    expiration = timezone.now() + timedelta(minutes=5)
    output.write_text(json.dumps({"Version": 1, "Expiration": expiration.isoformat(), **given}))
    for person in _with_profile("default", config, keys, monkeypatch):
        (output if is_program_there else program).unlink()
        person.open(URL)
        assert "The program that provides the console's AWS credentials failed" in person.text
        write_keys(keys, "ASIANEW")
        with patch.object(renewal, "FAILURE_SECONDS", 0.0):
            person.open(URL)
        assert "0 rules in the 34 Regions that answered" in summary(person)
        assert access_key() == "ASIANEW"


@made_up_keys
@pytest.mark.promise("F5")
def test_renewed_credentials_of_another_account_are_not_taken(
    aws: FakeAws, from_a_file: tuple[Person, Path]
) -> None:
    person, keys = from_a_file
    other = aws.keys_of("210987654321")
    aws.expire_credentials(access_key="ASIAOLD")
    keys.write_text("[default]\n" + "\n".join(f"{name} = {key}" for name, key in other.items()))
    aws.clear_calls()
    person.open(URL)
    assert aws.calls()[DESCRIBE] == REGIONS
    assert "belong to another account" in person.text
    assert access_key() == "ASIAOLD"


@made_up_keys
@pytest.mark.promise("F5")
def test_a_change_refused_as_expired_was_not_made_whatever_its_renewal_comes_to(
    aws: FakeAws, from_a_file: tuple[Person, Path]
) -> None:
    """STS does not answer whose the new keys are; that says nothing of the change."""
    _person, keys = from_a_file
    aws.expire_credentials(access_key="ASIAOLD")
    write_keys(keys, "ASIANEW")
    aws.unreachable(service="sts")
    with pytest.raises(CredentialsExpired) as caught, permitted("test"):
        ecr.delete_rule(Target(account_id=ACCOUNT, region=REGION), "quay")
    assert not is_answer_lost(caught.value)


@made_up_keys
@pytest.mark.promise("F5")
def test_the_same_keys_again_are_no_renewal_and_asked_for_once(
    aws: FakeAws, from_a_file: tuple[Person, Path]
) -> None:
    person, _keys = from_a_file
    aws.expire_credentials(access_key="ASIAOLD")
    aws.clear_calls()
    person.open(URL)
    assert aws.calls()[DESCRIBE] == REGIONS
    assert len(person.page.select("main [role=alert]")) == 1
    assert "The security token included in the request is expired" in person.text


@dataclass
class Source:
    """Credentials that can be refreshed a limited number of times, and their session."""

    keys: str
    times: int
    asked: int = 0

    def get_credentials(self) -> "Source":
        return self

    def get_frozen_credentials(self) -> Any:
        self.asked += 1
        if self.asked > self.times:
            raise RuntimeError("Credentials were refreshed, but are still expired.")
        return self.keys


def renewable_session(*sources: Source) -> RenewableSession:
    """A session that is built from each of the sources in turn."""
    remaining = iter(sources)
    return RenewableSession(
        build=lambda: next(remaining), owner_of=lambda _session: ACCOUNT, on_renewal=lambda: None
    )


@pytest.mark.promise("F5")
def test_a_source_that_gives_nothing_any_more_is_asked_once_by_all_who_wait() -> None:
    now = [100.0]
    source = Source("keys", times=1)
    with patch.object(renewal, "time", SimpleNamespace(monotonic=lambda: now[0])):
        session = renewable_session(source)
        assert session.frozen_credentials() == "keys"
        for _ in range(REGIONS):
            with pytest.raises(CredentialsExpired, match="still expired"):
                session.frozen_credentials()
        assert source.asked == 2
        now[0] += renewal.FAILURE_SECONDS
        with pytest.raises(CredentialsExpired):
            session.frozen_credentials()
        assert source.asked == 3


@pytest.mark.promise("F5")
def test_a_source_that_cannot_refresh_is_replaced_by_what_the_chain_has_now() -> None:
    first, second = Source("old", times=1), Source("new", times=9)
    session = renewable_session(first, second)
    assert session.frozen_credentials() == "old"
    with pytest.raises(CredentialsExpired):
        session.frozen_credentials()
    assert session.renew(first)
    assert session.current is second
    assert session.frozen_credentials() == "new"


@pytest.mark.promise("F5")
def test_credentials_that_another_thread_has_refreshed_meanwhile_are_used() -> None:
    """The chain has the same ones, which is no failure."""
    source = Source("old", times=9)
    session = renewable_session(source, Source("new", times=9))
    used = session.frozen_credentials()
    source.keys = "new"
    session.frozen_credentials()
    assert session.renew(source, used)
    assert session.current is source
    assert session.frozen_credentials() == "new"


@made_up_keys
@pytest.mark.promise("F5")
def test_credentials_that_were_missing_are_found_without_a_restart(
    aws: FakeAws, from_a_file: tuple[Person, Path]
) -> None:
    person, keys = from_a_file
    keys.unlink()
    clients.forget()
    person.open(URL)
    assert "The console's AWS profile doesn't exist" in person.text
    assert str(keys) in person.text
    write_keys(keys, "ASIANEW")
    with patch.object(renewal, "FAILURE_SECONDS", 0.0):
        person.open(URL)
    assert "0 rules in the 34 Regions that answered" in summary(person)


# --- F6: many Regions, some of which fail -------------------------------------------------------


@pytest.mark.promise("F6")
def test_a_region_that_cannot_be_read_when_the_plan_is_confirmed_is_told(
    aws: FakeAws, person: Person
) -> None:
    """The rule's secret there is not known, so that nothing can be created."""
    value = '{"username": "demo", "accessToken": "token"}'
    arns = {
        region: boto3.client("secretsmanager", region_name=region).create_secret(
            Name="ecr-pullthroughcache/hub", SecretString=value
        )["ARN"]
        for region in (REGION, OTHER, THIRD)
    }
    make_rule("hub", "registry-1.docker.io", credentialArn=arns[REGION])
    clone(person, "hub", OTHER, THIRD)
    planned = ": Create the rule with the secret ecr-pullthroughcache/hub."
    assert person.text.count(planned) == 2
    aws.refuse(operation=DESCRIBE, region=THIRD)
    person.press("Create in 2 Regions")
    aws.clear_faults()
    assert person.heading == "The rule exists in 2 of 3 Regions: hub"
    summary, told = person.page.select("main .alert-error")
    assert f"1 Region was not tried: {THIRD}." in summary.get_text()
    words = told.get_text()
    assert "No access" in words
    assert f"not authorized to perform: ecr:{DESCRIBE}" in words
    assert (prefixes(OTHER), prefixes(THIRD)) == (["hub"], [])


@pytest.mark.promise("F6")
def test_a_region_whose_prefix_is_taken_when_the_plan_is_confirmed_is_told(
    aws: FakeAws, person: Person
) -> None:
    make_rule("quay")
    clone(person, "quay", OTHER, THIRD)
    boto3.client("ecr", region_name=THIRD).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="registry.k8s.io"
    )
    person.press("Create in 2 Regions")
    assert person.heading == "The rule exists in 2 of 3 Regions: quay"
    (row,) = [row for row in person.page.select("#results tbody tr") if THIRD in row.get_text()]
    told = " ".join(row.get_text(" ").split())
    assert told.endswith("Not tried - The prefix is already in use in this Region")
    assert prefixes(OTHER) == ["quay"]


# --- F9: a secret that is not seen yet ----------------------------------------------------------


def answer_authentication(person: Person, name: str) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.choose("Create an AWS secret")
    person.fill("Secret name", name)
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", "token")
    person.press("Next")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(calls, "wait", taken.append)
    return taken


@pytest.mark.promise("F9")
def test_a_new_secret_is_waited_for_under_the_same_arn(
    aws: FakeAws, person: Person, waits: list[float]
) -> None:
    aws.hide_new_secrets(times=3)
    answer_authentication(person, "hub")
    person.press("Next")
    person.press("Create")
    assert person.heading == "Rule created: docker-hub"
    assert aws.calls()[CREATE_RULE] == 4
    assert aws.calls()["CreateSecret"] == 1
    assert len(waits) == 3
    assert sum(new_secrets.WAITS) <= 15


def use_existing(person: Person) -> None:
    """Make a rule with the secret that exists."""
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.choose("Use an existing AWS secret")
    person.select("Secret name", SECRET)
    person.press("Next")
    person.press("Next")
    person.press("Create")


@pytest.mark.promise("F9")
def test_an_older_secret_is_not_waited_for(
    aws: FakeAws, person: Person, waits: list[float]
) -> None:
    make_secret(SECRET)
    aws.pass_time(new_secrets.FRESH.total_seconds())
    aws.fail(operation=CREATE_RULE, code="SecretNotFoundException")
    use_existing(person)
    assert "ECR can't find the secret" in person.text
    assert aws.calls()[CREATE_RULE] == 1
    assert waits == []


def restored_secret(aws: FakeAws) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    make_secret(SECRET)
    secrets.delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)
    aws.pass_time(3600)
    secrets.restore_secret(SecretId=SECRET)


def changed_secret(aws: FakeAws) -> None:
    make_secret(SECRET)
    aws.pass_time(3600)
    value = json.dumps({"username": "me", "accessToken": "token"})
    boto3.client("secretsmanager", region_name=REGION).put_secret_value(
        SecretId=SECRET, SecretString=value
    )


def made_on_its_page(aws: FakeAws, person: Person) -> None:
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    person.fill("Secret name", "hub")
    person.fill("Username", "me")
    person.fill("Access token", "token")
    person.press("Create secret")


@pytest.mark.promise("F9")
@pytest.mark.parametrize(
    "make",
    [
        lambda _aws, _person: make_secret(SECRET),
        made_on_its_page,
        lambda aws, _person: restored_secret(aws),
        lambda aws, _person: changed_secret(aws),
    ],
    ids=["by somebody else", "on the Secrets page", "restored", "changed"],
)
def test_a_secret_of_a_moment_ago_is_waited_for_whoever_made_it(
    aws: FakeAws,
    person: Person,
    waits: list[float],
    make: Callable[[FakeAws, Person], object],
) -> None:
    make(aws, person)
    aws.fail(operation=CREATE_RULE, code="SecretNotFoundException", times=2)
    use_existing(person)
    assert person.heading == "Rule created: docker-hub"
    assert waits[:2] == list(new_secrets.WAITS[:2])


@pytest.mark.promise("F9")
@pytest.mark.parametrize(("passed", "is_changed"), [(0, True), (60, False)])
def test_an_edit_waits_for_a_secret_of_a_moment_ago_and_for_no_older_one(
    aws: FakeAws, person: Person, waits: list[float], passed: int, is_changed: bool
) -> None:
    make_rule("hub", "registry-1.docker.io", credentialArn=make_secret(SECRET))
    make_secret("ecr-pullthroughcache/new")
    aws.pass_time(passed)
    aws.fail(operation=UPDATE_RULE, code="SecretNotFoundException", times=2)
    give_another_secret(person)
    assert ("Updated rule hub (us-east-2)." in person.page.get_text()) is is_changed
    assert waits == (list(new_secrets.WAITS[:2]) if is_changed else [])


@pytest.mark.promise("F9")
def test_a_secret_that_ecr_will_never_find_is_not_new(aws: FakeAws) -> None:
    """It has no value, is scheduled for deletion, does not exist, or cannot be read."""
    secrets = boto3.client("secretsmanager", region_name=REGION)
    usable, leaving = make_secret(SECRET), make_secret(f"{SECRET}-leaving")
    empty = secrets.create_secret(Name=f"{SECRET}-empty")["ARN"]
    secrets.delete_secret(SecretId=leaving, RecoveryWindowInDays=7)
    here = target(REGION)
    found = [new_secrets.is_new(here, arn) for arn in (usable, leaving, empty, f"{usable}x")]
    assert found == [True, False, False, False]
    aws.refuse(operation="DescribeSecret")
    assert not new_secrets.is_new(here, usable)


# --- F11: a name that is being deleted ----------------------------------------------------------


@pytest.fixture
def leaving(aws: FakeAws) -> str:
    """A secret Sending out; returns its ARN."""
    arn = make_secret(SECRET)
    boto3.client("secretsmanager", region_name=REGION).delete_secret(
        SecretId=arn, RecoveryWindowInDays=7
    )
    return arn


def is_leaving(arn: str) -> bool:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    return "DeletedDate" in secrets.describe_secret(SecretId=arn)


@pytest.mark.promise("F11")
def test_the_wizard_offers_a_leaving_name_back_or_asks_for_another(
    person: Person, leaving: str
) -> None:
    answer_authentication(person, "hub")
    person.press("Next")
    person.press("Create")
    assert person.heading == "Configure authentication"
    assert "scheduled for deletion" in person.error_at("Secret name")
    assert "Choose another name, or restore" in person.text
    person.press(f"Restore {SECRET}")
    assert "Restored secret" in person.page.get_text()
    assert not is_leaving(leaving)


@pytest.mark.promise("F11")
def test_the_secrets_page_offers_a_leaving_name_back_or_asks_for_another(
    person: Person, leaving: str
) -> None:
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    person.fill("Secret name", "hub")
    person.fill("Username", "me")
    person.fill("Access token", "token")
    person.press("Create secret")
    assert person.status == 409
    assert "Choose another name, or restore" in person.text
    person.press(f"Restore {SECRET}")
    assert "Restored secret" in person.page.get_text()
    assert not is_leaving(leaving)


@pytest.mark.promise("F11")
def test_another_refusal_under_the_same_code_is_not_taken_for_it(
    aws: FakeAws, person: Person
) -> None:
    words = "You can't perform this while a replication is in progress."
    aws.fail(operation="CreateSecret", code="InvalidRequestException", message=words)
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    person.fill("Secret name", "hub")
    person.fill("Username", "me")
    person.fill("Access token", "token")
    person.press("Create secret")
    assert words in person.text
    assert "scheduled for deletion" not in person.text


# --- F12: changes of a rule whose answers are lost ----------------------------------------------


def outcomes_of(action: str) -> list[str]:
    """What the audit trail says that the changes of this kind came to."""
    found = AuditEvent.objects.filter(action=action, phase="result").order_by("sequence")
    return list(found.values_list("outcome", flat=True))


@pytest.fixture
def hub(aws: FakeAws) -> None:
    """A rule `hub` with the secret; another secret `new` is there as well."""
    make_rule("hub", "registry-1.docker.io", credentialArn=make_secret(SECRET))
    make_secret("ecr-pullthroughcache/new")


@pytest.mark.promise("F12")
@pytest.mark.parametrize("times", [1, 3])
def test_a_rule_is_deleted_though_the_answer_was_lost(
    aws: FakeAws, person: Person, hub: None, pauses: Pauses, times: int
) -> None:
    person.open(f"/{ACCOUNT}/{REGION}/rules/hub/delete/")
    person.fill(CONFIRM, "confirm")
    aws.lose_answer(operation=DELETE_RULE, times=times)
    person.press("Delete")
    assert person.status == 200
    assert f"Deleted rule hub ({REGION})." in person.page.get_text()
    assert f"uses the secret {SECRET}." in person.page.get_text()
    assert outcomes_of(DELETE_RULE) == ["succeeded"]
    assert prefixes() == []


@pytest.mark.promise("F12")
@pytest.mark.parametrize("times", [1, 3])
def test_selected_rules_are_deleted_though_an_answer_was_lost(
    aws: FakeAws, transactional_db: None, person: Person, hub: None, pauses: Pauses, times: int
) -> None:
    make_rule("quay")
    select_for_deletion(person, f"{REGION}/hub", f"{REGION}/quay")
    person.fill(CONFIRM, "confirm")
    aws.lose_answer(operation=DELETE_RULE, times=times)
    person.press("Delete")
    assert person.heading == "2 rules deleted"
    assert f"{SECRET}, {REGION}" in person.text
    assert outcomes_of(DELETE_RULE) == ["succeeded", "succeeded"]
    assert prefixes() == []


@pytest.mark.promise("F12")
def test_a_deletion_that_never_arrived_is_told_as_failed(
    aws: FakeAws, person: Person, hub: None, pauses: Pauses
) -> None:
    person.open(f"/{ACCOUNT}/{REGION}/rules/hub/delete/")
    person.fill(CONFIRM, "confirm")
    aws.unreachable(operation=DELETE_RULE)
    person.press("Delete")
    assert person.status == 504
    assert outcomes_of(DELETE_RULE) == ["failed"]
    assert prefixes() == ["hub"]


@pytest.mark.promise("F12")
def test_a_second_sending_that_finds_no_rule_says_enough(
    aws: FakeAws, hub: None, pauses: Pauses
) -> None:
    aws.lose_answer(operation=DELETE_RULE, times=1)
    aws.refuse(operation=DESCRIBE)
    with permitted("a test"):
        ecr.delete_rule_surely(target(REGION), "hub")
    aws.clear_faults()
    assert prefixes() == []


@pytest.mark.promise("F12")
def test_whether_a_rule_is_gone_that_cannot_be_read_is_not_claimed(
    aws: FakeAws, hub: None, pauses: Pauses
) -> None:
    aws.lose_answer(operation=DELETE_RULE, times=3)
    aws.refuse(operation=DESCRIBE)
    with permitted("a test"), pytest.raises(RegionUnreachable):
        ecr.delete_rule_surely(target(REGION), "hub")


@pytest.mark.promise("F12")
@pytest.mark.parametrize("throttles", [0, 1])
def test_a_rule_that_was_not_there_is_not_taken_for_deleted(
    aws: FakeAws, pauses: Pauses, throttles: int
) -> None:
    if throttles:
        aws.throttle(operation=DELETE_RULE, times=throttles)
    with permitted("a test"), pytest.raises(RuleNotFound):
        ecr.delete_rule_surely(target(REGION), "hub")


def give_another_secret(person: Person) -> None:
    person.open(f"/{ACCOUNT}/{REGION}/rules/hub/edit/")
    person.select("Secret name", "ecr-pullthroughcache/new")
    person.press("Save changes")


@pytest.mark.promise("F12")
def test_an_edit_whose_answers_were_all_lost_is_read_back(
    aws: FakeAws, person: Person, hub: None, pauses: Pauses
) -> None:
    aws.lose_answer(operation=UPDATE_RULE, times=3)
    give_another_secret(person)
    assert "Updated rule hub (us-east-2). Validate the rule" in person.page.get_text()
    assert outcomes_of(UPDATE_RULE) == ["succeeded"]


@pytest.mark.promise("F12")
def test_an_edit_that_never_arrived_is_told_as_failed(
    aws: FakeAws, person: Person, hub: None, pauses: Pauses
) -> None:
    aws.unreachable(operation=UPDATE_RULE)
    give_another_secret(person)
    assert person.status == 504
    assert "The Region doesn't respond" in person.text
    assert outcomes_of(UPDATE_RULE) == ["failed"]


# --- F14: secrets in use ------------------------------------------------------------------------


def delete_secret(person: Person) -> None:
    """Send the confirmed deletion at once: the page refuses a secret in use before it asks."""
    person.open("/account/")
    data = {"confirmation": "confirm", "csrfmiddlewaretoken": person.csrf_token}
    url = f"/{ACCOUNT}/{REGION}/secrets/hub/delete/"
    person.arrive(person.client.post(url, data, follow=True))


@pytest.fixture
def replicated(aws: FakeAws) -> str:
    """A secret with a replica in another Region; returns the replica's ARN."""
    arn = make_secret(SECRET)
    boto3.client("secretsmanager", region_name=REGION).replicate_secret_to_regions(
        SecretId=arn, AddReplicaRegions=[{"Region": OTHER}]
    )
    return arn.replace(REGION, OTHER)


@pytest.mark.promise("F14")
def test_a_secret_in_use_stays_and_its_rules_are_named(aws: FakeAws, person: Person) -> None:
    arn = make_secret(SECRET)
    for prefix in ("docker-hub", "other-hub"):
        make_rule(prefix, "registry-1.docker.io", credentialArn=arn)
    delete_secret(person)
    assert person.status == 409
    assert [link.get_text() for link in person.page.select("main li a")] == [
        "docker-hub",
        "other-hub",
    ]
    assert "DeleteSecret" not in aws.calls()


@pytest.mark.promise("F14")
def test_a_rule_that_uses_a_replica_elsewhere_keeps_the_secret_too(
    aws: FakeAws, person: Person, replicated: str
) -> None:
    make_rule("docker-hub", "registry-1.docker.io", region=OTHER, credentialArn=replicated)
    delete_secret(person)
    assert person.status == 409
    assert f"docker-hub {OTHER}" in person.text
    assert "DeleteSecret" not in aws.calls()


@pytest.mark.promise("F14")
def test_a_region_that_cannot_be_read_counts_as_using_it_and_is_named(
    aws: FakeAws, person: Person, replicated: str
) -> None:
    aws.refuse(operation=DESCRIBE, region=OTHER)
    delete_secret(person)
    assert person.status == 409
    assert "couldn't read the rules in these Regions" in person.text
    assert OTHER in person.text
    assert "DeleteSecret" not in aws.calls()


@pytest.mark.promise("F14")
@pytest.mark.parametrize(("age", "is_deleted"), [(50, True), (70, False)])
def test_what_was_read_within_the_last_minute_is_relied_on_and_nothing_older(
    aws: FakeAws, person: Person, age: int, is_deleted: bool
) -> None:
    make_secret(SECRET)
    person.open_rules()
    RegionReading.objects.update(read_at=timezone.now() - timedelta(seconds=age))
    aws.refuse(operation=DESCRIBE)
    delete_secret(person)
    assert ("DeleteSecret" in aws.calls()) is is_deleted
    assert person.status == (200 if is_deleted else 409)


@pytest.mark.promise("F14")
def test_a_secret_that_nobody_uses_is_deleted(aws: FakeAws, person: Person) -> None:
    make_rule("spare", "registry-1.docker.io", credentialArn=make_secret(f"{SECRET}-other"))
    make_secret(SECRET)
    delete_secret(person)
    assert person.status == 200
    assert aws.calls()["DeleteSecret"] == 1


# --- F15: broken and unknown answers ------------------------------------------------------------

EVIL = '<img src=x onerror="alert(1)">'


def garbled(body: Any) -> Callable[..., None]:
    text = body if isinstance(body, str) else json.dumps(body)
    return lambda aws, **which: aws.garble_answer(text, **which)


RULES = "pullThroughCacheRules"
BROKEN: dict[str, Callable[..., None]] = {
    "5xx": lambda aws, **which: aws.fail(**which),
    "5xx of an unknown kind": lambda aws, **which: aws.fail(status=503, code="Strange", **which),
    "half": lambda aws, **which: aws.malform_answer(**which),
    "cut off": lambda aws, **which: aws.cut_answer(**which),
    "nothing": garbled(""),
    "no JSON": garbled("<html>Bad gateway</html>"),
    "a list": garbled([]),
    "a text": garbled('"text"'),
    "null": garbled("null"),
    "nested without an end": garbled("[" * 100_000),
    "another shape": garbled({RULES: {"quay": {}}}),
    "no rule": garbled({RULES: [None]}),
    "an empty rule": garbled({RULES: [{}]}),
    "wrong types": garbled({RULES: [{"ecrRepositoryPrefix": 7, "upstreamRegistryUrl": []}]}),
    "no time": garbled(
        {
            RULES: [
                {
                    "ecrRepositoryPrefix": "quay",
                    "upstreamRegistryUrl": "quay.io",
                    "createdAt": "yesterday",
                }
            ]
        }
    ),
}


@pytest.fixture
def broken(aws: FakeAws, rules: None) -> dict[str, str]:
    """Each broken answer in a Region of its own: the Region by the kind."""
    codes = [region.code for region in places.list_regions() if region.code != REGION]
    regions = dict(zip(BROKEN, codes, strict=False))
    for kind, region in regions.items():
        BROKEN[kind](aws, operation=DESCRIBE, region=region)
    return regions


@pytest.mark.promise("F15")
def test_a_broken_answer_marks_its_region_and_no_other(
    person: Person, pauses: Pauses, broken: dict[str, str]
) -> None:
    person.open(URL)
    assert person.status == 200
    assert f"in the {REGIONS - len(BROKEN)} Regions that answered" in summary(person)
    texts = {kind: region_text(person, region) for kind, region in broken.items()}
    assert {kind for kind, text in texts.items() if "Retry" not in text} == set()
    assert {kind for kind, text in texts.items() if "No rules" in text} == set()
    assert "quay" in region_text(person, REGION)


@pytest.mark.promise("F15")
def test_an_error_of_any_kind_is_the_answer_of_its_own_region(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A kind that the adapters do not translate: the stream of all Regions goes on."""
    odd, *others = [Target(account_id=ACCOUNT, region=region) for region in ("a", "b", "c")]

    def call(target: Target) -> str:
        if target == odd:
            raise MemoryError
        return target.region

    answers = {each.target: each for each in fan_out(targets=[odd, *others], call=call)}
    assert isinstance(answers[odd].error, UnexpectedAwsError)
    assert [answers[target].value for target in others] == ["b", "c"]
    assert "A call to AWS in a failed" in caplog.text


@pytest.mark.promise("F15")
def test_a_page_of_a_region_with_a_broken_answer_is_no_crash(
    person: Person, pauses: Pauses, broken: dict[str, str]
) -> None:
    statuses = {}
    for kind, region in broken.items():
        person.open_rules(region)
        statuses[kind] = person.status
    assert {kind for kind, status in statuses.items() if status not in (502, 504)} == set()


@pytest.mark.promise("F15")
@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("ListSecrets", f"/{ACCOUNT}/{REGION}/secrets/"),
        ("DescribeSecret", f"/{ACCOUNT}/{REGION}/secrets/hub/delete/"),
        ("DescribePullThroughCacheRules", f"/{ACCOUNT}/{REGION}/rules/"),
    ],
)
@pytest.mark.parametrize("body", ["", "[]", "null", "{}", "<html>"])
def test_no_page_crashes_over_a_broken_answer(
    aws: FakeAws, person: Person, operation: str, path: str, body: str
) -> None:
    make_secret(SECRET)
    aws.garble_answer(body, operation=operation)
    person.open(path)
    assert person.status == 502
    assert "MalformedAnswer" in person.text


@pytest.mark.promise("F15")
@pytest.mark.parametrize("items", ["null", "[null]"])
def test_a_list_that_breaks_off_is_named_so_and_is_no_shorter_list(
    aws: FakeAws, person: Person, items: str
) -> None:
    aws.garble_answer(f'{{"pullThroughCacheRules": {items}}}', operation=DESCRIBE)
    person.open_rules()
    assert person.status == 502
    assert "The answer breaks off." in person.text


@pytest.mark.promise("F15")
@pytest.mark.parametrize("answer", [None, "text", ["name"]])
def test_what_is_no_object_has_no_members(answer: Any) -> None:
    """Lists are looked through before; this is for what an adapter reads of a single answer."""
    with pytest.raises(UnexpectedAwsError, match="name has another type"):
        members.member(answer, "name", "GetRole")


@pytest.mark.promise("F15")
@pytest.mark.parametrize("body", ["", "null", "<html>", "<half><a"])
def test_not_even_over_whose_credentials_these_are(aws: FakeAws, person: Person, body: str) -> None:
    account._identity_of.cache_clear()
    aws.garble_answer(body, operation="GetCallerIdentity")
    person.open(f"/{ACCOUNT}/{REGION}/rules/")
    assert person.status == 502
    assert "MalformedAnswer" in person.text


@pytest.mark.promise("F3")
def test_the_region_of_the_credentials_is_not_needed_to_look_at_others(
    aws: FakeAws, person: Person
) -> None:
    account._identity_of.cache_clear()
    aws.unreachable(region=REGION)
    person.open(f"/{ACCOUNT}/eu-west-1/rules/")
    assert person.status == 200
    account._identity_of.cache_clear()
    aws.unreachable(operation="GetCallerIdentity")
    person.open(f"/{ACCOUNT}/eu-west-1/rules/")
    assert person.status == 504


@pytest.mark.promise("F15")
@pytest.mark.parametrize("path", [URL, f"/{ACCOUNT}/{REGION}/rules/"])
def test_an_unknown_kind_of_upstream_is_shown_as_it_came_and_as_text(
    aws: FakeAws, person: Person, rules: None, path: str
) -> None:
    boto3.client("ecr", region_name=REGION).delete_pull_through_cache_rule(
        ecrRepositoryPrefix="quay"
    )
    make_rule("own", "registry.k8s.io")
    aws.unknown_registry(EVIL, operation=DESCRIBE)
    person.open(path)
    assert person.status == 200
    assert EVIL in person.page.get_text()
    assert person.page.select("img[onerror]") == []


# --- F16: lists without an end ------------------------------------------------------------------


@pytest.mark.promise("F16")
def test_a_list_that_never_ends_is_stopped_and_said_to_be(
    aws: FakeAws, person: Person, rules: None
) -> None:
    aws.endless_pages(operation=DESCRIBE, region=OTHER)
    person.open_rules(OTHER)
    assert person.status == 502
    assert "The list does not end" in person.text
    assert aws.calls()[DESCRIBE] == 201


@pytest.mark.promise("F16")
def test_secrets_and_roles_without_an_end_are_stopped_too(aws: FakeAws) -> None:
    make_secret(SECRET)
    aws.endless_pages(operation="ListSecrets")
    with pytest.raises(AwsError, match="does not end"):
        secretsmanager.list_secrets(target(REGION))


@pytest.mark.promise("F16")
def test_repositories_are_counted_up_to_a_bound_and_said_to_be_more(aws: FakeAws) -> None:
    aws.endless_pages(operation="DescribeRepositories")
    count = ecr.repository_names(target(REGION))
    assert not count.is_complete
    assert aws.calls()["DescribeRepositories"] == images.REPOSITORY_PAGES


@pytest.mark.promise("F16")
def test_images_are_read_up_to_a_bound_and_said_to_be_more(aws: FakeAws) -> None:
    boto3.client("ecr", region_name=REGION).create_repository(repositoryName="hub/app")
    aws.endless_pages(operation="DescribeImages")
    assert not images.describe_images(target(REGION), "hub/app").is_complete
    assert aws.calls()["DescribeImages"] == images.IMAGE_PAGES


def test_the_tests_count_the_regions_that_there_are(aws: FakeAws) -> None:
    assert len(places.list_regions()) == REGIONS
