"""Environments in which boto3's credential chain fails, each with the words that are expected."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.domain import errors

CANARY = "CANARYxOFxTHExSERVERx42"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
ROLE = "role_arn = arn:aws:iam::123456789012:role/console\n"
KEYS = f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {CANARY}\n"
MFA = "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
SSO = "sso_account_id = 123456789012\nsso_role_name = console\n"
SSO_PLACE = "sso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\n"

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An environment, made in a folder, and what the console says about it."""

    name: str
    environment: Callable[[Path], Environment]
    kind: type[errors.AwsError]
    words: str


def _failure(
    name: str,
    environment: Callable[[Path], Environment],
    kind: type[errors.AwsError],
    words: str,
) -> Failure:
    return Failure(name=name, environment=environment, kind=kind, words=words)


def _profile(config: str, credentials: str = "", name: str = "p") -> Callable[[Path], Environment]:
    """The console has this profile of these two files."""

    def environment(folder: Path) -> Environment:
        (folder / "config").write_text(config.replace("FOLDER", str(folder)))
        (folder / "credentials").write_text(credentials)
        return {
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            **({"AWS_PROFILE": name} if name else {}),
        }

    return environment


def _program(command: str) -> Callable[[Path], Environment]:
    return _profile(f"[profile p]\ncredential_process = {command}\n")


def _printing(answer: object) -> Callable[[Path], Environment]:
    def environment(folder: Path) -> Environment:
        (folder / "output").write_text(json.dumps(answer))
        return _program(f"cat {folder}/output")(folder)

    return environment


def _keys(**variables: str) -> Callable[[Path], Environment]:
    given = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": CANARY, **variables}
    return lambda _folder: given


def _variables(**variables: str) -> Callable[[Path], Environment]:
    return lambda _folder: variables


def _file(name: str, content: bytes | None) -> Callable[[Path], Environment]:
    """A config or credentials file of this content; None: a folder of that name."""

    def environment(folder: Path) -> Environment:
        made = _profile("[profile p]\n", name="")(folder)
        (folder / name).unlink()
        if content is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(content)
        return made

    return environment


def _web_identity(content: bytes | None, role: bool = True) -> Callable[[Path], Environment]:
    """A token file of this content, or none."""

    def environment(folder: Path) -> Environment:
        if content is not None:
            (folder / "token").write_bytes(content)
        named = {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/console"} if role else {}
        return {"AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "token"), **named}

    return environment


def _container(uri: str, **variables: str) -> Callable[[Path], Environment]:
    return _variables(AWS_CONTAINER_CREDENTIALS_FULL_URI=uri, **variables)


def _token_file_gone(folder: Path) -> Environment:
    uri = "http://127.0.0.1:9/x"
    file = str(folder / "gone")
    return _container(uri, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=file)(folder)


def _chain(*profiles: str) -> Callable[[Path], Environment]:
    return _profile("".join(profiles))


_P, _Q = "[profile p]\n", "[profile q]\n"

FAILURES = (
    # Keys in the environment.
    _failure(
        "token ends in a line break",
        _keys(AWS_SESSION_TOKEN=f"{CANARY}\n"),
        errors.CredentialsMalformed,
        "The session token has an invalid character (character 24 of 24). Source: env.",
    ),
    _failure(
        "key ID ends in a line break",
        _keys(AWS_ACCESS_KEY_ID=f"{CANARY}\n"),
        errors.CredentialsMalformed,
        "The access key ID has an invalid character",
    ),
    _failure(
        "secret key ends in a blank",
        _keys(AWS_SECRET_ACCESS_KEY=f"{CANARY} "),
        errors.CredentialsMalformed,
        "The secret key has an invalid character",
    ),
    _failure(
        "token with an invisible character",
        _keys(AWS_SESSION_TOKEN=f"{CANARY}\u200b"),
        errors.CredentialsMalformed,
        "The session token has an invalid character",
    ),
    _failure(
        "key without its secret",
        _variables(AWS_ACCESS_KEY_ID=KEY_ID),
        errors.CredentialsMissing,
        "must be given together",
    ),
    _failure("nothing at all", _variables(), errors.CredentialsMissing, "Searched: AWS_ACCESS_KEY"),
    # The program of a profile.
    _failure(
        "program fails",
        _program(f"sh -c 'echo {CANARY} >&2; echo {CANARY}; exit 3'"),
        errors.CredentialProgramFailed,
        "credential_process (sh) ended with exit code 3.",
    ),
    _failure(
        "program prints no JSON",
        _program(f"echo {CANARY}"),
        errors.CredentialProgramFailed,
        "printed something else than credentials",
    ),
    _failure(
        "program prints nothing",
        _program("true"),
        errors.CredentialProgramFailed,
        "printed something else than credentials",
    ),
    _failure(
        "program prints a list",
        _printing([CANARY]),
        errors.CredentialProgramFailed,
        "printed something else than credentials",
    ),
    _failure(
        "program prints another version",
        _printing({"Version": CANARY}),
        errors.CredentialProgramFailed,
        "printed something else than credentials",
    ),
    _failure(
        "program prints no secret key",
        _printing({"Version": 1, "AccessKeyId": CANARY}),
        errors.CredentialProgramFailed,
        "printed something else than credentials",
    ),
    _failure(
        "program prints a token with a line break",
        _printing(
            {
                "Version": 1,
                "AccessKeyId": KEY_ID,
                "SecretAccessKey": CANARY,
                "SessionToken": f"{CANARY}\n",
            }
        ),
        errors.CredentialsMalformed,
        "Source: custom-process.",
    ),
    _failure(
        "program is missing",
        _program(f"/no/such/program --token {CANARY}"),
        errors.CredentialProgramFailed,
        "credential_process (program) could not be started: No such file or directory.",
    ),
    _failure(
        "program is a folder",
        _program("FOLDER"),
        errors.CredentialProgramFailed,
        "could not be started: Permission denied.",
    ),
    _failure(
        "program with an open quotation mark",
        _program(f"echo '{CANARY}"),
        errors.CredentialProgramFailed,
        "printed something else than credentials",
    ),
    _failure(
        "program hangs",
        _program("sleep 60"),
        errors.CredentialProgramFailed,
        "credential_process (sleep) did not end within",
    ),
    _failure(
        "program asks at the terminal",
        _program("sh -c 'read answer </dev/tty && echo $answer'"),
        errors.CredentialProgramFailed,
        "credential_process (sh) ended with exit code",
    ),
    _failure(
        "program of a source profile hangs",
        _chain(_P, ROLE, "source_profile = q\n", _Q, "credential_process = sleep 60\n"),
        errors.CredentialProgramFailed,
        "credential_process (sleep) did not end within",
    ),
    # A profile with a role.
    _failure(
        "MFA",
        _chain(_P, ROLE, MFA, "source_profile = q\n", _Q, KEYS),
        errors.MfaRequired,
        'Profile "p" in ',
    ),
    _failure(
        "MFA of a source profile",
        _chain(_P, ROLE, "source_profile = q\n", _Q, ROLE, MFA, "source_profile = q\n", KEYS),
        errors.MfaRequired,
        'Profile "q" in ',
    ),
    _failure(
        "source profile missing",
        _chain(_P, ROLE, "source_profile = gone\n"),
        errors.ProfileInvalid,
        'its source_profile "gone" does not exist.',
    ),
    _failure(
        "source profiles in a circle",
        _chain(_P, ROLE, "source_profile = q\n", _Q, ROLE, "source_profile = p\n"),
        errors.ProfileInvalid,
        'lead back to themselves: "p", "q", "p".',
    ),
    _failure(
        "source profile is itself",
        _chain(_P, ROLE, "source_profile = p\n"),
        errors.ProfileInvalid,
        "its source_profile is itself",
    ),
    _failure(
        "source profile without keys",
        _chain(_P, ROLE, "source_profile = q\n", _Q, "region = us-east-1\n"),
        errors.ProfileInvalid,
        'Profile: "p"',
    ),
    _failure(
        "no source", _chain(_P, ROLE), errors.ProfileInvalid, "needs source_profile or credential_"
    ),
    _failure(
        "two sources",
        _chain(_P, ROLE, "source_profile = q\ncredential_source = Environment\n", _Q, KEYS),
        errors.ProfileInvalid,
        "it has both source_profile and credential_source",
    ),
    _failure(
        "unknown source",
        _chain(_P, ROLE, f"credential_source = {CANARY}\n"),
        errors.ProfileInvalid,
        "credential_source must be Environment or Ec2InstanceMetadata or EcsContainer.",
    ),
    _failure(
        "empty source",
        _chain(_P, ROLE, "credential_source = Environment\n"),
        errors.CredentialServiceFailed,
        "takes its credentials from its credential_source, which has none.",
    ),
    # The files.
    _failure(
        "profile missing",
        _profile("[profile q]\n"),
        errors.ProfileMissing,
        'has the profile "p".',
    ),
    _failure(
        "profile is a token",
        _profile("[profile q]\n", name=f"{CANARY} {CANARY}"),
        errors.ProfileMissing,
        "has the profile (not a valid name).",
    ),
    _failure(
        "key in a file without its secret",
        _profile("", f"[default]\naws_access_key_id = {CANARY}\n", name=""),
        errors.ProfileInvalid,
        "aws_secret_access_key is missing.",
    ),
    _failure(
        "config without a section",
        _file("config", f"key {CANARY}\n".encode()),
        errors.ConfigFileInvalid,
        "config cannot be parsed, line 1.",
    ),
    _failure(
        "credentials without a section",
        _file("credentials", f"aws_secret_access_key = {CANARY}\n".encode()),
        errors.ConfigFileInvalid,
        "credentials cannot be parsed, line 1.",
    ),
    _failure(
        "config with a member twice",
        _file("config", b"[default]\nregion = a\nregion = b\n"),
        errors.ConfigFileInvalid,
        "config cannot be parsed, line 3.",
    ),
    _failure(
        "config is no text",
        _file("config", b"\xff\xfe[default]"),
        errors.ConfigFileInvalid,
        "config is not a text in UTF-8.",
    ),
    _failure(
        "config is a folder",
        _file("config", None),
        errors.ConfigFileInvalid,
        "config is a folder, not a file.",
    ),
    # IAM Identity Center and `aws login`.
    _failure(
        "not signed in",
        _profile(f"[profile p]\n{SSO}{SSO_PLACE}"),
        errors.SignInExpired,
        "aws sso login --profile p",
    ),
    _failure(
        "session not signed in",
        _profile(f"[profile p]\nsso_session = s\n{SSO}[sso-session s]\n{SSO_PLACE}"),
        errors.SignInExpired,
        "aws sso login --profile p",
    ),
    _failure(
        "sign-in session missing",
        _profile(f"[profile p]\nsso_session = s\n{SSO}"),
        errors.ProfileInvalid,
        'its sso_session "s" does not exist.',
    ),
    _failure(
        "sign-in incomplete",
        _profile("[profile p]\nsso_account_id = 123456789012\n"),
        errors.ProfileInvalid,
        "sso_role_name, sso_start_url, sso_region is missing.",
    ),
    _failure(
        "aws login",
        _profile("[profile p]\nlogin_session = arn:aws:sts::123456789012:assumed-role/x/y\n"),
        errors.ProfileInvalid,
        "needs a package that is not installed here",
    ),
    # Web identity (IRSA).
    _failure(
        "token file missing",
        _web_identity(None),
        errors.WebIdentityTokenInvalid,
        "token cannot be read: No such file or directory.",
    ),
    _failure(
        "token file empty", _web_identity(b"\n"), errors.WebIdentityTokenInvalid, "token is empty."
    ),
    _failure(
        "token file is no text",
        _web_identity(b"\xff\xfe"),
        errors.WebIdentityTokenInvalid,
        "token does not contain text.",
    ),
    _failure(
        "token file without a role",
        _web_identity(CANARY.encode(), role=False),
        errors.WebIdentityTokenInvalid,
        "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not.",
    ),
    # Containers and instances.
    _failure(
        "container service off",
        _container(f"http://127.0.0.1:9/{CANARY}?{CANARY}"),
        errors.CredentialServiceFailed,
        "127.0.0.1:9 did not return credentials.",
    ),
    _failure(
        "container service elsewhere",
        _container(f"http://me:{CANARY}@example.com/{CANARY}"),
        errors.CredentialServiceFailed,
        "example.com must be a loopback or container address",
    ),
    _failure(
        "container token file missing",
        _token_file_gone,
        errors.CredentialServiceFailed,
        "gone cannot be read: No such file or directory.",
    ),
    _failure(
        "container token with a line break",
        _container("http://127.0.0.1:9/x", AWS_CONTAINER_AUTHORIZATION_TOKEN=f"{CANARY}\n"),
        errors.CredentialServiceFailed,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN contains a line break.",
    ),
    _failure(
        "instance service off",
        _variables(
            AWS_EC2_METADATA_DISABLED="false",
            AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9",
        ),
        errors.CredentialsMissing,
        "the role of the container or of the instance.",
    ),
    _failure(
        "instance service is no address",
        _variables(AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=CANARY),
        errors.CredentialServiceFailed,
        "The address of the EC2 instance metadata service is not valid",
    ),
    _failure(
        "instance service's time limit is no number",
        _variables(AWS_METADATA_SERVICE_TIMEOUT=CANARY),
        errors.ProfileInvalid,
        "The AWS library cannot use the configuration (ValueError).",
    ),
    # The way to AWS.
    _failure(
        "endpoint with a password",
        _keys(AWS_ENDPOINT_URL=f"http://me:{CANARY}@127.0.0.1:9/{CANARY}"),
        errors.RegionUnreachable,
        "127.0.0.1:9 could not be connected to.",
    ),
    _failure(
        "endpoint is no address",
        _keys(AWS_ENDPOINT_URL=f"nonsense {CANARY}"),
        errors.EndpointInvalid,
        "The AWS library does not accept it (ValueError).",
    ),
    _failure(
        "proxy off",
        _keys(HTTP_PROXY=f"http://me:{CANARY}@127.0.0.1:9", NO_PROXY=""),
        errors.ProxyUnreachable,
        "127.0.0.1:9 could not be connected to",
    ),
    _failure(
        "proxy is no address",
        _keys(HTTP_PROXY=f"http://me:{CANARY}@[no", NO_PROXY=""),
        errors.ProxyUnreachable,
        "HTTPS_PROXY or HTTP_PROXY is not a valid URL",
    ),
    _failure(
        "certificates missing",
        _keys(AWS_CA_BUNDLE="/no/such.pem", AWS_ENDPOINT_URL="https://127.0.0.1:9"),
        errors.CertificateNotTrusted,
        "AWS_CA_BUNDLE is /no/such.pem, which cannot be read as certificates.",
    ),
)
