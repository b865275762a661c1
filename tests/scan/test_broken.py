"""The scanner finds a vulnerability of each kind in an application that has them on purpose."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scan.broken import HOLES, PAGES
from tests.scan.certificate import make_certificate
from tests.scan.wapiti import MODULES, ROOT, scan


@contextmanager
def _broken(folder: Path) -> Iterator[str]:
    """The broken application in a process of its own; its address."""
    files = make_certificate(folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scan.broken", str(files.certificate), str(files.key)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def test_every_planted_hole_is_found_by_the_module_that_looks_for_it(tmp_path: Path) -> None:
    with _broken(tmp_path) as url:
        report = scan(f"{url}/", tmp_path, seeds=[url + page for page in PAGES])
    found = {(finding.module, finding.path, finding.category) for finding in report.findings}
    print(f"\nThe broken application: {len(HOLES)} holes in {report.seconds:.0f} s")
    for hole in HOLES:
        print(f"  {'found' if hole in found else 'MISSED'}: {' '.join(hole)}")
    assert [hole for hole in HOLES if hole not in found] == []
    assert {module for module, _, _ in HOLES} == set(MODULES), "a hole for each module"
