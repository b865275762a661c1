"""The simulated AWS as one server: front door, state file and pretend upstream registry.

moto's state is per process, so two servers in one process share their rules, secrets and roles.
"""

import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from moto.core.base_backend import BackendDict

from ptcconsole.fakeaws import account_setup
from ptcconsole.fakeaws.accounts import access_key_of
from ptcconsole.fakeaws.allow_list import UPSTREAMS
from ptcconsole.fakeaws.calls import CallCounter
from ptcconsole.fakeaws.control import FakeAwsControl
from ptcconsole.fakeaws.ecr import models as ecr_models
from ptcconsole.fakeaws.ecr.blobs import BLOBS
from ptcconsole.fakeaws.faults import FaultBoard
from ptcconsole.fakeaws.front_door import FrontDoor
from ptcconsole.fakeaws.hooks import Hooks
from ptcconsole.fakeaws.iam import models as iam_models
from ptcconsole.fakeaws.latency import Latency
from ptcconsole.fakeaws.loopback import LoopbackServer
from ptcconsole.fakeaws.organizations import models as organizations_models
from ptcconsole.fakeaws.secretsmanager import models as secretsmanager_models
from ptcconsole.fakeaws.state import StateFile
from ptcconsole.fakeaws.sts import models as sts_models
from ptcconsole.fakeaws.upstream import PretendUpstream

Answer = TypeVar("Answer")


class FakeAws(FakeAwsControl):
    """A simulated AWS on a loopback port (0: any free one), with or without a folder for its state.

    With `tls` the port speaks TLS only, as AWS's endpoints do. The control pages are there too, but
    this client of theirs speaks HTTP: control the simulation through another server of the process.

    After `start`, `notice` is a line to display, and `is_new` is true if there was no saved state.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        data_dir: Path | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.notice = ""
        self.is_new = True
        self._faults = FaultBoard()
        self._upstream = PretendUpstream()
        self._state_file = StateFile(data_dir) if data_dir else None
        if data_dir:
            BLOBS.use(data_dir / "blobs")
        self._changing = threading.Lock()
        _install_our_backends()
        counter, latency = CallCounter(), Latency()
        pages = Hooks(
            faults=self._faults,
            latency=latency,
            counter=counter,
            reset=self._forget,
            access_key_of=lambda account_id: self._change(lambda: access_key_of(account_id)),
            add_account=lambda account_id, order: self._change(
                lambda: account_setup.add_account(account_id, **order)
            ),
            add_to_organization=lambda account_id, order: self._change(
                lambda: account_setup.add_to_organization(account_id, **order)
            ),
            restrict=lambda account_id, order: self._change(
                lambda: account_setup.restrict(account_id, **order)
            ),
        )
        door = FrontDoor(
            counter=counter,
            faults=self._faults,
            latency=latency,
            pages=pages,
            guarded=self._change,
        )
        self._door = door
        self._server = LoopbackServer(door, host=host, port=port, tls=tls)

    @property
    def url(self) -> str:
        """Return the endpoint URL for AWS clients; the server must be started."""
        return self._server.url

    def over_tls(self, tls: ssl.SSLContext) -> LoopbackServer:
        """Return another server of the same simulation, on a port of its own that speaks TLS."""
        return LoopbackServer(self._door, tls=tls)

    def start(self) -> None:
        """Start, and return when calls are answered. Raises OSError if the port is taken."""
        if self._state_file:
            self.notice = self._state_file.load()
            self.is_new = not self._state_file.exists
        self._server.start()
        self._upstream.start()
        UPSTREAMS.replace(self._upstream.base_urls)

    def stop(self) -> None:
        """Unblock held calls, save the state, close the ports."""
        self._faults.clear()
        self._server.stop()
        self._upstream.stop()
        if self._state_file:
            with self._changing:
                self._state_file.save()

    def __enter__(self) -> "FakeAws":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _change(self, call: Callable[[], Answer]) -> Answer:
        """Run a changing call, and save the state before the response is sent."""
        if self._state_file is None:
            return call()
        with self._changing:
            answer = call()
            self._state_file.save()
        return answer

    def _forget(self) -> None:
        with self._changing:
            BackendDict.reset()
            organizations_models.learn_members()
            UPSTREAMS.replace(self._upstream.base_urls)
            if self._state_file:
                self._state_file.save()


def _install_our_backends() -> None:
    for models in (
        ecr_models,
        iam_models,
        organizations_models,
        secretsmanager_models,
        sts_models,
    ):
        models.install()
