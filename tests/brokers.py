"""The brokers of Celery in tests: a Redis and a RabbitMQ, which are killed and started again.

Both are Debian's. RabbitMQ runs without systemd and as any user, and keeps its messages in a folder
when it is killed; Redis keeps nothing.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kombu.connection import Connection

from tests.servers import free_port, redis_process

LOGIN, PASSWORD = "console", "canary-of-the-broker"


class Broker(Protocol):
    """The server of the messages."""

    @property
    def url(self) -> str: ...

    def start(self) -> None: ...

    def send(self, number: signal.Signals) -> None: ...

    def kill(self) -> None: ...


class Redis:
    """A Redis without passwords, which accepts any. It loses all messages when it is killed."""

    def __init__(self, folder: Path, stack: ExitStack, address: str = "127.0.0.1") -> None:
        self._folder, self._stack, self._port = folder, stack, free_port()
        self._address = address
        self.url = f"redis://:{PASSWORD}@{address}:{self._port}/0"
        self.start()

    def start(self) -> None:
        self._process = self._stack.enter_context(
            redis_process(self._folder, self._port, self._address)
        )

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass(kw_only=True)
class RabbitMQ:
    """A server that can be killed and started again. `settings` are lines of its rabbitmq.conf."""

    folder: Path
    address: str = "127.0.0.1"
    settings: str = ""
    port: int = field(default_factory=free_port)
    distribution_port: int = field(default_factory=free_port)
    names_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    log: Path = Path()

    @property
    def url(self) -> str:
        return f"amqp://{LOGIN}:{PASSWORD}@{self.address}:{self.port}//"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        self.log = self.folder / f"{time.time_ns()}.log"
        configuration = self.folder / "rabbitmq.conf"
        configuration.write_text(
            f"listeners.tcp.1 = {self.address}:{self.port}\n"
            f"default_user = {LOGIN}\ndefault_pass = {PASSWORD}\nloopback_users = none\n"
            f"{self.settings}\n"
        )
        environment = {
            **os.environ,
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": "ptcconsole@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": str(self.log),
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            # One scheduler that does not spin, because the tests have two cores. By default, a
            # consumer that does not acknowledge is looked for once a minute.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none"
            " -kernel inet_dist_use_interface {127,0,0,1} -rabbit channel_tick_interval 500",
            # RabbitMQ would start a server of names that outlives it.
            "ERL_EPMD_PORT": str(self.names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", 'epmd & exec "$0"', str(program())],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=self.folder,
            )
        while not self.says("Server startup complete"):
            if self.process.poll() is not None:
                raise RuntimeError(f"RabbitMQ has ended: {self.folder}")
            time.sleep(0.1)

    def says(self, words: str) -> bool:
        """Whether its log since the start contains that text."""
        return self.log.exists() and words in self.log.read_text(errors="replace")

    def empty(self, *queues: str) -> None:
        """Forget all messages of the queues that a test may have left."""
        with Connection(self.url) as connection:  # type: ignore[no-untyped-call]
            channel = connection.default_channel
            for name in queues:
                channel.queue_declare(name, durable=True, auto_delete=False)
                channel.queue_purge(name)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        if self.process is not None:
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End it as a power failure does."""
        if self.process is not None:
            self.send(signal.SIGKILL)
            self.process.wait()
            self.process = None


@contextmanager
def rabbitmq(folder: Path, *, settings: str = "") -> Iterator[RabbitMQ]:
    """Run a RabbitMQ server."""
    server = RabbitMQ(folder=folder, settings=settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def is_installed() -> bool:
    return bool(list(_programs()))


def program() -> Path:
    """Return the server itself: the one in the PATH starts it as another user."""
    for found in _programs():
        return found
    raise FileNotFoundError("rabbitmq-server is missing: make rabbitmq")


def _programs() -> Iterator[Path]:
    yield from sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
