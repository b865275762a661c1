"""The state of the app after Django's setup, in a process that has imported nothing else."""

import json
import subprocess
import sys
from pathlib import Path

from wizard import checks

ROOT = Path(__file__).resolve().parents[2]
SET_UP = """
import json
import django
django.setup()
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.checks.registry import registry
print(json.dumps({
    "checks": [check.__name__ for check in registry.get_checks(include_deployment_checks=True)],
    "receivers": [
        receiver.__name__
        for signal in (user_logged_in, user_logged_out)
        for receiver in signal._live_receivers(sender=None)[0]
    ],
}))
"""


def test_setting_up_registers_the_checks_and_the_receivers_of_sign_in() -> None:
    command = [sys.executable, "-c", SET_UP]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    known = json.loads(done.stdout)
    assert {name for name in vars(checks) if name.startswith("check_")} <= set(known["checks"])
    assert {"_write_down", "_cross_out"} <= set(known["receivers"])


LOADED = """
import sys
import ptcconsole.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print(*{"requests", "jwt", "mozilla_django_oidc", "moto"} & set(sys.modules))
"""


def test_a_console_without_single_sign_on_imports_none_of_its_libraries() -> None:
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
