"""The page of a rotation: results by Region, failures first, and what can be done about them."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain import Role
from wizard.forms.operation import CredentialForm
from wizard.forms.rotation import ChosenSecretsForm
from wizard.services import rotations
from wizard.views.rotations import refused, results
from wizard.views.rotations.texts import upstream_name
from wizard.web import ConsoleRequest, at_account, permitted_targets


@require_safe
@at_account
def rotation_detail(request: ConsoleRequest, rotation_id: uuid.UUID) -> HttpResponse:
    """Show a rotation."""
    rotation = rotations.get_rotation(rotation_id=rotation_id, account_id=request.account_id)
    secrets = results.own_secrets(request, rotation)
    rows = results.rows(rotation, secrets)
    workable = {target.region for target in permitted_targets(request, Role.OPERATOR)}
    own = [] if rotation.is_running else [each for each in rows if each.secret.region in workable]
    back = [each for each in own if results.may_put_back(each)]
    missing = [each for each in own if results.is_missing(each)]
    known = refused.kept(request)
    complete_form = CredentialForm(
        is_needed=bool(missing), initial=known.typed if known else None, auto_id="complete_%s"
    )
    back_form = ChosenSecretsForm(offered=[each.key for each in back], auto_id="back_%s")
    if known:
        known.put_errors(back_form if known.refuses("secret") else complete_form)
    bulk = rotation.bulk
    is_validating = bulk is not None and not bulk.is_finished
    is_changing = rotation.is_running or is_validating
    context: dict[str, Any] = {
        "rotation": rotation,
        "upstream": upstream_name(rotation.upstream, account_id=rotation.account_id),
        "outcome": results.outcome(rotation, rows),
        "kind": results.kind(rotation, rows),
        "rows": rows,
        "missing": missing,
        "is_unsettled": bool(own)
        and (rotation.is_interrupted or any(each.rank == results.UNKNOWN for each in own)),
        "back": back,
        "complete_form": complete_form,
        "back_form": back_form,
        "form": next((each for each in (complete_form, back_form) if each.errors), None),
        "bulk": bulk,
        "is_validating": is_validating,
        "is_changing": is_changing,
        "listing": results.listing(request, rows, is_changing=is_changing),
        "rules": sorted({each.rule for row in own for each in row.rules if row.secret.changed_at}),
    }
    is_poll = request.htmx and request.htmx.target == "rotation-results"
    template = "rotations/detail.html#results" if is_poll else "rotations/detail.html"
    return render(request, template, context)
