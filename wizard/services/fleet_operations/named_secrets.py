"""The secrets of an account that have certain names, Region by Region, as AWS tells them."""

from collections.abc import Collection, Mapping
from typing import Final

from wizard.domain import AwsAction, Secret, SecretProblem, Target
from wizard.domain.errors import AwsError, RegionUnreachable, SecretUnusable
from wizard.services.fanout import fan_out
from wizard.services.secrets import get_secret

# The background has more time for a Region than a page has.
_DEADLINE_SECONDS: Final = 20.0


def find_secrets(
    *, account_id: str, names: Mapping[str, Collection[str]]
) -> dict[str, dict[str, Secret | AwsError]]:
    """Return the secrets by Region and name, or why there is none; `names` are by Region."""
    targets = [Target(account_id=account_id, region=region) for region in names if names[region]]

    def look_up(target: Target) -> dict[str, Secret | AwsError]:
        return {name: _secret(target, name) for name in sorted(names[target.region])}

    found: dict[str, dict[str, Secret | AwsError]] = {region: {} for region in names}
    for answer in fan_out(targets=targets, call=look_up, deadline_seconds=_DEADLINE_SECONDS):
        region = answer.target.region
        unread = answer.error or RegionUnreachable(region=region)
        found[region] = answer.value or dict.fromkeys(names[region], unread)
    return found


def arn_of(name: str, secrets: Mapping[str, Secret | AwsError], target: Target) -> str:
    """Return the ARN of a secret that a rule there can use; raises an AwsError if it cannot."""
    secret = secrets[name]
    if isinstance(secret, AwsError):
        raise secret
    if secret.problem in (SecretProblem.SCHEDULED_FOR_DELETION, SecretProblem.EMPTY):
        raise SecretUnusable(operation=AwsAction.CREATE_RULE, region=target.region)
    return secret.arn


def _secret(target: Target, name: str) -> Secret | AwsError:
    try:
        return get_secret(target=target, name=name)
    except AwsError as error:
        return error
