"""The page of the configuration of clients that pull through the rules of a Region."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain.clients import ClientConfig, ConfigFile, configure
from wizard.forms.clients import ClientForm
from wizard.services import rules
from wizard.web import ConsoleRequest, at_target
from wizard.words import OMISSIONS, Text

_SHORT: Final = 40  # lines of a file that is open, though it is not the first


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file with the address of its download, and whether it is open at first."""

    file: ConfigFile
    url: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutRule:
    """The prefix of a rule that has no place in the files, and the reason."""

    prefix: str
    reason: Text


@require_safe
@at_target
def client_configuration(request: ConsoleRequest) -> HttpResponse:
    """Show the files of a client for the rules in the query string, all of them without any.

    With `file` in the query string, the answer is the file of this name.
    """
    found = rules.list_rules(target=request.target)
    form = ClientForm(request.GET, found)
    config = configure(
        form.chosen_client,
        form.chosen_rules,
        request.target,
        is_dual_stack=form.is_dual_stack,
    )
    if "file" in request.GET:
        return _download(config, request.GET["file"])
    context = {
        "form": form,
        "client": config.client,
        "files": [
            _shown(file, form, is_first=number == 0) for number, file in enumerate(config.files)
        ],
        "left_out": [
            LeftOutRule(prefix=each.rule.ecr_repository_prefix, reason=OMISSIONS[each.reason])
            for each in config.left_out
        ],
        "rule_count": len(found),
    }
    template = "clients/page.html"
    return render(request, f"{template}#configuration" if request.htmx else template, context)


def _shown(file: ConfigFile, form: ClientForm, *, is_first: bool) -> ShownFile:
    query = urlencode({**form.query, "file": file.name}, doseq=True)
    is_short = file.text.count("\n") <= _SHORT
    return ShownFile(file=file, url=f"?{query}", is_open=is_first or is_short)


def _download(config: ClientConfig, name: str) -> HttpResponse:
    for file in config.files:
        if file.name == name:
            response = HttpResponse(file.text, content_type=file.media_type)
            response["Content-Disposition"] = f'attachment; filename="{file.name}"'
            return response
    raise Http404
