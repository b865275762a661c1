"""Clean-ups under faults: killed between calls, a lost lease, lost answers, refusals."""

import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import botocore.endpoint
import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.cached import (
    APP,
    EVERYTHING,
    TARGET,
    batches,
    digests,
    ecr,
    exclude_console,
    image,
    listing,
    make_cache,
    planned,
    preview,
    pull,
    results,
    signature,
)
from tests.faults.addresses import make_rule
from tests.faults.test_batches import no_audit_rows
from tests.person import ACCOUNT, REGION, sign_in
from tests.worker import end_of_module, work
from wizard.backend import image_deletion, images
from wizard.domain import Target
from wizard.domain.changes import permitted
from wizard.domain.errors import (
    AwsError,
    CleanUpNotFound,
    NotPermitted,
    RepositoryNotFound,
    RepositoryTooLarge,
    RoleWithdrawn,
    RuleNotFound,
    is_answer_lost,
)
from wizard.models import AuditEvent, CleanUp, Grant, OpenChange
from wizard.services import cleanups, cut_off, held
from wizard.services.cleanups import Choice
from wizard.services.cleanups.running import clean_all

CALL = "BatchDeleteImage"


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> User:
    return User.objects.create_superuser("ada")


def make_list() -> set[str]:
    """A list and its two images, which take two calls; their digests."""
    make_cache()
    exclude_console()
    children = [image(100), image(200)]
    return {*children, listing("1", *children)}


def clean_and_die(fuse: int, *more: str) -> CleanUp:
    """Clean up in a process of its own, found with the lease run out, as a minute later."""
    assert end_of_module("tests.faults.cleaning", str(fuse), *more) == -signal.SIGKILL
    CleanUp.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (found,) = cleanups.unsettled_cleanups(account_id=ACCOUNT, regions=[REGION])
    assert found.is_interrupted
    return found


def is_settled() -> bool:
    """Whether neither the rows nor the trail nor the lists have an open change."""
    assert not cleanups.unsettled_cleanups()
    assert cut_off.list_cut_off(account_id=ACCOUNT, regions=[REGION]) == []
    return not OpenChange.objects.exists()


# Killed before which audit row or call, and how many images AWS has then.
KILLED = [
    ("1", "", 3),
    ("2", "", 2),
    ("3", "", 2),
    ("4", "", 0),
    ("1", "call", 3),
    ("2", "call", 2),
]


@pytest.mark.promise("F7")
@pytest.mark.parametrize(("fuse", "what", "present"), KILLED)
def test_a_clean_up_killed_anywhere_is_read_back_and_retried(
    aws: FakeAws, ada: User, fuse: str, what: str, present: int
) -> None:
    everything = make_list()
    preview(ada)
    cleanup = clean_and_die(int(fuse), *filter(None, [what]))
    assert len(digests()) == present
    new = image(300, "new")
    aws.clear_calls()
    cleanups.settle_dead(cleanup_id=cleanup.pk)
    assert CALL not in aws.calls()
    gone = {digest for digest, result in results(cleanup).items() if result == "deleted"}
    assert gone == everything - digests()
    assert is_settled()
    cleanup.refresh_from_db()
    assert cleanups.retry(cleanup=cleanup, actor=ada)
    assert digests() == {new}
    assert set(results(cleanup)) == everything
    assert is_settled()


@pytest.mark.promise("F7")
def test_the_worker_reads_back_what_was_cut_off_and_a_person_retries_the_rest(
    aws: FakeAws, ada: User
) -> None:
    make_list()
    preview(ada)
    clean_and_die(2)
    person = sign_in("ada")
    person.open(f"/{ACCOUNT}/operations/")
    assert "Interrupted deletions" in person.text
    assert "Changes without a result" not in person.text
    person.follow("hub")
    assert person.heading == "Interrupted: 0 of 3 images deleted"
    assert "It isn't known whether AWS deleted it" in person.text
    work()
    person.open(person.url)
    assert person.heading == "1 of 3 images deleted"
    person.press("Retry failed")
    assert person.heading == "3 images deleted"
    assert digests() == set()


@pytest.mark.promise("F7")
def test_what_aws_does_not_tell_stays_open(aws: FakeAws, ada: User) -> None:
    make_list()
    preview(ada)
    cleanup = clean_and_die(2)
    aws.refuse(operation="DescribeImages")
    assert cleanups.retry(cleanup=cleanup, actor=ada)
    aws.clear_faults()
    (found,) = cleanups.unsettled_cleanups()
    assert [batch.state for batch in batches(found)] == ["running", "failed"]
    assert cleanups.retry(cleanup=found, actor=ada)
    assert digests() == set()
    assert is_settled()


@pytest.mark.promise("F7")
def test_a_late_result_of_a_process_that_lost_the_lease_is_not_written(
    aws: FakeAws, ada: User
) -> None:
    make_list()
    cleanup = preview(ada)
    aws.hold(operation=CALL)

    def press() -> None:
        try:
            cleanups.start(cleanup=cleanup, actor=ada)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press)
        aws.wait_for_call(CALL)
        CleanUp.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert held.take(CleanUp.objects.get(), actor=ada)
        aws.release()
        pressed.result()
    assert [batch.state for batch in batches(cleanup)] == ["running", "waiting"]
    assert aws.calls()[CALL] == 1
    assert len(digests()) == 2


@pytest.mark.promise("W1")
def test_a_preview_that_is_confirmed_four_times_at_once_is_deleted_once(
    aws: FakeAws, ada: User
) -> None:
    make_list()
    preview(ada)

    def start(_number: int) -> bool:
        try:
            return cleanups.start(cleanup=CleanUp.objects.get(), actor=ada)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, range(4))) == [False, False, False, True]
    assert aws.calls()[CALL] == 2


@pytest.mark.promise("F12")
def test_a_deletion_whose_answers_were_all_lost_is_read_back(aws: FakeAws, ada: User) -> None:
    everything = make_list()
    cleanup = preview(ada)
    aws.lose_answer(operation=CALL, times=9)
    assert cleanups.start(cleanup=cleanup, actor=ada)
    assert results(cleanup) == dict.fromkeys(everything, "deleted")
    found = AuditEvent.objects.filter(action=CALL, phase="result")
    assert {each.outcome for each in found} == {"succeeded"}


@pytest.mark.promise("F12")
def test_a_deletion_that_never_arrived_has_failed_and_is_retried(aws: FakeAws, ada: User) -> None:
    everything = make_list()
    cleanup = preview(ada)
    aws.unreachable(operation=CALL)
    assert cleanups.start(cleanup=cleanup, actor=ada)
    # What the list holds is not tried after it.
    assert [batch.state for batch in batches(cleanup)] == ["failed", "waiting"]
    assert not batches(cleanup)[0].is_unknown
    assert digests() == everything
    aws.clear_faults()
    cleanup.refresh_from_db()
    assert cleanups.retry(cleanup=cleanup, actor=ada)
    assert digests() == set()


@pytest.mark.promise("F24")
def test_an_image_that_a_new_list_refers_to_is_refused_by_ecr_and_told(
    aws: FakeAws, ada: User
) -> None:
    make_cache()
    child, other = image(100), image(200)
    cleanup = preview(ada)
    whole = listing("new", child)
    assert cleanups.start(cleanup=cleanup, actor=ada)
    assert digests() == {child, whole}
    assert results(cleanup) == {child: "failed", other: "deleted"}
    reason = batches(cleanup)[0].results[child]["reason"]
    assert reason.startswith("ImageReferencedByManifestList: ")


def test_a_repository_that_is_gone_has_nothing_left_to_delete(aws: FakeAws, ada: User) -> None:
    everything = make_list()
    cleanup = preview(ada)
    ecr().delete_repository(repositoryName=APP, force=True)
    assert cleanups.start(cleanup=cleanup, actor=ada)
    assert results(cleanup) == dict.fromkeys(everything, "absent")
    assert CALL not in aws.calls()


@pytest.mark.promise("Z2")
def test_a_role_that_was_removed_after_the_preview_deletes_nothing(
    aws: FakeAws, transactional_db: None
) -> None:
    everything = make_list()
    eve = User.objects.create_user("eve")
    grant = Grant.objects.create(user=eve, role="operator", account_id=ACCOUNT, region=REGION)
    cleanup = preview(eve)
    grant.delete()
    with pytest.raises(NotPermitted):
        cleanups.start(cleanup=cleanup, actor=User.objects.get(username="eve"))
    assert digests() == everything


@pytest.mark.promise("D1")
def test_without_the_trail_nothing_is_deleted(aws: FakeAws, ada: User) -> None:
    everything = make_list()
    cleanup = preview(ada)
    with no_audit_rows(f"action = '{CALL}'"):
        cleanups.start(cleanup=cleanup, actor=ada)
    assert digests() == everything
    assert CALL not in aws.calls()


@pytest.mark.promise("F24")
def test_what_changed_since_the_preview_is_kept(ada: User) -> None:
    make_cache()
    exclude_console()
    pulled, retagged, moved, same = (image(n, str(n)) for n in (100, 200, 300, 400))
    image(300, "second")
    absent = image(500, "500")
    child = image(600)
    whole = listing("list", child)
    signed = image(700, "700")
    cleanup = preview(ada)
    pull(pulled)
    pull(child)
    image(200, "more")
    image(301, "second")
    ecr().batch_delete_image(repositoryName=APP, imageIds=[{"imageDigest": absent}])
    seal = signature(signed)
    assert cleanups.start(cleanup=cleanup, actor=ada)
    found = results(cleanup)
    assert found == {
        **{pulled: "pulled", retagged: "retagged", moved: "retagged", same: "deleted"},
        **{absent: "absent", whole: "pulled", child: "held", signed: "changed"},
    }
    assert {pulled, retagged, moved, whole, child, signed, seal} < digests()


@pytest.mark.promise("F24")
def test_repositories_of_others_are_not_part_of_it(ada: User) -> None:
    make_cache(APP, "hub/team2/app", "hub", "hubs/app", "other/app")
    make_rule("hub/team")
    for name in ("hub/team2/app", "hub", "hubs/app", "other/app", APP):
        image(100, "1", name=name)
    assert {batch.repository for batch in batches(preview(ada))} == {"hub/team2/app"}
    make_rule("ROOT")
    everything = Choice(ecr_repository_prefix="ROOT", pushed_days=0)
    names = {batch.repository for batch in batches(preview(ada, everything))}
    assert names == {"hub", "hubs/app", "other/app"}


@pytest.mark.promise("F24")
def test_one_repository_is_cleaned_alone_if_a_rule_covers_it(ada: User) -> None:
    make_cache(APP, "hub/other", "apart")
    for name in (APP, "hub/other", "apart"):
        image(100, "1", name=name)
    cleanup = preview(ada, Choice(repository="hub/other", pushed_days=0))
    assert {batch.repository for batch in batches(cleanup)} == {"hub/other"}
    with pytest.raises(RuleNotFound):
        preview(ada, Choice(repository="apart", pushed_days=0))
    with pytest.raises(RepositoryNotFound):
        preview(ada, Choice(repository="hub/nothing", pushed_days=0))
    with pytest.raises(RuleNotFound):
        preview(ada, Choice(ecr_repository_prefix="nothing", pushed_days=0))


@pytest.mark.promise("W1")
def test_a_form_that_is_sent_twice_makes_one_preview(ada: User) -> None:
    make_cache()
    image(100, "1")
    cleanup_id = uuid.uuid4()
    first = preview(ada, cleanup_id=cleanup_id)
    image(200, "2")
    second = preview(ada, EVERYTHING, cleanup_id=cleanup_id)
    assert first == second
    assert len(planned(second)) == 1


@pytest.mark.promise("Z2")
def test_a_role_that_was_removed_meanwhile_neither_previews_nor_deletes(
    aws: FakeAws, transactional_db: None
) -> None:
    everything = make_list()
    eve = User.objects.create_user("eve")
    grant = Grant.objects.create(user=eve, role="operator", account_id=ACCOUNT, region=REGION)
    cleanup = preview(eve)
    CleanUp.objects.update(started_at=timezone.now(), **held.started())
    cleanup.refresh_from_db()
    grant.delete()
    clean_all(cleanup, batches(cleanup))
    assert digests() == everything
    (kind,) = {type(batch.error) for batch in batches(cleanup) if batch.error}
    assert kind is RoleWithdrawn
    eve = User.objects.get(username="eve")
    with pytest.raises(NotPermitted):
        preview(eve)
    with pytest.raises(NotPermitted):
        cleanups.retry(cleanup=cleanup, actor=eve)
    assert CALL not in aws.calls()


@pytest.mark.promise("F24")
def test_of_a_repository_that_outgrew_the_console_nothing_is_deleted(
    aws: FakeAws, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = make_list()
    cleanup = preview(ada)
    monkeypatch.setattr(images, "ITEMS_PER_PAGE", 1)
    monkeypatch.setattr(images.describe_images, "__kwdefaults__", {"pages": 1, "seconds": None})
    assert cleanups.start(cleanup=cleanup, actor=ada)
    monkeypatch.undo()
    assert digests() == everything
    assert CALL not in aws.calls()
    (error,) = [batch.error for batch in batches(cleanup) if batch.error]
    assert isinstance(error, RepositoryTooLarge)
    assert not is_answer_lost(error)


@pytest.mark.promise("F15")
@pytest.mark.kind_aws("answers that AWS never gives")
@pytest.mark.parametrize(
    "answer",
    ["{}", '{"imageIds": [1], "failures": []}', '{"imageIds": [], "failures": [null]}'],
)
def test_after_an_odd_answer_to_a_deletion_aws_is_read(
    aws: FakeAws, ada: User, answer: str
) -> None:
    make_cache()
    digest = image(100, "1")
    cleanup = preview(ada)
    aws.garble_answer(answer, operation=CALL)
    assert cleanups.start(cleanup=cleanup, actor=ada)
    (batch,) = batches(cleanup)
    assert (batch.result_of(digest), batch.state) == ("deleted", "ended")


@pytest.mark.promise("F12")
@pytest.mark.parametrize("answer", ["lost", '{"imageIds": [], "failures": []}', "{}"])
@pytest.mark.parametrize("unread", ["endless", "refused"])
def test_what_became_of_images_that_cannot_be_read_is_not_claimed(
    aws: FakeAws, ada: User, answer: str, unread: str
) -> None:
    make_cache()
    digest = image(100)
    if answer == "lost":
        aws.lose_answer(operation=CALL)
    else:
        aws.garble_answer(answer, operation=CALL)
    if unread == "endless":
        aws.endless_pages(operation="DescribeImages")
    else:
        aws.refuse(operation="DescribeImages")
    with pytest.raises(AwsError) as caught, permitted(CALL):
        image_deletion.delete_images(TARGET, APP, [digest])
    assert is_answer_lost(caught.value)


@pytest.mark.promise("F7")
def test_a_call_that_was_cut_off_is_not_settled_by_a_part_of_the_list(
    aws: FakeAws, ada: User
) -> None:
    make_list()
    preview(ada)
    cleanup = clean_and_die(2)
    aws.endless_pages(operation="DescribeImages")
    cleanups.settle_dead(cleanup_id=cleanup.pk)
    assert OpenChange.objects.exists()
    assert results(cleanup) == {}


@pytest.mark.promise("W1")
def test_the_form_of_another_person_or_region_is_not_taken_for_an_earlier_try(ada: User) -> None:
    make_cache()
    image(100, "1")
    cleanup_id = preview(ada).pk
    with pytest.raises(CleanUpNotFound):
        preview(User.objects.create_superuser("eve"), cleanup_id=cleanup_id)
    make_rule("hub", region="eu-west-1")
    elsewhere = Target(account_id=ACCOUNT, region="eu-west-1")
    with pytest.raises(CleanUpNotFound):
        cleanups.plan(cleanup_id=cleanup_id, target=elsewhere, choice=EVERYTHING, actor=ada)
