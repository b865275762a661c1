"""The preview of a lifecycle policy: the policy and the repository, then what ECR says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wizard.domain import Target
from wizard.domain.errors import AwsError, PreviewNotFound, RepositoryNotFound
from wizard.domain.lifecycle import (
    Action,
    AffectedImage,
    FaultyPolicy,
    LifecyclePreview,
    LifecycleRule,
    PreviewStatus,
    read_policy,
    without_effect,
)
from wizard.forms.lifecycle import OWN, PRESETS, PreviewForm, lifecycle_initial
from wizard.services import lifecycle
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes
from wizard.words import (
    ACTIONS,
    STORAGE_CLASSES,
    condition_text,
    error_view,
    selection_text,
)

# htmx stops polling at a response with this status.
STOP_POLLING: Final = 286
_LONGEST_NAME: Final = 256
_SHOWN_DIGEST: Final = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """An affected image; what AWS does not tell is empty."""

    name: str
    digest: str
    pushed_at: datetime | None
    action: str
    priority: int
    storage_class: str

    @classmethod
    def of(cls, image: AffectedImage) -> "ImageRow":
        stored = image.storage_class
        return cls(
            name=", ".join(image.tags),
            digest=image.digest,
            pushed_at=image.pushed_at,
            action=str(ACTIONS[image.action]) if image.action else "",
            priority=image.priority,
            storage_class=str(STORAGE_CLASSES.get(stored, stored)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule of a policy in words; `has_effect` is False behind a rule that takes its images."""

    priority: int
    images: str
    condition: str
    action: str
    description: str
    has_effect: bool

    @classmethod
    def of(cls, rule: LifecycleRule, *, has_effect: bool) -> "RuleLine":
        return cls(
            priority=rule.priority,
            images=selection_text(rule),
            condition=condition_text(rule),
            action=str(ACTIONS[rule.action]),
            description=rule.description,
            has_effect=has_effect,
        )


def _rule_lines(text: str) -> list[RuleLine]:
    """Return the rules of a policy in words; none of what cannot be read."""
    try:
        policy = read_policy(text)
    except FaultyPolicy:
        return []
    idle = without_effect(policy)
    return [RuleLine.of(rule, has_effect=rule not in idle) for rule in policy.rules]


@require_http_methods(["GET", "HEAD", "POST"])
@takes(PreviewForm)
@at_target
def lifecycle_preview_create(request: ConsoleRequest) -> HttpResponse:
    """Start a preview. In the query string, `repository` is the one to begin with, and `template`
    the prefix of the template whose policy to begin with.
    """
    target = request.target
    initial: dict[str, Any] = {"lifecycle": PRESETS, "keeping": "all"}
    if prefix := request.GET.get("template", "").strip()[:_LONGEST_NAME]:
        text = lifecycle.policy_of_template(target=target, prefix=prefix)
        initial = lifecycle_initial(text) if text else initial
    initial["repository"] = request.GET.get("repository", "").strip()[:_LONGEST_NAME]
    form = PreviewForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"form": form, "error": None}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "lifecycle/create.html", context, status=status)
    repository, text = form.cleaned_data["repository"], form.cleaned_data["lifecycle_policy"]
    url = place_url("lifecycle-preview-detail", target, repository=repository)
    try:
        if form.cleaned_data["lifecycle"] == OWN:
            text = lifecycle.own_policy(target=target, repository=repository)
        lifecycle.start_preview(target=target, repository=repository, text=text, actor=request.user)
    except FaultyPolicy:
        form.add_error("lifecycle", _("The console can't read the policy of the repository."))
        return render(request, "lifecycle/create.html", context, status=422)
    except RepositoryNotFound as error:
        view = error_view(error)
        form.add_error("repository", _("No repository has this name. Check its spelling."))
        return render(request, "lifecycle/create.html", context | {"error": view}, status=422)
    except AwsError as error:
        context["error"] = error_view(error)
        context["running_url"] = url
        return render(request, "lifecycle/create.html", context, status=context["error"].status)
    return see_other(url)


@require_safe
@at_target
def lifecycle_preview_detail(request: ConsoleRequest, repository: str) -> HttpResponse:
    """Show the last preview of a repository; for htmx, its result only."""
    target = request.target
    context: dict[str, Any] = {
        "repository": repository,
        "again_url": _again_url(target, repository),
        "error": None,
        "is_missing": False,
    }
    status = 200
    try:
        preview = lifecycle.get_preview(target=target, repository=repository)
    except PreviewNotFound:
        context["is_missing"] = True
    except AwsError as error:
        context["error"] = error_view(error)
        status = context["error"].status
    else:
        context |= _of_preview(request, preview)
    if request.htmx and "preview" in context:
        status = STOP_POLLING if context["preview"].is_over else 200
        return render(request, "lifecycle/detail.html#result", context, status=status)
    return render(request, "lifecycle/detail.html", context, status=status)


def _of_preview(request: ConsoleRequest, preview: LifecyclePreview) -> dict[str, Any]:
    counted = {action: sum(image.action is action for image in preview.images) for action in Action}
    expiring, archiving = preview.expiring, preview.archiving
    rows = [ImageRow.of(image) for image in sorted(preview.images, key=_place)]
    return {
        "preview": preview,
        "is_complete": preview.status is PreviewStatus.COMPLETE,
        "expiring": counted[Action.EXPIRE] if expiring is None else expiring,
        "archiving": counted[Action.TRANSITION] if archiving is None else archiving,
        "rules": _rule_lines(preview.text),
        "listing": listing_of(
            request,
            rows,
            table="previewed-images",
            searched=lambda row: (row.name, row.digest, row.action),
        ),
    }


def _place(image: AffectedImage) -> tuple[int, str, str]:
    """Return the place of an image in the list: by the rule, then the oldest first."""
    pushed = image.pushed_at.isoformat() if image.pushed_at else ""
    return image.priority, pushed, image.digest


def _again_url(target: Target, repository: str) -> str:
    query = urlencode({"repository": repository})
    return f"{place_url('lifecycle-preview-create', target)}?{query}"
