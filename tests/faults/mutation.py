"""Removes every guard, one at a time, and expects a test of its promise to fail.

    python -m tests.faults.mutation [--only N ...] [--jobs 2] [--json FILE]

Works on copies of the project in a temporary folder, one per job. The tests of a promise must pass
on the unchanged code; otherwise its guards are "not measured". Then each guard is removed for one
run. It is "caught" if a test fails, the console does not start, or the tests time out. It
"survived" if all tests pass. The exit code is 1 if a guard survived or was not measured.
"""

import argparse
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from tests.faults.guards import BadGuard, Guard, guards_of, without
from tests.faults.marks import ROOT, files_by_promise
from tests.faults.promises import PROMISES

# Files of the project that are not copied: tests do not need them.
_NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".venv*", ".data", ".*_cache", ".hypothesis", "__pycache__", "*.pyc", "staticfiles"),
    *(".env", "*.egg-info"),
)
_VENVS = (".venv", ".venv-scan")

# Promises about PostgreSQL, which tests.servers starts: on SQLite their tests are
# skipped. All other promises are tried on SQLite.
_ON_POSTGRESQL = frozenset({"D9"})
_SERVERS = ("TEST_DATABASE_URL", "TEST_CACHE_URL")

# pytest's exit codes.
_PASSED, _FAILED, _NONE_SELECTED = 0, 1, 5
_TIMED_OUT = -1


class GuardOutcome(StrEnum):
    CAUGHT = "caught"
    DOES_NOT_START = "caught (does not start)"
    TIMED_OUT = "caught (timed out)"
    SURVIVED = "survived"
    NOT_MEASURED = "NOT MEASURED"

    @property
    def is_caught(self) -> bool:
        return self in (GuardOutcome.CAUGHT, GuardOutcome.DOES_NOT_START, GuardOutcome.TIMED_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of removing one guard, for one of its promises."""

    number: str
    guard: str
    outcome: GuardOutcome
    why: str = ""

    def __str__(self) -> str:
        why = f": {self.why}" if self.why else ""
        return f"{self.number:<4} {self.guard}  {self.outcome}{why}"


Told = Callable[[Result], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One promise: the files with its tests, and its guards."""

    number: str
    tests: tuple[Path, ...]
    guards: tuple[Guard, ...]


def work_of(root: Path, only: Sequence[str] = ()) -> list[Work]:
    """Return the work per promise. Every guard is removed once on trial before any test runs."""
    guards = guards_of(root)
    for guard in guards:
        without(guard, (root / guard.path).read_text(encoding="utf-8"))
    tests = files_by_promise(root)
    numbers = {number for guard in guards for number in guard.numbers}
    return [
        Work(
            number=number,
            tests=tuple(tests.get(number, ())),
            guards=tuple(guard for guard in guards if number in guard.numbers),
        )
        for number in sorted(numbers, key=_place)
        if not only or number in only
    ]


def _place(number: str) -> tuple[int, str]:
    """Return the position of a promise in the list; unknown ones are last."""
    order = list(PROMISES)
    return (order.index(number) if number in order else len(order), number)


# --- One copy of the project ----------------------------------------------------------------------


@contextmanager
def copied(root: Path) -> Iterator["Copy"]:
    """Yield a copy of the project with its own data folder; it is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="ptcconsole-guards-") as folder:
        place = Path(folder).resolve() / "tree"
        shutil.copytree(root, place, ignore=_NOT_COPIED, symlinks=True)
        for name in _VENVS:
            if (root / name).exists():
                (place / name).symlink_to((root / name).resolve())
        (place.parent / "tmp").mkdir()
        yield Copy(root=place)


# Where `manage.py migrate` leaves its database, below the temporary folder of a copy.
_MIGRATED = Path("tmp", "console.sqlite3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of the project in which guards are removed and restored."""

    root: Path

    def results_of(self, work: Work, patience: float) -> Iterator[Result]:
        """Run the promise's tests on the unchanged code, then without each guard."""
        if not work.tests:
            yield from _not_measured(work, "no test carries the number")
            return
        if work.number in _ON_POSTGRESQL and _SERVERS[0] not in os.environ:
            yield from _not_measured(work, "it needs PostgreSQL (tests.servers)")
            return
        begun = time.monotonic()
        code, output = self._run_tests(work, seconds=3600)
        if code != _PASSED:
            yield from _not_measured(work, _why_not(code, output))
            return
        seconds = patience + 4 * (time.monotonic() - begun)
        for guard in work.guards:
            outcome = self._outcome_without(guard, work, seconds)
            yield Result(number=work.number, guard=str(guard), outcome=outcome)

    def _outcome_without(self, guard: Guard, work: Work, seconds: float) -> GuardOutcome:
        path = self.root / guard.path
        text = path.read_text(encoding="utf-8")
        path.write_text(without(guard, text), encoding="utf-8")
        migrates = "migrations" in guard.path.parts
        try:
            outcome = _outcome_of(self._run_tests(work, seconds=seconds, migrates=migrates)[0])
            if outcome is GuardOutcome.SURVIVED and not self._starts(guard):
                return GuardOutcome.DOES_NOT_START
            return outcome
        finally:
            path.write_text(text, encoding="utf-8")

    def _starts(self, guard: Guard) -> bool:
        """Whether the console starts: all modules import, and Django's checks pass."""
        is_the_consoles = guard.path.suffix == ".py" and guard.path.parts[0] != "tests"
        if not is_the_consoles or not (self.root / "manage.py").exists():
            return True
        return self._run("manage.py", "check", seconds=120)[0] == 0

    def migrate(self) -> None:
        """Make the database with which the tests begin, because each run would migrate its own."""
        if (self.root / "manage.py").exists():
            self._run("manage.py", "migrate", "--verbosity", "0", seconds=600)

    def _run_tests(self, work: Work, *, seconds: float, migrates: bool = False) -> tuple[int, str]:
        """Run the tests of a promise; with `migrates`, on a database of their own."""
        files = [str(path) for path in work.tests]
        options = ["-q", "-x", "--tb=line", "-p", "no:cacheprovider", "--promise", work.number]
        options += ["-p", "no:hypothesispytest"]  # Its import takes a sixth of a short run.
        needs_servers = work.number in _ON_POSTGRESQL
        migrated = self.root.parent / _MIGRATED
        is_reused = migrated.exists() and not migrates and not needs_servers
        if is_reused:
            options.append("--reuse-db")
        return self._run(
            *("-m", "pytest", *options, *files),
            seconds=seconds,
            needs_servers=needs_servers,
            more={"TEST_MIGRATED_DATABASE": str(migrated)} if is_reused else {},
        )

    def _run(
        self,
        *words: str,
        seconds: float,
        needs_servers: bool = False,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[int, str]:
        """Run Python in the copy, in its own process group, which is killed as a whole."""
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=self.root,
            env={**self._environment(needs_servers=needs_servers), **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        _RUNNING.add(process)
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return _TIMED_OUT, ""
        finally:
            _RUNNING.discard(process)
            _end(process)
        return process.returncode, output

    def _environment(self, *, needs_servers: bool) -> dict[str, str]:
        temporary = str(self.root.parent / "tmp")
        own = {
            "CONSOLE_ENV": "local",
            "ENV_FILE": os.devnull,
            "DATA_DIR": temporary,
            "TMPDIR": temporary,
            # A bytecode cache has a resolution of a second and could be stale.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        dropped = () if needs_servers else _SERVERS
        return {**{name: os.environ[name] for name in os.environ if name not in dropped}, **own}


# The processes to kill when the program is stopped.
_RUNNING: set["subprocess.Popen[str]"] = set()
_STOPPED = threading.Event()


def _end(process: "subprocess.Popen[str]") -> None:
    """End the process and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _outcome_of(code: int) -> GuardOutcome:
    if code == _PASSED:
        return GuardOutcome.SURVIVED
    if code == _NONE_SELECTED:
        return GuardOutcome.NOT_MEASURED
    if code == _TIMED_OUT:
        return GuardOutcome.TIMED_OUT
    return GuardOutcome.CAUGHT if code == _FAILED else GuardOutcome.DOES_NOT_START


def _not_measured(work: Work, why: str) -> Iterator[Result]:
    for guard in work.guards:
        yield Result(
            number=work.number, guard=str(guard), outcome=GuardOutcome.NOT_MEASURED, why=why
        )


def _why_not(code: int, output: str) -> str:
    if code == _TIMED_OUT:
        return "its tests do not end as the code is"
    if code == _NONE_SELECTED:
        return "no test of it was collected"
    said = [line for line in output.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
    return f"its tests do not pass as the code is: {said[-1] if said else f'exit code {code}'}"


# --- All of it ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The number of concurrent copies, and the extra seconds before a timeout."""

    told: Told
    only: Sequence[str] = ()
    jobs: int = 2
    patience: float = 60

    def results(self, root: Path) -> list[Result]:
        """Do all work; report each result. Concurrent edits of the project have no effect."""
        with copied(root) as still:
            waiting: queue.SimpleQueue[Work] = queue.SimpleQueue()
            for work in work_of(still.root, self.only):
                waiting.put(work)
            jobs = min(self.jobs, waiting.qsize())
            with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
                futures = [pool.submit(self._job, still.root, waiting) for _ in range(jobs)]
                try:
                    results = [result for future in futures for result in future.result()]
                except BaseException:
                    _stop(waiting)
                    raise
        return sorted(results, key=lambda result: (_place(result.number), result.guard))

    def _job(self, root: Path, waiting: "queue.SimpleQueue[Work]") -> list[Result]:
        results: list[Result] = []
        with copied(root) as copy:
            copy.migrate()
            while (work := _next(waiting)) is not None:
                for result in copy.results_of(work, self.patience):
                    if _STOPPED.is_set():
                        return results
                    self.told(result)
                    results.append(result)
        return results


def _stop(waiting: "queue.SimpleQueue[Work]") -> None:
    """Start no more runs, and kill the running ones."""
    while _next(waiting) is not None:
        pass
    _STOPPED.set()
    for process in list(_RUNNING):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _next(waiting: "queue.SimpleQueue[Work]") -> Work | None:
    try:
        return waiting.get_nowait()
    except queue.Empty:
        return None


def summary(results: Sequence[Result]) -> str:
    """Return per promise and in total how many guards were removed and how many survived."""
    lines = ["", "per promise (caught of removed):"]
    for number in dict.fromkeys(result.number for result in results):
        own = [result for result in results if result.number == number]
        lines.append(f"  {number:<4} {_caught(own)} of {len(own)}")
    survivors = [f"{r.guard} ({r.number})" for r in results if r.outcome is GuardOutcome.SURVIVED]
    unmeasured = [
        f"{r.guard} ({r.number})" for r in results if r.outcome is GuardOutcome.NOT_MEASURED
    ]
    lines += [
        "",
        f"guards removed: {len(results) - len(unmeasured)}, caught: {_caught(results)},"
        f" survivors: {', '.join(survivors) or 'none'}",
    ]
    if unmeasured:
        lines.append(f"not measured: {', '.join(unmeasured)}")
    return "\n".join(lines)


def _caught(results: Sequence[Result]) -> int:
    return sum(result.outcome.is_caught for result in results)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    options = _options(arguments)
    measurement = Measurement(
        told=lambda result: print(result, flush=True), only=options.only, jobs=options.jobs
    )
    try:
        results = measurement.results(root)
    except BadGuard as error:
        print(error, file=sys.stderr)
        return 2
    print(summary(results), flush=True)
    if options.json:
        rows = [asdict(result) for result in results]
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if results and all(result.outcome.is_caught for result in results) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutation", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="N", help="these promises")
    parser.add_argument("--jobs", type=int, default=2, help="copies to work in side by side")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    # Told to end, it ends like after Ctrl-C: its copies go, and so do the tests that run in them.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
