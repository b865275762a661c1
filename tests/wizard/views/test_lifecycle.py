"""The preview of a lifecycle policy: its form, what ECR says, and what it does not say."""

import hashlib
import json
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Role
from wizard.domain.lifecycle import Keeping, Presets
from wizard.forms.lifecycle import PreviewForm, lifecycle_initial
from wizard.models import AuditEvent

DAY = 24 * 60 * 60
URL = f"/{ACCOUNT}/{REGION}/lifecycle-previews/"
NAME = "quay/org/app"
PRESETS = {"repository": NAME, "lifecycle": "presets", "keeping": "all"}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def repository(aws: FakeAws) -> Any:
    """A repository with the tags old and new and an untagged image. New is new, the others old."""
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.create_repository(repositoryName=NAME)
    for tag in ("old", "", "new"):
        if tag == "new":
            aws.pass_time(10 * DAY)
        push(ecr, tag)
    return ecr


def push(ecr: Any, tag: str) -> None:
    config = {"digest": f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}", "size": 1}
    manifest = json.dumps({"schemaVersion": 2, "config": config, "layers": []})
    members = {"imageTag": tag} if tag else {}
    ecr.put_image(
        repositoryName=NAME,
        imageManifest=manifest,
        imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
        imageDigest=f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}",
        **members,
    )


def start(person: Person, **answers: Any) -> None:
    person.open(URL)
    token = {"csrfmiddlewaretoken": person.csrf_token}
    headers = {"referer": person.url, "accept": "text/html"}
    sent = {**PRESETS, **answers, **token}
    person.arrive(person.client.post(URL, sent, follow=True, headers=headers))


def wait_for(person: Person) -> None:
    """Follow the link until the preview has ended."""
    for _time in range(5):
        if "ECR evaluates the policy." in person.text:
            person.follow("Refresh")


def rows(person: Person) -> list[list[str]]:
    table = person.page.select_one("#list-results")
    assert table is not None
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]


def outcomes() -> list[tuple[str, str]]:
    found = AuditEvent.objects.filter(action="StartLifecyclePolicyPreview", phase="result")
    return [(each.subject, each.outcome) for each in found.order_by("sequence")]


def test_a_preview_is_started_followed_and_changes_nothing(person: Person, repository: Any) -> None:
    start(person, untagged_days="7", keeping="last", last_images="1")
    assert person.url.endswith(f"{URL}{NAME}/")
    assert "ECR evaluates the policy." in person.text
    assert person.page.select_one("noscript meta[http-equiv=refresh]") is not None
    wait_for(person)
    assert "2 images would be deleted" in person.text
    assert "0 images would be archived" in person.text
    assert [(row[0], *row[3:]) for row in rows(person)] == [
        ("-", "Delete", "1", "Standard"),
        ("old", "Delete", "2", "Standard"),
    ]
    assert "Older than the newest image" in person.text
    assert "Pushed more than 7 days ago" in person.text
    assert len(repository.describe_images(repositoryName=NAME)["imageDetails"]) == 3
    assert outcomes() == [(NAME, "succeeded")]
    person.open(f"{person.url}?q=old")
    assert [row[0] for row in rows(person)] == ["old"]
    person.follow("Preview another policy")
    field = person.page.select_one("input[name=repository]")
    assert field is not None
    assert field["value"] == NAME


def test_a_script_polls_the_result_until_it_is_there(person: Person, repository: Any) -> None:
    start(person, keeping="pulled", unpulled_days="5", archived_days="120")
    statuses: list[int] = []
    while 286 not in statuses and len(statuses) < 5:
        answer = person.client.get(f"{URL}{NAME}/", headers={"hx-request": "true"})
        statuses.append(answer.status_code)
    assert set(statuses[:-1]) <= {200}
    assert statuses[-1] == 286
    page = answer.content.decode()
    assert "<h1" not in page
    assert "2 images would be archived" in page
    assert "Not pulled for more than 5 days" in page
    assert "All archived images" in page


def test_the_policy_of_the_repository_or_a_pasted_answer_of_the_cli_is_previewed(
    person: Person, repository: Any
) -> None:
    start(person, lifecycle="own")
    assert person.status == 404
    assert "The repository has no lifecycle policy" in person.text
    text = Presets(untagged_days=3).text()
    repository.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=text)
    start(person, lifecycle="own")
    wait_for(person)
    assert [row[0] for row in rows(person)] == ["-"]
    answer = json.dumps({"registryId": ACCOUNT, "lifecyclePolicyText": text})
    start(person, lifecycle="json", lifecycle_policy=answer)
    wait_for(person)
    assert "Pushed more than 3 days ago" in person.text


def test_an_empty_repository_has_a_preview_of_nothing(person: Person, aws: FakeAws) -> None:
    boto3.client("ecr", region_name=REGION).create_repository(repositoryName=NAME)
    person.open(f"{URL}{NAME}/")
    assert "No preview was started on this repository" in person.text
    start(person, untagged_days="1")
    wait_for(person)
    assert "The policy deletes and archives no image" in person.text


def test_a_repository_that_is_not_there_is_told(person: Person) -> None:
    start(person, untagged_days="1")
    assert "No repository has this name." in person.text
    person.open(f"{URL}{NAME}/")
    assert person.status == 404
    assert "The repository doesn't exist" in person.text


def test_another_preview_in_progress_is_told_and_the_same_one_is_shown(
    person: Person, repository: Any, aws: FakeAws
) -> None:
    aws.lag("previews", reads=3)
    start(person, untagged_days="7")
    start(person, untagged_days="7")
    assert person.url.endswith(f"{URL}{NAME}/")
    aws.lag("previews", reads=3)
    start(person, untagged_days="8")
    if "Another preview is in progress" not in person.text:
        start(person, untagged_days="9")
    assert person.status == 409
    assert "Another preview is in progress" in person.text
    person.follow("View the last preview of the repository")
    assert "Preview of" in person.text


@pytest.mark.promise("F12")
def test_a_lost_answer_is_resolved_by_reading(
    person: Person, repository: Any, aws: FakeAws
) -> None:
    aws.lose_answer(operation="StartLifecyclePolicyPreview", times=9)
    start(person, untagged_days="7")
    assert person.url.endswith(f"{URL}{NAME}/")
    assert outcomes() == [(NAME, "succeeded")]


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({}, "untagged_days", "Enter a number of days"),
        ({"untagged_days": "0"}, "untagged_days", "Enter a whole number from 1 to 36,500."),
        ({"untagged_days": "1.5"}, "untagged_days", "Enter a whole number"),
        ({"untagged_days": "14 days"}, "untagged_days", "Enter a whole number"),
        ({"untagged_days": "9" * 5000}, "untagged_days", "Enter a whole number"),
        ({"keeping": "last"}, "last_images", "Enter a number."),
        ({"keeping": "last", "last_images": "-1"}, "last_images", "Enter a whole number"),
        ({"keeping": "pulled", "archived_days": "90"}, "unpulled_days", "Enter a number."),
        (
            {"keeping": "pulled", "unpulled_days": "1", "archived_days": "89"},
            "archived_days",
            "Enter a whole number from 90 to 36,500.",
        ),
        ({"lifecycle": "json"}, "lifecycle_policy", "Enter a policy."),
        ({"lifecycle": "json", "lifecycle_policy": "{"}, "lifecycle_policy", "Line 1, column 2:"),
        (
            {"lifecycle": "json", "lifecycle_policy": '{"rules": [{}]}'},
            "lifecycle_policy",
            "Rule 1: The member rulePriority is missing.",
        ),
        ({"lifecycle": ""}, "lifecycle", "Choose a policy."),
        ({"lifecycle": "none"}, "lifecycle", ""),
        ({"repository": ""}, "repository", "Enter the name of a repository."),
    ],
)
def test_what_cannot_be_a_policy_is_refused_at_its_field(
    answers: dict[str, str], field: str, words: str
) -> None:
    form = PreviewForm(PRESETS | answers)
    assert not form.is_valid()
    assert words in str(form.errors[field][0])


@pytest.mark.parametrize(
    "presets",
    [
        Presets(),
        Presets(untagged_days=7),
        Presets(untagged_days=7, keeping=Keeping.LAST, last=3),
        Presets(keeping=Keeping.PULLED, unpulled_days=30, archived_days=90),
        Presets(keeping=Keeping.PULLED, unpulled_days=30),
    ],
)
def test_a_policy_is_shown_as_the_answers_that_made_it(presets: Presets) -> None:
    initial = lifecycle_initial(presets.text())
    if presets.text():
        form = PreviewForm(
            {name: "" if value is None else value for name, value in initial.items()}
            | {"repository": NAME}
        )
        assert form.is_valid(), form.errors
        assert form.cleaned_data["lifecycle_policy"] == presets.text()
        assert initial["lifecycle"] == "presets"
    else:
        assert initial["lifecycle"] == "none"


def test_the_policy_of_a_template_is_previewed(person: Person, repository: Any) -> None:
    repository.create_repository_creation_template(
        prefix="quay",
        appliedFor=["PULL_THROUGH_CACHE"],
        lifecyclePolicy=Presets(untagged_days=4).text(),
    )
    person.open(URL.replace("lifecycle-previews/", "templates/quay/details/"))
    person.follow("Preview lifecycle policy")
    assert person.value_of("Delete untagged images") == "4"
    person.fill("Repository name", NAME)
    person.press("Start preview")
    wait_for(person)
    assert "Pushed more than 4 days ago" in person.text
    person.open(f"{URL}?template=none")
    assert person.value_of("Delete untagged images") == ""


def test_a_viewer_sees_a_preview_and_starts_none(repository: Any, db: None) -> None:
    repository.start_lifecycle_policy_preview(
        repositoryName=NAME, lifecyclePolicyText=Presets(untagged_days=7).text()
    )
    viewer = sign_in("vera", Role.VIEWER)
    viewer.open(f"{URL}{NAME}/")
    assert viewer.status == 200
    assert "Preview another policy" not in viewer.text
    viewer.open(URL)
    assert viewer.status == 403
