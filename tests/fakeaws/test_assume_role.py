"""AssumeRole: which principals a trust policy allows, and in which account the session acts."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
ROLE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/guest"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/console"

MakeGuest = Callable[..., None]


@pytest.fixture
def make_guest(aws: FakeAws, client_of: Callable[..., Any]) -> MakeGuest:
    """Makes a role in the other account with a trust policy of these statements."""

    def make(*statements: dict[str, Any]) -> None:
        filled = [{"Effect": "Allow", "Action": "sts:AssumeRole", **each} for each in statements]
        trust = json.dumps({"Version": "2012-10-17", "Statement": filled})
        iam = client_of("iam", **aws.keys_of(OTHER_ACCOUNT))
        iam.create_role(RoleName="guest", AssumeRolePolicyDocument=trust)

    return make


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"AWS": ACCOUNT},
        {"AWS": CALLER},
        {"AWS": ["arn:aws:iam::111122223333:root", CALLER]},
        {"AWS": "*"},
    ],
)
def test_whom_the_trust_policy_names_gets_a_session_in_the_roles_account(
    sts: "STSClient",
    client_of: Callable[..., Any],
    make_guest: MakeGuest,
    principal: dict[str, Any],
) -> None:
    make_guest({"Principal": principal})
    answer = sts.assume_role(RoleArn=ROLE, RoleSessionName="visit")
    arn = f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/guest/visit"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    keys = answer["Credentials"]
    session = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    assert client_of("sts", **session).get_caller_identity()["Arn"] == arn
    assert client_of("ecr", **session).describe_registry()["registryId"] == OTHER_ACCOUNT


@pytest.mark.parametrize(
    "statements",
    [
        [{"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}],
        [{"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody-else"}}],
        [{"Principal": {"Service": "ec2.amazonaws.com"}}],
        [{"Principal": {"AWS": ACCOUNT}, "Action": "sts:TagSession"}],
        [{"Principal": {"AWS": ACCOUNT}}, {"Principal": {"AWS": CALLER}, "Effect": "Deny"}],
        [{"Principal": {"AWS": ACCOUNT}, "Condition": {"Bool": {"aws:MultiFactorAuth": "true"}}}],
    ],
)
def test_whom_the_trust_policy_leaves_out_is_refused_in_awss_words(
    sts: "STSClient", make_guest: MakeGuest, statements: list[dict[str, Any]]
) -> None:
    make_guest(*statements)
    refusal = refusal_of(sts.assume_role, RoleArn=ROLE, RoleSessionName="visit")
    assert (refusal.code, refusal.status) == ("AccessDenied", 403)
    assert refusal.message == (
        f"User: {CALLER} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    )


@pytest.mark.parametrize(("given", "refused"), [("right", False), ("wrong", True), (None, True)])
def test_the_external_id_must_be_the_roles(
    sts: "STSClient", make_guest: MakeGuest, given: str | None, refused: bool
) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "right"}}
    make_guest({"Principal": {"AWS": ACCOUNT}, "Condition": condition})
    members: Any = {"RoleArn": ROLE, "RoleSessionName": "visit"}
    if given:
        members["ExternalId"] = given
    if refused:
        assert refusal_of(sts.assume_role, **members).code == "AccessDenied"
    else:
        assert sts.assume_role(**members)["Credentials"]["AccessKeyId"]


@pytest.mark.parametrize("role_arn", [ROLE, "not-the-arn-of-any-role-at-all"])
def test_a_role_that_does_not_exist_lets_nobody_in(sts: "STSClient", role_arn: str) -> None:
    refusal = refusal_of(sts.assume_role, RoleArn=role_arn, RoleSessionName="visit")
    assert refusal.code == "AccessDenied"


@pytest.mark.parametrize(
    "broken", [{"RoleSessionName": "no spaces"}, {"ExternalId": "a b"}, {"DurationSeconds": 60}]
)
def test_what_the_service_model_forbids_is_a_validation_error(
    client_of: Callable[..., Any], make_guest: MakeGuest, broken: dict[str, Any]
) -> None:
    make_guest({"Principal": {"AWS": ACCOUNT}})
    members = {"RoleArn": ROLE, "RoleSessionName": "visit", **broken}
    refusal = refusal_of(client_of("sts", checked=False).assume_role, **members)
    assert (refusal.code, refusal.status) == ("ValidationError", 400)


def test_keys_are_of_the_account_that_was_asked_for_and_stay_the_same(
    aws: FakeAws, client_of: Callable[..., Any]
) -> None:
    keys = aws.keys_of(OTHER_ACCOUNT)
    assert keys == aws.keys_of(OTHER_ACCOUNT)
    assert client_of("sts", **keys).get_caller_identity()["Account"] == OTHER_ACCOUNT
    with pytest.raises(ValueError, match="12345 is not an account id"):
        aws.keys_of("12345")
