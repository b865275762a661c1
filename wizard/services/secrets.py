"""Secrets that a rule can use: listing them, which rules use them, and all changes to them.

No function of the console reads a secret's value.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from wizard.backend import secretsmanager
from wizard.domain import AwsAction, Credential, Role, Rule, Secret, SecretArn, Target, replica_arn
from wizard.domain.errors import AwsError, InvalidIdentifier, SecretInUse, SecretNotFound
from wizard.services import access, last_known, secret_writes
from wizard.services.audit import audited
from wizard.services.last_known import Snapshot
from wizard.services.rules import read_everywhere, read_rules

RECOVERY_DAYS = 7
# The maximum age of last-known rules that are relied on when a Region cannot be read.
RELIED_ON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """A secret and the rules that use it; None when the rules could not be read."""

    secret: Secret
    rules: list[Rule] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUses:
    """All secrets of a Region with their rules, the rules, and the error of reading these."""

    uses: list[SecretUse]
    rules: list[Rule]
    rules_error: AwsError | None


def list_secrets(*, target: Target, also: Iterable[str] = ()) -> list[Secret]:
    """Return the account's secrets in this Region whose names ECR accepts.

    `also` are ARNs that are looked up if the list lacks them, because ListSecrets can be five
    minutes behind. If no secret has such an ARN, it is in the result as one that does not exist.
    """
    listed = secretsmanager.list_secrets(target)
    for arn in also:
        if _is_of(arn, target) and not any(secret.is_meant_by(arn) for secret in listed):
            listed += _looked_up(target, arn)
    return listed


def list_secret_uses(*, target: Target, fresh: Secret | None = None) -> SecretUses:
    """Return the secrets with the rules that use them.

    Only rules of the same Region can use a secret. `fresh` is a secret that was looked up; it takes
    the place of the listed one, which can be five minutes behind.
    """
    secrets = secretsmanager.list_secrets(target)
    if fresh is not None:
        others = [secret for secret in secrets if secret.arn != fresh.arn]
        secrets = sorted([fresh, *others], key=lambda secret: secret.name)
    try:
        rules = read_rules(target=target)
    except AwsError as error:
        uses = [SecretUse(secret=secret, rules=None) for secret in secrets]
        return SecretUses(uses=uses, rules=[], rules_error=error)
    uses = [SecretUse(secret=secret, rules=users_of(secret, rules)) for secret in secrets]
    return SecretUses(uses=uses, rules=rules, rules_error=None)


def get_secret(*, target: Target, name: str) -> Secret:
    """Return a secret by its full name; raises SecretNotFound."""
    return secretsmanager.describe_secret(target, name)


def find_secret(*, target: Target, secret_id: str) -> Secret | None:
    """Return a secret by its ARN or full name; None if AWS has none."""
    try:
        return secretsmanager.describe_secret(target, secret_id)
    except SecretNotFound:
        return None


def create_secret(*, target: Target, name: str, credential: Credential, token: str) -> str:
    """Create a secret under its full name and return its ARN.

    `token` is the same for each try of the same intent.
    """
    after = {"version": token}
    with audited(AwsAction.CREATE_SECRET, target=target, subject=name, after=after) as change:
        arn = secret_writes.create(target, name, credential, token=token)
        change.after = {"arn": arn, "version": token}
    return arn


def replace_secret_value(
    *, target: Target, arn: str, credential: Credential, actor: User, token: str
) -> None:
    """Store another credential as a new version of a secret; the old value is not read.

    Replicas get the new value too. Raises NotPermitted if the person lacks the role in the Region
    of a replica. `token` is the same for each try of the same intent.
    """
    secret = secretsmanager.describe_secret(target, arn)
    for region in secret.replica_regions:
        there = replace(target, region=region)
        access.check_access(user=actor, role=Role.OPERATOR, target=there)  # guard: Z2
    after = {"arn": arn, "version": token}
    with audited(
        AwsAction.PUT_SECRET_VALUE, target=target, subject=secret.name, after=after
    ) as change:
        version = secret_writes.put(target, arn, credential, token=token)
        change.after = {"arn": arn, "version": version}


def schedule_secret_deletion(*, target: Target, secret: Secret) -> None:
    """Schedule the deletion of a secret, with RECOVERY_DAYS days to restore it.

    Raises SecretInUse like `check_unused`.
    """
    check_unused(target=target, arn=secret.arn)  # guard: F14
    after = {"arn": secret.arn, "recovery_days": RECOVERY_DAYS}
    with audited(AwsAction.DELETE_SECRET, target=target, subject=secret.name, after=after):
        secret_writes.schedule_deletion(target, secret.arn, days=RECOVERY_DAYS)


def check_unused(*, target: Target, arn: str) -> None:
    """Raise SecretInUse if a rule of any Region uses the secret or a replica of it.

    Also raised if the rules of such a Region are unknown.
    """
    users, unread = _users_everywhere(secretsmanager.describe_secret(target, arn), target)
    if users or unread:  # guard: F14
        raise SecretInUse(users, unread=unread)


def known_users(*, target: Target, secret: Secret) -> list[tuple[str, str]]:
    """Return the rules with the secret or a replica of it, as last known: (Region, prefix)."""
    known = last_known.last_known(account_id=target.account_id)
    found = [
        (region, rule.ecr_repository_prefix)
        for region in _regions_of(secret, target)
        if region in known
        for rule in users_of(
            replace(secret, arn=replica_arn(secret.arn, region)), known[region].rules
        )
    ]
    return sorted(found)


def restore_secret(*, target: Target, arn: str) -> Secret:
    """Restore a secret that is scheduled for deletion, and return it as it was before.

    Raises InvalidIdentifier for an ARN that a rule of this account and Region cannot have.
    """
    SecretArn.parse(arn).check_belongs_to(target)  # guard: I3
    secret = secretsmanager.describe_secret(target, arn)
    after = {"arn": secret.arn}
    with audited(AwsAction.RESTORE_SECRET, target=target, subject=secret.name, after=after):
        secret_writes.restore(target, secret.arn)
    return secret


def _is_of(arn: str, target: Target) -> bool:
    """Whether a rule at this account and Region can have the ARN."""
    try:
        SecretArn.parse(arn).check_belongs_to(target)
    except InvalidIdentifier:
        return False
    return True


def _looked_up(target: Target, arn: str) -> list[Secret]:
    """Return the secret of an ARN, also if there is none; nothing if AWS does not tell."""
    try:
        found = find_secret(target=target, secret_id=arn)
    except AwsError:
        return []
    name = SecretArn.parse(arn).resource_name
    return [found or Secret(arn=arn, name=name, exists=False)]


def users_of(secret: Secret, rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules that use this secret."""
    return [rule for rule in rules if secret.is_meant_by(rule.credential_arn)]


def upstream_hosts(*, target: Target, secret: Secret) -> set[str]:
    """Return the upstreams of the rules of the Region that use the secret."""
    return {rule.upstream_registry_url for rule in users_of(secret, read_rules(target=target))}


def _users_everywhere(secret: Secret, target: Target) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the users of a secret or its replicas as (Region, prefix), and unknown Regions."""
    users, unread = [], []
    places = [replace(target, region=region) for region in _regions_of(secret, target)]
    known = last_known.last_known(account_id=target.account_id)
    for outcome in read_everywhere(targets=places):
        region = outcome.target.region
        rules = outcome.value
        if rules is None:
            rules = _read_lately(known.get(region))
        if rules is None:  # guard: F14
            unread.append(region)
            continue
        there = replace(secret, arn=replica_arn(secret.arn, region))
        users += [(region, rule.ecr_repository_prefix) for rule in users_of(there, rules)]
    return sorted(users), sorted(unread)


def _regions_of(secret: Secret, target: Target) -> list[str]:
    """Return the Regions of the secret: its own and those with a replica."""
    regions = {target.region}
    regions.update(secret.replica_regions)  # guard: F14
    return sorted(regions)


def _read_lately(snapshot: Snapshot | None) -> list[Rule] | None:
    """Return the last-known rules, or None if they are too old to rely on."""
    if snapshot is None or snapshot.read_at is None:
        return None
    if timezone.now() - snapshot.read_at > RELIED_ON:  # guard: F14
        return None
    return snapshot.rules
