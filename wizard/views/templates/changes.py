"""The pages that create, edit and delete a repository creation template.

What surprises people about a template is told before it is saved: a valid form is shown again with
the warnings, and saved when it is sent once more.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wizard.domain.errors import AwsError, ConsoleError, InvalidTemplate, TemplateAlreadyExists
from wizard.domain.templates import (
    ASKED,
    CreationTemplate,
    TemplateChangedMeanwhile,
    differing,
    traps_of,
)
from wizard.forms.confirm import TemplateDeletionForm
from wizard.forms.templates import NewTemplateForm, TemplateForm, fingerprint
from wizard.services import templates
from wizard.views.templates.differences import differences_of
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes
from wizard.words import ROLE_PROBLEMS, TRAPS, around_texts, error_view

# The fields of the form whose names are not those of the settings.
_FIELDS: Final = {"prefix": "template_prefix"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Warnings:
    """What a person is told before the template is saved; `code` says which ones these are."""

    code: str
    texts: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@takes(NewTemplateForm)
@at_target
def template_create(request: ConsoleRequest) -> HttpResponse:
    """Create a template. In the query string, `prefix` is what to begin with."""
    initial = {"prefix_kind": "specific", "applied_for": ["PULL_THROUGH_CACHE"]}
    proposed = request.GET.get("prefix", "")[:256]
    if proposed == "ROOT":
        initial["prefix_kind"] = "any"
    elif proposed:
        initial["template_prefix"] = proposed
    form = NewTemplateForm(request.POST or None, target=request.target, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form)
    template = form.template(form.cleaned_data["template_prefix"])
    try:
        if warnings := _untold(request, form, template):
            return _show(request, form, warnings=warnings)
        templates.create_template(target=request.target, template=template, actor=request.user)
    except TemplateAlreadyExists as error:
        if not _is_there(request, template):
            return _show(request, form, error=error)
    except (AwsError, InvalidTemplate) as error:
        return _show(request, form, error=error)
    return _saved(request, _("Created template %(prefix)s (%(region)s)."), template)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(TemplateForm)
@at_target
def template_edit(request: ConsoleRequest, prefix: str) -> HttpResponse:
    """Edit the settings of a template; its prefix cannot be changed."""
    now = templates.get_template(target=request.target, prefix=prefix)
    form = TemplateForm(request.POST or None, target=request.target, template=now)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, template=now)
    wanted = form.template(now.prefix)
    try:
        if not form.is_seen(now):
            raise TemplateChangedMeanwhile(now)
        if warnings := _untold(request, form, wanted, now):
            return _show(request, form, template=now, warnings=warnings)
        if differing(now, wanted):
            templates.update_template(
                target=request.target, template=wanted, seen=now, actor=request.user
            )
    except TemplateChangedMeanwhile as conflict:
        again = _again(request, conflict.template)
        differences = differences_of(form.seen_settings(), conflict.template, wanted)
        return _show(
            request, again, template=conflict.template, error=conflict, differences=differences
        )
    except (AwsError, InvalidTemplate) as error:
        return _show(request, form, template=now, error=error)
    return _saved(request, _("Updated template %(prefix)s (%(region)s)."), wanted)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(TemplateDeletionForm)
@at_target
def template_delete(request: ConsoleRequest, prefix: str) -> HttpResponse:
    """Delete a template after confirmation; the repositories that it made stay as they are."""
    now = templates.get_template(target=request.target, prefix=prefix)
    form = TemplateDeletionForm(request.POST or None, initial={"seen": fingerprint(now)})
    context: dict[str, Any] = {"template": now, "form": form, "error": None}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "creation_templates/delete.html", context, status=status)
    try:
        if form.cleaned_data["seen"] != fingerprint(now):
            raise TemplateChangedMeanwhile(now)
        templates.delete_template(target=request.target, seen=now, actor=request.user)
    except (AwsError, TemplateChangedMeanwhile) as error:
        context["error"] = view = error_view(error)
        if isinstance(error, TemplateChangedMeanwhile):
            latest = error.template
            context["template"] = latest
            context["form"] = TemplateDeletionForm(initial={"seen": fingerprint(latest)})
        return render(request, "creation_templates/delete.html", context, status=view.status)
    names = {"prefix": now.prefix, "region": request.target.region}
    messages.success(request, _("Deleted template %(prefix)s (%(region)s).") % names)
    return see_other(place_url("template-list", request.target))


def _untold(
    request: ConsoleRequest,
    form: TemplateForm,
    template: CreationTemplate,
    before: CreationTemplate | None = None,
) -> Warnings | None:
    """Return what the person has to know and was not told yet; only what is new in an edit."""
    known = traps_of(before) if before else []
    asked = [trap for trap in traps_of(template) if trap in ASKED and trap not in known]
    texts = [str(TRAPS[trap]) for trap in asked]
    codes = [trap.value for trap in asked]
    if template.custom_role_arn and (
        before is None or before.custom_role_arn != template.custom_role_arn
    ):
        problem = templates.role_problem(target=request.target, role_arn=template.custom_role_arn)
        if problem is not None:
            texts.append(str(ROLE_PROBLEMS[problem]))
            codes.append(f"{problem.value}={template.custom_role_arn}")
    if before is None or before.applied_for != template.applied_for:
        found = templates.templates_around(target=request.target, template=template)
        texts += around_texts(found)
        codes += [each.key for each in (found.shorter, *found.longer) if each]
    code = " ".join([template.prefix, *codes])[:2000]
    return Warnings(code=code, texts=texts) if texts and form.cleaned_data["told"] != code else None


def _is_there(request: ConsoleRequest, template: CreationTemplate) -> bool:
    """Whether the template exists as asked: the same form was sent twice."""
    found = templates.get_template(target=request.target, prefix=template.prefix)
    return not differing(found, template)


def _again(request: ConsoleRequest, template: CreationTemplate) -> TemplateForm:
    """Return the form with what the person typed, for the current state of the template."""
    data = request.POST.copy()
    data["seen"] = fingerprint(template)
    return TemplateForm(data, target=request.target, template=template)


def _show(
    request: ConsoleRequest,
    form: TemplateForm,
    *,
    template: CreationTemplate | None = None,
    error: ConsoleError | None = None,
    warnings: Warnings | None = None,
    differences: list[Any] | None = None,
) -> HttpResponse:
    view = error_view(error) if error else None
    member = _FIELDS.get(error.member, error.member) if isinstance(error, InvalidTemplate) else ""
    member = member or (view.field if view else "")
    if view and member in form.fields and form.is_bound:
        form.add_error(member, view.message or str(view.title))
    status = view.status if view else 409 if warnings else 422 if form.is_bound else 200
    if warnings:
        data: Any = form.data
        form.data = again = data.copy()
        again["told"] = warnings.code
    context = {
        "form": form,
        "template": template,
        "error": view,
        "warnings": warnings.texts if warnings else [],
        "differences": differences or [],
    }
    return render(request, "creation_templates/form.html", context, status=status)


def _saved(request: ConsoleRequest, text: str, template: CreationTemplate) -> HttpResponse:
    messages.success(request, text % {"prefix": template.prefix, "region": request.target.region})
    return see_other(place_url("template-detail", request.target, prefix=template.prefix))
