"""The question before a tag is removed from the cache, so that the next pull fetches it again."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wizard.domain.errors import AwsError
from wizard.forms.cleanup import FetchAgainForm
from wizard.services import cleanups
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes
from wizard.words import error_view


@require_http_methods(["GET", "HEAD", "POST"])
@takes(FetchAgainForm)
@at_target
def image_fetch_again(request: ConsoleRequest, repository: str) -> HttpResponse:
    """Ask which tag of an image to fetch again, and remove it; `digest` is that of the image."""
    target, sent = request.target, request.POST if request.method == "POST" else None
    digest = (sent or request.GET).get("digest", "")
    image = cleanups.find_image(target=target, repository=repository, digest=digest)
    initial = {"digest": digest, "tag": image.tags[0] if image.tags else ""}
    form = FetchAgainForm(sent, tags=image.tags, initial=initial)
    context: dict[str, Any] = {"form": form, "image": image, "error": None}
    if form.is_valid():
        tag = form.cleaned_data["tag"]
        try:
            cleanups.remove_tag(
                target=target, repository=repository, tag=tag, digest=digest, actor=request.user
            )
        except AwsError as error:
            context["error"] = error_view(error)
        else:
            text = _("Removed %(image)s (%(region)s) from the cache. The next pull fetches it.")
            names = {"image": f"{repository}:{tag}", "region": target.region}
            messages.success(request, text % names)
            return see_other(place_url("repository-images", target, repository=repository))
    status = context["error"].status if context["error"] else 422 if form.is_bound else 200
    return render(request, "cleanups/fetch_again.html", context, status=status)
