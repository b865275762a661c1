"""The rows of the list of secrets: what is shown, sorted and searched of each."""

from collections.abc import Iterable
from dataclasses import dataclass

from wizard.domain import Secret
from wizard.services.secrets import SecretUse
from wizard.views.tables import Listing, listing_of
from wizard.web import ConsoleRequest
from wizard.words import secret_notes


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRow:
    """A row of the table; `note` is a problem or particularity, or empty."""

    use: SecretUse
    note: str

    @property
    def state(self) -> str:
        """Return the sort key of the state: those with a problem come first."""
        return f"{0 if self.use.secret.problem else 1} {self.note}"

    @property
    def rules(self) -> str:
        return " ".join(rule.ecr_repository_prefix for rule in self.use.rules or ())


def secrets_listing(
    request: ConsoleRequest, uses: Iterable[SecretUse], *, first: Secret | None
) -> Listing[SecretRow]:
    """Return one page of the secrets; `first` comes first until the list is sorted."""
    rows = [SecretRow(use=use, note=secret_notes(use.secret)) for use in uses]
    rows.sort(key=lambda row: first is None or row.use.secret.arn != first.arn)
    return listing_of(request, rows, table="secrets", searched=_searched)


def _searched(row: SecretRow) -> tuple[str, ...]:
    return row.use.secret.name, row.rules, row.note
