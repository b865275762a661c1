"""`ptcconsole live`: the console on a real account, whose endpoint here is the simulated AWS."""

import base64
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import boto3
import pytest

from ptcconsole.commands.live import console_environment
from ptcconsole.fakeaws.server import FakeAws
from tests.ptcconsole.runner import COMMAND, Browser, Run, descendants, started

RULES = "123456789012/us-east-2/rules/"
KEYS = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "mine-too"}
LIVE = (*COMMAND, "live")
PROFILE = """
[default]
aws_access_key_id = mine
aws_secret_access_key = mine-too
"""


def environment(aws: FakeAws, home: Path, **more: str) -> dict[str, str]:
    """The shell of a person with an account: boto3's variables and no others."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


def signed_in(run: Run) -> Browser:
    browser, link = Browser(), run.value("Sign in")
    browser.press(browser.get(link), link)
    return browser


def test_it_runs_with_the_keys_of_the_shell_or_a_profile_and_keeps_its_data(
    aws: FakeAws, tmp_path: Path
) -> None:
    shell = environment(aws, tmp_path, **KEYS)
    with started(command=LIVE, environment=shell) as run:
        # gunicorn and its one worker process, the background worker.
        assert len(descendants(run.process.pid)) == 3
        browser = signed_in(run)
        page = browser.get(run.value("Console") + RULES)
        assert page.status == 200
        assert "Simulated AWS" not in page.text
        assert "This is live AWS" in "\n".join(run.lines)
        code, errors = run.stop(signal.SIGINT)
    assert (code, errors) == (0, "")
    data = tmp_path / ".local" / "share" / "ptcconsole" / "live"
    assert (data / "console.sqlite3").stat().st_mode & 0o077 == 0
    # The second start is one with a profile instead.
    (tmp_path / "config").write_text(PROFILE, encoding="utf-8")
    shell = environment(aws, tmp_path, AWS_CONFIG_FILE=str(tmp_path / "config"))
    with started(command=LIVE, environment=shell) as again:
        assert browser.get(again.value("Console")).headers["Location"] == f"/{RULES}"
        assert browser.get(again.value("Console") + RULES).status == 200


PROVIDER = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-2.amazonaws.com/id/A"


def _let_pods_be_the_console(aws: FakeAws) -> None:
    """Create the role of a Kubernetes service account."""
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
        },
    }
    iam = boto3.client("iam", endpoint_url=aws.url)
    iam.create_role(RoleName="console", AssumeRolePolicyDocument=json.dumps(trust))
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName="console", PolicyName="own", PolicyDocument=document)


def _token_of_a_pod() -> str:
    """A token as Kubernetes projects it; the simulation verifies no signature."""
    claims = {"sub": "system:serviceaccount:ptcconsole:ptcconsole", "exp": 4_000_000_000}
    parts: tuple[dict[str, object], ...] = ({"alg": "RS256"}, claims, {})
    texts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts)
    return ".".join(text.rstrip("=") for text in texts)


WEB_IDENTITY = """
[default]
role_arn = arn:aws:iam::123456789012:role/console
web_identity_token_file = {folder}/token
"""


def test_it_runs_with_the_role_of_a_web_identity_token(aws: FakeAws, tmp_path: Path) -> None:
    _let_pods_be_the_console(aws)
    (tmp_path / "token").write_text(_token_of_a_pod(), encoding="utf-8")
    (tmp_path / "config").write_text(WEB_IDENTITY.format(folder=tmp_path), encoding="utf-8")
    shell = environment(aws, tmp_path, AWS_CONFIG_FILE=str(tmp_path / "config"))
    with started(command=LIVE, environment=shell) as run:
        assert signed_in(run).get(run.value("Console") + RULES).status == 200


def test_without_credentials_the_pages_say_what_is_missing(aws: FakeAws, tmp_path: Path) -> None:
    with started(command=LIVE, environment=environment(aws, tmp_path)) as run:
        page = signed_in(run).get(run.value("Console") + RULES)
    assert page.status == 502
    assert "AWS_ACCESS_KEY_ID" in page.text


def test_the_data_of_a_simulation_is_refused(aws: FakeAws, tmp_path: Path) -> None:
    (tmp_path / "data" / "aws").mkdir(parents=True)
    shell = environment(aws, tmp_path, DATA_DIR=str(tmp_path / "data"), **KEYS)
    with started(command=LIVE, environment=shell) as run:
        code, errors = run.wait()
    assert code == 2
    assert "has the data of a simulated AWS" in errors
    assert not (tmp_path / "data" / "console.sqlite3").exists()


REAL = {"AWS_ACCESS_KEY_ID": "AKIA" + "A" * 16, "AWS_SECRET_ACCESS_KEY": "mine"}


def test_keys_of_a_real_account_are_not_sent_without_tls(aws: FakeAws, tmp_path: Path) -> None:
    with started(command=LIVE, environment=environment(aws, tmp_path, **REAL)) as run:
        code, errors = run.wait()
    assert code == 2
    assert "must not be given what looks like a real account's credentials" in errors


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ({}, {"ENV_FILE": "/dev/null", "LOG_LEVEL": "WARNING"}),
        ({"LOG_LEVEL": "INFO"}, {"LOG_LEVEL": "INFO"}),
        ({"ENV_FILE": "mine.env"}, {"ENV_FILE": "mine.env"}),
        ({"CONSOLE_ENV": "production"}, {"CONSOLE_ENV": "local"}),
        ({"SIMULATED_AWS": "true"}, {"SIMULATED_AWS": "false"}),
        ({"AWS_PROFILE": "work"}, {"AWS_PROFILE": "work"}),
    ],
)
def test_the_shell_decides_all_but_what_makes_it_live(
    tmp_path: Path, shell: Mapping[str, str], expected: Mapping[str, str]
) -> None:
    made = console_environment(shell, tmp_path)
    assert expected.items() <= made.items()
    assert made["DATA_DIR"] == str(tmp_path)
    assert len(made["SECRET_KEY"]) >= 50
    assert made == console_environment(shell, tmp_path)
