"""Starting an operation: its rows in one transaction, with the lease held from then on."""

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from wizard.domain import Role
from wizard.domain.template_checks import check_template
from wizard.domain.templates import CreationTemplate, settings_of
from wizard.models import TemplateChange, TemplateOperation, TemplateVerb
from wizard.services import access, held
from wizard.services.template_operations.planning import RegionPlan


def start(
    *,
    operation_id: uuid.UUID,
    account_id: str,
    template: CreationTemplate,
    verb: TemplateVerb,
    plans: Collection[RegionPlan],
    actor: User,
) -> TemplateOperation | None:
    """Insert an operation for these Regions; None if the same form has started it already.

    Raises NotPermitted, and inserts nothing, for a Region that is not the person's, and
    InvalidTemplate if the template cannot be copied to one.
    """
    for plan in plans:
        access.check_access(user=actor, role=Role.OPERATOR, target=plan.target)  # guard: Z2
        if verb == TemplateVerb.COPY:
            check_template(template, plan.target)
    try:
        with transaction.atomic():
            operation = TemplateOperation.objects.create(
                id=operation_id,
                account_id=account_id,
                prefix=template.prefix,
                verb=verb,
                settings=_copied(template) if verb == TemplateVerb.COPY else {},
                actor=actor,
                **held.started(),
            )
            TemplateChange.objects.bulk_create(_row(operation, plan) for plan in plans)
    except IntegrityError:  # guard: W1
        return None
    return operation


def _copied(template: CreationTemplate) -> dict[str, Any]:
    """Return the settings with the policies as they are written, also their white space."""
    policies = {
        "repository_policy": template.repository_policy,
        "lifecycle_policy": template.lifecycle_policy,
    }
    return settings_of(template) | policies


def _row(operation: TemplateOperation, plan: RegionPlan) -> TemplateChange:
    before = settings_of(plan.found) if plan.found else {}
    return TemplateChange(operation=operation, region=plan.target.region, before=before)
