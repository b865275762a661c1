"""The console's settings as variables: NAME from the environment, and secrets also from NAME_FILE.

A value in a file is not in the environment, which child processes inherit and which is easily
printed. Orchestrators mount secrets as files.
"""

from pathlib import Path
from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

# The settings that are secrets, or addresses that contain one. No other one is read from a file:
# boto3 reads AWS_ENDPOINT_URL itself, and what `ptcconsole live` sets for its children must hold.
SECRETS: Final = frozenset(
    {
        *("SECRET_KEY", "AUDIT_KEY", "DATABASE_URL", "CACHE_URL", "EMAIL_URL"),
        "CELERY_BROKER_URL",
        *("OIDC_CLIENT_SECRET", "ALERT_WEBHOOK_URL", "ALERT_WEBHOOK_SECRET", "ALERT_APPRISE_URLS"),
    }
)


class FromFiles(FileAwareMapping):  # type: ignore[misc]
    """The environment; for a secret, the file that NAME_FILE names has precedence over NAME."""

    def __init__(self) -> None:
        super().__init__(cache=False)

    def __getitem__(self, key: str) -> Any:
        path = self.env.get(f"{key}_FILE") if key in SECRETS else ""
        if not path:
            return self.env[key]
        # django-environ takes a value that begins with a dollar sign for the name of a variable.
        return _value_in(path, f"{key}_FILE").replace("$", r"\$")

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Set a line of the file with settings, which reads no other file for it."""
        return self.env.setdefault(key, default)


class Env(environ.Env):  # type: ignore[misc]
    """django-environ's reader of settings, on top of `FromFiles`."""

    ENVIRON = FromFiles()

    def __init__(self) -> None:
        super().__init__()
        self.escape_proxy = True


def _value_in(path: str, name: str) -> str:
    """Return the text of the file without the line break at its end; raise if there is none."""
    try:
        # Some editors begin a file with a byte order mark, and most end it with a line break.
        text = Path(path).read_text(encoding="utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _refusal(name, "is not UTF-8") from None
    except OSError as error:
        raise _refusal(name, f"cannot be read ({error.strerror})") from None
    if not text.strip():
        raise _refusal(name, "is empty")
    return text


def _refusal(name: str, reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"The console does not start: the file in {name} {reason}.")
