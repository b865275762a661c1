"""Repository creation templates: reading, creating, changing and deleting them in one Region.

UpdateRepositoryCreationTemplate has no condition. Therefore the template is read immediately before
the call and compared with what the person saw. A small race remains. `actor` is checked here once
more, because a form can be sent after a role was removed.
"""

from django.contrib.auth.models import User

from wizard.backend import templates
from wizard.domain import AwsAction, Role, Target
from wizard.domain.errors import AwsError, RoleNotFound
from wizard.domain.template_checks import check_template
from wizard.domain.templates import (
    Around,
    CreationTemplate,
    RoleProblem,
    TemplateChangedMeanwhile,
    around,
    template_facts,
)
from wizard.services import access, roles
from wizard.services.audit import audited


def get_template(*, target: Target, prefix: str) -> CreationTemplate:
    """Return one template; raises TemplateNotFound."""
    return templates.describe_template(target, prefix)


def templates_around(*, target: Target, template: CreationTemplate) -> Around:
    """Return the templates around one that is to be saved."""
    return around(template, templates.describe_templates(target))


def role_problem(*, target: Target, role_arn: str) -> RoleProblem | None:
    """Return why ECR certainly cannot assume a role; None if it can, or if IAM does not tell."""
    try:
        role = roles.find_role(target.account_id, role_arn)
    except RoleNotFound:
        return RoleProblem.MISSING
    except AwsError:
        return None
    if role.arn != role_arn:
        return RoleProblem.MISSING
    return RoleProblem.NOT_TRUSTING if role.trust_in_ecr.is_refusal else None


def create_template(*, target: Target, template: CreationTemplate, actor: User) -> None:
    """Create a template in a Region; a lost answer is resolved by reading the template.

    Raises NotPermitted, InvalidTemplate, TemplateAlreadyExists, and AWS's other refusals.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    check_template(template, target)
    with audited(
        AwsAction.CREATE_TEMPLATE,
        target=target,
        subject=template.prefix,
        after=template_facts(template),
    ):
        templates.create_template_surely(target, template)


def update_template(
    *, target: Target, template: CreationTemplate, seen: CreationTemplate, actor: User
) -> None:
    """Change the template that the person saw.

    Raises TemplateChangedMeanwhile if it is not as `seen` any more, NotPermitted, InvalidTemplate,
    TemplateNotFound, and AWS's other refusals.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    check_template(template, target)
    before = _as_seen(target, seen)
    with audited(
        AwsAction.UPDATE_TEMPLATE,
        target=target,
        subject=template.prefix,
        before=template_facts(before),
        after=template_facts(template),
    ):
        templates.update_template_surely(target, template, before)


def delete_template(*, target: Target, seen: CreationTemplate, actor: User) -> None:
    """Delete the template that the person saw; the repositories that it made stay as they are.

    Raises TemplateChangedMeanwhile if it is not as `seen` any more, NotPermitted and
    TemplateNotFound.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    before = _as_seen(target, seen)
    with audited(
        AwsAction.DELETE_TEMPLATE,
        target=target,
        subject=before.prefix,
        before=template_facts(before),
    ):
        templates.delete_template_surely(target, before.prefix)


def _as_seen(target: Target, seen: CreationTemplate) -> CreationTemplate:
    now = templates.describe_template(target, seen.prefix)
    if now != seen:  # guard: C1
        raise TemplateChangedMeanwhile(now)
    return now
