"""Clean-ups: the preview, and that only what it showed is deleted, if it has not changed."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.cached import (
    APP,
    RULE,
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
from wizard.backend import images
from wizard.models import AuditEvent, CleanUp
from wizard.services import cleanups
from wizard.services.cleanups import Choice, planning, starting


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> User:
    return User.objects.create_superuser("ada")


def test_a_preview_deletes_nothing_and_its_confirmation_what_it_shows(
    aws: FakeAws, ada: User
) -> None:
    make_cache()
    old, other = image(100, "1"), image(200)
    cleanup = preview(ada)
    new = image(300, "2")
    assert set(planned(cleanup)) == {old, other}
    assert "BatchDeleteImage" not in aws.calls()
    assert cleanups.start(cleanup=cleanup, actor=ada)
    assert digests() == {new}
    assert results(cleanup) == {old: "deleted", other: "deleted"}
    intent, result = AuditEvent.objects.filter(action="BatchDeleteImage").order_by("sequence")
    assert (intent.subject, set(intent.before["digests"])) == (APP, {old, other})
    assert (result.outcome, result.after["deleted"]) == ("succeeded", 2)
    assert not cleanups.start(cleanup=cleanup, actor=ada)


def test_lists_go_before_their_images_and_signatures_last(aws: FakeAws, ada: User) -> None:
    make_cache()
    exclude_console()
    children = [image(100), image(200)]
    whole = listing("1", *children)
    seal = signature(whole)
    cleanup = preview(ada)
    assert planned(cleanup)[0] == whole
    assert [len(batch.images) for batch in batches(cleanup)] == [1, 3]
    assert cleanups.start(cleanup=cleanup, actor=ada)
    assert digests() == set()
    assert set(results(cleanup)) == {whole, seal, *children}
    assert aws.calls()["BatchDeleteImage"] == 2


def test_images_of_a_list_that_stays_are_kept(ada: User) -> None:
    make_cache()
    exclude_console()
    both, one = image(100), image(200)
    old, new = listing("1", both, one), listing("2", both)
    pull(new)
    cleanup = preview(ada, Choice(ecr_repository_prefix=RULE, unpulled_days=0, untagged_only=False))
    # Everything was pulled or pushed before now.
    assert set(planned(cleanup)) == {old, new, both, one}
    choice = Choice(ecr_repository_prefix=RULE, pushed_days=0, kept_tags=("2",))
    cleanup = preview(ada, choice)
    assert set(planned(cleanup)) == {old, one}


@pytest.mark.kind_aws("counts its calls")
def test_lists_are_read_only_if_that_does_not_count_as_a_pull(aws: FakeAws, ada: User) -> None:
    make_cache()
    child = image(100)
    whole = listing("1", child)
    aws.clear_calls()
    cleanup = preview(ada)
    assert "BatchGetImage" not in aws.calls()
    assert (planned(cleanup), cleanup.unread_lists) == ([whole], 1)
    assert cleanups.start(cleanup=cleanup, actor=ada)
    assert digests() == {child}
    assert planned(preview(ada)) == [child]
    exclude_console()
    listing("2", child)
    cleanup = preview(ada)
    assert (len(planned(cleanup)), cleanup.unread_lists) == (2, 0)
    pulled = [each.get("lastRecordedPullTime") for each in described()]
    assert pulled == [None, None]


def described() -> list[dict[str, object]]:
    return ecr().describe_images(repositoryName=APP)["imageDetails"]  # type: ignore[return-value]


def test_what_cannot_be_read_or_is_too_much_is_told_and_kept(
    aws: FakeAws, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cache(APP, "hub/b", "hub/c", "hub/d")
    for name in (APP, "hub/b", "hub/c", "hub/d"):
        image(100, "1", name=name)
    monkeypatch.setattr(planning, "MOST_REPOSITORIES", 3)
    monkeypatch.setattr(planning, "MOST_IMAGES", 1)
    aws.refuse(operation="DescribeImages", times=1)
    cleanup = preview(ada)
    reasons = sorted(why for _name, why in cleanup.skipped)
    assert reasons == ["AccessDeniedException", "too-many", "too-many"]
    assert len(planned(cleanup)) == 1


def test_a_registry_with_more_repositories_than_are_read_is_told(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cache(APP, "hub/other")
    for name in (APP, "hub/other"):
        image(100, "1", name=name)
    monkeypatch.setattr(images, "REPOSITORY_PAGES", 1)
    monkeypatch.setattr(images, "ITEMS_PER_PAGE", 1)
    cleanup = preview(ada)
    assert cleanup.skipped == [[RULE, "not-listed"]]
    assert len(planned(cleanup)) == 1


def test_a_preview_is_confirmed_within_the_hour_and_forgotten_after_a_day(ada: User) -> None:
    make_cache()
    image(100, "1")
    cleanup = preview(ada)
    old = timezone.now() - starting.VALID_FOR
    CleanUp.objects.filter(pk=cleanup.pk).update(created_at=old)
    assert not cleanups.start(cleanup=cleanup, actor=ada)
    assert len(digests()) == 1
    CleanUp.objects.filter(pk=cleanup.pk).update(created_at=timezone.now() - planning.KEPT_FOR)
    preview(ada)
    assert not CleanUp.objects.filter(pk=cleanup.pk).exists()


def test_clean_ups_of_a_rule_come_to_every_repository_one_after_the_other(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first ones have nothing to delete. A preview is no turn."""
    names = [f"hub/app{number}" for number in range(5)]
    make_cache(*names)
    for name in names[2:]:
        image(100, "1", name=name)
    monkeypatch.setattr(planning, "MOST_REPOSITORIES", 2)
    assert batches(preview(ada)) == []
    second, same = preview(ada), preview(ada)
    for cleanup in (second, same):
        assert [batch.repository for batch in batches(cleanup)] == names[2:4]
    assert cleanups.start(cleanup=second, actor=ada)
    assert cleanups.start(cleanup=preview(ada), actor=ada)
    assert [name for name in names if digests(name)] == []
