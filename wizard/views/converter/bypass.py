"""Who bypasses the cache: running images, by the rule that they go through or why they do not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.domain import Rule, Target
from wizard.domain.converter import (
    Reading,
    Route,
    RouteCount,
    RuleMap,
    RunningImage,
    route_counts,
    running_images,
)
from wizard.exports import FORMATS, ListedImage
from wizard.forms.converter import ImagesForm
from wizard.views.converter.rows import needed_rows
from wizard.views.converter.taking import answer_form
from wizard.views.downloads import images_file
from wizard.web import ConsoleRequest, at_target, never_kept, takes
from wizard.words import ROUTES, Text, file_problem_text

# What a page shows of many images. The counts and the files have all of them.
MOST_ROWS: Final = 1000
# How a cluster lists the images of its containers, one a line.
COMMAND: Final = (
    "kubectl get pods -A -o jsonpath='{range .items[*]}"
    '{range .spec.initContainers[*]}{.image}{"\\n"}{end}'
    '{range .spec.containers[*]}{.image}{"\\n"}{end}{end}\''
)
# Not past the cache: what goes through it, and what is nobody else's.
_STATUS: Final = {Route.THROUGH: "valid", Route.OWN: "pending", Route.UNKNOWN: "pending"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """How many containers and images take a route; `prefix` is the rule's, for those through it."""

    count: RouteCount
    status: str
    words: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """An image; `places` are some of the containers that run it."""

    image: RunningImage
    status: str
    words: Text
    places: tuple[str, ...]


@sensitive_variables()
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@never_kept  # guard: S15
@takes(ImagesForm, "format", files=["file"], is_text=True)
@at_target
def image_bypass(request: ConsoleRequest) -> HttpResponse:
    """Ask for the images that run; show which go through which rule, and why the others do not.

    With `format`, the answer is a file. Nothing that was sent is stored.
    """

    def routed(form: ImagesForm, reading: Reading, rules: list[Rule]) -> HttpResponse:
        images = running_images(reading.occurrences, RuleMap(rules, request.target))
        format_name = request.POST.get("format", "")
        if format_name in FORMATS:
            lines = [line for image in images for line in _listed(image, request.target)]
            return images_file(lines, format_name=format_name, target=request.target)
        return _show(request, form, result=_result(reading, images))

    return answer_form(request, ImagesForm, show=_show, result=routed)


def _show(
    request: ConsoleRequest, form: ImagesForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    formats = [(name, each.label) for name, each in FORMATS.items()]
    context = {"form": form, "command": COMMAND, "formats": formats, **more}
    return render(request, "converter/bypass.html", context, status=status)


def _result(reading: Reading, images: list[RunningImage]) -> dict[str, Any]:
    counts = route_counts(images)
    through = sum(each.containers for each in counts if each.route is Route.THROUGH)
    return {
        "counts": [_count_row(each) for each in counts],
        "rows": [_row(each) for each in images[:MOST_ROWS]],
        "rest": max(len(images) - MOST_ROWS, 0),
        "through": through,
        "containers": sum(each.containers for each in counts),
        "images": len(images),
        "needed": needed_rows(each.mapped for each in images),
        "problem": file_problem_text(reading.problem) if reading.problem else "",
    }


def _count_row(count: RouteCount) -> CountRow:
    return CountRow(
        count=count, status=_STATUS.get(count.route, "warning"), words=ROUTES[count.route]
    )


def _row(image: RunningImage) -> ImageRow:
    places = dict.fromkeys(each.place for each in image.occurrences if each.place)
    return ImageRow(
        image=image,
        status=_STATUS.get(image.route, "warning"),
        words=ROUTES[image.route],
        places=tuple(places)[:3],
    )


def _listed(image: RunningImage, target: Target) -> Iterable[ListedImage]:
    """Return a line for each container, so that a spreadsheet can count them in any way."""
    for where in image.occurrences:
        yield ListedImage(
            account_id=target.account_id,
            region=target.region,
            image=image.reference,
            route=image.route.value,
            ecr_repository_prefix=image.prefix,
            cached_image=image.new,
            line=str(where.line),
            place=where.place,
        )
