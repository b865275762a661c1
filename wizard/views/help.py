"""The help: a page for each topic, also for the help panel beside other pages, and their list."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.web import ConsoleRequest
from wizard.words import HELP_TOPICS


@require_safe
def help_index(request: ConsoleRequest) -> HttpResponse:
    """List the topics."""
    return render(request, "help/page.html", {"topics": HELP_TOPICS.values()})


@require_safe
def help_topic(request: ConsoleRequest, topic: str) -> HttpResponse:
    """Show a topic: as a page, or for the help panel without the frame."""
    if topic not in HELP_TOPICS:
        raise Http404
    context = {"topic": HELP_TOPICS[topic], "topics": HELP_TOPICS.values()}
    template = "help/page.html#topic" if request.htmx else "help/page.html"
    return render(request, template, context)
