"""Secrets that ECR can read. The console makes and lists them; it never reads a value."""

from wizard.backend import clients
from wizard.backend.errors import call, translated
from wizard.domain.credentials import Credential, Secret
from wizard.domain.identifiers import SECRET_NAME_PREFIX
from wizard.domain.targets import Target


def list_secrets(target: Target) -> list[Secret]:
    """Return the secrets whose name ECR accepts, every page of the list, by name."""
    paginator = clients.secretsmanager(target.region).get_paginator("list_secrets")
    with translated("ListSecrets", region=target.region):
        answer = paginator.paginate(
            Filters=[{"Key": "name", "Values": [SECRET_NAME_PREFIX]}]
        ).build_full_result()
    secrets = (Secret(arn=item["ARN"], name=item["Name"]) for item in answer["SecretList"])
    # The filter ignores case; ECR does not.
    listed = (secret for secret in secrets if secret.name.startswith(SECRET_NAME_PREFIX))
    return sorted(listed, key=lambda secret: secret.name)


def create_secret(
    target: Target, *, name: str, credential: Credential, client_request_token: str
) -> str:
    """Create a secret and return its ARN.

    `client_request_token` makes a repeated call harmless: the same token makes no second secret.
    """
    answer = call(
        clients.secretsmanager(target.region).create_secret,
        Name=name,
        SecretString=credential.secret_string(),
        ClientRequestToken=client_request_token,
    )
    return answer["ARN"]
