"""Answers of AWS that nobody expects, in the middle of deletions, rotations and imports.

The person reaches a page that says what became of each rule or secret, and no process works on
anything afterwards.
"""

import json

import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests import deletions, rotations
from tests.faults.addresses import prefixes
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.rotations import HOME, HOST, OTHER, hubs
from tests.wizard.views.test_imports import paste, rule, rules_json
from tests.worker import work
from wizard.models import DeletedRule, Deletion, Operation, OperationState, RotatedSecret, Rotation
from wizard.services import fanout

DESCRIBE, DELETE = "DescribePullThroughCacheRules", "DeletePullThroughCacheRule"
CREATE, SECRET, PUT = "CreatePullThroughCacheRule", "DescribeSecret", "PutSecretValue"
MOVE = "UpdateSecretVersionStage"
NUL = json.dumps({"pullThroughCacheRules": [{"ecrRepositoryPrefix": "a\0", "createdAt": "\0"}]})

BODIES = {
    "a page": "<html><title>Sign in</title></html>",
    "nothing": "",
    "no object": "[]",
    "an empty object": "{}",
    "a number": "7",
    "NUL and half a character": NUL.replace("a\\u0000", "a\\ud800"),
    "null in a list": json.dumps(
        {"pullThroughCacheRules": [None], "ReplicationStatus": [None], "ARN": "x", "Name": "x"}
    ),
    "texts for lists": json.dumps(
        {"pullThroughCacheRules": "x", "ReplicationStatus": "x", "ARN": "x", "Name": "x"}
    ),
    "a list for a map": json.dumps({"ARN": "x", "Name": "x", "VersionIdsToStages": [["a"]]}),
    "null for labels": json.dumps({"ARN": "x", "Name": "x", "VersionIdsToStages": {"a": None}}),
    "numbers for texts": json.dumps({"ARN": 7, "Name": 7, "pullThroughCacheRules": [{"x": 7}]}),
    "megabytes": json.dumps({"Name": "x" * 10_000_000, "ARN": "a" * 1000}),
}
# One of each kind; the others are like one of these, and are tried by `make sqlite`.
FIRST = {
    "a page",
    "nothing",
    "null in a list",
    "a list for a map",
    "numbers for texts",
    "megabytes",
}
ANSWERS = [
    pytest.param(body, id=name, marks=() if name in FIRST else pytest.mark.thorough)
    for name, body in BODIES.items()
]


@pytest.fixture
def person(aws: FakeAws, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    someone = sign_in()
    someone.client.raise_request_exception = False
    return someone


def is_at_rest() -> bool:
    """Whether no process works on anything, as far as the rows say."""
    held = [*Deletion.objects.all(), *Rotation.objects.all()]
    return not any(each.lease_until for each in held)


@pytest.mark.promise("F15")
@pytest.mark.parametrize("body", ANSWERS)
@pytest.mark.parametrize("operation", [DESCRIBE, DELETE])
def test_a_deletion_goes_on_in_the_other_region(
    aws: FakeAws, person: Person, operation: str, body: str
) -> None:
    deletions.make_rules(HOME, OTHER)
    names = [f"{region}/{deletions.PREFIX}" for region in (HOME, OTHER)]
    person.open(f"/{ACCOUNT}/rules/")
    send = {"rule": names, "csrfmiddlewaretoken": person.csrf_token}
    url = f"/{ACCOUNT}/rules/delete/"
    person.arrive(person.client.post(url, send, follow=True))
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    aws.garble_answer(body, operation=operation, region=HOME)
    person.press("Delete")
    assert person.status == 200, person.text
    aws.clear_faults()
    assert OTHER in deletions.gone()
    assert is_at_rest()
    if Deletion.objects.exists():
        told = dict(DeletedRule.objects.values_list("region", "state"))
        is_gone = HOME in deletions.gone()
        assert told.get(HOME) != "succeeded" or is_gone
        person.open(f"/{ACCOUNT}/deletions/{Deletion.objects.get().pk}/")
        assert person.status == 200


@pytest.mark.promise("F15")
@pytest.mark.parametrize("body", ANSWERS)
@pytest.mark.parametrize("operation", [SECRET, PUT])
def test_a_rotation_goes_on_in_the_other_region(
    aws: FakeAws, person: Person, operation: str, body: str
) -> None:
    hubs(HOME, OTHER)
    person.open(f"/{ACCOUNT}/rotations/new/?upstream={HOST}")
    person.fill("Username", "me")
    person.fill("New access token", rotations.NEW.access_token)
    aws.garble_answer(body, operation=operation, region=HOME)
    person.press("Rotate token")
    assert person.status == 200, person.text
    assert rotations.value(OTHER) == rotations.NEW.access_token
    assert is_at_rest()
    told = dict(RotatedSecret.objects.values_list("region", "state"))
    assert told[OTHER] == "succeeded"
    assert told[HOME] != "succeeded" or rotations.value(HOME) == rotations.NEW.access_token
    assert rotations.NEW.access_token not in str(person.page)


@pytest.mark.promise("F15")
@pytest.mark.parametrize("body", ANSWERS)
@pytest.mark.parametrize("operation", [SECRET, MOVE])
def test_putting_back_goes_on_in_the_other_region(
    aws: FakeAws, person: Person, operation: str, body: str
) -> None:
    hubs(HOME, OTHER)
    rotation = rotations.rotate(User.objects.get(), ())
    assert rotations.row(rotation, OTHER).previous_version
    aws.garble_answer(body, operation=operation, region=HOME)
    person.open(f"/{ACCOUNT}/rotations/{rotation.pk}/")
    data = {
        "secret": [f"{region}/docker-hub" for region in (HOME, OTHER)],
        "csrfmiddlewaretoken": person.csrf_token,
    }
    person.arrive(person.client.post(f"{person.url}put-back/", data, follow=True))
    assert person.status == 200, person.text
    assert is_at_rest()
    told = dict(RotatedSecret.objects.values_list("region", "state"))
    assert told[OTHER] == "put-back"


@pytest.mark.promise("F15")
@pytest.mark.parametrize("body", ANSWERS)
@pytest.mark.parametrize("operation", [DESCRIBE, CREATE])
def test_an_import_ends(aws: FakeAws, person: Person, operation: str, body: str) -> None:
    paste(person, rules_json(rule("a1"), rule("b1", region=OTHER)))
    person.press("Create selected rules")
    aws.garble_answer(body, operation=operation, region=REGION)
    work()
    person.open(person.url)
    assert person.status == 200
    states = dict(Operation.objects.values_list("region", "state"))
    assert states[OTHER] == OperationState.SUCCEEDED
    assert states[REGION] in (OperationState.SUCCEEDED, OperationState.FAILED)
    aws.clear_faults()
    assert states[REGION] != OperationState.SUCCEEDED or "a1" in prefixes(REGION)


SIMULATIONS: dict[str, str] = {
    "a page": "<html><title>Sign in</title></html>",
    "nothing": "",
    "no results": "<SimulatePrincipalPolicyResponse/>",
    "odd results": (
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>"
        "<member><EvalActionName>&lt;script&gt;</EvalActionName><EvalDecision>perhaps"
        "</EvalDecision></member><member/></EvaluationResults>"
        "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    ),
    "megabytes": (
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>"
        + "<member><EvalActionName>x</EvalActionName><EvalDecision>denied</EvalDecision></member>"
        * 40_000
        + "</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    ),
    "JSON": '{"EvaluationResults": [null]}',
}


@pytest.mark.promise("F15")
@pytest.mark.parametrize("body", SIMULATIONS.values(), ids=SIMULATIONS)
@pytest.mark.parametrize("operation", ["SimulatePrincipalPolicy", "GetRole"])
def test_the_preflight_says_nothing_rather_than_something_wrong(
    aws: FakeAws, person: Person, operation: str, body: str
) -> None:
    aws.garble_answer(body, operation=operation)
    for path in ("?check=1", "check/?for=create-rule"):
        person.open(f"/{ACCOUNT}/{REGION}/permissions/{path}")
        assert person.status == 200, person.text
        assert not person.page.select("main script")
