"""Runs wapiti against an address of this machine, and reads its report."""

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.scan.certificate import HOST

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".venv-scan" / "bin" / "wapiti"
MODULES = (
    *("csp", "http_headers", "cookieflags", "csrf", "xss", "permanentxss", "redirect", "crlf"),
    "sql",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A vulnerability that the scanner reports."""

    category: str
    module: str
    method: str
    path: str
    parameter: str
    info: str

    def __str__(self) -> str:
        place = f"{self.method} {self.path}" + (f" [{self.parameter}]" if self.parameter else "")
        return f"{self.category} ({self.module}): {place}: {self.info}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page or form that the scanner reached, with the status of its first answer."""

    method: str
    path: str
    fields: tuple[str, ...]
    status: int

    def __str__(self) -> str:
        fields = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.status} {self.method:<4} {self.path}{fields}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of a scan. Anomalies are pages that failed or did not answer under attack."""

    findings: tuple[Finding, ...]
    anomalies: tuple[Finding, ...]
    seen: tuple[Seen, ...]
    seconds: float
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The form that the scanner signs in by."""

    url: str
    username: str
    password: str


def scan(
    url: str,
    folder: Path,
    *,
    seeds: Iterable[str] = (),
    excluded: Iterable[str] = (),
    login: Login | None = None,
    modules: Sequence[str] = MODULES,
) -> Report:
    """Attack `url`, the seeds, and the forms and pages that they link to; return the report."""
    limits = _limits(seeds, excluded)
    options = ["--module", ",".join(modules), *limits, *_login_words(login)]
    return _report(folder, *_run(url, folder, options))


def scan_signed_in(
    url: str,
    folder: Path,
    *,
    cookies: Mapping[str, str],
    seeds: Iterable[str],
    excluded: Iterable[str],
    modules: Sequence[Sequence[str]],
) -> Report:
    """The same with the cookies of somebody who is signed in, and every field attacked once.

    The same form stands on many pages, a table is sorted in many ways, and some forms have a box
    for each Region. So between crawl and attack the repetitions are taken out. The groups of
    modules attack side by side.
    """
    begun = time.monotonic()
    jar = folder / "cookies.json"
    jar.write_text(json.dumps({HOST: {"/": {n: _cookie(v) for n, v in cookies.items()}}}))
    signed_in = ["--cookie", str(jar)]
    _run(url, folder, ["--module", "", *_limits(seeds, excluded), *signed_in])
    _thin_out(_store(folder))
    seen = _seen(_store(folder))

    def attack(number: int) -> Report:
        own = folder / f"attack-{number}"
        shutil.copytree(folder / "session", own / "session")
        options = ["--module", ",".join(modules[number]), "--skip-crawl", *signed_in]
        return _report(own, *_run(url, own, options))

    with ThreadPoolExecutor(max_workers=len(modules)) as pool:
        reports = list(pool.map(attack, range(len(modules))))
    return Report(
        findings=tuple(finding for report in reports for finding in report.findings),
        anomalies=tuple(anomaly for report in reports for anomaly in report.anomalies),
        seen=seen,
        seconds=time.monotonic() - begun,
        output="\n".join(report.output for report in reports),
    )


def _cookie(value: str) -> dict[str, Any]:
    return {"value": value, "secure": True, "expires": None, "version": 0, "port": None}


def _limits(seeds: Iterable[str], excluded: Iterable[str]) -> list[str]:
    starts = [word for seed in seeds for word in ("--start", seed)]
    return starts + [word for pattern in excluded for word in ("--exclude", pattern)]


def _login_words(login: Login | None) -> list[str]:
    if login is None:
        return []
    return [
        *("--form-url", login.url, "--form-user", login.username),
        *("--form-password", login.password),
    ]


def _run(url: str, folder: Path, options: Sequence[str]) -> tuple[float, str]:
    """Run the scanner; how long it took, and what it said."""
    words = [
        *("--url", url, "--scope", "folder", "--depth", "1", "--scan-force", "normal"),
        *("--format", "json", "--output", str(folder / "report.json")),
        *("--store-session", str(folder / "session"), "--store-config", str(folder / "config")),
        # It sends reports of its own failures to its makers, unless it is told not to.
        *("--no-bugreport", "--verify-ssl", "0", "--verbose", "1", "--tasks", "8"),
        # It looks up a server of its makers' at the start, although no module here asks that.
        *("--dns-endpoint", "localhost"),
        # A token that is attacked is refused before anything else is looked at.
        *("--skip", "csrfmiddlewaretoken"),
    ]
    begun = time.monotonic()
    done = subprocess.run(
        [str(PROGRAM), *words, *options],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"wapiti exited with {done.returncode}:\n{done.stdout[-3000:]}")
    return time.monotonic() - begun, done.stdout


def _store(folder: Path) -> Path:
    (store,) = (folder / "session").glob("*.db")
    return store


def _thin_out(store: Path) -> None:
    """Keep each field of a request once, and one request of those that say the same."""
    with closing(sqlite3.connect(store)) as database, database:
        database.execute(
            "DELETE FROM params WHERE param_id NOT IN"
            " (SELECT min(param_id) FROM params GROUP BY path_id, type, name)"
        )
        for number in _repetitions(database):
            database.execute("DELETE FROM params WHERE path_id = ?", (number,))
            database.execute("DELETE FROM paths WHERE path_id = ?", (number,))


def _repetitions(database: sqlite3.Connection) -> Iterator[int]:
    """Requests whose fields another one of the same address has; a form may have fewer."""
    kept: dict[tuple[str, str], list[set[str]]] = {}
    for number, method, path, fields in _requests(database):
        others = kept.setdefault((method, path), [])
        is_query = method == "GET" and fields
        if any(fields == other or (is_query and fields < other) for other in others):
            yield number
        else:
            others.append(fields)


def _requests(database: sqlite3.Connection) -> list[tuple[int, str, str, set[str]]]:
    """Every request that was not an attack, those with the most fields first."""
    rows = database.execute(
        "SELECT p.path_id, p.method, p.path,"
        " (SELECT group_concat(type || name) FROM params WHERE path_id = p.path_id)"
        " FROM paths p WHERE NOT p.evil ORDER BY p.path_id"
    )
    found = [
        (number, method, path, set((fields or "").split(",")) - {""})
        for number, method, path, fields in rows
    ]
    return sorted(found, key=lambda request: -len(request[3]))


def _report(folder: Path, seconds: float, output: str) -> Report:
    """What the scanner found in the end, and what it had seen."""
    found = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return Report(
        findings=_findings(found["vulnerabilities"]),
        anomalies=_findings(found["anomalies"]),
        seen=_seen(_store(folder)),
        seconds=seconds,
        output=output,
    )


def _findings(by_category: dict[str, list[dict[str, Any]]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            category=category,
            module=row["module"],
            method=row["method"],
            path=row["path"],
            parameter=row["parameter"] or "",
            info=row["info"],
        )
        for category, rows in by_category.items()
        for row in rows
    )


def _seen(store: Path) -> tuple[Seen, ...]:
    """Every request that was attacked, as the scanner's own store has it."""
    with closing(sqlite3.connect(store)) as database:
        rows = database.execute(
            "SELECT p.method, p.path, r.status_code,"
            " (SELECT group_concat(DISTINCT name) FROM params WHERE path_id = p.path_id)"
            " FROM paths p JOIN responses r ON r.response_id = p.response_id WHERE NOT p.evil"
        )
        return tuple(
            Seen(
                method=method,
                path=urlsplit(path).path,
                status=status,
                fields=tuple(sorted((names or "").split(","))) if names else (),
            )
            for method, path, status, names in rows
        )
