"""Words for failures of the credential chain: which source failed, and how.

Texts of exceptions are not used, because they may contain what the source returned. The class of
the exception, and what the environment and AWS's files configure, decide the error.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from botocore import exceptions as botocore_errors

from wizard.backend import profiles
from wizard.backend.connections import UNREACHED, host_of
from wizard.backend.errors import translated
from wizard.domain import errors

_SIGN_INS: Final = (botocore_errors.SSOError, botocore_errors.TokenRetrievalError)
_LOGINS: Final = (botocore_errors.LoginError,)
# Codes of AssumeRoleWithWebIdentity about the token.
_TOKEN_CODES: Final = frozenset(
    {"InvalidIdentityToken", "IDPRejectedClaim", "IDPCommunicationError", "ExpiredTokenException"}
)
_CONTAINER: Final = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def configuration_problem(environ: Mapping[str, str] = os.environ) -> errors.AwsError | None:
    """Return what is wrong with the configuration, without calling a program or a network."""
    problem = profiles.file_problem(environ)
    if problem:
        return problem
    found = profiles.configuration(environ)
    return profiles.profile_problem(found, environ) or _problem_of_token_file(found, environ)


def nothing_found() -> errors.CredentialsMissing:
    """Return the error for a chain without any credentials; it names the places."""
    found = profiles.configuration()
    return errors.CredentialsMissing(
        f"Searched: AWS_ACCESS_KEY_ID; profile {profiles.shown_name(found.name)} in"
        f" {found.config_file} and {found.credentials_file}; the role of the container or of the"
        " instance.",
        code="NoCredentialsError",
    )


@contextmanager
def told() -> Iterator[None]:
    """Raise an AwsError for whatever the credential chain raises."""
    try:
        yield
    except errors.AwsError:
        raise
    except Exception as error:  # noqa: BLE001 - sources raise what they like, also OSError
        raise _error_of(error) from None


def _error_of(error: Exception) -> errors.AwsError:
    problem = configuration_problem()
    if problem:
        return problem
    found = profiles.configuration()
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words(error, found)
    return _of_source(error, found)


def _of_refusal(error: Any, found: profiles.Configuration) -> errors.AwsError:
    """STS or IAM Identity Center refused the call."""
    refusal = _translated(error)
    code = refusal.code
    if isinstance(refusal, errors.ClockSkewed | errors.Throttled | errors.ServiceFailure):
        return refusal
    token = _token_file(found, os.environ)
    if token and code in _TOKEN_CODES:
        return errors.WebIdentityTokenInvalid(
            f"STS refuses the token in {token}.", code=code, request_id=refusal.request_id
        )
    return errors.RoleNotAssumed(
        refusal.message, code=code, operation=error.operation_name, request_id=refusal.request_id
    )


def _of_connection(error: Any, _found: profiles.Configuration) -> errors.AwsError:
    return _translated(error)


def _of_sign_in(error: Exception, found: profiles.Configuration) -> errors.AwsError:
    command = "aws login" if isinstance(error, _LOGINS) else "aws sso login"
    name = f" --profile {found.explicit}" if found.explicit else ""
    return errors.SignInExpired(f"{command}{name}", code=type(error).__name__)


def _of_mfa(_error: Exception, found: profiles.Configuration) -> errors.AwsError:
    return profiles.mfa_required(found.name, found.config_file)


def _of_dependency(error: Exception, found: profiles.Configuration) -> errors.AwsError:
    return errors.ProfileInvalid(
        f"Profile {profiles.shown_name(found.name)} needs a package that is not installed here"
        " (botocore[crt]). Use another source of credentials for the console.",
        code=type(error).__name__,
    )


def _of_metadata(error: Exception, _found: profiles.Configuration) -> errors.AwsError:
    return errors.CredentialServiceFailed(
        "The address of the EC2 instance metadata service is not valid; check the variables"
        " AWS_EC2_METADATA_SERVICE_ENDPOINT and AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE.",
        code=type(error).__name__,
    )


def _of_source(error: Exception, found: profiles.Configuration) -> errors.AwsError:
    """The source that the environment configures failed in a way that has no class of its own."""
    code = type(error).__name__
    token = _token_file(found, os.environ)
    if token:
        return errors.WebIdentityTokenInvalid(f"The file is {token}.", code=code)
    if any("credential_process" in profile for _name, profile in found.chain()):
        return errors.CredentialProgramFailed(
            "The profile's credential_process printed something else than credentials.", code=code
        )
    if any("sso_account_id" in profile for _name, profile in found.chain()):
        return _of_sign_in(error, found)
    if any(name in os.environ for name in _CONTAINER):
        return errors.CredentialServiceFailed(_container_words(error), code=code)
    if "credential_source" in found.profile:
        return errors.CredentialServiceFailed(
            f"Profile {profiles.shown_name(found.name)} takes its credentials from its"
            " credential_source, which has none.",
            code=code,
        )
    if isinstance(error, RuntimeError):
        return errors.CredentialsExpired("The source's credentials are still expired.", code=code)
    if isinstance(error, botocore_errors.CredentialRetrievalError):
        return errors.CredentialServiceFailed("It returned no credentials.", code=code)
    if isinstance(error, botocore_errors.ConfigNotFound):
        return errors.ConfigFileInvalid(
            "AWS_CREDENTIAL_FILE names a file that does not exist.", code=code
        )
    if isinstance(error, botocore_errors.PartialCredentialsError):
        return errors.CredentialsMissing(
            "The access key and its secret key must be given together.", code=code
        )
    return errors.ProfileInvalid(
        f"The AWS library cannot use the configuration ({code}). Profile:"
        f" {profiles.shown_name(found.name)}, file: {found.config_file}.",
        code=code,
    )


# The first class that an exception is of decides the words.
_WORDS: Final[
    tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[..., errors.AwsError]], ...]
] = (
    (botocore_errors.ClientError, _of_refusal),
    (UNREACHED, _of_connection),
    ((*_SIGN_INS, *_LOGINS), _of_sign_in),
    (botocore_errors.RefreshWithMFAUnsupportedError, _of_mfa),
    (botocore_errors.MissingDependencyException, _of_dependency),
    (
        (
            botocore_errors.InvalidIMDSEndpointError,
            botocore_errors.InvalidIMDSEndpointModeError,
            botocore_errors.MetadataRetrievalError,
        ),
        _of_metadata,
    ),
)


def _translated(error: Exception) -> errors.AwsError:
    operation = getattr(error, "operation_name", "")
    try:
        with translated(operation, region=""):
            raise error
    except errors.AwsError as told:
        return told


def _container_words(error: Exception) -> str:
    """Name the host, or the token file that cannot be read, of the container's credentials."""
    file = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    problem = _problem_of_file(Path(file)) if file else ""
    if problem:
        return f"{file} {problem}"
    if any(mark in os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "") for mark in "\r\n"):
        return "AWS_CONTAINER_AUTHORIZATION_TOKEN contains a line break."
    uri = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    host = host_of(uri) or "169.254.170.2"
    if isinstance(error, ValueError):
        return f"{host} must be a loopback or container address, or begin with https."
    return f"{host} did not return credentials."


def _token_file(found: profiles.Configuration, environ: Mapping[str, str]) -> str:
    """Return the file of the web identity token that the chain reads; empty if it reads none."""
    if environ.get("AWS_ACCESS_KEY_ID"):
        return ""
    if environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return environ["AWS_WEB_IDENTITY_TOKEN_FILE"]
    named = (profile.get("web_identity_token_file", "") for _name, profile in found.chain())
    return next(filter(None, named), "")


def _problem_of_token_file(
    found: profiles.Configuration, environ: Mapping[str, str]
) -> errors.AwsError | None:
    token = _token_file(found, environ)
    if not token:
        return None
    problem = _problem_of_file(Path(token))
    if problem:
        return errors.WebIdentityTokenInvalid(f"{token} {problem}", code="WebIdentityToken")
    if not environ.get("AWS_ROLE_ARN") and "role_arn" not in found.profile:
        return errors.WebIdentityTokenInvalid(
            "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not.", code="WebIdentityRole"
        )
    return None


def _problem_of_file(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "does not contain text."
    except (OSError, ValueError) as error:
        return f"cannot be read: {os.strerror(getattr(error, 'errno', 0) or 0)}."
    return "" if text.strip() else "is empty."
