"""Rules to cure, from what is last known of them and of their secrets; AWS is not called."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wizard.domain import Rule, Target
from wizard.services import last_known
from wizard.services.known_secrets import KnownSecrets, known_secrets
from wizard.views.cures import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    """The last-known rules of some Regions of an account."""

    account_id: str
    rules: Mapping[tuple[str, str], Rule]
    secrets: KnownSecrets

    def find(self, region: str, prefix: str) -> Patient | None:
        """Return the rule with this prefix, if it is known."""
        rule = self.rules.get((region, prefix))
        if rule is None:
            return None
        secret = self.secrets.get((region, rule.credential_arn or ""))
        return Patient(
            target=Target(account_id=self.account_id, region=region),
            rule=rule,
            secret_name=secret.name if secret else "",
        )


def known_patients(*, account_id: str, regions: Collection[str]) -> Patients:
    """Read the last-known rules of these Regions, and what is known of secrets."""
    return Patients(
        account_id=account_id,
        rules=last_known.known_rules(account_id=account_id, regions=regions),
        secrets=known_secrets(account_id=account_id),
    )
