"""The wizard's state is the draft on the server, whatever tabs, addresses and forms send."""

import os
import re
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import begin, changes, clone, make_rule, make_secret, prefixes
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import RuleDraft, Step, Target, plan_for
from wizard.domain.registries import REGISTRIES
from wizard.drafting import sealed, store
from wizard.drafting.credential_rows import Schedule
from wizard.engine.looking import queue_due_work
from wizard.models import OpenDraft, SealedCredential

ROOT = Path(__file__).resolve().parents[2]
TARGET = Target(account_id=ACCOUNT, region=REGION)
OTHER = "eu-west-1"
TOKEN = "canary-of-the-wizard-state"


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def draft_of(person: Person, path: str) -> RuleDraft:
    """The draft as the server keeps it."""
    owner_id = int(person.client.session["_auth_user_id"])
    draft_id = path.rstrip("/").rpartition("/")[2]
    region = path.split("/")[2]
    target = Target(account_id=ACCOUNT, region=region)
    return store.load_draft(draft_id=draft_id, owner_id=owner_id, target=target)


def post(person: Person, url: str, **data: str) -> Any:
    return person.client.post(url, {**data, "csrfmiddlewaretoken": person.csrf_token})


def type_credential(person: Person, name: str = "hub") -> None:
    person.choose("Create an AWS secret")
    person.fill("Secret name", name)
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", TOKEN)
    person.press("Next")


def rule_of(prefix: str, region: str = REGION) -> dict[str, Any]:
    client = boto3.client("ecr", region_name=region)
    (rule,) = client.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[prefix])[
        "pullThroughCacheRules"
    ]
    return dict(rule)


# --- W2: two tabs -------------------------------------------------------------------------------


@pytest.mark.promise("W2")
def test_two_tabs_with_two_upstreams_keep_their_answers_apart(person: Person) -> None:
    other = Person(person.client)
    one = begin(person, "Quay")
    two = begin(other, "Kubernetes")
    assert one != two
    person.open(f"{one}destination/")
    person.fill("Amazon ECR repository prefix", "from-one")
    other.open(f"{two}destination/")
    assert other.value_of("Amazon ECR repository prefix") == "kubernetes"
    other.fill("Amazon ECR repository prefix", "from-two")
    other.press("Next")
    person.press("Next")
    assert "quay.io" in person.text
    assert "from-two" not in person.text
    other.press("Create")
    person.press("Create")
    assert rule_of("from-one")["upstreamRegistryUrl"] == "quay.io"
    assert rule_of("from-two")["upstreamRegistryUrl"] == "registry.k8s.io"


@pytest.mark.promise("W2")
def test_two_tabs_with_two_credentials_keep_them_apart(aws: FakeAws, person: Person) -> None:
    # A browser keeps the two keys apart by the drafts' paths; the test client knows no paths.
    other = sign_in()
    one = begin(person, "Docker Hub")
    two = begin(other, "Docker Hub")
    type_credential(person, "first")
    type_credential(other, "second")
    other.fill("Amazon ECR repository prefix", "from-two")
    other.press("Next")
    person.fill("Amazon ECR repository prefix", "from-one")
    person.press("Next")
    assert draft_of(person, one).secret_name == "ecr-pullthroughcache/first"
    assert draft_of(person, two).secret_name == "ecr-pullthroughcache/second"
    person.press("Create")
    other.press("Create")
    assert "/first-" in rule_of("from-one")["credentialArn"]
    assert "/second-" in rule_of("from-two")["credentialArn"]


@pytest.mark.promise("W2")
def test_a_draft_s_id_is_not_guessed_and_of_no_use_to_others(person: Person) -> None:
    ids = {store.new_draft_id() for _ in range(1000)}
    assert len(ids) == 1000
    # 22 characters of URL-safe Base64 are 128 random bits.
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", draft_id) for draft_id in ids)
    path = begin(person, "Quay")
    stranger = sign_in("grace")
    stranger.open(f"{path}destination/")
    assert stranger.status == 403
    assert "quay" not in stranger.text
    assert not Session.objects.filter(pk=path.rstrip("/").rpartition("/")[2]).exists()


# --- W3: skipped steps --------------------------------------------------------------------------


@pytest.mark.promise("W3")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_skipped_step_leads_to_the_first_open_one_and_writes_nothing(
    aws: FakeAws, person: Person, method: str
) -> None:
    path = begin(person, "Docker Hub")
    before = draft_of(person, path)
    for step in (Step.DESTINATION, Step.REVIEW, Step.PERMISSIONS, Step.NAMESPACES):
        url = f"{path}{step}/"
        fields = {"ecr_repository_prefix": "hub"} if step is Step.DESTINATION else {}
        answer = person.client.get(url) if method == "get" else post(person, url, **fields)
        assert (answer.status_code, answer["Location"]) == (303, f"{path}authentication/")
    assert draft_of(person, path) == before
    assert changes(aws.calls()) == set()


@pytest.mark.promise("W3")
def test_create_with_a_step_open_leads_back_to_it(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Docker Hub")
    answer = post(person, f"{path}create/")
    assert (answer.status_code, answer["Location"]) == (303, f"{path}authentication/")
    assert changes(aws.calls()) == set()


@pytest.mark.promise("W3")
@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.name)
def test_no_plan_opens_a_step_before_those_in_front_of_it(registry: Any) -> None:
    draft = RuleDraft(draft_id="x" * 22, owner_id=1, target=TARGET)
    plan = plan_for(registry)
    draft = draft.with_answers(plan.first, {"registry": registry.name})
    for step in Step:
        is_open = step in plan.steps and plan.number(step) <= 2
        assert draft.is_reachable(step) is is_open, step


# --- W4: changed steps --------------------------------------------------------------------------


@pytest.mark.promise("W4")
def test_another_registry_asks_again_for_what_hung_on_the_old_one(
    aws: FakeAws, person: Person
) -> None:
    path = begin(person, "Docker Hub")
    type_credential(person)
    person.press("Next")
    person.open(f"{path}source/?return=review")
    person.choose("GitHub Container Registry")
    person.press("Next")
    assert person.heading == "Configure authentication"
    draft = draft_of(person, path)
    assert draft.sealed_credential == ""
    assert set(draft.answers) == {Step.SOURCE}
    assert TOKEN not in str(draft)
    make_secret("ecr-pullthroughcache/github")
    person.open(person.url)
    person.choose("Use an existing AWS secret")
    person.select("Secret name", "ecr-pullthroughcache/github")
    person.press("Next")
    assert person.value_of("Amazon ECR repository prefix") == "github"
    person.press("Next")
    person.press("Create")
    assert rule_of("github")["upstreamRegistryUrl"] == "ghcr.io"
    assert aws.calls()["CreateSecret"] == 1  # the one this test made


@pytest.mark.promise("W4")
def test_another_upstream_account_asks_again_for_the_role(person: Person) -> None:
    source = {
        "registry": "ecr-cross-account",
        "account_id": "111122223333",
        "region": OTHER,
    }
    draft = RuleDraft(draft_id="x" * 22, owner_id=1, target=TARGET)
    draft = draft.with_answers(Step.UPSTREAM, source)
    role = {"custom_role_arn": f"arn:aws:iam::{ACCOUNT}:role/for-the-first"}
    draft = draft.with_answers(Step.PERMISSIONS, role)
    namespaces = {
        "cache_namespace": "specific",
        "ecr_repository_prefix": "mine",
        "upstream_namespace": "specific",
        "upstream_repository_prefix": "theirs",
    }
    draft = draft.with_answers(Step.NAMESPACES, namespaces)
    assert draft.next_open_step is Step.REVIEW
    assert draft.with_answers(Step.UPSTREAM, source).next_open_step is Step.REVIEW
    changed = draft.with_answers(Step.UPSTREAM, {**source, "account_id": "444455556666"})
    assert set(changed.answers) == {Step.UPSTREAM}


@pytest.mark.promise("W4")
def test_what_is_reviewed_is_what_is_sent(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Docker Hub")
    type_credential(person)
    person.fill("Amazon ECR repository prefix", "a.b-c/d__e")
    person.fill("Upstream repository prefix", "library/x--y")
    person.press("Next")
    shown = {
        row.select("dt")[0].get_text(strip=True): row.select("dd")[0].find_all("span")[-1].string
        for row in person.page.select(".key-values > div")
        if row.select("dd span")
    }
    command = command_shown(person)
    person.press("Create")
    rule = rule_of("a.b-c/d__e")
    assert shown["Amazon ECR repository prefix"] == rule["ecrRepositoryPrefix"]
    assert shown["Upstream repository prefix"] == rule["upstreamRepositoryPrefix"]
    assert shown["Source registry URL"] == rule["upstreamRegistryUrl"]
    assert f":secret:{shown['Secret name']}-" in rule["credentialArn"]
    assert command["--ecr-repository-prefix"] == rule["ecrRepositoryPrefix"]
    assert command["--upstream-registry-url"] == rule["upstreamRegistryUrl"]
    assert command["--upstream-repository-prefix"] == rule["upstreamRepositoryPrefix"]
    assert command["--region"] == REGION
    assert draft_of(person, path).new_rule().ecr_repository_prefix == "a.b-c/d__e"


@pytest.mark.promise("W4")
def test_an_old_review_creates_nothing_that_it_did_not_show(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Quay")
    person.fill("Amazon ECR repository prefix", "first")
    person.press("Next")
    other = Person(person.client)
    other.open(f"{path}destination/")
    other.fill("Amazon ECR repository prefix", "second")
    other.press("Next")
    person.press("Create")
    assert prefixes() == []
    assert person.heading == "Review and create"
    assert "The answers were changed in another tab or browser" in person.page.get_text()
    assert "Last change: Destination, " in person.page.get_text()
    assert "second" in person.text
    person.press("Create")
    assert prefixes() == ["second"]


@pytest.mark.promise("W4")
def test_a_rule_that_the_review_found_is_not_created_again_unseen(
    aws: FakeAws, person: Person
) -> None:
    make_rule("quay")
    clone(person, "quay", "eu-west-1")
    boto3.client("ecr", region_name=REGION).delete_pull_through_cache_rule(
        ecrRepositoryPrefix="quay"
    )
    person.press("Create in 1 Region")
    assert person.heading == "Review and create"
    assert "The rule in this Region changed." in person.page.get_text()
    assert (prefixes(), prefixes("eu-west-1")) == ([], [])


@pytest.mark.promise("W6")
@pytest.mark.kind_aws("the clock of the process, which AWS shares here, is not that of signatures")
@pytest.mark.parametrize("seconds", [0, sealed.SEAL_SECONDS + 5])
def test_what_is_typed_when_the_credential_has_run_out_is_kept(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """The cookie may go alone, or the ciphertext has run out with it."""
    begin(person, "Docker Hub")
    type_credential(person)
    person.fill("Amazon ECR repository prefix", "team-hub")
    person.fill("Upstream repository prefix", "library")
    forget_credential(person)
    later(monkeypatch, seconds)
    person.press("Next")
    assert person.heading == "Configure authentication"
    person.fill("Docker Hub access token", TOKEN)
    person.press("Next")
    assert person.value_of("Amazon ECR repository prefix") == "team-hub"
    assert person.value_of("Upstream repository prefix") == "library"
    person.press("Next")
    person.find('input[name="regions"][value="eu-west-1"]')["checked"] = ""
    forget_credential(person)
    later(monkeypatch, 2 * seconds)
    person.press("Create")
    assert person.heading == "Configure authentication"
    person.fill("Docker Hub access token", TOKEN)
    person.press("Next")
    person.press("Next")
    assert person.find('input[name="regions"][value="eu-west-1"]').has_attr("checked")
    assert prefixes() == []


def forget_credential(person: Person) -> None:
    """The cookie with the key has run out."""
    for name in [name for name in person.client.cookies if "credential" in name]:
        del person.client.cookies[name]


def command_shown(person: Person) -> dict[str, str]:
    """The options of the last command of the review."""
    words = shlex.split(person.find("pre code").get_text().replace("\\\n", ""))
    start = len(words) - words[::-1].index("create-pull-through-cache-rule")
    options = words[start:]
    return dict(zip(options[::2], options[1::2], strict=False))


# --- W5: tampered fields ------------------------------------------------------------------------


@pytest.mark.promise("W5")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_id", "999999999999"),
        ("region", OTHER),
        ("registry", "docker-hub"),
        ("upstream_registry_url", "evil.test"),
        ("step", "review"),
        ("draft_id", "x" * 22),
        ("owner_id", "2"),
        ("credential_arn", f"canary-{TOKEN}"),
    ],
)
def test_a_field_that_a_step_does_not_have_is_refused_and_logged(
    aws: FakeAws,
    person: Person,
    caplog: pytest.LogCaptureFixture,
    name: str,
    value: str,
) -> None:
    path = begin(person, "Quay")
    before = draft_of(person, path)
    url = f"{path}destination/"
    answer = post(person, url, ecr_repository_prefix="tampered", **{name: value})
    assert answer.status_code == 400
    assert draft_of(person, path) == before
    (record,) = [each for each in caplog.records if each.name == "wizard.security"]
    assert record.getMessage() == f"POST {url} refused: UnexpectedInput: {name}"
    assert TOKEN not in caplog.text
    person.open(url)
    person.press("Next")
    person.press("Create")
    assert rule_of("quay")["upstreamRegistryUrl"] == "quay.io"
    assert prefixes(OTHER) == []


@pytest.mark.promise("W5")
def test_create_takes_no_answers_at_all(
    aws: FakeAws, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    path = begin(person, "Quay")
    person.press("Next")
    answer = post(person, f"{path}create/", ecr_repository_prefix="tampered", region=OTHER)
    assert answer.status_code == 400
    assert changes(aws.calls()) == set()
    (record,) = [each for each in caplog.records if each.name == "wizard.security"]
    assert "UnexpectedInput: ecr_repository_prefix, region" in record.getMessage()


@pytest.mark.promise("W5")
@pytest.mark.parametrize("action", ["destination", "create"])
def test_an_address_of_another_region_does_not_move_the_draft(
    aws: FakeAws, person: Person, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    path = begin(person, "Quay")
    if action == "create":
        person.press("Next")
    before = draft_of(person, path)
    fields = {"ecr_repository_prefix": "moved"} if action == "destination" else {}
    answer = post(person, path.replace(REGION, OTHER) + f"{action}/", **fields)
    assert answer.status_code == 404
    assert draft_of(person, path) == before
    assert changes(aws.calls()) == set()
    assert [each.levelname for each in caplog.records if each.name == "wizard.security"] == [
        "WARNING"
    ]


@pytest.mark.promise("W5")
def test_what_edit_has_seen_is_compared_with_aws_and_not_believed(
    aws: FakeAws, person: Person
) -> None:
    arn = make_secret("ecr-pullthroughcache/github")
    make_rule("github", "ghcr.io", credentialArn=arn)
    aws.clear_calls()
    url = f"/{ACCOUNT}/{REGION}/rules/github/edit/"
    person.open(url)
    seen = str(person.find('input[name="seen"]')["value"]).replace("ghcr.io", "quay.io")
    answer = post(person, url, arn=arn, seen=seen)
    assert answer.status_code == 409
    assert changes(aws.calls()) == set()


# --- W7: Region and account ---------------------------------------------------------------------


@pytest.mark.promise("W7")
def test_a_draft_keeps_its_region_whatever_another_tab_shows(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Quay")
    other = Person(person.client)
    other.open_rules(OTHER)
    begin(other, "Kubernetes", region=OTHER)
    person.press("Next")
    place = person.find('[aria-labelledby="place-heading"]').get_text(" ", strip=True)
    assert f"Account {ACCOUNT}" in " ".join(place.split())
    assert f"US East (Ohio) ({REGION})" in " ".join(place.split())
    person.press("Create")
    assert prefixes(REGION) == ["quay"]
    assert prefixes(OTHER) == []
    assert draft_of(person, path).target == TARGET


@pytest.mark.promise("W7")
def test_credentials_of_another_account_create_nothing_for_the_draft(
    aws: FakeAws, person: Person
) -> None:
    path = begin(person, "Quay")
    person.press("Next")
    answer = post(person, path.replace(ACCOUNT, "999999999999") + "create/")
    assert answer.status_code in (403, 404)
    assert changes(aws.calls()) == set()


@pytest.mark.promise("W7")
def test_in_another_region_s_address_there_is_no_such_draft(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Quay")
    person.press("Next")
    elsewhere = path.replace(REGION, OTHER)
    assert post(person, f"{elsewhere}create/").status_code == 404
    assert person.client.get(f"{elsewhere}review/").status_code == 404
    assert changes(aws.calls()) == set()


# --- W8: Back after success ---------------------------------------------------------------------


@pytest.mark.promise("W8")
def test_back_after_success_shows_what_was_created_and_repeats_nothing(
    aws: FakeAws, person: Person
) -> None:
    path = begin(person, "Quay")
    person.press("Next")
    token = person.csrf_token
    answer = person.client.post(f"{path}create/", {"csrfmiddlewaretoken": token})
    operation = answer["Location"]
    assert (answer.status_code, answer["Cache-Control"]) == (303, "no-store")
    assert "/operations/" in operation
    for step in ("source", "destination", "review"):
        page = person.client.get(f"{path}{step}/")
        assert (page.status_code, page["Location"]) == (303, operation)
        assert page["Cache-Control"] == "no-store"
        person.open(f"{path}{step}/")
        assert "already created" in person.page.get_text(" ")
    fields = {"ecr_repository_prefix": "again", "csrfmiddlewaretoken": token}
    for url, data in ((f"{path}destination/", fields), (f"{path}create/", {**fields})):
        if url.endswith("create/"):
            del data["ecr_repository_prefix"]
        again = person.client.post(url, data)
        assert (again.status_code, again["Location"]) == (303, operation)
    assert aws.calls()["CreatePullThroughCacheRule"] == 1


# --- W10: another worker ------------------------------------------------------------------------

ANOTHER_WORKER = """
import os
import django
django.setup()
from django.test import Client
client = Client(headers={"host": "127.0.0.1"})
client.cookies["sessionid"] = os.environ["SESSION"]
answer = client.post(os.environ["URL"], {"ecr_repository_prefix": "from-another-process"})
print(answer.status_code, answer["Location"])
"""


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """What a process of the console needs to work with the database of this test."""
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return {
        **aws,
        "PATH": os.defpath,
        "ENV_FILE": os.devnull,
        "CONSOLE_ENV": "local",
        "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url(),
        "CACHE_URL": os.environ.get("TEST_CACHE_URL", ""),
        "SECRET_KEY": settings.SECRET_KEY,
        "AUDIT_KEY": settings.AUDIT_KEY,
        **more,
    }


@pytest.mark.promise("W10")
@pytest.mark.django_db(transaction=True)
def test_another_process_goes_on_where_this_one_left_the_draft(
    aws: FakeAws, tmp_path: Path
) -> None:
    person = sign_in()
    path = begin(person, "Quay")
    variables = environment(
        tmp_path, SESSION=person.client.cookies["sessionid"].value, URL=f"{path}destination/"
    )
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER_WORKER],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == f"303 {path}review/", done.stderr
    person.open(f"{path}review/")
    assert "from-another-process" in person.text
    person.press("Create")
    assert prefixes() == ["from-another-process"]


@pytest.mark.promise("W10")
def test_workers_that_would_not_share_a_key_do_not_start(tmp_path: Path) -> None:
    variables = {
        "PATH": os.defpath,
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path),
        "AUDIT_KEY": "seals-the-audit-trail-" * 3,
        "ALLOWED_HOSTS": "ptc.example.com",
        "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "SECRET_KEY is missing" in done.stderr


# --- W11: what is left behind -------------------------------------------------------------------


def kept_in_session(path: str) -> dict[str, Any]:
    """What the store of sessions holds of a draft, decoded."""
    draft_id = path.rstrip("/").rpartition("/")[2]
    return dict(store._session(draft_id).load())


def ciphertext_of(path: str) -> str:
    """What the database holds of a draft's credential."""
    row = SealedCredential.objects.filter(draft_id=path.rstrip("/").rpartition("/")[2]).first()
    return row.ciphertext if row else ""


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    now = timezone.now().timestamp()
    monkeypatch.setattr("time.time", lambda: now + seconds)


@pytest.mark.promise("W11")
def test_a_credential_is_kept_as_ciphertext_only(person: Person) -> None:
    path = begin(person, "Docker Hub")
    type_credential(person)
    kept, ciphertext = kept_in_session(path), ciphertext_of(path)
    assert ciphertext
    assert ciphertext not in str(kept)
    assert TOKEN not in str(kept) + ciphertext
    assert sealed.unseal(ciphertext, "") is None


@pytest.mark.promise("W11")
def test_after_fifteen_minutes_a_credential_is_gone_and_asked_again(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begin(person, "Docker Hub")
    type_credential(person)
    person.press("Next")
    key = person.client.cookies["ptc_credential"].value
    ciphertext = ciphertext_of(path)
    later(monkeypatch, sealed.SEAL_SECONDS - 5)
    assert sealed.unseal(ciphertext, key) is not None
    person.open(f"{path}review/")
    assert person.heading == "Review and create"
    later(monkeypatch, sealed.SEAL_SECONDS + 5)
    assert sealed.unseal(ciphertext, key) is None
    person.open(f"{path}review/")
    assert person.heading == "Configure authentication"
    assert person.value_of("Docker Hub email") == "me@example.com"
    assert ciphertext_of(path) == ""
    assert changes(aws.calls()) == set()


@pytest.mark.promise("W11")
def test_a_credential_of_a_draft_that_nobody_opens_again_is_taken_out(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begin(person, "Docker Hub")
    type_credential(person)
    call_command("cleardrafts", verbosity=0)
    assert ciphertext_of(path)
    later(monkeypatch, sealed.SEAL_SECONDS + 5)
    call_command("cleardrafts", verbosity=0)
    assert ciphertext_of(path) == ""
    kept = kept_in_session(path)
    assert kept["answers"][Step.AUTHENTICATION]["username"] == "me@example.com"


@pytest.mark.promise("W11", "S11")
@pytest.mark.parametrize("url", ["/", "/sign-in/", "/no/such/page/"])
def test_without_a_worker_the_next_request_of_anybody_takes_the_credential_out(
    person: Person, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    path = begin(person, "Docker Hub")
    type_credential(person)
    anybody = Client()
    later(monkeypatch, sealed.SEAL_SECONDS - 5)
    anybody.get(url)
    assert ciphertext_of(path)
    later(monkeypatch, sealed.SEAL_SECONDS + 1)
    anybody.get(url)
    assert ciphertext_of(path) == ""


@pytest.mark.promise("S11")
@pytest.mark.parametrize("ending", ["kept", "closed"])
def test_the_worker_takes_the_credential_out(
    person: Person, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Also the one of a draft that is not listed any more."""
    path = begin(person, "Docker Hub")
    type_credential(person)
    if ending == "closed":
        store.close_draft(draft_of(person, path))
    queue_due_work()
    assert ciphertext_of(path)
    later(monkeypatch, sealed.SEAL_SECONDS + 1)
    queue_due_work()
    assert ciphertext_of(path) == ""


@pytest.mark.promise("W11")
def test_an_expired_credential_that_is_still_stored_is_not_used(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begin(person, "Docker Hub")
    type_credential(person)
    later(monkeypatch, sealed.SEAL_SECONDS + 1)
    assert ciphertext_of(path)
    assert draft_of(person, path).sealed_credential == ""


@pytest.mark.promise("S11")
def test_looking_for_expired_credentials_costs_most_requests_nothing(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(person, "Docker Hub")
    type_credential(person)
    schedule = Schedule()
    assert schedule.is_due
    schedule.look()
    assert not schedule.is_due
    later(monkeypatch, 59)
    assert not schedule.is_due
    later(monkeypatch, 61)
    assert schedule.is_due
    later(monkeypatch, -3600)
    assert schedule.is_due


def test_a_discarded_draft_takes_its_credential_along(person: Person) -> None:
    path = begin(person, "Docker Hub")
    type_credential(person)
    store.discard_draft(draft_of(person, path))
    assert SealedCredential.objects.count() == 0


@pytest.mark.promise("W11")
def test_a_person_has_a_bounded_number_of_drafts(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_OPEN_DRAFTS", 2)
    oldest, *others = [begin(person, "Quay") for _ in range(3)]
    assert OpenDraft.objects.count() == 2
    assert kept_in_session(oldest) == {}
    assert all(kept_in_session(path) for path in others)


@pytest.mark.promise("W11")
def test_a_draft_without_an_answer_goes_after_a_day(person: Person) -> None:
    owner = User.objects.get(username="ada").pk
    others = set(Session.objects.values_list("pk", flat=True))
    store.create_draft(owner_id=owner, target=TARGET)
    own = Session.objects.exclude(pk__in=others).get()
    assert own.expire_date - timezone.now() <= timedelta(days=1)


@pytest.mark.promise("W11")
def test_an_abandoned_draft_goes_by_age(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = begin(person, "Kubernetes")
    path = begin(person, "Quay")
    monkeypatch.setattr(store, "DRAFT_SECONDS", -1)
    store.save_draft(draft_of(person, path))
    assert OpenDraft.objects.count() == 2
    call_command("cleardrafts", verbosity=0)
    left = [row.draft_id for row in OpenDraft.objects.all()]
    assert left == [fresh.rstrip("/").rpartition("/")[2]]
    assert kept_in_session(path) == {}
    person.open(f"{path}destination/")
    assert person.status == 404
