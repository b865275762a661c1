"""Translates botocore's exceptions to domain errors; no other module catches them.

A table maps error codes to classes. Unknown codes become UnexpectedAwsError. AWS's message, code
and request ID are kept, without credentials and signatures. The texts of botocore's own errors are
dropped, because they may contain what was sent or read. No domain error has an exception of
botocore as its cause, so that no traceback contains these texts.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from botocore import exceptions as botocore_errors
from botocore.parsers import ResponseParserError

from wizard.backend.clocks import clock_error
from wizard.backend.connections import UNREACHED, unreached
from wizard.domain import errors, is_enabled_by_default
from wizard.domain.carried_credentials import without_carried
from wizard.domain.facts import storable_text
from wizard.domain.known_credentials import secret_values
from wizard.domain.redaction import without_credentials

ERROR_OF_CODE: Final[Mapping[str, type[errors.AwsError]]] = {
    "AccessDenied": errors.AccessDenied,
    "AccessDeniedException": errors.AccessDenied,
    "UnauthorizedOperation": errors.AccessDenied,
    "Throttling": errors.Throttled,
    "ThrottlingException": errors.Throttled,
    "TooManyRequestsException": errors.Throttled,
    "RequestLimitExceeded": errors.Throttled,
    # Further codes of throttling that botocore repeats a call for.
    "ThrottledException": errors.Throttled,
    "RequestThrottled": errors.Throttled,
    "RequestThrottledException": errors.Throttled,
    "PriorRequestNotComplete": errors.Throttled,
    "SlowDown": errors.Throttled,
    "ExpiredToken": errors.CredentialsExpired,
    "ExpiredTokenException": errors.CredentialsExpired,
    "RequestExpired": errors.CredentialsExpired,
    "InvalidClientTokenId": errors.CredentialsInvalid,
    "UnrecognizedClientException": errors.CredentialsInvalid,
    "InvalidSignatureException": errors.CredentialsInvalid,
    "SignatureDoesNotMatch": errors.CredentialsInvalid,
    "AuthFailure": errors.CredentialsInvalid,
    "IncompleteSignature": errors.CredentialsInvalid,
    "IncompleteSignatureException": errors.CredentialsInvalid,
    "MissingAuthenticationToken": errors.CredentialsInvalid,
    "MissingAuthenticationTokenException": errors.CredentialsInvalid,
    "RequestTimeTooSkewed": errors.ClockSkewed,
    "RequestInTheFuture": errors.ClockSkewed,
    "ServerException": errors.ServiceFailure,
    "InternalFailure": errors.ServiceFailure,
    "InternalServiceError": errors.ServiceFailure,
    "ServiceUnavailable": errors.ServiceFailure,
    "InvalidParameterException": errors.InvalidParameter,
    "ValidationException": errors.InvalidParameter,
    "ValidationError": errors.InvalidParameter,
    "PullThroughCacheRuleAlreadyExistsException": errors.RuleAlreadyExists,
    "PullThroughCacheRuleNotFoundException": errors.RuleNotFound,
    "LifecyclePolicyNotFoundException": errors.LifecyclePolicyNotFound,
    "LifecyclePolicyPreviewInProgressException": errors.PreviewInProgress,
    "LifecyclePolicyPreviewNotFoundException": errors.PreviewNotFound,
    "ImageNotFoundException": errors.ImageNotFound,
    "ExclusionAlreadyExistsException": errors.PullTimeExclusionExists,
    "ExclusionNotFoundException": errors.PullTimeExclusionNotFound,
    "TemplateAlreadyExistsException": errors.TemplateAlreadyExists,
    "TemplateNotFoundException": errors.TemplateNotFound,
    "AWSOrganizationsNotInUseException": errors.OrganizationNotInUse,
    "LimitExceededException": errors.QuotaExceeded,
    "LimitExceeded": errors.QuotaExceeded,
    "ServiceQuotaExceededException": errors.QuotaExceeded,
    "UnsupportedUpstreamRegistryException": errors.UnsupportedUpstreamRegistry,
    "SecretNotFoundException": errors.SecretNotFound,
    "ResourceNotFoundException": errors.SecretNotFound,
    "UnableToAccessSecretException": errors.SecretNotAccessible,
    "UnableToDecryptSecretValueException": errors.SecretNotDecryptable,
    "RepositoryNotFoundException": errors.RepositoryNotFound,
    "UnableToGetUpstreamImageException": errors.UpstreamImageUnavailable,
    "NoSuchEntity": errors.RoleNotFound,
    "ResourceExistsException": errors.SecretAlreadyExists,
    # CreateSecret returns it if the name is scheduled for deletion.
    "InvalidRequestException": errors.SecretScheduledForDeletion,
}

# Messages of Secrets Manager that distinguish errors with the same code. Observed with
# InvalidParameterException, documented with InvalidRequestException.
_CODES_FOR_ALL: Final = frozenset({"InvalidParameterException", "InvalidRequestException"})
_ERROR_OF_WORDS: Final[Mapping[str, type[errors.AwsError]]] = {
    "still has replica regions": errors.SecretHasReplicas,
    "not permitted on a replica secret": errors.SecretIsReplica,
}

# The codes that Regions answer to keys or session tokens that they do not know.
_UNKNOWN_KEY: Final = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})

# One code for the quotas of all operations.
_QUOTA_OF_OPERATION: Final[Mapping[str, type[errors.AwsError]]] = {
    "CreatePullThroughCacheRule": errors.RuleLimitExceeded,  # guard: I5
    "CreateRepositoryCreationTemplate": errors.TemplateLimitExceeded,
    "CreateSecret": errors.SecretLimitExceeded,
    "PutSecretValue": errors.SecretVersionLimitExceeded,
}

# The words for a server error that may be a proxy's; botocore gives it the status as its code.
_WITHOUT_ID: Final = "HTTP {status} {said}, without a request ID of AWS: a proxy may have sent it."

# What botocore's parsers raise for a malformed response; RuntimeError includes the
# RecursionError of a deeply nested one.
_UNREADABLE = (
    *(AttributeError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError),
    ResponseParserError,
)


def aws_words(said: object) -> str:
    """Return what AWS said without credentials: the call's, the console's own, or others'."""
    text = "" if said is None else storable_text(str(said))
    for clean in (
        without_carried,  # guard: S12
        partial(without_credentials, known=secret_values(text)),  # guard: S9
    ):
        text = clean(text)
    return text


@contextmanager
def translated(operation: str, *, region: str) -> Iterator[None]:
    """Raise domain errors for botocore's exceptions inside the block."""
    try:
        yield
    except errors.AwsError as error:
        error.region = error.region or region
        raise
    except botocore_errors.ClientError as error:
        raise _from_answer(error, operation, region) from None
    except botocore_errors.ParamValidationError:
        raise errors.InvalidParameter(
            code="ParamValidation", operation=operation, region=region
        ) from None
    except UNREACHED as error:
        raise unreached(error, operation, region) from None
    except botocore_errors.NoCredentialsError as error:
        raise errors.CredentialsMissing(
            code=type(error).__name__, operation=operation, region=region
        ) from None
    except botocore_errors.BotoCoreError as error:
        raise errors.UnexpectedAwsError(
            f"The AWS library failed ({type(error).__name__}).",
            code=type(error).__name__,
            operation=operation,
            region=region,
        ) from None
    except _UNREADABLE as error:
        raise errors.UnexpectedAwsError(
            f"The answer cannot be read ({type(error).__name__}).",
            code="MalformedAnswer",
            operation=operation,
            region=region,
        ) from None


@contextmanager
def settings_checked(region: str) -> Iterator[None]:
    """Raise EndpointInvalid for a setting with which botocore cannot build a client."""
    try:
        yield
    except (ValueError, botocore_errors.BotoCoreError) as error:
        words = f"The AWS library does not accept it ({type(error).__name__})."
        raise errors.EndpointInvalid(words, code=type(error).__name__, region=region) from None


def error_of_attempt(
    answer: Mapping[str, Any] | None, exception: Exception | None, operation: str, region: str
) -> errors.AwsError | None:
    """Return the error of one attempt of a call; None for a success."""
    if isinstance(exception, UNREACHED):
        return unreached(exception, operation, region)
    if answer is None or "Error" not in answer:
        return None
    refusal: Any = answer
    return _from_answer(botocore_errors.ClientError(refusal, operation), operation, region)


def _kind_by_words(message: str, kind: type[errors.AwsError]) -> type[errors.AwsError]:
    named = (found for words, found in _ERROR_OF_WORDS.items() if words in message)
    return next(named, kind)


def _kind_of(code: str, operation: str, region: str) -> type[errors.AwsError]:
    kind = ERROR_OF_CODE.get(code, errors.UnexpectedAwsError)
    if kind is errors.QuotaExceeded:
        return _QUOTA_OF_OPERATION.get(operation, kind)
    if code in _UNKNOWN_KEY and region and not is_enabled_by_default(region):
        return errors.CredentialsNotValidInRegion
    return kind


def _from_answer(
    error: botocore_errors.ClientError, operation: str, region: str
) -> errors.AwsError:
    details = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata")
    code = storable_text(str(details.get("Code") or ""))
    status = metadata["HTTPStatusCode"] if metadata else 0
    kind = _kind_of(code, operation, region)
    if kind is errors.UnexpectedAwsError and status >= 500:
        kind = errors.ServiceFailure
    said = str(details.get("Message") or "")
    request_id = aws_words(metadata.get("RequestId", "")) if metadata else ""
    if code == str(status) and not request_id:
        said = _WITHOUT_ID.format(status=status, said=said)
    message = aws_words(said)
    if kind is errors.AccessDenied and "iam:PassRole" in said:  # guard: I4
        kind = errors.PassRoleDenied
    if kind is errors.AccessDenied and errors.DeniedByOrganization.says(said):
        kind = errors.DeniedByOrganization
    if kind is errors.SecretScheduledForDeletion and "for deletion" not in said:  # guard: F11
        kind = errors.UnexpectedAwsError  # Secrets Manager uses this code for other refusals too
    if code in _CODES_FOR_ALL:
        kind = _kind_by_words(said, kind)
    skewed = clock_error(code, message, metadata or {})
    if skewed:
        kind, message = errors.ClockSkewed, skewed
    return kind(
        message,
        code=aws_words(code),
        operation=operation,
        region=region,
        request_id=request_id,
        # An unknown code of a client error (HTTP 4xx).
        was_not_made=kind is errors.UnexpectedAwsError and 400 <= status < 500,
    )
