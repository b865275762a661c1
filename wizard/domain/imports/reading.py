"""Finds out what a text is, within limits, and reads its rules."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from wizard.domain.imports import from_cli, from_csv, from_json, from_terraform
from wizard.domain.imports.found import FoundRule, ImportProblem, Spot
from wizard.domain.texts import gettext_noop as _

MOST_BYTES: Final = 1_000_000
# All rules that an account can have fit in, and so do the fields of the plan into one form.
MOST_RULES: Final = 1_800
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


def decoded(content: bytes) -> str:
    """Return the text of a file; raises ImportProblem for what is no text in UTF-8."""
    if len(content) > MOST_BYTES:
        raise ImportProblem(_("The file is too large. You can import up to 1 MB."))
    if content.startswith(_UTF_16):
        raise ImportProblem(_("The file is in UTF-16. Save it in UTF-8, then try again."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        words = _("The file is not text in UTF-8.")
        raise ImportProblem(words, Spot(line, column)) from None


def read_rules(text: str) -> list[FoundRule]:
    """Return the rules in a text, at least one; raises ImportProblem."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise ImportProblem(_("The text is too large. You can import up to 1 MB."))
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        words = _("This isn't text. It contains a control character.")
        raise ImportProblem(words, Spot(line, column))
    rules = _reader(text)(text)
    if not rules:
        raise ImportProblem(_("No pull through cache rule was found."))
    if len(rules) > MOST_RULES:
        raise ImportProblem(
            _("There are too many rules. You can import up to 1,800 rules at once.")
        )
    return rules


def _reader(text: str) -> Callable[[str], list[FoundRule]]:
    """Return the function that reads texts of this kind."""
    if text.lstrip()[:1] in ("{", "["):
        return from_json.read
    if from_terraform.RESOURCE in text:
        return from_terraform.read
    if from_cli.COMMAND in text:
        return from_cli.read
    if from_json.TYPE in text:
        raise ImportProblem(
            _(
                "This CloudFormation template is YAML. You can import templates in JSON. Convert it"
                " to JSON, then try again."
            )
        )
    if "ecr_repository_prefix" in text.lstrip().partition("\n")[0].lower():
        return partial(from_csv.read, most=MOST_RULES + 1)
    raise ImportProblem(
        _(
            "This is none of the formats that Import knows. Paste AWS CLI commands, Terraform,"
            " CloudFormation in JSON, or an export of this console in CSV or JSON."
        )
    )
