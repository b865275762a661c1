"""Secrets that ECR may not see yet, because they were created or changed a moment ago."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.utils import timezone

from wizard.backend import secretsmanager
from wizard.domain import Target
from wizard.domain.errors import AwsError

# ECR has been observed to need some ten seconds until it sees a new secret. The sum is fifteen.
WAITS: Final = (1, 2, 3, 4, 5)
# How long after its creation a secret counts as new.
FRESH = timedelta(seconds=60)


def waits(target: Target, secret_arn: str | None) -> Iterator[int]:
    """Pauses between the attempts of a call for whose secret ECR answers SecretNotFound.

    A generator, so that AWS is only asked after such an answer.
    """
    if secret_arn and is_new(target, secret_arn):
        yield from WAITS


def is_new(target: Target, secret_arn: str) -> bool:
    """Whether the secret can be used, and was created, changed or restored within FRESH.

    These are the times that DescribeSecret tells, whoever made the change. If AWS's clock is behind
    by more than FRESH, no secret counts as new.
    """
    try:
        secret = secretsmanager.describe_secret(target, secret_arn)
    except AwsError:
        return False
    if secret.deleted_at is not None or not secret.has_value:
        return False
    moments = [each for each in (secret.created_at, secret.changed_at) if each is not None]
    return any(timezone.now() - moment < FRESH for moment in moments)
