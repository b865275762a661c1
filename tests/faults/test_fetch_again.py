"""Fetch again: a tag is removed from the cache, so that the next pull fetches it."""

from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.cached import APP, TARGET, digests, ecr, image, listing, make_cache
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain.errors import NotPermitted, TagMoved
from wizard.models import AuditEvent
from wizard.services import cleanups

IMAGES = f"/{ACCOUNT}/{REGION}/repositories/{APP}/images/"
CONFIRM = 'To confirm that the tag is removed, type "confirm".'
CALL = "BatchDeleteImage"


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def begin(person: Person, tag: str = "1.27") -> None:
    person.open(IMAGES)
    person.follow(f"Fetch again {tag}")


def confirm(person: Person) -> None:
    person.fill(CONFIRM, "confirm")
    person.press("Remove tag")


def outcomes() -> list[tuple[str, str]]:
    found = AuditEvent.objects.filter(action=CALL, phase="result")
    return [(each.before["tag"] if each.before else "", each.outcome) for each in found]


def test_the_only_tag_goes_with_its_image(person: Person) -> None:
    make_cache()
    image(100, "1.27")
    other = image(200)
    begin(person)
    assert "the image is deleted, too" in person.text
    person.press("Remove tag")
    assert person.is_refused
    confirm(person)
    assert f"Removed {APP}:1.27 ({REGION}) from the cache." in person.page.get_text()
    assert person.url == IMAGES
    assert digests() == {other}
    (intent,) = AuditEvent.objects.filter(action=CALL, phase="intent")
    assert (intent.subject, intent.before["tag"]) == (APP, "1.27")


def test_one_of_several_tags_goes_alone(person: Person) -> None:
    make_cache()
    kept = image(100, "1.27")
    image(100, "latest")
    begin(person)
    assert "The image stays with its other tags." in person.text
    person.choose("latest")
    confirm(person)
    (found,) = ecr().describe_images(repositoryName=APP)["imageDetails"]
    assert (found["imageDigest"], found["imageTags"]) == (kept, ["1.27"])


@pytest.mark.promise("F24")
def test_a_tag_that_moved_meanwhile_is_left(aws: FakeAws, person: Person) -> None:
    make_cache()
    image(100, "1.27")
    image(100, "second")
    begin(person)
    image(101, "1.27")
    confirm(person)
    assert person.is_refused
    assert "The image no longer has this tag." in person.text
    assert CALL not in aws.calls()


@pytest.mark.promise("F24")
def test_without_a_rule_no_pull_would_bring_it_back(aws: FakeAws, person: Person) -> None:
    make_cache()
    image(100, "1.27")
    begin(person)
    ecr().delete_pull_through_cache_rule(ecrRepositoryPrefix="hub")
    confirm(person)
    assert person.status == 404
    assert CALL not in aws.calls()
    person.open(IMAGES)
    assert "Fetch again" not in person.text


def test_an_image_of_an_index_is_refused_in_the_words_of_ecr(person: Person) -> None:
    make_cache()
    child = image(100, "1.27")
    whole = listing("all", child)
    begin(person)
    confirm(person)
    assert person.status == 409
    assert "ECR didn't delete the image" in person.text
    assert "ImageReferencedByManifestList" in person.text
    assert digests() == {child, whole}
    assert [outcome for _tag, outcome in outcomes()] == ["failed"]


@pytest.mark.promise("F12")
@pytest.mark.parametrize("is_made", [True, False])
def test_a_lost_answer_is_read_back(aws: FakeAws, person: Person, is_made: bool) -> None:
    make_cache()
    image(100, "1.27")
    begin(person)
    if is_made:
        aws.lose_answer(operation=CALL, times=9)
    else:
        aws.unreachable(operation=CALL)
    confirm(person)
    assert person.status == (200 if is_made else 504)
    assert [outcome for _tag, outcome in outcomes()] == ["succeeded" if is_made else "failed"]
    assert len(digests()) == (0 if is_made else 1)


@pytest.mark.promise("F24", "Z2")
def test_the_service_itself_looks_at_the_tag_and_the_role(aws: FakeAws, db: None) -> None:
    make_cache()
    digest = image(100, "1.27")
    asked: Any = {"target": TARGET, "repository": APP, "digest": digest}
    root = User.objects.create_superuser("root")
    with pytest.raises(TagMoved):
        cleanups.remove_tag(**asked, tag="other", actor=root)
    with pytest.raises(NotPermitted):
        cleanups.remove_tag(**asked, tag="1.27", actor=User.objects.create_user("eve"))
    assert CALL not in aws.calls()
