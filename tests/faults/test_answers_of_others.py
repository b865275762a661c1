"""Answers that are damaged, or of a proxy: no success of a change, and no refusal of it.

Each form of `odd_answers` is sent for each call of the console. For some of them AWS had made the
change, for others the call never reached AWS.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest
from botocore.exceptions import ClientError
from django.contrib.auth.models import User

from ptcconsole.fakeaws.odd_answers import FORMS
from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import TRUST, make_rule, make_secret
from tests.faults.drafts import CREDENTIAL as DRAFT_CREDENTIAL
from tests.faults.drafts import confirm, docker_hub
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import account, ecr, iam, images, secretsmanager, templates
from wizard.domain import Credential, NewRule, RuleChange, Target
from wizard.domain.changes import permitted
from wizard.domain.errors import AwsError, Throttled, is_answer_lost
from wizard.models import AuditEvent, Grant, OperationState
from wizard.services.operations.running import Creation

HERE = Target(account_id=ACCOUNT, region=REGION)
NAME = "ecr-pullthroughcache/hub"
OTHER_NAME = "ecr-pullthroughcache/other"
ROLE = "example-role"
UPSTREAM = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
CREDENTIAL = Credential(username="me", access_token="token")
CONFIRM = 'To confirm this deletion, type "confirm".'
TOKEN = "f" * 32

# Forms after which the call is answered as usual.
HARMLESS = {"continue"}
# An XML parser ignores the mark.
HARMLESS_XML = HARMLESS | {"byte-order mark"}
# The form that says that the call was refused, for the time being.
REFUSED = {"too many requests"}
# Forms with AWS's headers, thus with its request ID.
OF_AWS = {
    *("empty", "truncated", "list", "text", "null", "byte-order mark", "not UTF-8", "gzip"),
    *("broken gzip", "too short", "too long"),
}
# One of each kind, for what takes longer.
KINDS = ("sign-in page", "blocked", "empty")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture
def furnished(aws: FakeAws) -> None:
    """A rule with a secret, another secret, a role and a rule that has it."""
    make_rule("hub", "registry-1.docker.io", credentialArn=make_secret(NAME))
    make_secret(OTHER_NAME)
    arn = boto3.client("iam").create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    make_rule("team", UPSTREAM, customRoleArn=arn)
    boto3.client("ecr", region_name=REGION).create_repository(repositoryName="app")
    account._identity_of.cache_clear()


def arn_of(name: str) -> str:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn: str = secrets.describe_secret(SecretId=name)["ARN"]
    return arn


def outcomes(operation: str) -> list[str]:
    found = AuditEvent.objects.filter(action=operation, phase="result").order_by("sequence")
    return list(found.values_list("outcome", flat=True))


# --- Every call, every form ---------------------------------------------------------------------

QUAY = NewRule(ecr_repository_prefix="quay", upstream_registry_url="quay.io")
CALLS: dict[str, Callable[[], Any]] = {
    "CreatePullThroughCacheRule": lambda: ecr.create_rule(HERE, QUAY),
    "UpdatePullThroughCacheRule": lambda: ecr.update_rule(
        HERE, "hub", RuleChange(credential_arn=arn_of(OTHER_NAME))
    ),
    "DeletePullThroughCacheRule": lambda: ecr.delete_rule(HERE, "hub"),
    "ValidatePullThroughCacheRule": lambda: ecr.validate_rule(HERE, "hub"),
    "DescribePullThroughCacheRules": lambda: ecr.describe_rules(HERE),
    "DescribeRepositories": lambda: ecr.repository_names(HERE),
    "DescribeImages": lambda: images.describe_images(HERE, "app"),
    "BatchGetImage": lambda: images.children(HERE, "app", ["sha256:" + 64 * "0"]),
    "DescribeRepositoryCreationTemplates": lambda: templates.describe_templates(HERE),
    "CreateSecret": lambda: secretsmanager.create_secret(
        HERE, name=f"{NAME}-new", credential=CREDENTIAL, client_request_token=TOKEN
    ),
    "PutSecretValue": lambda: secretsmanager.put_secret_value(
        HERE, arn_of(NAME), credential=CREDENTIAL, client_request_token=TOKEN
    ),
    "DeleteSecret": lambda: secretsmanager.schedule_secret_deletion(HERE, arn_of(NAME), days=7),
    "RestoreSecret": lambda: secretsmanager.restore_secret(HERE, arn_of(NAME)),
    "ReplicateSecretToRegions": lambda: secretsmanager.replicate_secret(
        HERE, arn_of(NAME), ["eu-west-1"]
    ),
    "RemoveRegionsFromReplication": lambda: secretsmanager.remove_replicas(
        HERE, arn_of(NAME), ["eu-west-1"]
    ),
    "DescribeSecret": lambda: secretsmanager.describe_secret(HERE, NAME),
    "ListSecrets": lambda: secretsmanager.list_secrets(HERE),
    "ListRoles": lambda: iam.list_roles(ACCOUNT),
    "GetRole": lambda: iam.get_role(ACCOUNT, ROLE),
    "GetCallerIdentity": lambda: account._ask(REGION),
}
# What has to be undone before these calls are made once more.
AGAIN: dict[str, Callable[[Any, Any], Any]] = {
    "CreatePullThroughCacheRule": lambda rules, _secrets: rules.delete_pull_through_cache_rule(
        ecrRepositoryPrefix="quay"
    ),
    "DeletePullThroughCacheRule": lambda _rules, _secrets: make_rule(
        "hub", "registry-1.docker.io", credentialArn=arn_of(NAME)
    ),
    "DeleteSecret": lambda _rules, secrets: secrets.restore_secret(SecretId=NAME),
}
XML = {"ListRoles", "GetRole", "GetCallerIdentity"}


@pytest.mark.promise("F19")
@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("operation", CALLS)
def test_no_call_takes_such_an_answer_for_aws_word(aws: FakeAws, operation: str) -> None:
    """The call is executed. An error says that this is not known, and has AWS's request ID."""
    told: dict[str, AwsError | None] = {}
    clients = [boto3.client(name, region_name=REGION) for name in ("ecr", "secretsmanager")]
    for form in sorted(FORMS):
        aws.clear_faults()
        with suppress(ClientError):
            if again := AGAIN.get(operation):
                again(*clients)
        aws.answer_oddly(form, operation=operation)
        try:
            with permitted("a test"):
                CALLS[operation]()
            told[form] = None
        except AwsError as error:
            told[form] = error
    harmless = HARMLESS_XML if operation in XML else HARMLESS
    assert {form for form, error in told.items() if error is None} == harmless
    errors = {form: error for form, error in told.items() if error is not None}
    assert {form for form, error in errors.items() if not is_answer_lost(error)} == REFUSED
    assert isinstance(errors["too many requests"], Throttled)
    assert {form for form, error in errors.items() if error.request_id} == OF_AWS - harmless
    assert {error.region for error in errors.values()} == {REGION}
    assert {error.operation for error in errors.values()} == {operation}


# --- Changes on the pages -----------------------------------------------------------------------


def is_leaving() -> bool:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    return "DeletedDate" in secrets.describe_secret(SecretId=OTHER_NAME)


def begin(person: Person, change: str) -> None:
    """Go to the page of the change, where AWS has what it changes."""
    base = f"/{ACCOUNT}/{REGION}"
    if change == "RestoreSecret" and not is_leaving():
        boto3.client("secretsmanager", region_name=REGION).delete_secret(
            SecretId=OTHER_NAME, RecoveryWindowInDays=7
        )
    person.open(
        {
            "CreateSecret": f"{base}/new-secret/",
            "PutSecretValue": f"{base}/secrets/other/value/",
            "DeleteSecret": f"{base}/secrets/other/delete/",
            "RestoreSecret": f"{base}/secrets/",
            "UpdatePullThroughCacheRule": f"{base}/rules/hub/edit/",
            "DeletePullThroughCacheRule": f"{base}/rules/hub/delete/",
        }[change]
    )


def send(person: Person, change: str) -> None:
    if change == "CreateSecret":
        person.fill("Secret name", "new")
    if change in ("CreateSecret", "PutSecretValue"):
        person.fill("Username", "me")
        person.fill("Access token", "typed-token")
    if change.startswith("Delete"):
        person.fill(CONFIRM, "confirm")
    if change == "UpdatePullThroughCacheRule":
        person.select("Secret name", OTHER_NAME)
    person.press(
        {
            "CreateSecret": "Create secret",
            "PutSecretValue": "Replace value",
            "RestoreSecret": f"Restore {OTHER_NAME}",
            "UpdatePullThroughCacheRule": "Save changes",
        }.get(change, "Delete")
    )


CHANGES = (
    *("CreateSecret", "PutSecretValue", "DeleteSecret", "RestoreSecret"),
    *("UpdatePullThroughCacheRule", "DeletePullThroughCacheRule"),
)


@pytest.mark.promise("F19")
@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("form", KINDS)
def test_a_change_that_aws_made_is_a_success(
    aws: FakeAws, person: Person, change: str, form: str
) -> None:
    begin(person, change)
    aws.answer_oddly(form, operation=change)
    send(person, change)
    assert (person.status, outcomes(change)) == (200, ["succeeded"]), person.text


@pytest.mark.promise("F19")
@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("form", KINDS)
def test_a_change_that_aws_did_not_get_is_no_success(
    aws: FakeAws, person: Person, change: str, form: str
) -> None:
    begin(person, change)
    aws.answer_oddly(form, operation=change, is_executed=False)
    send(person, change)
    assert person.status in (502, 504)
    assert outcomes(change) == ["failed"]
    aws.clear_faults()
    begin(person, change)
    send(person, change)
    assert (person.status, outcomes(change)) == (200, ["failed", "succeeded"]), person.text


@pytest.mark.promise("F19")
@pytest.mark.usefixtures("furnished")
def test_what_cannot_be_read_back_either_is_unknown(aws: FakeAws, person: Person) -> None:
    begin(person, "CreateSecret")
    for operation in ("CreateSecret", "DescribeSecret"):
        aws.answer_oddly("sign-in page", operation=operation)
    send(person, "CreateSecret")
    assert person.status == 502
    assert "Another system answered instead of AWS" in person.text
    assert "The answer is HTTP 200, text/html." in person.text
    assert outcomes("CreateSecret") == ["unknown"]


# --- Create in the wizard -----------------------------------------------------------------------


@pytest.fixture
def actor(transactional_db: None) -> User:
    user = User.objects.create_user("ada")
    Grant.objects.create(user=user, role="operator")
    return user


def create(actor: User) -> Creation:
    return confirm(docker_hub(), credential=DRAFT_CREDENTIAL, actor=actor)


STEPS = ("CreateSecret", "CreatePullThroughCacheRule")


@pytest.mark.kind_aws("the only answer replaced is one of success, not that the secret is new")
@pytest.mark.promise("F19")
@pytest.mark.parametrize("operation", STEPS)
@pytest.mark.parametrize("form", KINDS)
def test_a_create_that_aws_carried_out_succeeds(
    aws: FakeAws, actor: User, form: str, operation: str
) -> None:
    aws.answer_oddly(form, operation=operation)
    assert create(actor).operation.state == OperationState.SUCCEEDED
    assert [outcomes(step) for step in STEPS] == [["succeeded"], ["succeeded"]]


@pytest.mark.promise("F19")
@pytest.mark.parametrize("operation", STEPS)
@pytest.mark.parametrize("form", KINDS)
def test_a_create_that_aws_did_not_get_is_listed_and_can_be_retried(
    aws: FakeAws, actor: User, form: str, operation: str
) -> None:
    aws.answer_oddly(form, operation=operation, is_executed=False)
    failed = create(actor)
    assert failed.operation.state == OperationState.FAILED
    assert failed.error is not None
    assert is_answer_lost(failed.error)
    assert outcomes(operation) == ["unknown"]
    aws.clear_faults()
    assert create(actor).operation.state == OperationState.SUCCEEDED
    assert outcomes(operation) == ["unknown", "succeeded"]


# --- Pages that read ----------------------------------------------------------------------------

BASE = f"/{ACCOUNT}/{REGION}"
PAGES = {
    "GetCallerIdentity": f"{BASE}/rules/",
    "DescribePullThroughCacheRules": f"{BASE}/rules/",
    "ListSecrets": f"{BASE}/secrets/",
    "DescribeSecret": f"{BASE}/secrets/hub/delete/",
    "GetRole": f"{BASE}/rules/team/details/",
    "ListRoles": f"{BASE}/rules/team/edit/",
    "DescribeRepositories": f"{BASE}/rules/hub/details/",
    "DescribeRepositoryCreationTemplates": f"{BASE}/rules/hub/details/",
}
# The page has these in a section of its own.
IN_A_SECTION = {
    *("GetRole", "ListRoles"),
    *("DescribeRepositories", "DescribeRepositoryCreationTemplates"),
}


@pytest.mark.promise("F19")
@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("operation", PAGES)
def test_every_page_tells_the_cause_the_remedy_and_the_request_id(
    aws: FakeAws, person: Person, operation: str
) -> None:
    pages: dict[str, tuple[int, str]] = {}
    for form in sorted(FORMS - HARMLESS_XML):
        aws.clear_faults()
        account._identity_of.cache_clear()
        aws.answer_oddly(form, operation=operation)
        person.open(PAGES[operation])
        pages[form] = person.status, person.text
    usual = {200} if operation in IN_A_SECTION else {429, 502, 504}
    assert {status for status, _text in pages.values()} <= usual
    assert "AWS is throttling the console" in pages["too many requests"][1]
    of_others = FORMS - REFUSED - OF_AWS - HARMLESS - {"bad gateway", "gateway timeout", "no HTTP"}
    told = {form for form, (_, text) in pages.items() if "answered instead of AWS" in text}
    assert told == {
        *(of_others - {"proxy sign-in", "chunks without end", "chunks of another length"})
    }
    assert "asks for another user or password (407)" in pages["proxy sign-in"][1]
    with_id = {form for form, (_, text) in pages.items() if "Request ID" in text}
    assert with_id == OF_AWS - HARMLESS_XML
