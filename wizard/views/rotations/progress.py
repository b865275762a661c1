"""The progress of a rotation, while the request that does the work is waited for by a script.

`static/js/progress.js` shows it in place of the page that sent the form. The journal says what was
done.
"""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from wizard.domain.errors import RotationNotFound
from wizard.models import RotatedState
from wizard.services import rotations
from wizard.views.rotations import results
from wizard.views.rotations.starting import rotation_url
from wizard.views.rotations.texts import upstream_name
from wizard.web import ConsoleRequest, at_account, see_other

_OPEN = (RotatedState.WAITING, RotatedState.RUNNING)


@require_safe
@at_account
def rotation_progress(request: ConsoleRequest, rotation_id: uuid.UUID) -> HttpResponse:
    """Show how far a rotation is, as a fragment; everybody else is led to its page.

    Before the rotation is begun, its Regions are being read.
    """
    try:
        rotation = rotations.get_rotation(rotation_id=rotation_id, account_id=request.account_id)
        secrets = results.own_secrets(request, rotation)
    except RotationNotFound:
        if not request.htmx:
            return see_other(reverse("rotation-list", kwargs={"account_id": request.account_id}))
        return render(request, "rotations/_progress.html", {"rows": []})
    if not request.htmx:
        return see_other(rotation_url(rotation))
    context: dict[str, Any] = {
        "rotation": rotation,
        "upstream": upstream_name(rotation.upstream, account_id=rotation.account_id),
        "rows": results.rows_under_way(secrets),
        "ended": sum(each.state not in _OPEN for each in secrets),
        "url": rotation_url(rotation) if rotation.is_running else "",
    }
    return render(request, "rotations/_progress.html", context)
