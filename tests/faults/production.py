"""The console with production settings, and a test client that uses TLS."""

import os
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

ROOT = Path(__file__).resolve().parents[2]
HOST = "ptc.example.com"
ORIGIN = f"https://{HOST}"
VARIABLES = {
    "SECRET_KEY": "a-key-for-tests-that-is-long-enough-for-any-production-console-0123456789",
    "AUDIT_KEY": "seals-the-audit-trail-" * 3,
    "ALLOWED_HOSTS": HOST,
}
# What concerns the web; databases, files and logs stay those of the tests.
_WEB = (
    *("ALLOWED_HOSTS", "BEHIND_TLS_PROXY", "CONTENT_SECURITY_POLICY", "CSRF_", "DATA_UPLOAD_"),
    *("DEBUG", "MIDDLEWARE", "SECURE_", "SESSION_COOKIE_", "WHITENOISE_ALLOW", "X_FRAME_OPTIONS"),
)


def load(data_dir: Path, **more: str) -> dict[str, Any]:
    """Read the settings file under production's environment and these variables."""
    fixed = {"PATH": os.defpath, "ENV_FILE": os.devnull, "DATA_DIR": str(data_dir)}
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            environment.delenv(name)
        for name, value in {**fixed, **VARIABLES, **more}.items():
            environment.setenv(name, value)
        return runpy.run_path(str(ROOT / "ptcconsole" / "settings.py"))


def apply(settings: Settings, data_dir: Path, **more: str) -> None:
    """Make this process's web settings those of production, until the test ends."""
    for name, value in load(data_dir, **more).items():
        if name.startswith(_WEB):
            setattr(settings, name, value)


class TlsClient(Client):
    """A browser at the console's own address, over TLS."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            enforce_csrf_checks=True,
            raise_request_exception=False,
            headers={"host": HOST, "origin": ORIGIN},
            **more,
        )

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        return super().generic(*args, **{**kwargs, "secure": True})


def signed_in(user: User) -> TlsClient:
    client = TlsClient()
    client.force_login(user)
    return client
