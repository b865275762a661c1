"""`manage.py makemessages`: Django's command, with the options of this project.

The catalogue has no line numbers and no dates, so that it differs only if texts differ. A changed
text is untranslated, not fuzzy: a guessed translation would be shown to nobody.
"""

import re
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.commands import makemessages

_DATES: Final = re.compile(r'^"(POT-Creation-Date|PO-Revision-Date): .*\n', re.MULTILINE)


class Command(makemessages.Command):
    """Extracts the texts of the console for all languages that are not the source's."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def handle(self, *args: Any, **options: Any) -> None:
        options |= {
            "locale": options["locale"] or [code for code, _ in settings.LANGUAGES if code != "en"],
            "ignore_patterns": [*options["ignore_patterns"], "tests/*", "fakeaws/*"],
            "add_location": "file",
            "no_obsolete": True,
        }
        super().handle(*args, **options)

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        file = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        file.write_text(_DATES.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
