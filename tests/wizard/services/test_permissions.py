"""What IAM says beforehand about the console's credentials, whoever they are for AWS."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION
from wizard.backend import account, clients
from wizard.domain import Target
from wizard.domain.permissions import Journey
from wizard.domain.principals import PrincipalKind, parse_principal
from wizard.domain.simulations import DeniedBy, Verdict
from wizard.services import fanout, permissions
from wizard.services.permissions import Obstacle, Preflight, asking

TARGET = Target(account_id=ACCOUNT, region=REGION)
CREATE, DELETE = "ecr:CreatePullThroughCacheRule", "ecr:DeletePullThroughCacheRule"
IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AIDA</UserId>"
    f"<Account>{ACCOUNT}</Account></GetCallerIdentityResult>"
    "<ResponseMetadata><RequestId>a</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)
RESULT = (
    '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
    "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults><member>"
    "<EvalActionName>{action}</EvalActionName><EvalResourceName>*</EvalResourceName>"
    "<EvalDecision>{decision}</EvalDecision>{details}</member></EvaluationResults>"
    "</SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>a</RequestId></ResponseMetadata>"
    "</SimulatePrincipalPolicyResponse>"
)


@pytest.fixture(autouse=True)
def _new_credentials(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees who called in another one, and IAM is waited for."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    monkeypatch.setattr(asking, "_ROLE_SECONDS", 600.0)
    account._identity_of.cache_clear()
    yield
    account._identity_of.cache_clear()
    clients.forget()


@pytest.fixture
def assume(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Let the console be a session of a new role with these statements; returns the role's ARN."""

    def be(*statements: dict[str, Any], name: str = "console", path: str = "/") -> str:
        iam = boto3.client("iam")
        trust = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
        }
        role = iam.create_role(
            RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust)
        )["Role"]
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
        keys = boto3.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="server")
        made = keys["Credentials"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", made["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", made["SessionToken"])
        clients.forget()
        return role["Arn"]

    return be


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def check(*journeys: Journey) -> Preflight:
    wanted = journeys or (Journey.CREATE_RULE, Journey.DELETE_RULE)
    return permissions.check_journeys(target=TARGET, journeys=wanted)


def verdicts(found: Preflight) -> dict[str, Verdict]:
    return {action: decision.verdict for action, decision in found.decisions.items()}


@pytest.mark.parametrize("path", ["/", "/ops/", "/aws-reserved/sso.amazonaws.com/eu-west-1/"])
def test_a_session_has_the_permissions_of_its_role_whatever_its_path(
    assume: Callable[..., str], path: str
) -> None:
    assume(allow(CREATE, "iam:*"), name="AWSReservedSSO_Ops_0123456789abcdef", path=path)
    found = check()
    assert found.principal.kind is PrincipalKind.ROLE
    assert found.principal.is_of_identity_center
    assert found.obstacle is None
    assert verdicts(found) == {CREATE: Verdict.ALLOWED, DELETE: Verdict.IMPLICIT_DENY}
    assert [each.action for each in found.doubtful] == [DELETE]


def test_without_get_role_a_role_without_a_path_is_found_and_another_is_not_guessed(
    aws: FakeAws, assume: Callable[..., str]
) -> None:
    aws.refuse(operation="GetRole")
    assume(allow("ecr:*", "iam:*"))
    assert verdicts(check()) == {CREATE: Verdict.ALLOWED, DELETE: Verdict.ALLOWED}
    permissions.forget()
    assume(allow("ecr:*", "iam:*"), name="other", path="/ops/")
    found = check()
    assert (found.obstacle, found.decisions, found.doubtful) == (Obstacle.NOT_FOUND, {}, [])


def test_conditions_about_the_region_are_evaluated_and_unknown_keys_are_named(
    assume: Callable[..., str],
) -> None:
    elsewhere = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    endpoint = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    assume(allow(CREATE, Condition=elsewhere), allow(DELETE, Condition=endpoint), allow("iam:*"))
    found = check()
    assert verdicts(found) == dict.fromkeys((CREATE, DELETE), Verdict.IMPLICIT_DENY)
    assert found.decisions[DELETE].missing_keys == ("aws:SourceVpce",)
    assert not found.decisions[DELETE].is_certain
    there = Target(account_id=ACCOUNT, region="eu-west-1")
    found = permissions.check_journeys(target=there, journeys=[Journey.CREATE_RULE])
    assert verdicts(found) == {CREATE: Verdict.ALLOWED}


def test_an_explicit_denial_is_told_apart(assume: Callable[..., str]) -> None:
    assume(allow("*"), {"Effect": "Deny", "Action": DELETE, "Resource": "*"})
    assert verdicts(check()) == {CREATE: Verdict.ALLOWED, DELETE: Verdict.EXPLICIT_DENY}


def test_a_journey_asks_about_its_own_secret_and_role(assume: Callable[..., str]) -> None:
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub-a1b2c3"
    role = f"arn:aws:iam::{ACCOUNT}:role/reader"
    passed = {"StringEquals": {"iam:PassedToService": "ecr.amazonaws.com"}}
    assume(
        allow("secretsmanager:*") | {"Resource": secret},
        allow("iam:PassRole", Condition=passed) | {"Resource": role},
        allow("iam:Get*", "iam:Simulate*"),
    )

    def doubtful(secret_arn: str, role_arn: str) -> list[str]:
        found = permissions.check_journeys(
            target=TARGET,
            journeys=[Journey.REPLACE_VALUE, Journey.PASS_ROLE],
            secret_arn=secret_arn,
            role_arn=role_arn,
        )
        return [each.action for each in found.doubtful]

    assert doubtful(secret, role) == []
    assert doubtful(secret.replace("hub", "lab"), role.replace("reader", "admin")) == [
        "secretsmanager:DescribeSecret",
        "secretsmanager:PutSecretValue",
        "iam:PassRole",
    ]


def test_pages_of_results_are_read_to_their_end(aws: FakeAws) -> None:
    aws.vary_answers()
    found = permissions.check_everything(target=TARGET)
    assert set(found.decisions) == {each.action for each in found.permissions}


@pytest.mark.parametrize(
    ("arn", "obstacle"),
    [
        (f"arn:aws:iam::{ACCOUNT}:root", Obstacle.ROOT),
        (f"arn:aws-cn:iam::{ACCOUNT}:root", Obstacle.ROOT),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/ann", Obstacle.FEDERATED),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/", Obstacle.UNKNOWN_PRINCIPAL),
        ("arn:aws:iam::12:user/ann", Obstacle.UNKNOWN_PRINCIPAL),
        ("nonsense &lt;b&gt;", Obstacle.UNKNOWN_PRINCIPAL),
        ("", Obstacle.UNKNOWN_PRINCIPAL),
    ],
)
def test_who_cannot_be_simulated_is_told_and_iam_is_not_asked(
    aws: FakeAws, arn: str, obstacle: Obstacle
) -> None:
    aws.garble_answer(IDENTITY.format(arn=arn), operation="GetCallerIdentity")
    found = check()
    assert (found.obstacle, found.decisions, found.doubtful) == (obstacle, {}, [])
    assert "SimulatePrincipalPolicy" not in aws.calls()


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_the_partition_of_the_caller_is_that_of_the_resources(aws: FakeAws, partition: str) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:user/console"
    principal = parse_principal(arn)
    assert (principal.kind, principal.partition) == (PrincipalKind.USER, partition)
    session = parse_principal(f"arn:{partition}:sts::{ACCOUNT}:assumed-role/ops/me@example.com")
    assert session.role_arn_without_path == f"arn:{partition}:iam::{ACCOUNT}:role/ops"
    aws.garble_answer(IDENTITY.format(arn=arn), operation="GetCallerIdentity")
    # The simulated IAM knows the users of one partition only, so that it does not find this one.
    assert check().obstacle is Obstacle.NOT_FOUND


@pytest.mark.parametrize(
    ("details", "denied_by"),
    [
        (
            "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>"
            "</OrganizationsDecisionDetail>",
            DeniedBy.ORGANIZATION,
        ),
        (
            "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false"
            "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>",
            DeniedBy.BOUNDARY,
        ),
        ("", None),
    ],
)
def test_what_else_denies_is_told(aws: FakeAws, details: str, denied_by: DeniedBy | None) -> None:
    body = RESULT.format(action=CREATE, decision="implicitDeny", details=details)
    aws.garble_answer(body, operation="SimulatePrincipalPolicy")
    assert check(Journey.CREATE_RULE).decisions[CREATE].denied_by is denied_by


def test_a_decision_that_is_not_documented_is_no_denial(aws: FakeAws) -> None:
    body = RESULT.format(action=CREATE, decision="perhaps", details="")
    aws.garble_answer(body, operation="SimulatePrincipalPolicy")
    found = check(Journey.CREATE_RULE)
    assert verdicts(found) == {CREATE: Verdict.UNKNOWN}
    assert found.doubtful == []


def test_an_iam_that_fails_is_not_asked_again_at_once(aws: FakeAws) -> None:
    aws.fail(operation="SimulatePrincipalPolicy", code="PolicyEvaluation", status=500)
    assert check().obstacle is Obstacle.NO_ANSWER
    asked = aws.calls()["SimulatePrincipalPolicy"]
    aws.clear_faults()
    assert check().obstacle is Obstacle.NO_ANSWER
    assert aws.calls()["SimulatePrincipalPolicy"] == asked
    permissions.forget()
    assert check().obstacle is None
