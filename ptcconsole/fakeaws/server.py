"""The simulated AWS as one server: front door, state and pretend upstream registry together.

Answers for starting and stopping them in the right order. moto keeps its state per process, so two
of these in one process share their rules, secrets and roles. Refuses to know how it is steered from
outside (`control`) and how a command line starts it (`__main__`).
"""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from moto.core.base_backend import BackendDict

from ptcconsole.fakeaws.accounts import access_key_of
from ptcconsole.fakeaws.allow_list import UPSTREAMS
from ptcconsole.fakeaws.calls import CallCounter
from ptcconsole.fakeaws.control import FakeAwsControl
from ptcconsole.fakeaws.ecr import models as ecr_models
from ptcconsole.fakeaws.faults import FaultBoard
from ptcconsole.fakeaws.front_door import FrontDoor
from ptcconsole.fakeaws.hooks import Hooks
from ptcconsole.fakeaws.iam import models as iam_models
from ptcconsole.fakeaws.latency import Latency
from ptcconsole.fakeaws.loopback import LoopbackServer
from ptcconsole.fakeaws.secretsmanager import models as secretsmanager_models
from ptcconsole.fakeaws.state import StateFile
from ptcconsole.fakeaws.sts import models as sts_models
from ptcconsole.fakeaws.upstream import PretendUpstream

Answer = TypeVar("Answer")


class FakeAws(FakeAwsControl):
    """A simulated AWS on a loopback port (0: any free one), with or without a folder for state.

    `notice` is a line worth showing after `start`, `is_new` whether no earlier state was found.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, data_dir: Path | None = None
    ) -> None:
        self.notice = ""
        self.is_new = True
        self._faults = FaultBoard()
        self._upstream = PretendUpstream()
        self._state_file = StateFile(data_dir) if data_dir else None
        self._changing = threading.Lock()
        _install_our_backends()
        counter, latency = CallCounter(), Latency()
        pages = Hooks(
            faults=self._faults,
            latency=latency,
            counter=counter,
            reset=self._forget,
            access_key_of=lambda account_id: self._change(lambda: access_key_of(account_id)),
        )
        door = FrontDoor(
            counter=counter,
            faults=self._faults,
            latency=latency,
            pages=pages,
            guarded=self._change,
        )
        self._server = LoopbackServer(door, host=host, port=port)

    @property
    def url(self) -> str:
        """The endpoint URL for AWS clients. Only known once started."""
        return self._server.url

    def start(self) -> None:
        """Returns when calls are answered. Raises OSError if the port is taken."""
        if self._state_file:
            self.notice = self._state_file.load()
            self.is_new = not self._state_file.exists
        self._server.start()
        self._upstream.start()
        UPSTREAMS.replace(self._upstream.base_urls)

    def stop(self) -> None:
        """Finish what is held, save the state, close the ports."""
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
        """Run a call that changes state; it is saved before the caller hears of it."""
        if self._state_file is None:
            return call()
        with self._changing:
            answer = call()
            self._state_file.save()
        return answer

    def _forget(self) -> None:
        with self._changing:
            BackendDict.reset()
            UPSTREAMS.replace(self._upstream.base_urls)
            if self._state_file:
                self._state_file.save()


def _install_our_backends() -> None:
    for models in (ecr_models, iam_models, secretsmanager_models, sts_models):
        models.install()
