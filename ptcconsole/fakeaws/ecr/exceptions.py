"""The errors of the pull through cache operations, with AWS's codes and wording.

Where AWS's wording is not public, the text is from the service model.
"""

from moto.core.exceptions import ServiceException


class InvalidParameterException(ServiceException):
    code = "InvalidParameterException"

    @classmethod
    def broken(cls, name: str, constraint: str) -> "InvalidParameterException":
        """An invalid parameter, in the format in which ECR names it and its constraint."""
        text = f"Invalid parameter at '{name}' failed to satisfy constraint: '{constraint}'"
        return cls(text)


class PullThroughCacheRuleAlreadyExistsException(ServiceException):
    code = "PullThroughCacheRuleAlreadyExistsException"
    message = (
        "A pull through cache rule with these settings already exists for the private registry."
    )


class PullThroughCacheRuleNotFoundException(ServiceException):
    code = "PullThroughCacheRuleNotFoundException"
    message = (
        "The pull through cache rule was not found. Specify a valid pull through cache rule and "
        "try again."
    )


class TemplateAlreadyExistsException(ServiceException):
    code = "TemplateAlreadyExistsException"
    message = (
        "The repository creation template already exists. Specify a unique prefix and try again."
    )


class TemplateNotFoundException(ServiceException):
    code = "TemplateNotFoundException"
    message = (
        "The specified repository creation template can't be found. Verify the registry ID and "
        "prefix and try again."
    )


class ExclusionAlreadyExistsException(ServiceException):
    code = "ExclusionAlreadyExistsException"
    message = "The specified pull time update exclusion already exists for the registry."


class ExclusionNotFoundException(ServiceException):
    code = "ExclusionNotFoundException"
    message = "The specified pull time update exclusion was not found."


class UnsupportedUpstreamRegistryException(ServiceException):
    code = "UnsupportedUpstreamRegistryException"

    @classmethod
    def unknown(cls, url: str) -> "UnsupportedUpstreamRegistryException":
        """An upstream URL that is not supported."""
        return cls(
            f"The upstream registry URL {url} is invalid. Specify a valid upstream registry URL "
            "and try again"
        )

    @classmethod
    def needs_credentials(cls) -> "UnsupportedUpstreamRegistryException":
        """An upstream that needs credentials, in a rule without any."""
        return cls(
            "The specified upstream registry requires authentication. Specify a valid Secrets "
            "Manager ARN containing the upstream registry credentials."
        )


class LimitExceededException(ServiceException):
    code = "LimitExceededException"
    message = (
        "The operation did not succeed because it would have exceeded a service limit for your "
        "account. For more information, see Amazon ECR service quotas in the Amazon Elastic "
        "Container Registry User Guide."
    )


class SecretNotFoundException(ServiceException):
    code = "SecretNotFoundException"
    message = (
        "The ARN of the secret specified in the pull through cache rule was not found. Update the "
        "pull through cache rule with a valid secret ARN and try again."
    )


class UnableToGetUpstreamImageException(ServiceException):
    code = "UnableToGetUpstreamImageException"
    message = (
        "The image or images were unable to be pulled using the pull through cache rule. This is "
        "usually caused because of an issue with the Secrets Manager secret containing the "
        "credentials for the upstream registry."
    )


class UnableToDecryptSecretValueException(ServiceException):
    code = "UnableToDecryptSecretValueException"
    message = (
        # The misspelling is AWS's.
        "The secret is accessible but is unable to be decrypted. Verify the resource permisisons "
        "and try again."
    )


class UnableToAccessSecretException(ServiceException):
    code = "UnableToAccessSecretException"
    message = (
        "The secret is unable to be accessed. Verify the resource permissions for the secret and "
        "try again."
    )
