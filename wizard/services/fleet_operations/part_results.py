"""What became of one rule of an account in an operation over accounts."""

from dataclasses import dataclass

from wizard.domain.errors import AwsError
from wizard.models import FleetPart


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """What became of one rule; `failure` is the upstream's or AWS's message for it."""

    part: FleetPart
    region: str
    ecr_repository_prefix: str
    status: str
    failure: str = ""
    error: AwsError | None = None
    # Of a rotation: the secret that the rule uses, without ECR's prefix.
    secret_name: str = ""
