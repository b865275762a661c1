"""What boto3 finds where the console runs: pods, tasks, roles, and endpoints of other kinds.

The simulated STS issues all credentials, and checks the signatures that are made with them.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.callers import EXAMPLE_KEY, EXAMPLE_SECRET
from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from wizard.backend import account, clients

LIST = f"/{ACCOUNT}/{REGION}/rules/"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.us-east-2.amazonaws.com/id/ABC"
WEB_IDENTITY = "AssumeRoleWithWebIdentity"


@pytest.fixture
def environment(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Variables for the console's next clients; it has no access key."""
    clients.forget()
    account._identity_of.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    clients.forget()


def without_keys(environment: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        environment.delenv(name)


def make_role(name: str, principal: dict[str, str], action: str = "sts:AssumeRole") -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam = boto3.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": everything})
    iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=policy)
    return made["Role"]["Arn"]


def jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.signature"


def access_key() -> str:
    credentials = clients.session().get_credentials()
    assert credentials is not None
    return str(credentials.get_frozen_credentials().access_key)


def session_of(role: str, name: str) -> dict[str, Any]:
    """Credentials of the role, from the simulated STS."""
    keys: Any = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    return {
        "AccessKeyId": keys["AccessKeyId"],
        "SecretAccessKey": keys["SecretAccessKey"],
        "Token": keys["SessionToken"],
        "Expiration": keys["Expiration"].isoformat(),
    }


# --- A web identity: IRSA -------------------------------------------------------------------------


def test_the_role_of_a_service_account_is_assumed_and_renewed_with_the_token_of_that_moment(
    aws: FakeAws, person: Person, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on EKS: the token's file is replaced while the console runs."""
    role = make_role("console", {"Federated": PROVIDER}, f"sts:{WEB_IDENTITY}")
    token = tmp_path / "token"
    token.write_text(jwt(sub="system:serviceaccount:ptc:console", exp=4e9))
    without_keys(environment)
    environment.setenv("AWS_ROLE_ARN", role)
    environment.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    environment.setenv("AWS_ROLE_SESSION_NAME", "pod-1")
    person.open(LIST)
    assert person.status == 200
    assert account.get_caller().arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/console/pod-1"
    token.write_text(jwt(sub="system:serviceaccount:ptc:console", exp=5e9))
    aws.expire_credentials(access_key=access_key())
    person.open(LIST)
    assert person.status == 200
    assert aws.calls()[WEB_IDENTITY] == 2
    # A token that is over is told by its file.
    token.write_text(jwt(exp=1))
    aws.expire_credentials(access_key=access_key())
    person.open(LIST)
    assert person.status == 502
    assert f"STS refuses the token in {token}" in person.text


# --- A local service: EKS Pod Identity, ECS -------------------------------------------------------


class CredentialService:
    """It gives credentials to whom has the right token, as the agent on a node of EKS does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.credentials: dict[str, Any] = {}
        self.token = ""
        self.answered: list[int] = []


@contextmanager
def credential_service() -> Iterator[CredentialService]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_known = self.headers.get("Authorization", "") == found.token
            body = json.dumps(found.credentials if is_known else {"message": "who?"}).encode()
            found.answered.append(200 if is_known else 401)
            self.send_response(found.answered[-1])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Write nothing to stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = CredentialService(f"http://127.0.0.1:{server.server_port}/v1/credentials")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def service(environment: pytest.MonkeyPatch) -> Iterator[CredentialService]:
    role = make_role("console", {"AWS": ACCOUNT})
    with credential_service() as found:
        found.credentials = session_of(role, "pod-1")
        without_keys(environment)
        environment.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", found.url)
        yield found


def test_a_pod_identity_is_asked_with_the_token_of_that_moment(
    aws: FakeAws,
    person: Person,
    service: CredentialService,
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """As on EKS: the token's file is replaced, and so are the credentials."""
    token = tmp_path / "token"
    token.write_text("first-token")
    environment.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
    service.token = "first-token"
    person.open(LIST)
    assert person.status == 200
    assert account.get_caller().arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/console/pod-1"
    aws.expire_credentials(access_key=access_key())
    with environment.context() as keys:
        keys.setenv("AWS_ACCESS_KEY_ID", EXAMPLE_KEY)
        keys.setenv("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET)
        service.credentials = session_of(f"{ROLE}/console", "pod-2")
    service.token = "second-token"
    token.write_text("second-token")
    person.open(LIST)
    assert person.status == 200
    assert access_key() == service.credentials["AccessKeyId"]
    assert set(service.answered) == {200}


def test_a_task_s_role_is_asked_with_the_token_of_the_environment(
    person: Person, service: CredentialService, environment: pytest.MonkeyPatch
) -> None:
    """As on ECS and Lambda, whose token is a variable."""
    service.token = "the-token"
    environment.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the-token")
    person.open(LIST)
    assert person.status == 200
    assert access_key() == service.credentials["AccessKeyId"]


def test_a_credential_service_is_asked_directly_though_aws_is_behind_a_proxy(
    service: CredentialService, environment: pytest.MonkeyPatch
) -> None:
    """No proxy can reach the addresses of a node, so that they need not be in NO_PROXY."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        environment.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        environment.setenv(name, "")
    assert access_key() == service.credentials["AccessKeyId"]


# --- Profiles -------------------------------------------------------------------------------------

PROFILES = {
    "the keys of another profile": """
        [profile console]
        role_arn = ROLE/console
        source_profile = base
        [profile base]
        aws_access_key_id = KEY
        aws_secret_access_key = SECRET
    """,
    "a role of a role": """
        [profile console]
        role_arn = ROLE/console
        role_session_name = last
        source_profile = first
        [profile first]
        role_arn = ROLE/first
        source_profile = base
        [profile base]
        aws_access_key_id = KEY
        aws_secret_access_key = SECRET
    """,
    "a program": """
        [profile console]
        role_arn = ROLE/console
        source_profile = base
        [profile base]
        credential_process = cat FOLDER/keys.json
    """,
}


@pytest.mark.parametrize("config", PROFILES.values(), ids=PROFILES)
def test_a_profile_with_a_role_takes_its_credentials_from(
    person: Person, environment: pytest.MonkeyPatch, tmp_path: Path, config: str
) -> None:
    for name in ("console", "first"):
        make_role(name, {"AWS": ACCOUNT})
    keys = {"Version": 1, "AccessKeyId": EXAMPLE_KEY, "SecretAccessKey": EXAMPLE_SECRET}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    text = "\n".join(line.strip() for line in config.splitlines())
    for name, value in {
        "ROLE/": f"{ROLE}/",
        "KEY": EXAMPLE_KEY,
        "SECRET": EXAMPLE_SECRET,
        "FOLDER": str(tmp_path),
    }.items():
        text = text.replace(name, value)
    (tmp_path / "config").write_text(text)
    without_keys(environment)
    environment.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    environment.setenv("AWS_PROFILE", "console")
    person.open(LIST)
    assert person.status == 200
    assert account.get_caller().arn.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/console/")


def test_a_profile_with_a_role_takes_the_keys_of_the_environment(
    person: Person, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_role("console", {"AWS": ACCOUNT})
    (tmp_path / "config").write_text(
        f"[profile console]\nrole_arn = {ROLE}/console\ncredential_source = Environment\n"
    )
    environment.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    environment.setenv("AWS_PROFILE", "console")
    person.open(LIST)
    assert person.status == 200
    # The keys of the environment come before a profile of AWS_PROFILE, as in the AWS SDKs.
    assert access_key() == EXAMPLE_KEY
