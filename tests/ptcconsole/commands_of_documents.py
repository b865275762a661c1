"""What becomes of each command of the documents: it is run, or why it is not.

A command is in one of these tables, or has a test of its own in test_commands_of_documents.py. None
is in a table that no document names.
"""

LINK = ("--base-url", "https://ptc.example.com")
SETUP = ("setup", "--host", "ptc.example.com")


def _manage(*commands: str) -> dict[str, tuple[str, ...]]:
    return {f"manage.py {words}": ("manage", *words.split()) for words in commands}


# Commands of the console, with what stands for their examples. Each ends with exit code 0. They are
# run one after the other on the same data, by the installed wheel.
BY_THE_CONSOLE: dict[str, tuple[str, ...]] = {
    **_manage("migrate", "migrate --check", "collectstatic --noinput", "check"),
    **_manage(
        "check --deploy --fail-level WARNING",
        "check --deploy --database default",
        "check --deploy --database default --fail-level WARNING",
    ),
    "manage.py signinlink NAME": ("manage", "signinlink", "alice", *LINK),
    "manage.py signinlink NAME --base-url https://ptc.example.com": (
        *("manage", "signinlink", "alice"),
        *LINK,
    ),
    **_manage("cleardrafts", "verify_audit", "verify_audit --from-log console.log"),
    # There is nothing to repair, which is said.
    **_manage("repair_audit", "prune_audit --keep-days 730"),
    "manage.py backup FILE": ("manage", "backup", "copy.sqlite3"),
    **_manage("axes_reset"),
    "manage.py axes_reset_username NAME": ("manage", "axes_reset_username", "alice"),
    "manage.py axes_reset_ip ADDRESS": ("manage", "axes_reset_ip", "192.0.2.1"),
    # Without EMAIL_URL it prints the message.
    **_manage("sendtestemail you@example.com"),
    "ptcconsole migrate": ("migrate",),
}

# Commands that other tests run: in which file, and by which words of it.
BY_OTHER_TESTS = {
    "manage.py worker": ("worker.py", '"manage.py", "worker"'),
    "ptcconsole worker": ("faults/test_metrics_address.py", 'started("worker"'),
    "ptcconsole serve": ("ptcconsole/test_serve.py", '"serve"'),
    "ptcconsole setup": ("ptcconsole/test_setup.py", '"setup"'),
    "ptcconsole live": ("ptcconsole/test_live.py", '"live"'),
    "ptcconsole live --port 8080": ("ptcconsole/runner.py", '"--port"'),
    ".venv/bin/python -m ptcconsole live": ("ptcconsole/test_live.py", '"live"'),
    "ptcconsole/bin/ptcconsole run": ("ptcconsole/test_wheel.py", '"run"'),
    'pg_dump --format=custom --file=FILE "$DATABASE_URL"': (
        *("faults/test_backups.py", '"pg_dump"'),
    ),
    'pg_restore --exit-on-error --dbname="$DATABASE_URL" FILE': (
        *("faults/test_backups.py", '"pg_restore"'),
    ),
    "python3 -m venv ptcconsole": ("ptcconsole/conftest.py", '"-m", "venv"'),
    "python3 -m venv /opt/ptcconsole": ("ptcconsole/conftest.py", '"-m", "venv"'),
    "/opt/ptcconsole/bin/pip install --no-deps ptcconsole-0.1.0-py3-none-any.whl": (
        *("ptcconsole/conftest.py", '"--no-deps"'),
    ),
}

_DOWNLOADS = "downloads packages; the tests need no network"
_SYSTEMD = "systemd is not the first process where the tests run"
_OPENTELEMETRY = "the packages are not locked, because the console does not use them"

# Commands that no test runs, and why. They were tried by hand where that is possible.
NOT_RUN = {
    "uvx --from '.[demo]' ptcconsole run": _DOWNLOADS,
    "pipx run --spec '.[demo]' ptcconsole run": _DOWNLOADS,
    "uvx --from './ptcconsole-0.1.0-py3-none-any.whl[demo]' ptcconsole run": _DOWNLOADS,
    "uvx --from ./ptcconsole-0.1.0-py3-none-any.whl ptcconsole live": _DOWNLOADS,
    "pipx run --spec": "the beginning of a command",
    "uvx --from": "the beginning of a command",
    "ptcconsole/bin/pip install './ptcconsole-0.1.0-py3-none-any.whl[demo]'": _DOWNLOADS,
    "/opt/ptcconsole/bin/pip install --require-hashes --only-binary :all: -r requirements.txt": (
        _DOWNLOADS
    ),
    "manage.py createsuperuser": "Django's own; asks for a password",
    "systemctl status ptcconsole ptcconsole-worker": _SYSTEMD,
    "systemctl status ptcconsole-worker": _SYSTEMD,
    "systemctl restart ptcconsole-worker": _SYSTEMD,
    "timedatectl set-ntp true": _SYSTEMD,
    "curl -sS https://api.ecr.REGION.amazonaws.com/": "asks AWS itself",
    "aws organizations list-accounts": "named for its answer, which tests of the import read",
    "aws sso login": "needs a browser and IAM Identity Center",
    "pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http"
    " opentelemetry-instrumentation-django opentelemetry-instrumentation-botocore": _DOWNLOADS,
    "DJANGO_SETTINGS_MODULE=ptcconsole.settings OTEL_SERVICE_NAME=ptcconsole"
    " OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"
    " OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none"
    " opentelemetry-instrument ptcconsole serve": _OPENTELEMETRY,
}
