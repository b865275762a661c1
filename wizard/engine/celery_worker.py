"""Celery's workers, one process for each queue, which the main thread of the worker watches over.

A queue has a process of its own, so that none waits for another one, and a pool of threads in it,
because tasks wait for AWS nearly all of their time. A process whose parent has died ends.
"""

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Iterable, Mapping
from multiprocessing.context import SpawnProcess
from typing import Any, Final

import django

PAUSE_SECONDS: Final = 5.0

log = logging.getLogger("wizard.worker")
_spawn: Final = multiprocessing.get_context("spawn")


class CeleryEngine:
    """A process for each queue; one that ends is started again."""

    def __init__(self, concurrency: Mapping[str, int], *, finished: Iterable[str]) -> None:
        self._finished = frozenset(finished)
        self._stopping = threading.Event()
        self._processes = {
            name: _started(name, number) for name, number in concurrency.items() if number
        }
        self._concurrency = concurrency
        self._watch = threading.Thread(target=self._start_again, name="celery", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """Let each process finish what it does, and take nothing more."""
        self._stopping.set()
        self._watch.join()
        for process in self._processes.values():
            process.terminate()

    def join(self, seconds: float) -> None:
        """Wait for what is to be finished, then end all processes."""
        deadline = time.monotonic() + seconds
        for name, process in self._processes.items():
            if name in self._finished:
                process.join(max(0.0, deadline - time.monotonic()))
        for process in self._processes.values():
            process.kill()

    def _start_again(self) -> None:
        while not self._stopping.wait(PAUSE_SECONDS):
            for name, process in self._processes.items():
                if not process.is_alive():
                    log.error("The process of the queue %s has ended, and is started again", name)
                    self._processes[name] = _started(name, self._concurrency[name])


def _started(queue: str, number: int) -> SpawnProcess:
    process = _spawn.Process(target=consume, args=(queue, number), name=f"queue-{queue}")
    process.start()
    return process


def consume(queue: str, number: int) -> None:
    """Do the tasks of one queue until SIGTERM, then those that have begun."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()
    from celery import signals

    from wizard import tasks
    from wizard.engine.celery_backend import app

    def stop(**_more: Any) -> None:
        tasks.stopping.set()

    signals.worker_shutting_down.connect(stop, weak=False)
    # The console's own logging stays.
    signals.setup_logging.connect(lambda **_more: None, weak=False)
    logging.getLogger("celery").setLevel(logging.WARNING)
    worker = app(consumes=True).Worker(
        pool="threads",
        concurrency=number,
        queues=[queue],
        hostname=f"{queue}-{os.getpid()}@%h",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    os._exit(worker.exitcode or 0)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
