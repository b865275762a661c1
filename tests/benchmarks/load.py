"""Load of several concurrent clients; each sends its next request as soon as it has an answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

from tests.benchmarks.client import Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many answers a second, and the seconds of each."""

    per_second: float
    times: list[float]


def under_load(
    visitor: Callable[[], Visitor], path: str, *, clients: int = 4, seconds: float = 2.0
) -> Load:
    """Ask for a page from so many clients for so long; every answer must be a 200."""
    times: list[float] = []
    wrong: list[int] = []
    end = time.perf_counter() + seconds

    def ask() -> None:
        browser = visitor()
        while time.perf_counter() < end:
            answer = browser.get(path)
            times.append(answer.seconds)
            if answer.status != 200:
                wrong.append(answer.status)
        browser.close()

    threads = [Thread(target=ask) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, f"{path}: {set(wrong)}"
    return Load(per_second=len(times) / (time.perf_counter() - begun), times=times)
