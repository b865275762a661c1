"""What is known of the secrets that rules name: the name that AWS gave, or that there is none.

An ARN does not tell its secret's name: six characters after a hyphen are not always AWS's suffix.
The pages that list the secrets of a Region note what they read. Lists of rules show it, also those
of all Regions, which do not ask for secrets.
"""

import logging
from collections.abc import Collection, Iterable, Mapping

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from wizard.domain import Secret, Target
from wizard.models import KnownSecret

logger = logging.getLogger(__name__)

# By Region and ARN.
KnownSecrets = Mapping[tuple[str, str], KnownSecret]


def known_secrets(*, account_id: str, region: str = "") -> KnownSecrets:
    """Return what is known of the secrets of a Region, or of the account."""
    rows = KnownSecret.objects.filter(account_id=account_id)
    found = rows.filter(region=region) if region else rows
    return {(row.region, row.arn): row for row in found}


def note_secrets(
    *, target: Target, found: Mapping[str, Secret], missing: Collection[str]
) -> KnownSecrets:
    """Note the secrets of ARNs, and the ARNs without one; return what is known in the Region.

    Only differences are written. A failure is only logged: a page does not fail over its notes.
    """
    try:
        known = dict(known_secrets(account_id=target.account_id, region=target.region))
        changed = [*_found(target, found, known), *_missing(target, missing, known)]
        if changed:
            KnownSecret.objects.bulk_create(
                sorted(changed, key=lambda row: row.arn),
                update_conflicts=True,
                unique_fields=["account_id", "region", "arn"],
                update_fields=["name", "missing_since"],
            )
    except (DatabaseError, InterfaceError):  # guard: F18
        logger.exception("The secrets that were read could not be noted")
        return {}
    return known | {(row.region, row.arn): row for row in changed}


def _found(
    target: Target, found: Mapping[str, Secret], known: KnownSecrets
) -> Iterable[KnownSecret]:
    for arn, secret in found.items():
        row = _row(target, arn)
        row.name = secret.name
        before = known.get((row.region, row.arn))
        if before is None or before.name != row.name or before.missing_since:
            yield row


def _missing(target: Target, missing: Iterable[str], known: KnownSecrets) -> Iterable[KnownSecret]:
    for arn in missing:
        row = _row(target, arn)
        before = known.get((row.region, row.arn))
        if before is None or before.missing_since is None:
            row.name = before.name if before else ""
            row.missing_since = timezone.now()
            yield row


def _row(target: Target, arn: str) -> KnownSecret:
    return KnownSecret(account_id=target.account_id, region=target.region, arn=arn)
