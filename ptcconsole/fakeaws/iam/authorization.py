"""Whether policies allow an action: those of the organization always, IAM's if that is checked.

Service control policies bind every caller of a member account. A caller that IAM does not know may
do everything within them unless it is limited, and so may the administrator whose keys the
simulation gives out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from moto.iam.models import IAMBackend, Role, get_account_id_from, iam_backends
from moto.sts.models import sts_backends

from ptcconsole.fakeaws import policies
from ptcconsole.fakeaws.accounts import ADMINISTRATOR
from ptcconsole.fakeaws.audience import AUDIENCE
from ptcconsole.fakeaws.iam.roles import boundary_of, documents_of, documents_of_user, role_as_seen
from ptcconsole.fakeaws.organizations.models import organizations_of
from ptcconsole.fakeaws.variety import VARIETY

_PARTITION = "aws"
# The Region of requests to IAM, which one service forwards to it for another.
_GLOBAL_REGION = "us-east-1"
_SERVICE_OF_IMPLIED = {
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    "iam:PassRole": ("iam:PassedToService", "ecr.amazonaws.com"),
    "iam:CreateServiceLinkedRole": (
        "iam:AWSServiceName",
        "pullthroughcache.ecr.amazonaws.com",
    ),
}


class Anybody:
    """The policy of the callers that IAM does not know; without one they may do everything."""

    def __init__(self) -> None:
        self._document: str | None = None

    def limit(self, document: str | None) -> None:
        """Limit them to what this policy allows; None: no more."""
        self._document = document

    @property
    def documents(self) -> list[str] | None:
        """Return the policies that limit the call that is answered, or None."""
        is_limited = self._document is not None and AUDIENCE.is_concerned()
        return [str(self._document)] if is_limited else None


# One per process, like moto's state.
ANYBODY = Anybody()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An action on a resource that a call needs; `shown` is what messages call the resource."""

    action: str
    resource: str = "*"
    shown: str = ""
    context: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """Return the resource as a message names it."""
        return self.shown or self.resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policies that decide about a caller, the levels of its organization and its own.

    There are no own ones if they are not asked for, or the caller may do everything.
    """

    account_id: str
    levels: list[list[tuple[str, str]]]
    identity: list[str] | None = None
    boundary: list[str] | None = None

    @property
    def decides(self) -> bool:
        """Whether there is a policy that could refuse something."""
        return bool(self.levels) or self.identity is not None


def policies_of(access_key: str, *, with_own: bool) -> Policies:
    """Return the policies that bind the owner of an access key, `with_own` or only above it."""
    account_id = get_account_id_from(access_key)
    levels = organizations_of(account_id).control_policies()
    if not with_own:
        return Policies(account_id=account_id, levels=levels)
    session = sts_backends[account_id][_PARTITION].get_assumed_role_from_access_key(access_key)
    role = role_as_seen(session.role_arn) if session is not None else None
    return Policies(
        account_id=account_id,
        levels=levels,
        identity=_own(account_id, access_key) if session is None else _documents_of_role(role),
        boundary=boundary_of(role) if role is not None else None,
    )


def reason_against(wanted: Wanted, allowed: Policies, *, caller_arn: str, region: str) -> str:
    """Return why the policies refuse, in AWS's words; empty if they do not."""
    context = {
        "aws:PrincipalAccount": allowed.account_id,
        "aws:PrincipalArn": caller_arn,
        **_context(wanted.action, region),
        **wanted.context,
    }
    denied = _of_organization(wanted, allowed.levels, context)
    if denied or allowed.identity is None:
        return denied
    own = _effects(allowed.identity, wanted, context)
    bound = {"Allow"} if allowed.boundary is None else _effects(allowed.boundary, wanted, context)
    for effects, kind in ((own, "an identity-based policy"), (bound, "a permissions boundary")):
        if "Deny" in effects:
            return f"with an explicit deny in {kind}"
    for effects, kind in ((own, "identity-based policy"), (bound, "permissions boundary")):
        if "Allow" not in effects:
            return f"because no {kind} allows the {wanted.action} action"
    return ""


def _of_organization(
    wanted: Wanted, levels: list[list[tuple[str, str]]], context: Mapping[str, str]
) -> str:
    for arn, document in (policy for level in levels for policy in level):
        if "Deny" in _effects([document], wanted, context):
            # AWS names the policy since 2026, in some services and Regions before others.
            named = f": {arn}" if VARIETY.is_on else ""
            return f"with an explicit deny in a service control policy{named}"
    for level in levels:
        if "Allow" not in _effects([document for _, document in level], wanted, context):
            return f"because no service control policy allows the {wanted.action} action"
    return ""


def _effects(documents: Iterable[str], wanted: Wanted, context: Mapping[str, str]) -> set[str]:
    return policies.effects(documents, wanted.action, wanted.resource, context, exactly=True)


def _context(action: str, region: str) -> dict[str, str]:
    is_forwarded = action.startswith("iam:") and action != "iam:PassRole"
    context = {"aws:RequestedRegion": _GLOBAL_REGION if is_forwarded else region}
    if action in _SERVICE_OF_IMPLIED:
        key, service = _SERVICE_OF_IMPLIED[action]
        context[key] = service
    return context


def _documents_of_role(role: Role | None) -> list[str]:
    """Return the policies of a session's role; none if the role was deleted meanwhile."""
    return documents_of(role) if role is not None else []


def _own(account_id: str, access_key: str) -> list[str] | None:
    backend: IAMBackend = iam_backends[account_id][_PARTITION]
    user = backend.get_user_from_access_key_id(access_key)
    if user is None:
        return ANYBODY.documents
    return None if user.name == ADMINISTRATOR else list(documents_of_user(backend, user))
