"""What exports contain, as lines: texts only, in the order of the columns."""

from dataclasses import dataclass
from typing import Final

# The status of the line for a Region whose rules could not be read.
NOT_READ: Final = "not-read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRule:
    """One line of an export. Unknown values are empty.

    A line with the status NOT_READ is a Region instead of a rule; `failure` is the reason.
    """

    account_id: str
    region: str
    ecr_repository_prefix: str = ""
    upstream_registry: str = ""
    upstream_registry_url: str = ""
    upstream_repository_prefix: str = ""
    credential_arn: str = ""
    custom_role_arn: str = ""
    created_at: str = ""
    status: str
    validated_at: str = ""
    failure: str = ""
    # When the rule was last read; set only if the Region did not answer.
    last_known_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedResult:
    """One line of the results of a bulk validation. Unknown values are empty.

    Without a prefix it is a Region whose rules could not be listed. `reason` is the key of the
    failure's reason, `failure` AWS's own message.
    """

    account_id: str
    region: str
    ecr_repository_prefix: str = ""
    status: str
    reason: str = ""
    failure: str = ""
    error_code: str = ""
    finished_at: str = ""
    duration_ms: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOutcome:
    """One line of the results of an operation or deletion. Unknown values are empty.

    `done` are the AWS calls that succeeded, with semicolons between them. `failure` is AWS's own
    message.
    """

    account_id: str
    region: str
    ecr_repository_prefix: str
    status: str
    done: str = ""
    failure: str = ""
    error_code: str = ""
    request_id: str = ""
    finished_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """One container that runs an image, and where the image comes from.

    `route` is how it comes, `ecr_repository_prefix` the rule that it goes through, or would go
    through with the name `cached_image`. `line` and `place` are those of the list.
    """

    account_id: str
    region: str
    image: str
    route: str
    ecr_repository_prefix: str = ""
    cached_image: str = ""
    line: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFleetRule:
    """One rule of many accounts as last read. Unknown values are empty.

    `reason` is the key of the failure's reason, `failure` AWS's own message.
    """

    account_id: str
    alias: str = ""
    owner: str = ""
    region: str
    ecr_repository_prefix: str
    upstream_registry: str = ""
    upstream_registry_url: str = ""
    upstream_repository_prefix: str = ""
    credential_arn: str = ""
    custom_role_arn: str = ""
    created_at: str = ""
    status: str
    validated_at: str = ""
    reason: str = ""
    failure: str = ""
    read_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFleetAccount:
    """One account: its numbers of rules, and its oldest reading."""

    account_id: str
    alias: str = ""
    owner: str = ""
    rules: str
    valid: str
    failed: str
    not_validated: str
    regions_read: str
    regions_failed: str
    read_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFleetGroup:
    """One group of rules; without a value, those that have none."""

    group_by: str
    group: str
    rules: str
    valid: str
    failed: str
    not_validated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedReading:
    """One Region of an account: when it was read, and AWS's message if it could not be."""

    account_id: str
    alias: str = ""
    owner: str = ""
    region: str
    state: str
    read_at: str = ""
    failed_at: str = ""
    failure: str = ""
    error_code: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCell:
    """One account and prefix, or account and upstream registry. `regions` have a rule of it."""

    account_id: str
    alias: str = ""
    column: str
    status: str
    regions: str
    regions_read: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDay:
    """The numbers of rules of one day; empty for a day on which they were not counted."""

    day: str
    rules: str = ""
    valid: str = ""
    failed: str = ""
    not_validated: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFleetResult:
    """One line of the results of an operation over accounts. Unknown values are empty.

    `failure` is AWS's own message.
    """

    account_id: str
    alias: str = ""
    owner: str = ""
    region: str
    ecr_repository_prefix: str
    status: str
    failure: str = ""
    error_code: str = ""
    request_id: str = ""
    # Of a rotation: the secret that the rule uses, without ECR's prefix.
    secret_name: str = ""


ListedFleet = (
    ListedCell
    | ListedDay
    | ListedFleetAccount
    | ListedFleetGroup
    | ListedFleetResult
    | ListedFleetRule
    | ListedReading
)
Listed = ListedFleet | ListedRule | ListedResult | ListedOutcome | ListedImage
