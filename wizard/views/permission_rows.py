"""What is shown of the permissions of the console's credentials: actions, obstacles, gaps."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from wizard.domain.permissions import Permission, PolicyPlace, console_policy
from wizard.domain.principals import Principal, PrincipalKind
from wizard.domain.simulations import Decision, Verdict
from wizard.services.permissions import Obstacle, Preflight
from wizard.words import ErrorView, Text, error_view
from wizard.words.permissions import OPTIONAL_ACTIONS, PURPOSES, verdict_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """An action with what is known about it. `state` is `valid`, `failed` or `unknown`."""

    action: str
    purpose: Text
    optional: Text
    state: str
    verdict: Text
    resource: str
    missing_keys: str
    refused_at: datetime | None
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightView:
    """A preflight for templates; `policy` allows the actions in doubt, and is empty without any."""

    principal: str
    principal_kind: Text
    hint: str
    rows: list[ActionRow]
    gaps: list[ActionRow]
    obstacle: str
    error: ErrorView | None
    policy: str

    @property
    def is_complete(self) -> bool:
        return not self.obstacle

    @property
    def is_only_doubt(self) -> bool:
        """Whether nothing is known to be denied: each denial depends on unknown values."""
        return all(row.missing_keys and not row.refused_at for row in self.gaps)


def preflight_view(found: Preflight) -> PreflightView:
    """Return what is shown of a preflight."""
    rows = [_row(each, found) for each in found.permissions]
    doubtful = {each.action for each in found.doubtful}
    needed = [each for each in found.doubtful if each.action not in OPTIONAL_ACTIONS]
    return PreflightView(
        principal=found.principal.arn,
        principal_kind=_kind_text(found.principal),
        hint=_hint(found),
        rows=rows,
        gaps=[row for row in rows if row.action in doubtful],
        obstacle=_obstacle_text(found.obstacle, found.principal) if found.obstacle else "",
        error=error_view(found.error) if found.error else None,
        policy=policy_text(needed, found) if needed else "",
    )


def policy_text(permissions: list[Permission], found: Preflight) -> str:
    """Return the policy to add for these actions, in the account and Region of the preflight."""
    place = PolicyPlace(
        account_id=found.target.account_id,
        regions=(found.target.region,),
        partition=found.principal.partition,
    )
    policy = console_policy(permissions, place, resources=found.resources)
    return json.dumps(policy, indent=2)


def _row(permission: Permission, found: Preflight) -> ActionRow:
    action = permission.action
    decision, refusal = found.decisions.get(action), found.refusals.get(action)
    return ActionRow(
        action=action,
        purpose=PURPOSES[action],
        optional=OPTIONAL_ACTIONS.get(action, ""),
        state=_state(decision),
        verdict=verdict_text(decision) if decision else _("Unknown"),
        resource=decision.resource if decision and decision.resource != "*" else "",
        missing_keys=", ".join(decision.missing_keys)
        if decision and not decision.is_certain
        else "",
        refused_at=refusal.at if refusal else None,
        refusal=refusal.message if refusal else "",
    )


def _missing_keys(decision: Decision | None) -> str:
    return "" if decision is None or decision.is_certain else ", ".join(decision.missing_keys)


def _state(decision: Decision | None) -> str:
    if decision is None or not decision.is_certain:
        return "unknown"
    return "valid" if decision.verdict is Verdict.ALLOWED else "failed"


def _hint(found: Preflight) -> str:
    """Return where the permissions are changed, and what adding a policy does not solve."""
    decisions = [
        found.decisions[each.action] for each in found.doubtful if each.action in found.decisions
    ]
    hints = []
    if any(each.denied_by for each in decisions):
        hints.append(
            _(
                "A service control policy or a permissions boundary denies some of these actions."
                " Adding them to a policy of the role doesn't change that."
            )
        )
    elif any(each.verdict is Verdict.EXPLICIT_DENY for each in decisions):
        hints.append(
            _(
                "A Deny statement applies to some of these actions. It takes precedence over"
                " everything that you allow. Change this statement."
            )
        )
    if found.principal.is_of_identity_center:
        hints.append(
            _(
                "IAM Identity Center manages this role. Change the permission set there, and"
                " not the role in IAM."
            )
        )
    return " ".join(hints)


def _kind_text(principal: Principal) -> Text:
    return {
        PrincipalKind.USER: _("IAM user"),
        PrincipalKind.ROLE: _("Session of an IAM role"),
        PrincipalKind.ROOT: _("Root user of the account"),
        PrincipalKind.FEDERATED: _("Federated user"),
        PrincipalKind.UNKNOWN: _("Unknown"),
    }[principal.kind]


def _obstacle_text(obstacle: Obstacle, principal: Principal) -> str:
    texts = {
        Obstacle.ROOT: _(
            "The console uses the root user of the account. IAM can't simulate its permissions:"
            " only service control policies limit it. Create a role for the console instead."
        ),
        Obstacle.FEDERATED: _(
            "The console uses a federated user. IAM can't simulate the permissions of its session."
        ),
        Obstacle.UNKNOWN_PRINCIPAL: _(
            "AWS didn't say which user or role the console uses, so IAM can't be asked."
        ),
        Obstacle.NOT_FOUND: _(
            "IAM can't find the user or role %(name)s. If the role has a path, the console"
            " needs iam:GetRole to read the path."
        ),
        Obstacle.NOT_PERMITTED: _(
            "The console isn't allowed to call iam:SimulatePrincipalPolicy, so it can't check"
            " permissions in advance. This doesn't mean that an action is denied."
        ),
        Obstacle.NO_ANSWER: _(
            "IAM didn't answer everything. This doesn't mean that an action is denied. Try again"
            " in a moment."
        ),
    }
    return texts[obstacle] % {"name": principal.name}
