"""`kill -9` of a process in the middle of a single change; another process finds and settles it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from botocore.exceptions import ClientError

from ptcconsole.fakeaws.server import FakeAws
from tests.cached import APP
from tests.faults.test_cut_off_changes import (
    CHANGES,
    COPIER,
    HERE,
    HUB,
    NEW,
    SCANNER,
    furnished,
    later,
)
from tests.faults.test_worker import wait_for
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.worker import ROOT, database_url
from wizard.models import AuditEvent, OpenChange
from wizard.services import cut_off

pytestmark = pytest.mark.promise("F7")
# Every third kind of change. The others take the same way through the journal.
ACTIONS = [
    pytest.param(each, marks=() if number % 3 == 0 else pytest.mark.thorough)
    for number, each in enumerate(CHANGES)
]
__all__ = ["furnished"]

SUBJECTS = {
    "CreateSecret": NEW,
    "PutSecretValue": HUB,
    "DeleteSecret": HUB,
    "RestoreSecret": "ecr-pullthroughcache/gone",
    "DeletePullThroughCacheRule": "github",
    "UpdatePullThroughCacheRule": "github",
    "StartLifecyclePolicyPreview": "quay/app",
    "RegisterPullTimeUpdateExclusion": SCANNER,
    "DeregisterPullTimeUpdateExclusion": COPIER,
    "BatchDeleteImage": APP,
    "CreateRepositoryCreationTemplate": "new",
    "UpdateRepositoryCreationTemplate": "hub",
    "DeleteRepositoryCreationTemplate": "hub",
}


@contextmanager
def changing(action: str, point: str) -> Iterator["subprocess.Popen[str]"]:
    settings = {"TEST_DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.changing", action, point],
        cwd=ROOT,
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def is_made(action: str) -> bool:
    """Whether the change was made in AWS."""
    ecr = boto3.client("ecr", region_name=REGION)
    if "Secret" in action:
        return _is_made_to_a_secret(action)
    if "Template" in action:
        listed = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
        told = {each["prefix"]: each.get("description") for each in listed}
        made = {"Create": "new" in told, "Delete": "hub" not in told}
        return made.get(action[:6], told.get("hub") == "new")
    if "Exclusion" in action:
        found = (
            SUBJECTS[action] in ecr.list_pull_time_update_exclusions()["pullTimeUpdateExclusions"]
        )
        return found == action.startswith("Register")
    if action == "BatchDeleteImage":
        return not ecr.describe_images(repositoryName=APP)["imageDetails"]
    if action == "StartLifecyclePolicyPreview":
        try:
            return bool(ecr.get_lifecycle_policy_preview(repositoryName=SUBJECTS[action]))
        except ecr.exceptions.LifecyclePolicyPreviewNotFoundException:
            return False
    rules = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    if action == "DeletePullThroughCacheRule":
        return not any(rule["ecrRepositoryPrefix"] == "github" for rule in rules)
    return not any("/used" in rule.get("credentialArn", "") for rule in rules)


def _is_made_to_a_secret(action: str) -> bool:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    try:
        found = secrets.describe_secret(SecretId=SUBJECTS[action])
    except ClientError:
        return False
    if action in ("CreateSecret", "PutSecretValue"):
        return "11111111-2222-4333-8444-555555555555" in found["VersionIdsToStages"]
    return ("DeletedDate" in found) == (action == "DeleteSecret")


def settle(monkeypatch: pytest.MonkeyPatch, action: str, words: str) -> None:
    """Two minutes later a person finds the change among the operations and settles it."""
    later(monkeypatch)
    person: Person = sign_in()
    person.open(f"/{ACCOUNT}/operations/")
    assert "Changes without a result" in person.text
    person.press(f"Compare with AWS {SUBJECTS[action]}, us-east-2")
    assert words in person.page.get_text()
    assert "Changes without a result" not in person.text
    assert not OpenChange.objects.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_after_aws_has_made_the_change(
    furnished: None, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    with changing(action, "result") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stopped\n"
    assert process.returncode == -9
    assert is_made(action)
    assert not AuditEvent.objects.filter(action=action, phase="result").exists()
    settle(monkeypatch, action, "The change was made in AWS.")
    result = AuditEvent.objects.get(action=action, phase="result")
    assert (result.outcome, result.after["found_afterwards"]) == ("succeeded", True)


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_while_the_call_is_under_way_which_aws_then_makes(
    aws: FakeAws, furnished: None, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    aws.hold(operation=action)
    aws.clear_calls()  # the fixture makes some of them
    with changing(action, "none") as process:
        aws.wait_for_call(action)
        process.kill()
    assert not is_made(action)
    aws.release()
    wait_for(lambda: is_made(action), "the change")
    settle(monkeypatch, action, "The change was made in AWS.")


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_before_the_call_that_never_arrives(
    furnished: None, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    with changing(action, "call") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stopped\n"
    settle(monkeypatch, action, "The change wasn't made in AWS.")
    result = AuditEvent.objects.get(action=action, phase="result")
    assert result.outcome == "failed"


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_before_the_intent_nothing_is_sent_and_nothing_listed(
    aws: FakeAws, furnished: None, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    aws.clear_calls()
    with changing(action, "intent") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stopped\n"
    assert action not in aws.calls()
    later(monkeypatch)
    assert cut_off.list_cut_off(**HERE) == []
