"""What a rule depends on and what depends on it: its secret, its role, its repositories
and the template that makes them.

AWS is asked for all parts in parallel, with one deadline. A part that AWS refuses or does not tell
in time has its own error; the others are shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.backend import ecr, images, secretsmanager, templates
from wizard.domain import IamRole, Rule, Secret, Target
from wizard.domain.errors import SecretNotFound
from wizard.domain.namespaces import RepositoryCount
from wizard.domain.templates import CreationTemplate
from wizard.services import last_known, roles
from wizard.services.fanout import Answer, ask_together
from wizard.services.missing_secrets import successors
from wizard.services.repositories import covered_by
from wizard.services.secrets import users_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """The parts around one rule; a part is None when the rule has no such thing.

    `role` is the role of the name in the rule's ARN. It may have another ARN. `successors` are
    secrets that can take the place of one that no longer exists.
    """

    repositories: Answer[RepositoryCount]
    templates: Answer[list[CreationTemplate]]
    secret: Answer[Secret] | None = None
    role: Answer[IamRole] | None = None
    sharing_rules: list[Rule]
    successors: Sequence[Secret] = ()


def get_rule_context(*, target: Target, rule: Rule) -> RuleContext:
    """Ask AWS for every part; a name of `calls` is the member that gets the answer."""
    secret_arn, role_arn = rule.credential_arn, rule.custom_role_arn
    calls: dict[str, Callable[[], Any]] = {
        "rules": lambda: ecr.describe_rules(target),
        "found": lambda: images.describe_repositories(target),
        "templates": lambda: templates.describe_templates(target),
    }
    if secret_arn:
        calls["secret"] = lambda: secretsmanager.describe_secret(target, secret_arn)
    if role_arn:
        calls["role"] = lambda: roles.find_role(target.account_id, role_arn)
    answers: dict[str, Any] = ask_together(target=target, calls=calls)
    secret: Answer[Secret] = answers.get("secret", Answer())
    is_gone = secret_arn is not None and isinstance(secret.error, SecretNotFound)
    rules, found = answers.pop("rules"), answers.pop("found")
    return RuleContext(
        repositories=covered_by(rule, rules, found),
        sharing_rules=_sharing(target, rule, secret.value),
        successors=successors(target=target, arn=secret_arn or "") if is_gone else [],
        **answers,
    )


def _sharing(target: Target, rule: Rule, secret: Secret | None) -> list[Rule]:
    """Return the other rules of the Region with the same secret, as last known."""
    if rule.credential_arn is None:
        return []
    snapshot = last_known.last_known(account_id=target.account_id).get(target.region)
    known = secret or Secret(arn=rule.credential_arn, name="")
    users = users_of(known, snapshot.rules if snapshot else [])
    return [other for other in users if other.ecr_repository_prefix != rule.ecr_repository_prefix]
