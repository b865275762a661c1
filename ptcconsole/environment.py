"""The console's settings as variables: NAME from the environment, or NAME_FILE with its value.

A value in a file is not in the environment, which child processes inherit and which is easily
printed. Orchestrators mount secrets as files.
"""

from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

# Its own meaning: the file with all settings.
_NOT_A_VALUE: Final = "ENV"


class FromFiles(FileAwareMapping):  # type: ignore[misc]
    """The environment; a file that NAME_FILE names has precedence over NAME."""

    def __getitem__(self, key: str) -> Any:
        if key == _NOT_A_VALUE or not self.env.get(f"{key}_FILE"):
            return self.env[key]
        try:
            # Editors and `echo` end a file with a line break, which no value has.
            return str(super().__getitem__(key)).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ImproperlyConfigured(
                f"The console does not start: {key}_FILE names a file that cannot be read:"
                f" {reason}."
            ) from None


class Env(environ.Env):  # type: ignore[misc]
    """django-environ's reader of settings, on top of `FromFiles`."""

    ENVIRON = FromFiles()
