"""Files that a page gives back without storing them: packed into the page, sent again to download.

The page has the file, compressed and as text, in a hidden field. The address to which the field is
sent answers it as an attachment. So each byte of the file is as it was, which a text field changes.
"""

import base64
import binascii
import re
import zlib
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from wizard.domain.converter import Kind
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes

# A form has at most a mebibyte.
_MOST_PACKED: Final = 1_000_000
# A converted file is longer than its original, by a name of the registry for each reference.
_MOST_BYTES: Final = 4_000_000
_NAMES: Final = {
    Kind.DOCKERFILE: "Dockerfile",
    Kind.COMPOSE: "compose.yaml",
    Kind.KUBERNETES: "manifest.yaml",
    Kind.HELM_VALUES: "values.yaml",
    Kind.KUSTOMIZATION: "kustomization.yaml",
    Kind.GITHUB_WORKFLOW: "workflow.yaml",
    Kind.GITLAB_CI: "gitlab-ci.yaml",
    Kind.JENKINSFILE: "Jenkinsfile",
    Kind.IMAGE_LIST: "images.txt",
    Kind.PODS_JSON: "pods.json",
    Kind.ECS_TASK: "task-definition.json",
}


def packed(content: bytes) -> str:
    """Return the file as the value of a hidden field; empty if it is too large for a form."""
    text = base64.b64encode(zlib.compress(content)).decode()
    return text if len(text) <= _MOST_PACKED else ""


def name_of(file_name: str, kind: Kind) -> str:
    """Return the name of the converted file: that of the uploaded one, or the usual one."""
    last = re.split(r"[/\\]", file_name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]", "_", last) or _NAMES[kind]


@sensitive_variables()
@sensitive_post_parameters()
@require_POST
@takes("file_name", "packed")
@at_target
def converted_file(request: ConsoleRequest) -> HttpResponse:
    """Give a converted file back as an attachment."""
    content = _unpacked(request.POST.get("packed", ""))
    if content is None:
        messages.error(request, _("The file is incomplete. Convert it again."))
        return see_other(place_url("file-convert", request.target))
    name = name_of(request.POST.get("file_name", "")[-200:], Kind.IMAGE_LIST)
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _unpacked(text: str) -> bytes | None:
    """Return the file in a field; None for anything else, or one that is too large."""
    try:
        compressed = base64.b64decode(text, validate=True)
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(compressed, _MOST_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return content if unpacking.eof else None
