"""Machines as network namespaces on one bridge, and cables that can be cut.

The servers have addresses of their own on the bridge, so that a machine can be cut off from one of
them and still reach the others. It is cut off by a wrong address of the link layer: packets are
lost without an answer, as behind a switch that died.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

DATABASE: Final = "10.77.0.2"
BROKER: Final = "10.77.0.3"
AWS: Final = "10.77.0.4"
_BRIDGE: Final = "ptcbridge"
_NOBODY: Final = "02:00:00:00:00:99"


class Machine:
    """A namespace with one cable to the bridge."""

    def __init__(self, name: str, number: int) -> None:
        self.name = f"ptc-{name}"
        self.address = f"10.77.0.{number}"
        self._cable = f"ptc-{number}"
        _ip("netns", "add", self.name)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("link", "set", self._cable, "master", _BRIDGE, "up")
        for words in (
            ("addr", "add", f"{self.address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-netns", self.name, *words)

    def command(self, *words: str) -> list[str]:
        """The command that runs these words on the machine."""
        return ["ip", "netns", "exec", self.name, *words]

    def cut_off(self, *addresses: str) -> None:
        """Lose all that the machine sends to these addresses."""
        for each in addresses:
            words = ("neigh", "replace", each, "lladdr", _NOBODY, "nud", "permanent", "dev", "eth0")
            _ip("-netns", self.name, *words)

    def reconnect(self, *addresses: str) -> None:
        words = ["ip", "-netns", self.name, "neigh", "del"]
        for each in addresses:
            command = [*words, each, "dev", "eth0"]
            subprocess.run(command, check=False, stderr=subprocess.DEVNULL)

    def remove(self) -> None:
        _ip("netns", "del", self.name)


@contextmanager
def network(*names: str) -> Iterator[dict[str, Machine]]:
    """Inside the block there are these machines, and the addresses of the servers."""
    with ExitStack() as stack:
        _ip("link", "add", _BRIDGE, "type", "bridge")
        stack.callback(_ip, "link", "del", _BRIDGE)
        for address in (DATABASE, BROKER, AWS):
            _ip("addr", "add", f"{address}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        machines = {}
        for number, name in enumerate(names, 20):
            machines[name] = Machine(name, number)
            stack.callback(machines[name].remove)
        yield machines


@contextmanager
def shared(url: str, address: str) -> Iterator[str]:
    """A server of this machine's loopback interface, which the other machines reach, too."""
    port = int(url.rpartition(":")[2])
    listen = f"TCP-LISTEN:{port},bind={address},fork,reuseaddr"
    process = subprocess.Popen(["socat", listen, f"TCP:127.0.0.1:{port}"], start_new_session=True)
    try:
        yield f"http://{address}:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
