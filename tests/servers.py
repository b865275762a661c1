"""Runs a command with a temporary PostgreSQL and Redis: `python -m tests.servers COMMAND...`.

Both are Debian's. They listen on free loopback ports, store their data in a temporary folder, and
are stopped when the command ends. The tests find them through TEST_DATABASE_URL and TEST_CACHE_URL.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UNPRIVILEGED = "postgres"


def main(command: list[str]) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="ptcconsole-servers-") as folder,
        postgresql(Path(folder)) as database,
        redis(Path(folder)) as cache_url,
    ):
        servers = {"TEST_DATABASE_URL": database.url, "TEST_CACHE_URL": cache_url}
        code = subprocess.run(command, env=os.environ | servers, check=False).returncode
        deadlocks = database.deadlocks()
    sys.stderr.write(deadlocks)
    return code or bool(deadlocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQL:
    """A running PostgreSQL server with its default settings."""

    url: str
    control: Sequence[str]
    log: Path

    def deadlocks(self) -> str:
        """Return what the log says of deadlocks. PostgreSQL ends one, and maybe no test notices."""
        lines = self.log.read_text(errors="replace").splitlines(keepends=True)
        found = [place for place, line in enumerate(lines) if "deadlock detected" in line]
        return "".join(line for place in found for line in lines[place : place + 5])

    def stop(self) -> None:
        """Stop it as a power failure does: without a word to its clients, and with recovery."""
        self._run("-m", "immediate", "stop")

    def start(self) -> None:
        self._run("start")

    def _run(self, *words: str) -> None:
        command = [*self.control, *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def restart(self) -> None:
        """Restart it, as an update of its package does: all connections are closed."""
        self._run("-m", "fast", "restart")


@contextmanager
def postgresql(
    folder: Path, *, is_durable: bool = False, address: str = "127.0.0.1"
) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL server. PostgreSQL refuses to run as root; then Debian's user runs it.

    `is_durable` waits for the disk at each commit, as production does. Whoever reaches `address`
    is let in.
    """
    data, port = folder / "postgresql", free_port()
    data.mkdir()
    prefix = []
    if os.geteuid() == 0:
        folder.chmod(0o755)
        shutil.chown(data, UNPRIVILEGED)
        prefix = ["runuser", "-u", UNPRIVILEGED, "--"]
    run = [*prefix, str(postgresql_program("initdb")), "-D", str(data), "-A", "trust", "-U", "ptc"]
    subprocess.run([*run, "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    with (data / "pg_hba.conf").open("a", encoding="ascii") as rules:
        rules.write("host all all samenet trust\n")
    control = [*prefix, str(postgresql_program("pg_ctl")), "-D", str(data), "-w"]
    fsync = "on" if is_durable else "off"
    options = f"-p {port} -c listen_addresses={address} -c unix_socket_directories={data}"
    control += ["-l", str(data / "log"), "-o", f"{options} -c fsync={fsync}"]
    subprocess.run([*control, "start"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    try:
        yield PostgreSQL(
            url=f"postgres://ptc@{address}:{port}/postgres", control=control, log=data / "log"
        )
    finally:
        stop = [*control, "-m", "immediate", "stop"]
        subprocess.run(stop, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The address of a Redis server."""
    port = free_port()
    with redis_process(folder, port):
        yield f"rediscache://127.0.0.1:{port}/0"


@contextmanager
def redis_process(
    folder: Path, port: int, address: str = "127.0.0.1"
) -> Iterator["subprocess.Popen[str]"]:
    """The process of a Redis server that keeps nothing on disk."""
    options = [
        "--port",
        str(port),
        "--bind",
        address,
        "--protected-mode",
        "no",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    server = subprocess.Popen(
        ["redis-server", *options], stdout=subprocess.PIPE, text=True, cwd="/"
    )
    try:
        wait_for_line(server, "Ready to accept connections")
        yield server
    finally:
        server.kill()  # one that a test has stopped with SIGSTOP does not hear SIGTERM
        server.communicate()


def wait_for_line(server: subprocess.Popen[str], words: str) -> None:
    """Read the server's output until it contains that text; fail if it ends first."""
    if server.stdout is None:
        raise RuntimeError("the server's output is not read")
    for line in server.stdout:
        if words in line:
            return
    raise RuntimeError(f"the server ended before it said {words!r}")


def postgresql_program(name: str) -> Path:
    """Return the path of a program, which Debian installs by version and not in the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        raise FileNotFoundError(f"{name} is missing: apt-get install postgresql")
    return found[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
