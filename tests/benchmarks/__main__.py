"""`python -m tests.benchmarks [--full] [SUBJECT...]`: measure and print, and store in .data/bench.

Without subjects, everything is measured except the test suite. `--full` adds the suite, and
measures an audit trail of a million rows. Measuring one subject leaves the stored figures of the
others unchanged. `python -m tests.benchmarks.report` publishes the stored figures.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.benchmarks import (
    account_roles,
    audit,
    capacity,
    client_cache,
    cold,
    converter,
    create,
    fleet,
    heaviest,
    memory,
    overview,
    pages,
    paint,
    rule_list,
    suite,
    trouble,
    wizard_steps,
    workers,
)
from tests.benchmarks.figures import Figure
from tests.benchmarks.report import FIGURES, rendered

SUBJECTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "overview": overview.measure,
    "cold": cold.measure,
    "paint": paint.measure,
    "trouble": trouble.measure,
    "wizard": wizard_steps.measure,
    "list": rule_list.measure,
    "pages": pages.measure,
    "heaviest": heaviest.measure,
    "memory": memory.measure,
    "clients": client_cache.measure,
    "roles": account_roles.measure,
    "create": create.measure,
    "audit": audit.measure,
    "workers": workers.measure,
    "converter": converter.measure,
    "fleet": fleet.measure,
}
# Measured by name alone: it takes a quarter of an hour.
LONG: dict[str, Callable[[], Iterator[Figure]]] = {"capacity": capacity.measure}
FULL: dict[str, Callable[[], Iterator[Figure]]] = {
    "audit": partial(audit.measure, rows=audit.ALL_ROWS),
    "suite": suite.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="also what does not fit ten minutes")
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, *LONG, "suite", []])
    options = parser.parse_args()
    offered = SUBJECTS | FULL if options.full else SUBJECTS
    kept = _kept()
    for subject in options.subjects or offered:
        begun = time.perf_counter()
        sys.stdout.write(f"\n{subject}\n")
        figures = list(_told((FULL | LONG | offered)[subject]()))
        kept["figures"][subject] = [figure.record() for figure in figures]
        kept["seconds"][subject] = round(time.perf_counter() - begun, 1)
        _keep(kept)


def _told(figures: Iterator[Figure]) -> Iterator[Figure]:
    for figure in figures:
        others = [*figure.peer.items(), *figure.limit.items()]
        beside = "".join(f"; {name} {value:,.3g}" for name, value in others)
        verdict = {True: "met", False: "NOT MET", None: ""}[figure.met]
        line = f"  {figure.number:>2} {figure.name}: {figure.value:,.3g} {figure.unit}{beside}"
        sys.stdout.write(f"{line}  {figure.rule} {verdict}\n")
        sys.stdout.flush()
        yield figure


def _kept() -> dict[str, Any]:
    if FIGURES.exists():
        kept: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))
        return kept
    return {"figures": {}, "seconds": {}}


def _keep(kept: dict[str, Any]) -> None:
    kept |= {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[2], 1),
        "python": sys.version.split()[0],
    }
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    FIGURES.with_name("BENCHMARKS.md").write_text(rendered(FIGURES), encoding="utf-8")


if __name__ == "__main__":
    main()
