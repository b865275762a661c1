"""ListSecrets: order, pages, filters, and changes that a list does not show yet.

A list that lags shows a changed secret as it was before the change, a new one not at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from moto.secretsmanager.models import (
    FakeSecret,
    ReplicaSecret,
    SecretsManagerBackend,
    _matches,
)

from ptcconsole.fakeaws import paging
from ptcconsole.fakeaws.audience import AUDIENCE
from ptcconsole.fakeaws.lags import LAGS, LagKind
from ptcconsole.fakeaws.secretsmanager.exceptions import InvalidNextTokenException
from ptcconsole.fakeaws.variety import VARIETY

AnySecret = FakeSecret | ReplicaSecret

_KIND = "secrets"
_DATES = {
    "created-date": "created_date",
    "last-changed-date": "last_changed_date",
    "last-accessed-date": "created_date",
}
_LAG = LAGS[LagKind.LISTED_SECRETS]

# The secrets before their latest change, by ARN; None for a new one. Only while a list lags.
_before: dict[str, AnySecret | None] = {}


class ListingBackend(SecretsManagerBackend):
    """moto's Secrets Manager, with AWS's lists."""

    @contextmanager
    def listed_later(self, secret_id: str) -> Iterator[None]:
        """Note a change of a secret, for lists that lag."""
        before = self.secrets.get(secret_id)
        earlier = deepcopy(before) if isinstance(before, FakeSecret) else before
        yield
        changed = self.secrets.get(secret_id) or before
        if changed is not None:
            note_change(changed, earlier)

    def list_secrets(
        self,
        filters: list[dict[str, Any]],
        max_results: int | None = None,
        next_token: str | None = None,
        include_planned_deletion: bool = False,
        sort_order: str | None = None,
        sort_by: str | None = None,
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page. It may be empty although more follow, because pages are filtered."""
        secrets = _sorted(
            self._as_listed(counts=next_token is None), sort_order, sort_by or "created-date"
        )
        size = VARIETY.page_size(max_results or paging.MOST_BY_DEFAULT)
        try:
            page = paging.page_of(secrets, kind=_KIND, token=next_token, size=size)
        except paging.InvalidToken:
            raise InvalidNextTokenException from None
        chosen = [
            secret.to_dict()
            for secret in page.items
            if (include_planned_deletion or not secret.is_deleted()) and _matches(secret, filters)
        ]
        return chosen, page.next_token

    def _as_listed(self, *, counts: bool) -> list[AnySecret]:
        """Return the secrets of this Region as a list sees them now; its first page `counts`."""
        if not AUDIENCE.is_concerned():
            return list(self.secrets.values())
        secrets: dict[str, AnySecret | None] = {each.arn: each for each in self.secrets.values()}
        own = f":{self.region_name}:{self.account_id}:"
        for arn in [arn for arn in list(_before) if own in arn]:
            if not counts or _LAG.hides(arn):
                secrets[arn] = _before[arn]
            else:
                _before.pop(arn, None)
        return [secret for secret in secrets.values() if secret is not None]


def note_change(secret: AnySecret, before: AnySecret | None) -> None:
    """Let lists show the secret as it was before, if they lag."""
    if not _LAG.begin(secret.arn):
        _before.pop(secret.arn, None)
    elif secret.arn not in _before:
        _before[secret.arn] = before


def _sorted(secrets: list[AnySecret], sort_order: str | None, sort_by: str) -> list[AnySecret]:
    def key(secret: AnySecret) -> Any:
        original = secret.source if isinstance(secret, ReplicaSecret) else secret
        return original.name if sort_by == "name" else getattr(original, _DATES[sort_by])

    in_turn = sorted(secrets, key=key)
    if sort_order is None:
        return VARIETY.in_order(in_turn)
    return in_turn if sort_order == "asc" else in_turn[::-1]
