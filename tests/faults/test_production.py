"""Production settings pass Django's deployment checks, and an unsafe console does not start."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.faults.marks import ROOT
from tests.ptcconsole.conftest import LOCAL, PRODUCTION

DEMO = {"SIMULATED_AWS": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:5000"}
# Not a key of anybody's, but of the form that AWS gives out.
REAL_KEY = {"AWS_ACCESS_KEY_ID": "AKIA" + "Q" * 16}

Load = Callable[[Mapping[str, str]], dict[str, Any]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Read the settings under an environment of these variables and nothing of this machine's."""

    def read(variables: Mapping[str, str]) -> dict[str, Any]:
        for name in list(os.environ):
            monkeypatch.delenv(name)
        for name, value in _environment(tmp_path, variables).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "ptcconsole" / "settings.py"))

    return read


def _environment(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    fixed = {"PATH": os.defpath, "ENV_FILE": os.devnull, "DATA_DIR": str(folder)}
    return {**fixed, **variables}


def _run(
    folder: Path, variables: Mapping[str, str], *words: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=ROOT,
        env=_environment(folder, variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.promise("P3")
def test_djangos_deployment_check_has_nothing_to_say(tmp_path: Path) -> None:
    decided = {**PRODUCTION, "BEHIND_TLS_PROXY": "true"}
    done = _run(tmp_path, decided, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (0 silenced).\n"


UNSAFE = {
    "debugging": ({**PRODUCTION, "DEBUG": "true"}, "DEBUG is on"),
    "no key": ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY is missing"),
    "a short key": ({**PRODUCTION, "SECRET_KEY": "x" * 49}, "shorter than 50 characters"),
    "no hosts": ({**PRODUCTION, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name"),
    "any host": ({**PRODUCTION, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name"),
    "one host and any": ({**PRODUCTION, "ALLOWED_HOSTS": "a.example,*"}, "ALLOWED_HOSTS must name"),
    "a grant in a misspelt Region": (
        {**PRODUCTION, "OIDC_GRANTS": "a=operator@123456789012/us-eastt-1"},
        "OIDC_GRANTS names us-eastt-1, which is no Region of AWS. Did you mean us-east-1?",
    ),
    "a grant in a Region in capitals": (
        {**PRODUCTION, "OIDC_GRANTS": "a=viewer,b=viewer@123456789012/EU-WEST-1"},
        "OIDC_GRANTS names EU-WEST-1",
    ),
    "a grant in an availability zone": (
        {**PRODUCTION, "OIDC_GRANTS": "a=operator@123456789012/us-east-1a"},
        "OIDC_GRANTS names us-east-1a",
    ),
    "a misspelt Region in use": (
        {**PRODUCTION, "REGIONS_IN_USE": "eu-west-1, us-eastt-1"},
        "REGIONS_IN_USE names us-eastt-1, which is no Region of AWS. Did you mean us-east-1?",
    ),
    "a Region in use of another partition": (
        {**PRODUCTION, "REGIONS_IN_USE": "cn-north-1"},
        "REGIONS_IN_USE names cn-north-1",
    ),
    "a grant in a short account": (
        {**PRODUCTION, "OIDC_GRANTS": "a=operator@12345678901/us-east-1"},
        "OIDC_GRANTS is not understood at a=operator@12345678901",
    ),
    "a grant of a misspelt role": (
        {**PRODUCTION, "OIDC_GRANTS": "a=operater@123456789012/us-east-1"},
        "OIDC_GRANTS is not understood at a=operater",
    ),
    "a grant with a key of its own": (
        {**PRODUCTION, "OIDC_GRANTS": "a=operator@123456789012/us-east-1/prod"},
        "OIDC_GRANTS names us-east-1/prod",
    ),
    "the demo": ({**PRODUCTION, **DEMO}, "SIMULATED_AWS is on: the simulation is for"),
    "AWS on this machine": (
        {**PRODUCTION, "AWS_ENDPOINT_URL": "http://127.0.0.1:5000"},
        "AWS_ENDPOINT_URL must begin with https://",
    ),
    "one service on this machine": (
        {**PRODUCTION, "AWS_ENDPOINT_URL_ECR": "http://localhost:5000"},
        "AWS_ENDPOINT_URL_ECR must begin with https://",
    ),
    "AWS in clear": (
        {**PRODUCTION, "AWS_ENDPOINT_URL": "http://ecr.us-east-1.amazonaws.com"},
        "AWS_ENDPOINT_URL must begin with https://",
    ),
    "a demo elsewhere": (
        {**LOCAL, "SIMULATED_AWS": "true", "AWS_ENDPOINT_URL": "https://ecr.example.com"},
        "is not the loopback address of the simulation",
    ),
    "upstreams of a demo for live AWS": (
        {**LOCAL, "SIMULATED_UPSTREAMS": "ghcr.io=http://127.0.0.1:5000/ghcr.io"},
        "SIMULATED_UPSTREAMS is set",
    ),
    "an upstream of a demo elsewhere": (
        {**LOCAL, **DEMO, "SIMULATED_UPSTREAMS": "ghcr.io=http://127.0.0.1.example.com:80"},
        "SIMULATED_UPSTREAMS names an address",
    ),
}


@pytest.mark.promise("P3")
@pytest.mark.parametrize(("variables", "words"), UNSAFE.values(), ids=UNSAFE)
def test_an_unsafe_console_is_refused_with_the_reason(
    load: Load, variables: Mapping[str, str], words: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(variables)
    assert words in str(refusal.value)


CLEAR = "endpoint_url = http://me:canary@ecr.example.com"
ROLE = "role_arn = arn:aws:iam::123456789012:role/console\nsource_profile = base\n"
SERVICES = f"services = own\n[services own]\ns3 =\n  region = x\necr =\n  {CLEAR}\n"
# What is in AWS's configuration file, the profile, and where the message says that it is.
FILES = {
    "the default profile": (f"[default]\n{CLEAR}\n", "", 'profile "default"'),
    "in capitals": ("[default]\nendpoint_url = HTTP://ecr.example.com\n", "", '"default"'),
    "another profile": (f"[profile console]\n{CLEAR}\n", "console", 'profile "console"'),
    "a profile with blanks": (f"[profile 'a b']\n{CLEAR}\n", "a b", "(not a valid name)"),
    "a service": (f"[default]\n{SERVICES}", "", 'of "ecr" in the services "own"'),
    "a source profile": (
        f"[profile console]\n{ROLE}[profile base]\n{CLEAR}\n",
        "console",
        'profile "base"',
    ),
    "a service of a source profile": (
        f"[profile console]\n{ROLE}[profile base]\n{SERVICES}",
        "console",
        'of "ecr" in the services "own"',
    ),
}


def _in_files(folder: Path, text: str, profile: str, name: str) -> dict[str, str]:
    (folder / "aws").write_text(text, encoding="utf-8")
    more = {"AWS_PROFILE": profile} if profile else {}
    return {**PRODUCTION, **more, name: str(folder / "aws")}


@pytest.mark.promise("P3")
@pytest.mark.parametrize(("text", "profile", "words"), FILES.values(), ids=FILES)
def test_an_endpoint_in_clear_in_awss_files_is_refused(
    load: Load, tmp_path: Path, text: str, profile: str, words: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(_in_files(tmp_path, text, profile, "AWS_CONFIG_FILE"))
    assert words in str(refusal.value)
    assert "must begin with https://" in str(refusal.value)
    assert "canary" not in str(refusal.value)


@pytest.mark.promise("P3")
def test_an_endpoint_in_clear_in_the_file_of_credentials_is_refused(
    load: Load, tmp_path: Path
) -> None:
    text = f"[default]\n{CLEAR}\n"
    with pytest.raises(ImproperlyConfigured, match="must begin with https"):
        load(_in_files(tmp_path, text, "", "AWS_SHARED_CREDENTIALS_FILE"))


@pytest.mark.parametrize(
    "text",
    [
        "[default]\nendpoint_url = https://ecr.example.com\n",
        f"[default]\nregion = eu-west-1\n[profile other]\n{CLEAR}\n",
        f"[default]\nregion = eu-west-1\n[profile other]\n{SERVICES}",
        "[default]\nservices = own\n[services own]\necr =\n  endpoint_url = https://a.example\n",
        "[default]\nservices = missing\n",
        "nonsense",
        "[default]\nsource_profile = default\nrole_arn = x\n",
    ],
)
def test_other_files_of_aws_are_accepted(load: Load, tmp_path: Path, text: str) -> None:
    assert load(_in_files(tmp_path, text, "", "AWS_CONFIG_FILE"))["IS_PRODUCTION"]


def test_a_server_without_a_home_folder_starts(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may run as a user that nobody has given a home."""
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    assert load(PRODUCTION)["IS_PRODUCTION"]


REAL = {
    "a key": (REAL_KEY, "AWS_ACCESS_KEY_ID"),
    "a temporary key": ({"AWS_ACCESS_KEY_ID": "ASIA" + "Q" * 16}, "AWS_ACCESS_KEY_ID"),
    "a profile": ({"AWS_PROFILE": "production"}, "AWS_PROFILE"),
    "a default profile": ({"AWS_DEFAULT_PROFILE": "production"}, "AWS_DEFAULT_PROFILE"),
    "a role": ({"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/console"}, "AWS_ROLE_ARN"),
    "a pod's token": ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, "AWS_WEB_IDENTITY_TOKEN_FILE"),
    "a task's role": (
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials"},
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ),
    "a pod's role": (
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"},
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ),
}


@pytest.mark.promise("P3")
@pytest.mark.parametrize(("credentials", "name"), REAL.values(), ids=REAL)
def test_a_demo_is_not_given_credentials_that_look_real(
    load: Load, credentials: Mapping[str, str], name: str
) -> None:
    for demo in (DEMO, {"AWS_ENDPOINT_URL": DEMO["AWS_ENDPOINT_URL"]}):
        with pytest.raises(ImproperlyConfigured, match="must not be given") as refusal:
            load({**LOCAL, **demo, **credentials})
        assert name in str(refusal.value)


@pytest.mark.promise("P3")
def test_what_a_refusal_says_holds_no_key(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        load({**LOCAL, **DEMO, **REAL_KEY})
    assert REAL_KEY["AWS_ACCESS_KEY_ID"] not in str(refusal.value)


@pytest.mark.parametrize("key", ["simulated", "AKIAIOSFODNN7EXAMPLE"])
def test_a_demo_takes_keys_that_are_nobodys(load: Load, key: str) -> None:
    assert load({**LOCAL, **DEMO, "AWS_ACCESS_KEY_ID": key})["SIMULATED_AWS"]


def test_live_aws_takes_credentials_of_every_kind(load: Load) -> None:
    every = {name: value for variables, _ in REAL.values() for name, value in variables.items()}
    assert not load({**PRODUCTION, **every, **REAL_KEY})["SIMULATED_AWS"]


@pytest.mark.promise("P3")
def test_the_server_itself_does_not_start_unsafe(tmp_path: Path) -> None:
    unsafe = {**PRODUCTION, "DEBUG": "true"}
    start: tuple[str, ...] = ("-m", "gunicorn", "--config", "python:ptcconsole.gunicorn_conf")
    start += ("--check-config", "ptcconsole.wsgi")
    refused = _run(tmp_path, unsafe, *start)
    assert refused.returncode != 0
    assert "The console does not start: DEBUG is on" in refused.stdout + refused.stderr
    (tmp_path / "static").mkdir()  # what `collectstatic` makes
    assert _run(tmp_path, PRODUCTION, *start).returncode == 0
