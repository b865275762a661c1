"""Writes BENCHMARKS.md: `python -m tests.benchmarks.report` publishes the figures of the last run.

It copies the figures of .data/bench to published.json next to this module, and renders
BENCHMARKS.md from that file. A test compares the two.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure, figure_of
from tests.benchmarks.tried import TRIED

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / ".data" / "bench" / "figures.json"
PUBLISHED = Path(__file__).with_name("published.json")
DOCUMENT = ROOT / "BENCHMARKS.md"
BAR = 40

SECTIONS: Mapping[int, tuple[str, str]] = {
    1: (
        "All Regions on one page",
        "The rules of every Region of an account, from a console that has served a page before."
        " The limit is the slowest of the calls to AWS made alone. From 100 rules on, Regions show"
        " their counts and open on demand; below, every rule has its row.",
    ),
    2: (
        "All Regions, cold",
        "The first page of a process that has just started, over TLS to a stub with a certificate"
        " of its own. The time to start is in the section on cold starts.",
    ),
    3: (
        "First paint while Regions load",
        "In Chromium. A Region is on the page when its section is in the document; its answer is"
        " when the stub had written it.",
    ),
    4: (
        "A dead Region",
        "One Region takes the connection and never answers. The page gives up at its deadline.",
    ),
    5: (
        "30 % of all calls throttled",
        "Ten pages of all Regions, one after the other. A Region whose attempts are all throttled"
        " must say so and offer Retry; boto3's defaults raise an error for it.",
    ),
    8: (
        "Each step of the wizard",
        "The time until the answer was there, less the time that a call to AWS was under way."
        " Each step is shown and answered 60 times, AWS answering at once.",
    ),
    9: (
        "A list of 50 rules",
        "One worker with eight threads. The peers show the same rows out of the same database:"
        " Django's admin in the same process behind the same middleware, and a flat page in a"
        " Django with its own middleware only. The console alone asks AWS for the rows.",
    ),
    10: (
        "Page weight",
        "What Chromium received from a console with production settings, headers included; repeated"
        " is the same page once more with a warm cache. The page on the wire is its HTML alone."
        " Measured on 2026-11-30 on top of 5141483, except for the page on the wire.",
    ),
    11: (
        "Work of the browser",
        "Chromium with its processor slowed to a quarter. Total blocking time is what tasks take"
        " beyond 50 ms each. Measured on 2026-11-30 at 5de7070.",
    ),
    12: (
        "Cold start",
        "Processes from nothing to an answer, with demo and with production settings.",
    ),
    13: (
        "Memory",
        "The proportional set size of the one worker; growth is the slope of a line through its"
        " samples, over pages of all kinds.",
    ),
    14: (
        "The cache of AWS clients",
        "Clients for two services in every Region, built by one session and kept.",
    ),
    15: (
        "Create in every Region",
        "The confirming request of a wizard with a new secret in each Region, its checks included.",
    ),
    16: (
        "The audit trail",
        "Rows as years make them. The peer is Django's Paginator: a count and an OFFSET.",
    ),
    17: ("Speed of the tests", "Everything but browser and fault tests, in three processes."),
    18: (
        "The five heaviest pages",
        "34 Regions of 50 rules and 301 secrets each, in Chromium with production settings, a warm"
        " cache, and its processor slowed to a quarter. Layout shift is the worst of five. Measured"
        " on 2026-11-30 at 1aaac85 with nothing else running. The blocking times vary: half an hour"
        " before, while other work ended, they were 94, 82, 397, 179 and 144 ms.",
    ),
    20: (
        "Many workers",
        "What all workers wait for: the head of the audit trail, with a PostgreSQL that waits for"
        " its disk, and the table of the queues. A change in AWS is two rows of the trail. Measured"
        " on 2026-11-30 at c9bbeb2 with nothing else running.",
    ),
    19: (
        "Converted files",
        "Reading a file, mapping its references through 50 rules, writing the new ones, and the"
        " diff, in processor time of one process. The limit is libyaml's parser on the same file.",
    ),
    23: (
        "Sweeps of many accounts",
        "100, 1,000 and 5,000 accounts of four Regions with five rules each, PostgreSQL, two"
        " workers with the tasks of django-tasks-db, and a stub that answers after 50 ms. All"
        " accounts are due at once. The first sweep assumes each role and stores all rules; the"
        " second finds them unchanged. The limit is the processor time of bare boto3 for the same"
        " calls. Measured on 2026-11-30 at c9bbeb2 with nothing else running. The workers, the"
        " database, the stub, the server of pages and who asks for them share two cores.",
    ),
    24: (
        "Roles of accounts",
        "One process that has assumed the roles of 5,000 accounts, one after the other, and keeps"
        " their sessions. All of them share one client for each service and Region. Measured on"
        " 2026-11-30 at c9bbeb2.",
    ),
    25: (
        "All accounts",
        "5,000 accounts with four Regions of twenty rules on PostgreSQL, for an administrator. A"
        " page is answered and rendered twenty times by one process, by Django's test client. None"
        " of them calls AWS. The processor time is that of the process and of its connection's"
        " server process; it is measured once more while another process stores what sweeps read,"
        " as fast as it can. The limit is a page of help in the same process. Exponents of growth"
        " are from 100, 1,000 and 5,000 accounts; with few accounts most of a page is its frame."
        " Measured on 2026-11-30 at c9bbeb2 with nothing else running.",
    ),
}

_BLOCKS = " ▏▎▍▌▋▊▉"


def main() -> None:
    PUBLISHED.write_text(FIGURES.read_text(encoding="utf-8"), encoding="utf-8")
    DOCUMENT.write_text(rendered(PUBLISHED), encoding="utf-8")


def rendered(path: Path) -> str:
    """The document of a file of figures."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    records = [record for records in kept["figures"].values() for record in records]
    figures = sorted(map(figure_of, records), key=lambda figure: figure.number)
    lines = [*_head(kept, figures)]
    for number, group in groupby(figures, key=lambda figure: figure.number):
        lines += _section(number, list(group))
    return "\n".join(lines) + "\n"


def _head(kept: Mapping[str, Any], figures: Sequence[Figure]) -> Iterator[str]:
    judged = [figure for figure in figures if figure.target is not None]
    met = sum(bool(figure.met) for figure in judged)
    minutes = sum(kept["seconds"].values()) / 60
    yield "# Benchmarks"
    yield ""
    yield (
        "Measured by `make bench`; written by `python -m tests.benchmarks.report` out of"
        " `tests/benchmarks/published.json`, not by hand."
    )
    yield ""
    yield (
        f"{kept['measured_on']}, {kept['cores']} cores, Python {kept['python']}, in"
        f" {minutes:.0f} minutes. **{met} of {len(judged)} targets are met.**"
    )
    yield ""
    if kept["load"] > kept["cores"]:
        yield (
            f"**The machine was busy with other work: {kept['load']:g} processes wanted its"
            f" {kept['cores']} cores on average.** An idle one gives better figures."
        )
        yield ""
    yield (
        "Everything runs on one machine and talks over loopback: the console under gunicorn with"
        " one worker, a stub of AWS that answers after a set time, and the client. There is no"
        " wide-area network and, but for the cold page, no TLS to AWS. Figures are medians of five"
        " unless they say otherwise, a peer that takes longer than 20 seconds runs once, and peers"
        " and limits are measured in the same run. Compare ratios, not milliseconds: a busy or a"
        " slower machine changes both sides. Where a figure has a worst case, that is what is"
        " shown."
    )
    yield ""


def _section(number: int, figures: Sequence[Figure]) -> Iterator[str]:
    title, method = SECTIONS[number]
    yield f"## {title}"
    yield ""
    yield method
    yield ""
    yield "| Figure | Measured | Target | Met |"
    yield "|--|--:|--|--|"
    yield from map(_row, figures)
    yield ""
    charts = [line for figure in figures for line in _chart(figure)]
    if charts:
        yield from ("```", *charts[:-1], "```", "")
    if number in TRIED:
        yield from ("What was tried:", "", *(f"- {each}" for each in TRIED[number]), "")


def _row(figure: Figure) -> str:
    met = {True: "yes", False: "**no**", None: ""}[figure.met]
    value = f"{shown(figure.value)} {figure.unit}".strip()
    return f"| {figure.name} | {value} | {_target(figure)} | {met} |"


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    digits = shown(figure.target)
    if digits in figure.rule or figure.target == 0:
        return figure.rule
    return f"{figure.rule}: {digits} {figure.unit}".strip()


def _chart(figure: Figure) -> Iterator[str]:
    """The value beside its peers and limits, as bars; an empty line ends it."""
    bars = {"the console": figure.value, **figure.peer, **figure.limit}
    if len(bars) < 2:
        return
    longest, width = max(bars.values()), max(map(len, bars))
    yield f"{figure.name}{f', {figure.unit}' if figure.unit else ''}"
    for name, value in bars.items():
        yield f"  {name:<{width}}  {_bar(value / longest if longest else 0)} {shown(value)}"
    yield ""


def _bar(share: float) -> str:
    eighths = max(round(share * BAR * 8), 1)
    return ("█" * (eighths // 8) + _BLOCKS[eighths % 8]).rstrip()


def shown(value: float) -> str:
    """A number with three digits that count, and thousands set apart."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"


if __name__ == "__main__":
    main()
