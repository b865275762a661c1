"""The errors of Secrets Manager that moto lacks."""

from moto.secretsmanager.exceptions import SecretsManagerClientError


class EncryptionFailure(SecretsManagerClientError):
    """The KMS key of a secret cannot be used."""

    def __init__(self) -> None:
        super().__init__(
            "EncryptionFailure",
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. "
            "Check that the KMS key is available, enabled, and not in an invalid state.",
        )


class InvalidNextTokenException(SecretsManagerClientError):
    """An unknown pagination token."""

    def __init__(self) -> None:
        super().__init__("InvalidNextTokenException", "The NextToken value is invalid.")
