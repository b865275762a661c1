"""Replicas: Secrets Manager copies one Region's secret to others before their rules are created."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, replace

from django.contrib.auth.models import User

from wizard.backend import secretsmanager
from wizard.domain import AwsAction, Credential, Role, Target, replica_arn
from wizard.domain.errors import AwsError, SecretNotFound, is_answer_lost
from wizard.models import Operation, OperationStep
from wizard.services import access
from wizard.services.operations import leases, secret_steps
from wizard.services.operations.journal import journal


def check_regions(wanted: Sequence[Operation], *, actor: User) -> None:
    """Raises NotPermitted unless the person has the role in each Region and where sources are."""
    for each in wanted:
        access.check_access(user=actor, role=Role.OPERATOR, target=each.target)  # guard: Z2
        if each.waits_for_replica:
            source = _source_of(each, wanted)
            access.check_access(user=actor, role=Role.OPERATOR, target=source.target)  # guard: Z2
            check_original(source.target, source.rule.credential_arn, actor=actor)


def check_original(target: Target, arn: str | None, *, actor: User) -> None:
    """Raises NotPermitted when the secret is a replica of one in a Region not the person's.

    Replication is a change in the original's Region.
    """
    if arn:
        original, _arn = _original(target, arn)
        access.check_access(user=actor, role=Role.OPERATOR, target=original)  # guard: Z2


def replicate(
    replicas: Sequence[Operation], claimed: Sequence[Operation], credential: Credential | None
) -> None:
    """Create the source's secret if necessary, replicate it, and note each replica's ARN.

    Raises LeaseLost when another worker has taken the source's operation.
    """
    if not replicas:
        return
    source = _source_of(replicas[0], claimed)
    secret_steps.make_secret(source, credential)
    target, arn = _original(source.target, source.rule.credential_arn or "")
    failed = secretsmanager.replica_problems(target, arn)
    there = set(secretsmanager.describe_secret(target, arn).replica_regions) - set(failed)
    missing = [each.region for each in replicas if each.region not in (*there, target.region)]

    def request(_step: OperationStep) -> str:
        try:
            secretsmanager.replicate_secret(target, arn, missing)
        except AwsError as error:
            if is_answer_lost(error) and _has_replicas(target, arn, missing):  # guard: F10
                return arn
            raise
        return arn

    if missing:
        action, after = AwsAction.REPLICATE_SECRET, {"regions": missing}
        journal(source, action, arn, request, target=target, after=after)
    for each in replicas:
        rule = replace(each.rule, credential_arn=replica_arn(arn, each.region))
        leases.note(each, planned_rule=asdict(rule))


def _has_replicas(target: Target, arn: str, regions: Collection[str]) -> bool:
    """Whether AWS has replicas of the secret there, or is about to create them."""
    with suppress(AwsError):
        return set(regions) <= set(secretsmanager.describe_secret(target, arn).replica_regions)
    return False


def _original(target: Target, arn: str) -> tuple[Target, str]:
    """Where the secret that can be replicated is. AWS does not replicate replicas."""
    primary = secretsmanager.describe_secret(target, arn).primary_region
    if not primary:
        return target, arn
    return replace(target, region=primary), replica_arn(arn, primary)


def _source_of(replica: Operation, claimed: Sequence[Operation]) -> Operation:
    """The operation whose secret is replicated; raises SecretNotFound when there is none."""
    for each in claimed:
        if each.region == replica.replica_of:
            return each
    batch = Operation.objects.filter(batch_id=replica.batch_id, region=replica.replica_of)
    if found := batch.first():
        return found
    raise SecretNotFound(operation=AwsAction.REPLICATE_SECRET, region=replica.replica_of)
