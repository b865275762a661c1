"""Organizations where moto differs: accounts with a chosen ID and state, and who may list them.

The management account and delegated administrators list accounts. A member account is refused, and
an account of no organization is told that there is none.
"""

from typing import Any

from moto.iam.models import iam_backends
from moto.organizations.exceptions import AWSOrganizationsNotInUseException
from moto.organizations.models import FakeAccount, OrganizationsBackend, organizations_backends

from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.clock import CLOCK

_PARTITION = "aws"
_KIND = "SERVICE_CONTROL_POLICY"
# AWS's policy that is attached to every account.
_EVERYTHING = "p-FullAWSAccess"

# What the deprecated Status says of each State:
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html
STATUS_OF_STATE = {
    "PENDING_ACTIVATION": "SUSPENDED",
    "ACTIVE": "ACTIVE",
    "SUSPENDED": "SUSPENDED",
    "PENDING_CLOSURE": "PENDING_CLOSURE",
    "CLOSED": "SUSPENDED",
}


class AccurateBackend(OrganizationsBackend):
    """moto's Organizations of one account."""

    def add_account(self, account_id: str, *, name: str, email: str, state: str) -> None:
        """Add a member account, or change name and state of one. Raises ValueError.

        It replaces moto's CreateAccount, which chooses the ID.
        """
        if state not in STATUS_OF_STATE:
            raise ValueError(f"{state} is not a state of an account")
        if self.org is None:
            self.create_organization("us-east-1")
        account = next((each for each in self.accounts if each.id == account_id), None)
        if account is None:
            account = self._joining(account_id, email)
        account.name, account.state, account.status = name, state, STATUS_OF_STATE[state]

    def _joining(self, account_id: str, email: str) -> FakeAccount:
        assert self.org is not None  # noqa: S101 - `add_account` made it
        account = FakeAccount(self.org, AccountName="", Email=email)
        # moto makes a role in an account with an ID by chance.
        iam_backends.pop(account.id)
        account.id, account.joined_method = account_id, "INVITED"
        account.create_time = CLOCK.stamp().replace(tzinfo=None)
        self.accounts.append(account)
        self.attach_policy(PolicyId=_EVERYTHING, TargetId=account_id)
        organizations_backends.master_accounts[account_id] = (self.account_id, _PARTITION)
        return account

    def all_accounts(self) -> list[dict[str, Any]]:
        """Return every account of the organization, in the order of joining. Raises Refused."""
        manager = self.manager
        if manager is None:
            raise AWSOrganizationsNotInUseException
        delegated = {admin.account.id for admin in manager.admins}
        if self.account_id not in {manager.account_id, *delegated}:
            raise Refused(
                "AccessDeniedException", "You don't have permissions to access this resource."
            )
        return [account.describe() for account in manager.accounts]

    def control_policies(self) -> list[list[tuple[str, str]]]:
        """Return ARN and document of the account's service control policies, by level.

        The levels are the account, its organizational units and the root. There are none for the
        management account, which these policies do not bind.
        """
        manager = self.manager
        if manager is None or manager.account_id == self.account_id:
            return []
        units = {unit.id: unit for unit in manager.ou}
        account = manager.get_account_by_id(self.account_id)
        levels, unit_id = [account.attached_policies], account.parent_id
        while (unit := units.get(unit_id)) is not None:
            levels.append(unit.attached_policies)
            unit_id = unit.parent_id or ""
        return [
            [(policy.arn, policy.content or "") for policy in level if policy.type == _KIND]
            for level in levels
        ]

    def replace_control_policy(self, account_id: str, document: str) -> None:
        """Give an account this policy instead of the last one of this name; none if it is empty."""
        name = f"restrictions-of-{account_id}"
        for policy in [each for each in self.policies if each.name == name]:
            self.detach_policy(PolicyId=policy.id, TargetId=account_id)
            self.delete_policy(PolicyId=policy.id)
        if document:
            made = self.create_policy(Name=name, Description="", Type=_KIND, Content=document)
            policy_id = made["Policy"]["PolicySummary"]["Id"]
            self.attach_policy(PolicyId=policy_id, TargetId=account_id)

    @property
    def manager(self) -> "AccurateBackend | None":
        """Return the backend of the management account, or None without an organization."""
        account_id = self.account_id
        if self.org is None:
            owner = organizations_backends.master_accounts.get(self.account_id)
            if owner is None:
                return None
            account_id = owner[0]
        return organizations_of(account_id)


def organizations_of(account_id: str) -> AccurateBackend:
    """Return the backend of an account."""
    backend = organizations_backends[account_id][_PARTITION]
    assert isinstance(backend, AccurateBackend)  # noqa: S101 - `install()` was called
    return backend


def learn_members() -> None:
    """Note the members of all organizations, after the state was cleared or restored.

    moto has them in a table beside its backends.
    """
    organizations_backends.master_accounts = {
        account.id: (backend.account_id, _PARTITION)
        for _, _, backend in list(organizations_backends.iter_backends())
        if isinstance(backend, AccurateBackend)
        for account in backend.accounts
        if account.id != backend.account_id
    }


def install() -> None:
    """Replace moto's backend with this one, before anything is stored in it."""
    if organizations_backends.backend is not AccurateBackend:
        organizations_backends.backend = AccurateBackend
        organizations_backends.clear()
