"""The way to AWS: proxies, certificates, clocks and quotas, each with words of its own."""

import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import botocore.exceptions
import botocore.session
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ptcconsole.fakeaws import faults
from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from tests.scan.certificate import make_certificate
from tests.wizard.conftest import TARGET
from wizard.backend import clients, ecr
from wizard.backend.connections import host_of
from wizard.backend.errors import ERROR_OF_CODE, translated
from wizard.domain import errors
from wizard.domain.redaction import without_credentials
from wizard.domain.regions import Target, is_enabled_by_default

OPT_IN = "af-south-1"
DESCRIBE = "DescribePullThroughCacheRules"
CANARY = "canary-password"


class _Refusing(BaseHTTPRequestHandler):
    """A proxy that wants another password, and an STS that refuses the token."""

    def do_CONNECT(self) -> None:
        self.send_response(407)
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = (
            b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>No OpenIDConnect"
            b" provider found</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        )
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Write nothing to stderr."""


@contextmanager
def _server(context: ssl.SSLContext | None = None) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_args: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def refusing() -> Iterator[int]:
    with _server() as port:
        yield port


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[int]:
    """A TLS server whose certificate nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with _server(context) as port:
        yield port


@pytest.fixture
def environment(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Variables for the console's next clients."""
    clients.forget()
    yield monkeypatch
    monkeypatch.undo()
    clients.forget()


def test_a_proxy_that_wants_another_password_is_named_without_it(
    environment: pytest.MonkeyPatch, refusing: int
) -> None:
    environment.setenv("AWS_ENDPOINT_URL", "https://ecr.us-east-2.amazonaws.com")
    environment.setenv("HTTPS_PROXY", f"http://me:{CANARY}@127.0.0.1:{refusing}")
    with pytest.raises(errors.ProxyUnreachable) as caught:
        ecr.describe_rules(TARGET)
    words = f"127.0.0.1:{refusing} asks for another user or password (407)."
    assert caught.value.message == words


def test_a_certificate_that_is_not_trusted_names_the_bundle_and_was_no_lost_change(
    environment: pytest.MonkeyPatch, self_signed: int
) -> None:
    environment.setenv("AWS_ENDPOINT_URL", f"https://localhost:{self_signed}")
    with pytest.raises(errors.CertificateNotTrusted) as caught:
        ecr.describe_rules(TARGET)
    assert caught.value.message == f"localhost:{self_signed}: self-signed certificate."
    assert "AWS_CA_BUNDLE" in caught.value.remedy
    assert not errors.is_answer_lost(caught.value)


def test_a_bundle_that_is_no_certificate_is_named(
    environment: pytest.MonkeyPatch, self_signed: int, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("nothing")
    environment.setenv("AWS_ENDPOINT_URL", f"https://localhost:{self_signed}")
    environment.setenv("AWS_CA_BUNDLE", str(bundle))
    with pytest.raises(errors.CertificateNotTrusted) as caught:
        ecr.describe_rules(TARGET)
    assert f"AWS_CA_BUNDLE is {bundle}, which cannot be read" in caught.value.message


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of certificates that are read from now on."""
    found, read = list[str](), ssl.SSLContext.load_verify_locations

    def noted(context: ssl.SSLContext, cafile: Any = None, *others: Any) -> None:
        found.append(str(cafile))
        read(context, cafile, *others)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    return found


@pytest.fixture
def trusted(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The endpoint is a TLS server that no request pleases; the bundle that it is trusted by."""
    files = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    with _server(context) as port:
        environment.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{port}")
        environment.setenv("AWS_CA_BUNDLE", str(files.certificate))
        yield files.certificate


def _is_trusted(region: str = REGION) -> bool:
    with pytest.raises(errors.AwsError) as caught:
        ecr.describe_rules(Target(account_id=ACCOUNT, region=region))
    return not isinstance(caught.value, errors.CertificateNotTrusted)


def test_a_bundle_is_read_once_for_all_regions_and_again_after_a_change(
    trusted: Path, reads: list[str]
) -> None:
    assert all(map(_is_trusted, (REGION, "eu-west-1", "eu-central-1")))
    assert reads == [str(trusted)]
    os.utime(trusted, (1, 1))
    assert _is_trusted("eu-west-2")
    assert reads == [str(trusted)] * 2


def test_a_new_session_trusts_its_own_bundle_only(
    trusted: Path, environment: pytest.MonkeyPatch
) -> None:
    assert _is_trusted()
    environment.delenv("AWS_CA_BUNDLE")
    clients.forget()
    assert not _is_trusted()


def test_a_web_identity_token_that_sts_refuses_names_its_file(
    environment: pytest.MonkeyPatch, refusing: int, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(CANARY)
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")
    environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{refusing}")
    environment.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/console")
    environment.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    with pytest.raises(errors.WebIdentityTokenInvalid) as caught:
        ecr.describe_rules(TARGET)
    assert caught.value.message == f"STS refuses the token in {token}."
    assert caught.value.code == "InvalidIdentityToken"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://me:secret@ecr.us-east-2.amazonaws.com/x?token=1", "ecr.us-east-2.amazonaws.com"),
        ("http://proxy_host:3128", "proxy_host:3128"),
        ("http://[::1]:80/", "::1:80"),
        ("http://[no", ""),
        ("http://a:99999", ""),
        ("secret", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_of_a_url_only_host_and_port_are_shown(url: Any, host: str) -> None:
    assert host_of(url) == host


# --- The clock ----------------------------------------------------------------------------------


def _stamp(minutes: float) -> str:
    return f"{datetime.now(UTC) + timedelta(minutes=minutes):%Y%m%dT%H%M%SZ}"


EXPIRED = "Signature expired: {sent} is now earlier than {least} ({now} - 5 min.)"
FUTURE = "Signature not yet current: {sent} is still later than {most} ({now} + 5 min.)"


@pytest.mark.parametrize(
    ("code", "message", "offset", "words"),
    [
        ("InvalidSignatureException", EXPIRED, -17, "is 17 minutes behind AWS's."),
        ("SignatureDoesNotMatch", EXPIRED, -120, "is 120 minutes behind AWS's."),
        ("InvalidSignatureException", FUTURE, 8, "is 8 minutes ahead of AWS's."),
        ("SignatureDoesNotMatch", FUTURE, 60 * 24 * 400, "is 576000 minutes ahead of AWS's."),
    ],
)
def test_a_clock_that_is_off_is_told_with_its_minutes_and_not_as_a_bad_key(
    aws: FakeAws, person: Person, code: str, message: str, offset: int, words: str
) -> None:
    times = {"sent": _stamp(offset), "least": _stamp(-5), "most": _stamp(5), "now": _stamp(0)}
    aws.fail(operation=DESCRIBE, code=code, message=message.format(**times), status=403)
    person.open(f"/{ACCOUNT}/{REGION}/rules/")
    assert "The clock of the console's server is wrong" in person.text
    assert f"The clock of the console's server {words}" in person.text
    person.open(f"/{ACCOUNT}/rules/")
    assert person.text.count("Correct the clock of the console's server") == 1  # for all Regions


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "RequestExpired", "AuthFailure"])
def test_a_refusal_without_times_is_judged_by_the_date_of_the_answer(code: str) -> None:
    date = datetime.now(UTC) - timedelta(minutes=31)
    answer: Any = {
        "Error": {"Code": code, "Message": "refused"},
        "ResponseMetadata": {
            "HTTPStatusCode": 403,
            "HTTPHeaders": {"date": f"{date:%a, %d %b %Y %H:%M:%S GMT}"},
        },
    }
    with pytest.raises(errors.ClockSkewed) as caught, translated("Any", region=REGION):
        raise botocore.exceptions.ClientError(answer, "Any")
    assert "31 minutes ahead of AWS's. refused" in caught.value.message


@pytest.mark.parametrize(
    "code", ["InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired"]
)
def test_a_bad_key_is_not_told_as_a_clock(aws: FakeAws, code: str) -> None:
    aws.fail(operation=DESCRIBE, code=code, message="The signature does not match", status=403)
    with pytest.raises(ERROR_OF_CODE[code]) as caught:
        ecr.describe_rules(TARGET)
    assert not isinstance(caught.value, errors.ClockSkewed)


# --- Regions that have to be enabled ------------------------------------------------------------


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "UnrecognizedClientException"])
def test_a_token_of_the_global_endpoint_has_its_own_words_in_opt_in_regions_only(
    aws: FakeAws, code: str
) -> None:
    aws.fail(operation=DESCRIBE, code=code, message="The security token is invalid.", status=403)
    for region in (OPT_IN, REGION):
        with pytest.raises(errors.CredentialsInvalid) as caught:
            ecr.describe_rules(Target(account_id=ACCOUNT, region=region))
        is_told = "AWS_STS_REGIONAL_ENDPOINTS" in caught.value.remedy
        assert is_told is (region == OPT_IN)


def test_seventeen_regions_are_enabled_by_default() -> None:
    session = botocore.session.get_session()
    regions = session.get_available_regions("ecr", partition_name="aws")
    assert sum(map(is_enabled_by_default, regions)) == 17


# --- Quotas and throttling ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("CreatePullThroughCacheRule", errors.RuleLimitExceeded),
        ("CreateSecret", errors.SecretLimitExceeded),
        ("PutSecretValue", errors.SecretVersionLimitExceeded),
        ("AnythingElse", errors.QuotaExceeded),
    ],
)
def test_a_quota_is_told_by_the_operation_that_met_it(
    operation: str, kind: type[errors.AwsError]
) -> None:
    answer: Any = {"Error": {"Code": "LimitExceededException", "Message": "full"}}
    with pytest.raises(errors.QuotaExceeded) as caught, translated(operation, region=REGION):
        raise botocore.exceptions.ClientError(answer, operation)
    assert type(caught.value) is kind
    assert ("50 rules" in caught.value.remedy) is (kind is errors.RuleLimitExceeded)


# The operations that the console calls.
CALLED = {
    "ecr": (
        *("CreatePullThroughCacheRule", "UpdatePullThroughCacheRule", "DescribeRepositories"),
        *("DeletePullThroughCacheRule", "DescribePullThroughCacheRules"),
        "ValidatePullThroughCacheRule",
    ),
    "secretsmanager": (
        *("ListSecrets", "DescribeSecret", "RestoreSecret", "DeleteSecret", "CreateSecret"),
        *("PutSecretValue", "ReplicateSecretToRegions", "RemoveRegionsFromReplication"),
    ),
    "iam": ("ListRoles", "GetRole"),
    "sts": ("GetCallerIdentity",),
}


def test_every_documented_limit_of_a_called_operation_has_a_class_of_its_own() -> None:
    session = botocore.session.get_session()
    limits = {
        (operation, shape.name)
        for service, operations in CALLED.items()
        for operation in operations
        for shape in session.get_service_model(service).operation_model(operation).error_shapes
        if "Limit" in shape.name or "Quota" in shape.name or "TooMany" in shape.name
    }
    told = set()
    for operation, code in limits:
        answer: Any = {"Error": {"Code": code, "Message": "full"}}
        with pytest.raises(errors.QuotaExceeded) as caught, translated(operation, region=REGION):
            raise botocore.exceptions.ClientError(answer, operation)
        told.add(type(caught.value))
    assert len(told) == len(limits) == 3
    assert errors.QuotaExceeded not in told


@pytest.mark.parametrize(
    "code",
    [
        *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
        *("RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded"),
        *("PriorRequestNotComplete", "SlowDown"),
    ],
)
def test_every_code_of_throttling_that_botocore_repeats_is_told_as_throttling(code: str) -> None:
    answer: Any = {"Error": {"Code": code, "Message": "slow"}}
    with pytest.raises(errors.Throttled), translated("Any", region=REGION):
        raise botocore.exceptions.ClientError(answer, "Any")


@pytest.mark.parametrize(
    ("code", "status"),
    [(None, None), ("TooManyRequestsException", 429), ("ThrottlingException", 429)],
)
@pytest.mark.parametrize("burst", [1, 2])
def test_a_budget_of_calls_is_waited_for_and_told_by_the_operation_that_met_it(
    aws: FakeAws,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
    code: str | None,
    status: int | None,
    burst: int,
) -> None:
    """One operation has used its budget in this Region; the others and other Regions have not."""
    pauses: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=pauses.append))
    clients.forget()  # a client has a quota of retries
    aws.limit_rate(burst=burst, code=code, status=status, operation=DESCRIBE)
    listed = f"/{ACCOUNT}/{REGION}/rules/"
    for _time in range(burst):
        person.open(listed)
        assert person.status == 200
    aws.clear_calls()
    person.open(listed)
    assert person.status == 429
    assert aws.calls()[DESCRIBE] == clients.ATTEMPTS
    assert len(pauses) == clients.ATTEMPTS - 1
    assert pauses[0] <= 1
    assert pauses[1] <= 2
    assert "AWS is throttling the console" in person.text
    assert f"Operation: {DESCRIBE}" in person.text
    assert "quota" not in person.text.lower()
    person.open(f"/{ACCOUNT}/eu-west-1/rules/")
    assert person.status == 200
    person.open(f"/{ACCOUNT}/{REGION}/secrets/")
    assert person.status == 200


def test_a_budget_that_refills_is_used_again(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is refused once is an answer, because it is repeated after a pause."""
    clock = [0.0]
    monkeypatch.setattr(faults, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def sleep(seconds: float) -> None:
        clock[0] += max(seconds, 1)

    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=sleep))
    clients.forget()
    aws.limit_rate(burst=1, per_second=1, code="TooManyRequestsException", status=429)
    for _time in range(5):
        assert ecr.describe_rules(TARGET) == []
    assert aws.calls()[DESCRIBE] == 9


@pytest.mark.parametrize(
    "message",
    [
        "User: arn:aws:iam::123456789012:user/me is not authorized to perform: iam:PassRole on"
        " resource: arn:aws:iam::123456789012:role/x because no identity-based policy allows it",
        "Invalid parameter at 'credentialArn' failed to satisfy constraint: 'must match'",
        "The secret arn:aws:secretsmanager:us-east-2:123456789012:secret:a-AbCdEf is not found",
        "Signature expired: 20261129T000000Z is now earlier than 20261129T000500Z",
        "See https://docs.aws.amazon.com/x, or https://example.com/a@b",
    ],
)
def test_messages_without_a_credential_are_kept_verbatim(message: str) -> None:
    assert without_credentials(message) == message
