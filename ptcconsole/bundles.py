"""Style sheets and a script, each made from several source files of `static/`.

For most pages, a browser asks for one style sheet and one script instead of two dozen files. The
sources stay one per component; a bundle is their text, one after the other, each under its name.
Comments and indentation are left out. htmx, which comes with django-htmx, is a file of its own that
pages load when they need it. Django's finders are where `collectstatic` (production) and whitenoise
(otherwise) look for files, so nothing has to be built by hand, and with DEBUG each request has the
sources as they are.
"""

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage

# Comments, in scripts on lines of their own, and indentation. Tests refuse sources in which these
# patterns would match anything else.
_LEFT_OUT: Final = {
    ".css": re.compile(r"/\*.*?\*/\n?|^ +", re.DOTALL | re.MULTILINE),
    ".js": re.compile(r"^ *//.*\n|^ +", re.MULTILINE),
}

# The order counts: later rules override earlier ones, and scripts use those before them. A bundle
# is in the folder of its sources, so that their relative addresses hold.
BUNDLES: Final = {
    "css/ptcconsole.css": (
        "css/tokens.css",
        "css/marks.css",
        "css/fonts.css",
        "css/base.css",
        "css/components.css",
        "css/shell.css",
        "css/top_bar.css",
        "css/forms.css",
        "css/table_tools.css",
        "css/table.css",
        "css/rule_table.css",
        "css/cards.css",
        "css/results.css",
        "css/overview.css",
        "css/wizard.css",
        "css/dialog.css",
        "css/cures.css",
        "css/audit.css",
        "css/help.css",
        "css/empty.css",
        "css/palette.css",
        "css/timeline.css",
        "css/fleet.css",
    ),
    # Of the pages about images alone.
    "css/images.css": ("css/sizes.css", "css/converter.css"),
    "js/ptcconsole.js": (
        "js/console.js",
        "js/on_demand.js",
        "js/menus.js",
        "js/settings.js",
        "js/help.js",
        "js/palette.js",
        "js/questions.js",
        "js/recheck.js",
        "js/session.js",
        "js/progress.js",
        "js/region_picker.js",
        "js/tables.js",
        "js/overview.js",
    ),
}


class BundleFinder(finders.BaseStorageFinder):
    """Makes the bundles in the data folder and finds them there."""

    storage: FileSystemStorage

    def __init__(self, *_arguments: Any) -> None:
        super().__init__(FileSystemStorage(location=settings.DATA_DIR / "bundles"))

    def find(self, path: str, *arguments: Any, **options: Any) -> Any:
        if path not in BUNDLES:
            return []
        self._make(path)
        return super().find(path, *arguments, **options)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        for path in BUNDLES:
            self._make(path)
            yield path, self.storage

    def _make(self, path: str) -> None:
        """Write the bundle if its sources have changed, atomically: processes share the folder."""
        file, text = Path(self.storage.path(path)), bundle(path)
        if file.exists() and file.read_text(encoding="utf-8") == text:
            return
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent)
        with open(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
        os.replace(name, file)


def bundle(path: str) -> str:
    """The text of a bundle: its sources, each under its name."""
    return "\n".join(f"/* {source} */\n{_text_of(source)}" for source in BUNDLES[path])


def _text_of(source: str) -> str:
    text = (Path(settings.STATICFILES_DIRS[0]) / source).read_text(encoding="utf-8")
    return text if settings.DEBUG else _LEFT_OUT[Path(source).suffix].sub("", text)
