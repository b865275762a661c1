"""Whom the simulated AWS believes: keys, signatures, sessions and their time."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config

from ptcconsole.fakeaws.callers import EXAMPLE_KEY, EXAMPLE_SECRET
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"

# For each protocol: service, operation, and the codes of an unknown key and a wrong signature.
PROTOCOLS = [
    ("ecr", "describe_registry", "UnrecognizedClientException", "InvalidSignatureException"),
    ("secretsmanager", "list_secrets", "UnrecognizedClientException", "InvalidSignatureException"),
    ("account", "list_regions", "UnrecognizedClientException", "InvalidSignatureException"),
    ("sts", "get_caller_identity", "InvalidClientTokenId", "SignatureDoesNotMatch"),
    ("iam", "list_roles", "InvalidClientTokenId", "SignatureDoesNotMatch"),
    ("ec2", "describe_regions", "AuthFailure", "AuthFailure"),
]
MakeClient = Callable[..., Any]


def _keys(key_id: str, secret: str, token: str | None = None) -> dict[str, Any]:
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    return keys | ({"aws_session_token": token} if token else {})


def _session_keys(credentials: Mapping[str, Any]) -> dict[str, Any]:
    return _keys(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
    )


@pytest.fixture
def worker(iam: "IAMClient") -> None:
    """A role that the account and a web identity provider may assume, for two hours at most."""
    principals = {
        "sts:AssumeRole": {"AWS": ACCOUNT},
        "sts:AssumeRoleWithWebIdentity": {
            "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.example/id/ABC"
        },
    }
    statements = [
        {"Effect": "Allow", "Principal": principal, "Action": action}
        for action, principal in principals.items()
    ]
    iam.create_role(
        RoleName="worker",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        MaxSessionDuration=7200,
    )


@pytest.fixture
def session(worker: None, sts: "STSClient") -> dict[str, Any]:
    """The keys of a session of that role."""
    return _session_keys(sts.assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"])


@pytest.mark.parametrize(("service", "operation", "_unknown", "wrong"), PROTOCOLS)
def test_a_key_that_aws_issued_must_sign_rightly(
    aws: FakeAws, client_of: MakeClient, service: str, operation: str, _unknown: str, wrong: str
) -> None:
    keys = aws.keys_of(OTHER_ACCOUNT)
    getattr(client_of(service, **keys), operation)()
    mistyped = keys | {"aws_secret_access_key": keys["aws_secret_access_key"][::-1]}
    refusal = refusal_of(getattr(client_of(service, **mistyped), operation))
    assert refusal.code == wrong
    assert refusal.message.startswith("The request signature we calculated does not match")


def test_a_signature_covers_members_of_every_kind(aws: FakeAws, client_of: MakeClient) -> None:
    keys = aws.keys_of(OTHER_ACCOUNT)
    client_of("secretsmanager", **keys).create_secret(Name="a/b+c=d", SecretString="ü ")
    client_of("iam", **keys).create_user(UserName="a+b=c,d.e@f-g", Path="/x_y/")
    account = client_of("account", "us-east-1", **keys)
    assert account.get_region_opt_status(RegionName="af-south-1")["RegionOptStatus"] == "ENABLED"


@pytest.mark.parametrize(("service", "operation", "unknown", "wrong"), PROTOCOLS)
def test_keys_are_checked_if_that_is_ordered(
    aws: FakeAws, client_of: MakeClient, service: str, operation: str, unknown: str, wrong: str
) -> None:
    anybody = client_of(service, **_keys("AKIAUNKNOWN", "any"))
    getattr(anybody, operation)()
    aws.check("keys")
    assert refusal_of(getattr(anybody, operation)).code == unknown
    getattr(client_of(service, **_keys(EXAMPLE_KEY, EXAMPLE_SECRET)), operation)()
    mistyped = client_of(service, **_keys(EXAMPLE_KEY, "mistyped"))
    assert refusal_of(getattr(mistyped, operation)).code == wrong


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
        ({"aws_session_token": "garbage"}, "InvalidClientTokenId"),
        ({"aws_session_token": None}, "InvalidClientTokenId"),
    ],
)
def test_a_session_needs_its_key_and_its_token(
    client_of: MakeClient, session: dict[str, Any], changed: dict[str, Any], code: str
) -> None:
    assert client_of("sts", **session).get_caller_identity()["Account"] == ACCOUNT
    assert refusal_of(client_of("sts", **(session | changed)).get_caller_identity).code == code


@pytest.mark.parametrize(("service", "operation", "unknown", "_wrong"), PROTOCOLS)
def test_every_service_refuses_a_session_without_its_token(
    client_of: MakeClient,
    session: dict[str, Any],
    service: str,
    operation: str,
    unknown: str,
    _wrong: str,
) -> None:
    for token in ({}, {"aws_session_token": "of-another-session"}):
        keys = {name: session[name] for name in session if name != "aws_session_token"} | token
        assert refusal_of(getattr(client_of(service, **keys), operation)).code == unknown


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("iam", "list_roles", "ExpiredToken"),
        ("ec2", "describe_regions", "RequestExpired"),
        ("ecr", "describe_registry", "ExpiredTokenException"),
        ("secretsmanager", "list_secrets", "ExpiredTokenException"),
    ],
)
def test_a_session_ends_by_itself(
    aws: FakeAws,
    client_of: MakeClient,
    session: dict[str, Any],
    service: str,
    operation: str,
    code: str,
) -> None:
    client = client_of(service, **session)
    aws.pass_time(3590)
    getattr(client, operation)()
    aws.pass_time(20)
    refusal = refusal_of(getattr(client, operation))
    assert (refusal.code, refusal.message) == (
        code,
        "The security token included in the request is expired",
    )


@pytest.mark.parametrize(
    ("seconds", "chained", "words"),
    [
        (7200, False, ""),
        (7201, False, "exceeds the MaxSessionDuration set for this role."),
        (3600, True, ""),
        (3601, True, "exceeds the 1 hour session limit for roles assumed by role chaining."),
    ],
)
def test_a_session_is_no_longer_than_the_role_allows(
    client_of: MakeClient, session: dict[str, Any], seconds: int, chained: bool, words: str
) -> None:
    sts = client_of("sts", **(session if chained else {}))
    members = {"RoleArn": ROLE, "RoleSessionName": "me", "DurationSeconds": seconds}
    if not words:
        sts.assume_role(**members)
        return
    refusal = refusal_of(sts.assume_role, **members)
    assert (refusal.code, refusal.status) == ("ValidationError", 400)
    assert refusal.message == f"The requested DurationSeconds {words}"


@pytest.mark.parametrize(
    ("ahead", "words"), [(600, "Signature expired: "), (-600, "Signature not yet current: ")]
)
@pytest.mark.parametrize("keys", ["anybody's", "issued"])
def test_a_clock_that_is_minutes_off_refuses_signatures(
    aws: FakeAws, client_of: MakeClient, ahead: float, words: str, keys: str
) -> None:
    issued = aws.keys_of(ACCOUNT) if keys == "issued" else {}
    ecr, sts = client_of("ecr", **issued), client_of("sts", **issued)
    aws.set_clock(ahead=ahead / 3)
    ecr.describe_registry()
    aws.set_clock(ahead=ahead)
    for operation, code in (
        (ecr.describe_registry, "InvalidSignatureException"),
        (sts.get_caller_identity, "SignatureDoesNotMatch"),
    ):
        refusal = refusal_of(operation)
        assert (refusal.code, refusal.message[: len(words)]) == (code, words)
        assert refusal.message.endswith("5 min.)")


def test_times_are_those_of_aws(aws: FakeAws, client_of: MakeClient) -> None:
    ecr = client_of("ecr")
    times = []
    for number, ahead in enumerate((0, -120)):
        aws.set_clock(ahead=ahead)
        made = ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"quay-{number}", upstreamRegistryUrl="quay.io"
        )
        times.append(made["createdAt"])
    assert times[1] < times[0]


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "xx-none-1"])
def test_other_partitions_do_not_know_these_credentials(client_of: MakeClient, region: str) -> None:
    ecr = client_of("ecr", region)
    refusal = refusal_of(ecr.describe_pull_through_cache_rules)
    assert refusal.code == "UnrecognizedClientException"
    assert refusal_of(client_of("sts", region).get_caller_identity).code == "InvalidClientTokenId"


# --- Calls without a signature ------------------------------------------------------------------


def _jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.signature"


def _unsigned(aws: FakeAws) -> "STSClient":
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    return boto3.client("sts", "us-east-1", config=config, endpoint_url=aws.url)


def test_a_web_identity_gets_a_session_without_a_signature(
    aws: FakeAws, client_of: MakeClient, worker: None
) -> None:
    answer = _unsigned(aws).assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName="pod", WebIdentityToken=_jwt(sub="pod", exp=4e9)
    )
    keys = _session_keys(answer["Credentials"])
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/pod"
    assert client_of("sts", **keys).get_caller_identity()["Arn"] == arn


@pytest.mark.parametrize(
    ("members", "code", "status"),
    [
        ({"WebIdentityToken": "????"}, "InvalidIdentityToken", 400),
        ({"WebIdentityToken": "a.W10.c"}, "InvalidIdentityToken", 400),
        ({"WebIdentityToken": _jwt(exp=1)}, "ExpiredTokenException", 400),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/none"}, "AccessDenied", 403),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/deaf"}, "AccessDenied", 403),
        ({"DurationSeconds": 7201}, "ValidationError", 400),
        ({"RoleSessionName": "no spaces"}, "ValidationError", 400),
    ],
)
def test_a_web_identity_that_is_not_right_is_refused(
    aws: FakeAws,
    worker: None,
    make_role: Callable[..., str],
    members: dict[str, Any],
    code: str,
    status: int,
) -> None:
    make_role("deaf", "ec2.amazonaws.com")
    right: Any = {"RoleArn": ROLE, "RoleSessionName": "pod", "WebIdentityToken": _jwt(exp=4e9)}
    refusal = refusal_of(_unsigned(aws).assume_role_with_web_identity, **(right | members))
    assert (refusal.code, refusal.status) == (code, status)


@pytest.mark.parametrize(
    ("version", "action"),
    [("2011-06-15", "GetCallerIdentity"), ("2010-05-08", "ListRoles")],
)
def test_every_other_call_needs_a_signature_and_is_told_so_in_its_own_protocol(
    aws: FakeAws, version: str, action: str
) -> None:
    with urllib3.PoolManager() as http:
        by_query = http.request_encode_body(
            "POST", aws.url, fields={"Action": action, "Version": version}, encode_multipart=False
        )
        by_json = http.request("POST", aws.url, headers={"X-Amz-Target": "X.ListRoles"}, body="{}")
        by_nothing = http.request("GET", aws.url)
    assert (by_query.status, by_query.headers["Content-Type"]) == (403, "text/xml")
    assert b"<Code>MissingAuthenticationToken</Code>" in by_query.data
    for answer in (by_json, by_nothing):
        assert answer.status == 403
        assert answer.json()["__type"] == "MissingAuthenticationTokenException"
