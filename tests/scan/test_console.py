"""The scanner, signed in to the console as an operator, finds no vulnerability.

The console runs as in production, over TLS, so that no finding has to be ignored.
"""

import re
import ssl
from collections.abc import Iterable, Iterator
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION
from tests.scan.console import ScannedConsole, scanned_console
from tests.scan.wapiti import MODULES, Report, scan, scan_signed_in
from wizard.domain import Role
from wizard.gate.needs import NEEDS

# What ends the scan before it is over: ending the session, or becoming somebody else.
ENDINGS = ("/sign-out/", "/sign-in/*", "/account/sessions/*")
# What takes away what else is to be attacked; it is attacked last, in a scan of its own.
TAKES_AWAY = ("draft-cancel", "bulk-validation-cancel", "secret-discard")
# Every Region has the same pages; one is scanned.
AREAS = ("af", "ap", "ca", "cn", "eu", "il", "me", "mx", "sa", "us-gov", "us-east-1", "us-west")
OTHER_REGIONS = tuple(f"/{ACCOUNT}/{area}*" for area in AREAS)

# The forms of a Create that failed and of one that was cut off.
UNFINISHED = ("failed: retry", "failed: clean up", "cut off: complete", "cut off: clean up")

HEADERS = ("csp", "http_headers", "cookieflags")
# What was stored is looked for by the second of a pair. The groups attack side by side.
ATTACKS = (("xss", "permanentxss"), ("csrf", "redirect", "crlf", "sql"))


@pytest.fixture
def console(aws: FakeAws, tmp_path: Path) -> Iterator[ScannedConsole]:
    with scanned_console(tmp_path) as console:
        yield console


@pytest.mark.promise("H8")
def test_headers_and_cookies_are_as_they_should_be(console: ScannedConsole, tmp_path: Path) -> None:
    """The scanner signs in by itself, and so sees the cookies as they are set."""
    (tmp_path / "scan").mkdir()
    report = scan(
        f"{console.url}/",
        tmp_path / "scan",
        seeds=[console.url + console.addresses[name] for name in ("rule-list", "draft-step")],
        excluded=[console.url + pattern for pattern in (*ENDINGS, *OTHER_REGIONS)],
        login=console.login,
        modules=HEADERS,
    )
    _tell("Headers and cookies", report)
    assert "Login success" in report.output
    assert "Checking cookie : __Host-sessionid" in report.output
    assert {*HEADERS, *(module for group in ATTACKS for module in group)} == set(MODULES)
    _assert_clean(report, console)


@pytest.mark.promise("H8")
def test_nothing_that_an_operator_reaches_gives_way(
    console: ScannedConsole, tmp_path: Path
) -> None:
    last = {console.addresses[name] for name in TAKES_AWAY}
    first = [path for path in console.addresses.values() if path not in last]
    patterns = ("/*/cancel/", "/*/discard-secret/")
    report = _attack(console, tmp_path / "first", first, excluded=patterns)
    _tell("An operator's pages and forms", report)
    _assert_clean(report, console)
    _assert_reached(report, console, first)
    _assert_still_signed_in(console)

    report = _attack(console, tmp_path / "last", last)
    _tell("What takes things away", report)
    _assert_clean(report, console)
    _assert_still_signed_in(console)


def _attack(
    console: ScannedConsole, folder: Path, paths: Iterable[str], *, excluded: Iterable[str] = ()
) -> Report:
    folder.mkdir()
    return scan_signed_in(
        f"{console.url}/",
        folder,
        cookies=console.cookies,
        seeds=[console.url + path for path in paths],
        excluded=[console.url + pattern for pattern in (*ENDINGS, *OTHER_REGIONS, *excluded)],
        modules=ATTACKS,
    )


def _tell(title: str, report: Report) -> None:
    print(f"\n{title}: {len(report.seen)} pages and forms in {report.seconds:.0f} s")
    print(*sorted({f"  {seen}" for seen in report.seen}), sep="\n")
    print(f"findings: {len(report.findings)}, pages that broke: {len(report.anomalies)}")


def _assert_clean(report: Report, console: ScannedConsole) -> None:
    assert [str(finding) for finding in report.findings] == []
    assert [str(anomaly) for anomaly in report.anomalies] == []
    log = console.log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]


def _assert_reached(report: Report, console: ScannedConsole, paths: Iterable[str]) -> None:
    """Every address was requested, operator pages were accessible, and forms were submitted."""
    left_out = re.compile("|".join(pattern.replace("*", ".*") for pattern in ENDINGS))
    missing = set(paths) - {seen.path for seen in report.seen}
    assert {path for path in missing if not left_out.fullmatch(path)} == set()
    closed = {
        path
        for name, path in console.addresses.items()
        if name in NEEDS and NEEDS[name].look is Role.ADMINISTRATOR
    }
    refused = {seen.path for seen in report.seen if seen.status in (401, 403)}
    assert refused == closed
    posted = {seen.path for seen in report.seen if seen.method == "POST"}
    here = f"/{ACCOUNT}/{REGION}"
    some = {f"{here}/rules/github/edit/", f"{here}/new-secret/", f"{here}/drafts/"}
    some |= {path for name, path in console.addresses.items() if name in UNFINISHED}
    assert some - posted == set()


def _assert_still_signed_in(console: ScannedConsole) -> None:
    """Otherwise the last requests would have tested the sign-in page only."""
    context = ssl.create_default_context(cafile=str(console.certificate))
    connection = HTTPSConnection(urlsplit(console.url).netloc, context=context, timeout=60)
    cookies = "; ".join(f"{name}={value}" for name, value in console.cookies.items())
    connection.request("GET", console.addresses["rule-list"], headers={"Cookie": cookies})
    assert connection.getresponse().status == 200
    connection.close()
