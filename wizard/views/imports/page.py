"""Import: a text or a file is read, and becomes a plan or a filled in wizard."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.forms.imports import ImportForm
from wizard.services.imports import plan_import
from wizard.views.imports.plan import show_plan
from wizard.views.imports.wizard import begin_wizard
from wizard.web import ConsoleRequest, at_target, takes


@sensitive_variables()
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@takes(ImportForm, "to", files=["file"])
@at_target
def rule_import(request: ConsoleRequest) -> HttpResponse:
    """Ask for a text or a file; show what applying it would do, or open the wizard with its rule.

    Nothing of the text is kept but the members of rules.
    """
    if request.method != "POST":
        return _show(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form)
    if request.POST.get("to") == "wizard":
        return begin_wizard(request, form) or _show(request, form)
    plans = plan_import(form.found, here=request.target, actor=request.user)
    return show_plan(request, plans)


def _show(request: ConsoleRequest, form: ImportForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "imports/page.html", {"form": form}, status=status)
