"""What can be done about a rotation: complete it, put old versions back."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from wizard.forms.operation import CredentialForm
from wizard.forms.rotation import ChosenSecretsForm
from wizard.models import Rotation
from wizard.services import rotations
from wizard.views.rotations import refused
from wizard.views.rotations.results import own_secrets
from wizard.views.rotations.starting import queue_validation, rotation_url
from wizard.web import ConsoleRequest, at_account, redirects_scripts, see_other, takes


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@takes(CredentialForm)
@redirects_scripts
@at_account
def rotation_complete(request: ConsoleRequest, rotation_id: uuid.UUID) -> HttpResponse:
    """Store the new version where it is missing; without a token, only compare with AWS."""
    rotation = _own(request, rotation_id)
    is_typed = bool(request.POST.get("username") or request.POST.get("access_token"))
    form = CredentialForm(request.POST, is_needed=is_typed)
    if not form.is_valid():
        return refused.keep(request, form, rotation_url(rotation))
    refused.forget(request)
    credential = form.credential()
    if not rotations.complete(rotation=rotation, credential=credential, actor=request.user):
        return _held(request, rotation)
    queue_validation(rotation)
    return see_other(rotation_url(rotation))


@require_POST
@takes(ChosenSecretsForm)
@redirects_scripts
@at_account
def rotation_put_back(request: ConsoleRequest, rotation_id: uuid.UUID) -> HttpResponse:
    """Make the old version of the chosen secrets current again."""
    rotation = _own(request, rotation_id)
    keys = [rotations.key_of(each) for each in own_secrets(request, rotation)]
    form = ChosenSecretsForm(request.POST, offered=keys)
    if not form.is_valid():
        return refused.keep(request, form, rotation_url(rotation))
    refused.forget(request)
    chosen = form.chosen()
    if not rotations.put_back(rotation=rotation, keys=chosen, actor=request.user):
        return _held(request, rotation)
    queue_validation(rotation)
    return see_other(rotation_url(rotation))


def _own(request: ConsoleRequest, rotation_id: uuid.UUID) -> Rotation:
    """Return a rotation with a secret in the person's Regions; raises RotationNotFound."""
    rotation = rotations.get_rotation(rotation_id=rotation_id, account_id=request.account_id)
    own_secrets(request, rotation)
    return rotation


def _held(request: ConsoleRequest, rotation: Rotation) -> HttpResponse:
    messages.info(request, _("The rotation is running. Nothing was changed by this request."))
    return see_other(rotation_url(rotation))
