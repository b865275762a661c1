"""`python -m tests.machines [database|redis|rabbitmq ...]`: what happens on several machines.

Prints what was seen and how long it took. The exit code is 1 if anything was lost or done twice.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from ptcconsole.fakeaws.callers import EXAMPLE_KEY, EXAMPLE_SECRET
from ptcconsole.fakeaws.server import FakeAws
from tests.brokers import Broker, RabbitMQ, Redis
from tests.machines import network
from tests.machines.site import Site
from tests.servers import postgresql

ENGINES = ("database", "redis", "rabbitmq")


def main(words: list[str]) -> int:
    engines = words or list(ENGINES)
    if len(engines) > 1:
        command = [sys.executable, "-m", "tests.machines"]
        return max(subprocess.run([*command, each], check=False).returncode for each in engines)
    (engine,) = engines
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ptc-machines-")))
        folder.chmod(0o755)
        stack.callback(_keep_logs, folder, engine)
        machines = stack.enter_context(network.network("web1", "web2", "one", "two", "three"))
        database = stack.enter_context(postgresql(folder, address=network.DATABASE))
        broker: Broker | None = None
        if engine == "redis":
            broker = Redis(folder, stack, network.BROKER)
        elif engine == "rabbitmq":
            server = RabbitMQ(folder=folder / "rabbitmq", address=network.BROKER)
            stack.callback(server.kill)
            server.start()
            broker = server
        aws = stack.enter_context(FakeAws())
        aws_url = stack.enter_context(network.shared(aws.url, network.AWS))
        environment = _environment(folder, aws_url, database.url, broker)
        os.environ.update(environment)
        stack.callback(aws.release)
        site = Site(
            folder=folder,
            aws=aws,
            database=database,
            broker=broker,
            machines=machines,
            environment=dict(os.environ),
            stack=stack,
        )
        return _tell(engine, site)


def _environment(
    folder: Path, aws_url: str, database_url: str, broker: Broker | None
) -> dict[str, str]:
    return {
        "CONSOLE_ENV": "local",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
        "ALLOWED_HOSTS": "*",
        "REGIONS_IN_USE": "us-east-2,eu-west-1",
        "SWEEP_MINUTES": "15",
        "TASKS_ENGINE": "celery" if broker else "database",
        "CELERY_BROKER_URL": broker.url if broker else "",
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_ACCESS_KEY_ID": EXAMPLE_KEY,
        "AWS_SECRET_ACCESS_KEY": EXAMPLE_SECRET,
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _tell(engine: str, site: Site) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.machines import scenes
    from tests.machines.upgrade import the_next_version_migrates

    call_command("migrate", verbosity=0)
    failures = 0
    seen = []
    scenes.begin(site)
    for scene in (*scenes.SCENES, the_next_version_migrates, scenes.nothing_is_left):
        told: dict[str, object] = {"engine": engine, "scene": (scene.__doc__ or "").strip()}
        try:
            told |= scene(site)
        except AssertionError as error:
            told["FAILED"] = str(error) or repr(error)
            failures += 1
        site.mend()
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        seen.append(told)
    folder = Path(".data") / "machines"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{engine}.json").write_text(json.dumps(seen, indent=2) + "\n", encoding="utf-8")
    return min(failures, 1)


def _keep_logs(folder: Path, engine: str) -> None:
    kept = Path(".data") / "machines"
    kept.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.log"):
        (kept / f"{engine}-{path.name}").write_bytes(path.read_bytes())


if __name__ == "__main__":
    # Told to end, it removes the machines.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
