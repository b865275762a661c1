"""The server's own credentials: whatever fails is named, nothing prompts, and nothing is shown."""

import getpass
import inspect
import io
import logging
import os
import ssl
import string
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.exceptions
import botocore.utils
import pytest
import urllib3.exceptions
from botocore.credentials import AssumeRoleProvider, Credentials

from ptcconsole import settings
from ptcconsole.fakeaws.server import FakeAws
from ptcconsole.logs import OneLineFormatter, Redact
from tests.faults.own_credentials import CANARY, FAILURES, Failure
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import account, clients, credential_program, ecr, renewal
from wizard.backend.credential_chain import core_session
from wizard.backend.credential_errors import configuration_problem, told
from wizard.backend.errors import error_of_attempt, translated
from wizard.domain import errors, known_credentials
from wizard.domain.regions import Target
from wizard.models import AuditEvent

URL = f"/{ACCOUNT}/{REGION}/rules/"
# Where the console looks for credentials; a test starts with none of them.
SOURCES = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "no_proxy", "NO_PROXY"),
    *("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the console's own handler writes, at DEBUG."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Redact())
    handler.setFormatter(OneLineFormatter("{name} {message}", style="{"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture
def failing(
    failure: Failure, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Failure]:
    """The console in the environment of the failure. Botocore's pauses are short."""
    monkeypatch.setattr(botocore.utils.ContainerMetadataFetcher, "RETRY_ATTEMPTS", 1)
    monkeypatch.setattr(botocore.utils.ContainerMetadataFetcher, "SLEEP_TIME", 0)
    monkeypatch.setattr(credential_program, "LIMIT_SECONDS", 0.2)
    for name in SOURCES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in failure.environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    clients.forget()
    yield failure
    monkeypatch.undo()
    clients.forget()


def _refuse(*_words: Any, **_more: Any) -> str:
    pytest.fail("the console asked a person at the terminal")


@pytest.mark.promise("F17", "S9")
@pytest.mark.parametrize("failure", FAILURES, ids=[failure.name for failure in FAILURES])
def test_every_failure_of_the_chain_is_named_on_the_page_and_shows_no_credential(
    failing: Failure,
    person: Person,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(getpass, "getpass", _refuse)
    monkeypatch.setattr("builtins.input", _refuse)
    person.open(URL)
    assert failing.kind.title in person.text
    assert failing.words in person.text
    assert person.status == failing.kind.status
    person.open(f"/{ACCOUNT}/rules/")
    assert CANARY not in person.text
    assert CANARY not in str(person.page)
    assert CANARY not in log.getvalue()
    assert CANARY not in str(list(AuditEvent.objects.values()))


@pytest.mark.promise("F17")
def test_a_program_does_not_read_what_the_server_s_own_input_is() -> None:
    """Inherited, a terminal or a pipe without an end would let it wait."""
    reading, writing = os.pipe()
    kept = os.dup(0)
    os.dup2(reading, 0)
    try:
        program = credential_program.BoundedProgram(["cat"])
        assert program.communicate() == (b"", b"")
    finally:
        os.dup2(kept, 0)
        for each in (reading, writing, kept):
            os.close(each)


@pytest.mark.promise("S9")
def test_what_a_program_says_beside_its_answer_is_not_passed_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Inherited, its standard error would be the server's log."""
    program = credential_program.BoundedProgram(["sh", "-c", f"echo {CANARY} >&2; echo answer"])
    assert program.communicate() == (b"answer\n", b"")
    assert capfd.readouterr() == ("", "")


@pytest.mark.promise("F17")
def test_no_provider_of_the_chain_can_prompt(aws: FakeAws) -> None:
    """botocore bound getpass when it was imported, so that replacing it elsewhere shows nothing."""
    providers = core_session().get_component("credential_provider").providers
    (assuming,) = (each for each in providers if isinstance(each, AssumeRoleProvider))
    prompter: Any = assuming._prompter  # type: ignore[attr-defined]
    assert prompter is not getpass.getpass
    with pytest.raises(errors.MfaRequired):
        prompter("Enter MFA code: ")


@pytest.mark.promise("F17")
def test_calls_of_the_chain_itself_have_time_limits(aws: FakeAws) -> None:
    """STS and IAM Identity Center are asked with clients that botocore makes."""
    config = core_session().create_client("sts", region_name=REGION).meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.retries["total_max_attempts"] == 2


@pytest.mark.promise("S9")
def test_the_server_s_own_token_is_removed_from_any_line_of_the_log(
    aws: FakeAws, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", f"{CANARY}inUse")
    clients.forget()
    account.get_caller_account()
    monkeypatch.undo()
    clients.forget()
    logging.getLogger("wizard.test").warning("somebody writes %s here", f"{CANARY}inUse")
    assert "somebody writes [redacted] here" in log.getvalue()


@pytest.mark.promise("F17")
@pytest.mark.parametrize(
    "failure",
    [each for each in FAILURES if each.name in ("program hangs", "container service off")],
    ids=lambda failure: failure.name,
)
def test_a_source_that_fails_is_not_asked_again_for_some_seconds(
    failing: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty-four Regions would else wait for the program one after the other."""
    monkeypatch.setattr(renewal, "FAILURE_SECONDS", 600.0)
    program = credential_program.BoundedProgram
    container = botocore.utils.ContainerMetadataFetcher
    with (
        patch.object(program, "communicate", autospec=True, side_effect=program.communicate) as run,
        patch.object(container, "_get_response", side_effect=_no_answer) as fetched,
    ):
        for _ in range(3):
            with pytest.raises(failing.kind):
                ecr.describe_rules(Target(account_id=ACCOUNT, region=REGION))
            with pytest.raises(failing.kind):
                account.get_caller_account()
    assert run.call_count + fetched.call_count == 1


def _no_answer(*_args: Any) -> Any:
    raise botocore.exceptions.MetadataRetrievalError(error_msg="none")


@pytest.mark.promise("F17")
@pytest.mark.parametrize(
    "failure",
    [each for each in FAILURES if each.kind in (errors.MfaRequired, errors.ProfileMissing)],
    ids=lambda failure: failure.name,
)
def test_what_files_and_variables_show_is_known_without_any_network(failing: Failure) -> None:
    problem = configuration_problem()
    assert isinstance(problem, failing.kind)
    assert failing.words in problem.message


# --- Every exception of the libraries -----------------------------------------------------------


def _kinds(module: Any) -> list[type[Exception]]:
    found = (each for each in vars(module).values() if inspect.isclass(each))
    return sorted(
        {each for each in found if issubclass(each, Exception)}, key=lambda kind: kind.__name__
    )


def _of_botocore(kind: Any) -> Any:
    """The exception with canaries in every member that its text has."""
    if kind is botocore.exceptions.ClientError or issubclass(kind, botocore.exceptions.ClientError):
        answer: Any = {"Error": {"Code": "Any", "Message": "nothing"}}
        return kind(answer, "Any")
    names = {name for _text, name, _spec, _way in string.Formatter().parse(kind.fmt) if name}
    takes = set(inspect.signature(kind).parameters)
    more = {"error", "endpoint_url", "proxy_url"} if "kwargs" in takes else takes
    return kind(**dict.fromkeys({*names, *more} - {"kwargs"}, CANARY))


def _of_urllib3(kind: Any) -> Any:
    """The exception with canaries in every argument that its constructor and its text take."""
    answer = SimpleNamespace(tell=lambda: 1, length_remaining=1)
    canaries: list[list[Any]] = [[CANARY] * count for count in range(1, 5)]
    for arguments in (*canaries, [1, 2], [answer, CANARY]):
        with suppress(AttributeError, TypeError, ValueError):
            error = kind(*arguments)
            return error if repr(error) else None
    pytest.fail(f"{kind.__name__} cannot be made")


BOTOCORE = [kind for kind in _kinds(botocore.exceptions) if hasattr(kind, "fmt")]
URLLIB3 = [kind for kind in _kinds(urllib3.exceptions) if kind.__module__.startswith("urllib3")]


def _every_exception() -> Iterator[Exception]:
    for kind in BOTOCORE:
        yield _of_botocore(kind)
    for kind in URLLIB3:
        error = _of_urllib3(kind)
        yield error
        yield botocore.exceptions.HTTPClientError(error=error)
        yield botocore.exceptions.EndpointConnectionError(
            endpoint_url=f"https://me:{CANARY}@ecr.example.com/{CANARY}", error=error
        )
        yield botocore.exceptions.ProxyConnectionError(
            proxy_url=f"http://me:{CANARY}@proxy.example.com:3128", error=error
        )
        yield botocore.exceptions.SSLError(
            endpoint_url="https://ecr.example.com",
            error=ssl.SSLCertVerificationError(1, CANARY),
        )


def _chain_text(error: BaseException) -> str:
    """All texts of an exception, with those that a traceback or a report shows."""
    texts = []
    each: BaseException | None = error
    while each is not None:
        texts += [str(each), repr(each), repr(getattr(each, "message", ""))]
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n".join(texts)


@pytest.mark.promise("S9")
def test_no_exception_of_the_libraries_hands_its_text_on(aws: FakeAws) -> None:
    assert len(BOTOCORE) > 80
    assert len(URLLIB3) > 25
    for error in _every_exception():
        kind = type(error).__name__
        with pytest.raises(errors.AwsError) as caught, told():
            raise error
        assert CANARY not in _chain_text(caught.value), kind
        attempt = error_of_attempt(None, error, "DescribeRepositories", REGION)
        assert CANARY not in str(attempt), kind
        if isinstance(error, botocore.exceptions.BotoCoreError):
            with pytest.raises(errors.AwsError) as caught, translated("Any", region=REGION):
                raise error
            assert CANARY not in _chain_text(caught.value), kind


@pytest.mark.promise("S9")
def test_no_exception_of_the_libraries_is_logged_with_its_text(log: io.StringIO) -> None:
    for error in _every_exception():
        try:
            raise RuntimeError("of the console") from error
        except RuntimeError:
            logging.getLogger("wizard.test").exception("failed")
    assert "RuntimeError: of the console" in log.getvalue()
    assert "botocore.exceptions.HTTPClientError: (text left out)" in log.getvalue()
    assert CANARY not in log.getvalue()


# --- What AWS repeats ---------------------------------------------------------------------------

REPEATED = (
    (
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your"
        " AWS Secret Access Key and signing method.\n\nThe Canonical String for this request should"
        f" have been\n'POST\n/\n\nhost:x\nx-amz-security-token:{CANARY}\n'\n\nThe String-to-Sign"
        f" should have been\n'AWS4-HMAC-SHA256\n20261129T000000Z\n{CANARY}'\n",
    ),
    (
        "IncompleteSignature",
        f"'{CANARY}' not a valid key=value pair (missing equal-sign) in Authorization header:"
        f" 'AWS4-HMAC-SHA256 Credential={CANARY}, Signature={CANARY}'.",
    ),
    (
        "IncompleteSignatureException",
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        f" Authorization=AWS4-HMAC-SHA256 Credential={CANARY}/us-east-1, Signature={CANARY}",
    ),
    ("AccessDeniedException", f"X-Amz-Security-Token: {CANARY} is refused; Signature={CANARY}"),
    ("UnrecognizedClientException", f"The security token {CANARY}secret is invalid."),
)


@pytest.mark.promise("S9")
@pytest.mark.parametrize(("code", "message"), REPEATED, ids=[code for code, _ in REPEATED])
def test_what_aws_repeats_of_a_signed_request_is_left_out(
    aws: FakeAws,
    person: Person,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    message: str,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", f"{CANARY}secret")
    clients.forget()
    aws.fail(operation="DescribePullThroughCacheRules", code=code, message=message, status=400)
    person.open(URL)
    clients.forget()
    assert code in person.text
    assert CANARY not in person.text
    assert CANARY not in log.getvalue()


def test_the_log_of_the_settings_has_the_formatter_and_filter_of_these_tests() -> None:
    handler = settings.LOGGING["handlers"]["stderr"]
    assert handler["filters"] == ["redact"]
    assert settings.LOGGING["formatters"]["line"]["()"] == "ptcconsole.logs.OneLineFormatter"


@pytest.mark.promise("S9")
def test_the_last_few_credentials_in_use_are_known_and_no_more() -> None:
    """A refusal may arrive after a renewal. Keys without a session token have none to remove."""
    for number in range(6):
        token = f"token-{CANARY}-{number}" if number % 2 else None
        known_credentials.remember(Credentials(f"AKIA{number}", f"key-{CANARY}-{number}", token))
    values = known_credentials.secret_values("")
    assert {f"key-{CANARY}-{number}" for number in range(2, 6)} <= values
    assert {f"token-{CANARY}-{number}" for number in (3, 5)} <= values
    assert not {f"key-{CANARY}-{number}" for number in (0, 1)} & values
