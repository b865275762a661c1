"""Convert files: a file's references to images, through the rules of a Region and back."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.domain import Rule, Target
from wizard.domain.converter import (
    Conversion,
    Converted,
    Direction,
    Hunk,
    Reading,
    RuleMap,
    convert,
    hunks_of,
)
from wizard.domain.namespaces import dual_stack_host, registry_host
from wizard.forms.converter import DUAL_STACK, ConvertForm
from wizard.views.converter.files import name_of, packed
from wizard.views.converter.rows import is_settled, needed_rows, row_of
from wizard.views.converter.taking import answer_form
from wizard.web import ConsoleRequest, at_target, never_kept, takes
from wizard.words import KIND_LABELS, Text, file_problem_text

# What a page shows of a long file. The converted file and the counts have all of it.
MOST_ROWS: Final = 1000
MOST_DIFF_LINES: Final = 2000
_WORDS: Final[dict[str, tuple[str, Text]]] = {
    "converted": ("valid", gettext_lazy("Converted")),
    "settled": ("pending", gettext_lazy("Nothing to convert")),
    "left": ("warning", gettext_lazy("Not converted")),
}


@sensitive_variables()
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@never_kept  # guard: S15
@takes(ConvertForm, files=["file"], is_text=True)
@at_target
def file_convert(request: ConsoleRequest) -> HttpResponse:
    """Ask for a file; show its references, what becomes of each, and the converted file.

    Nothing that was sent is stored. It stands in its field again, whatever the answer is.
    """

    def converted(form: ConvertForm, reading: Reading, rules: list[Rule]) -> HttpResponse:
        return _show(request, form, result=_result(form, reading, rules, request.target))

    return answer_form(request, ConvertForm, show=_show, result=converted)


def _show(
    request: ConsoleRequest, form: ConvertForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    return render(request, "converter/convert.html", {"form": form, **more}, status=status)


def _result(
    form: ConvertForm, reading: Reading, rules: list[Rule], target: Target
) -> dict[str, Any]:
    given = form.cleaned_data
    direction = Direction(given["direction"])
    is_dual_stack = given["endpoint"] == DUAL_STACK
    host = dual_stack_host(target) if is_dual_stack else registry_host(target)
    done = convert(form.source.text, reading, RuleMap(rules, target, host=host), direction)
    hunks = list(_shown(hunks_of(form.source.text, done.text)))
    rest = len(done.lines) - MOST_ROWS
    return {
        "kind": KIND_LABELS[reading.kind],
        "counts": _counts(done),
        "total": len(done.lines),
        "rows": [row_of(line) for line in done.lines[:MOST_ROWS]],
        "rest": max(rest, 0),
        "needed": needed_rows(line.mapped for line in done.lines),
        "notes": [_(note) for note in reading.notes],
        "problem": file_problem_text(reading.problem) if reading.problem else "",
        "has_rules": bool(rules),
        "hunks": hunks,
        "text": done.text,
        "packed": packed(form.source.encoded(done.text)) if hunks else "",
        "file_name": name_of(form.file_title, reading.kind),
    }


def _counts(done: Conversion) -> list[tuple[str, Text, int]]:
    """Return how many references have been converted, need not be, and cannot be."""
    numbers = Counter(map(_outcome, done.lines))
    return [(*words, numbers[name]) for name, words in _WORDS.items() if numbers[name]]


def _outcome(line: Converted) -> str:
    if line.new:
        return "converted"
    return "settled" if is_settled(line) else "left"


def _shown(hunks: list[Hunk]) -> Iterator[Hunk]:
    """Yield the hunks that a page shows, at least the first one."""
    lines = 0
    for hunk in islice(hunks, MOST_DIFF_LINES):
        yield hunk
        lines += len(hunk.lines)
        if lines >= MOST_DIFF_LINES:
            return
