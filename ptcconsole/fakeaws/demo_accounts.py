"""The further accounts of the demo, and their organization.

They have the role that the console proposes, and the console's demo knows their external IDs. One
account has lost its role, one is closed, one has Regions that the organization closes, and one
waits to be added.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ptcconsole.fakeaws.control import AccountState, FakeAwsControl

_CONSOLE = "arn:aws:iam::123456789012:user/console"
_HUB, _QUAY, _K8S = "registry-1.docker.io", "quay.io", "registry.k8s.io"
_GITHUB, _PUBLIC = "ghcr.io", "public.ecr.aws"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """An account: its name and state in the organization, its rules by Region and prefix."""

    account_id: str
    name: str
    state: AccountState = "ACTIVE"
    has_role: bool = True
    rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    closed_regions: tuple[str, ...] = ()

    @property
    def external_id(self) -> str:
        """Return the external ID that its role demands."""
        return f"ptc-{self.account_id:0>32}"


MANAGER = DemoAccount(account_id="123456789012", name="platform")
MEMBERS = (
    DemoAccount(
        account_id="210987654321",
        name="shop-production",
        rules={
            "us-east-2": {"kubernetes": _K8S, "docker-hub": _HUB},
            "eu-west-1": {"docker-hub": _HUB, "quay": _QUAY, "kubernetes": _K8S},
        },
    ),
    DemoAccount(
        account_id="333344445555",
        name="shop-staging",
        rules={
            "eu-central-1": {"quay": _QUAY, "kubernetes": _K8S, "github": _GITHUB},
            "eu-west-1": {"quay": _QUAY, "ecr-public": _PUBLIC},
        },
        closed_regions=("ap-northeast-1", "sa-east-1"),
    ),
    DemoAccount(
        account_id="444455556666",
        name="data-warehouse",
        has_role=False,
        rules={"us-east-2": {"docker-hub": _HUB}},
    ),
    DemoAccount(
        account_id="555566667777",
        name="data-lab",
        rules={"us-east-2": {"docker-hub": _HUB, "ecr-public": _PUBLIC}},
    ),
    DemoAccount(account_id="666677778888", name="former-shop", state="SUSPENDED", has_role=False),
)


def seed_accounts(control: FakeAwsControl) -> None:
    """Make the accounts with their roles and rules, and their organization; rules stay."""
    control.add_to_organization(MANAGER.account_id, name=MANAGER.name)
    for member in MEMBERS:
        control.add_to_organization(member.account_id, name=member.name, state=member.state)
        control.add_account(
            member.account_id,
            role="PtcConsole" if member.has_role else "",
            external_id=member.external_id,
            trusts=_CONSOLE,
            rules=member.rules,
        )
        control.close_regions(member.account_id, *member.closed_regions)
