"""`make audit`: whether a locked package has a known vulnerability, according to pip-audit.

pip-audit prints "No known vulnerabilities found" and exits with 0 even if it could not look up any
package. Here, a check in which one package was not looked up does not pass:

    0   every package was looked up, and none has a known vulnerability
    1   a package has a known vulnerability
    3   not run, or not for all packages; the output says why
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".venv-scan" / "bin" / "pip-audit"
OPTIONS = ("--strict", "--require-hashes", "--disable-pip", "--format", "json")
PASSED, FOUND, NOT_RUN = 0, 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The exit code and the message."""

    code: int
    text: str


def not_run(why: str) -> Verdict:
    return Verdict(code=NOT_RUN, text=f"vulnerability check: NOT RUN: {why}")


def locked(requirements: Path) -> dict[str, Requirement]:
    """The entries of a hash-locked file, by their normalised names; an entry begins a line."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    entries = [line.removesuffix("\\") for line in lines if line[:1].isalnum()]
    return {canonicalize_name(each.name): each for each in map(Requirement, entries)}


def wanted(requirements: Path) -> set[str]:
    """The packages that this Python on this system would install."""
    entries = locked(requirements).items()
    return {name for name, each in entries if each.marker is None or each.marker.evaluate()}


def judge(output: str, complaint: str, packages: set[str]) -> Verdict:
    """Judge pip-audit's JSON, given the packages that it had to look up."""
    try:
        rows: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return not_run(_last_words(complaint) or "pip-audit gave no answer")
    found = [_finding(row, each) for row in rows for each in row.get("vulns", [])]
    if found:  # guard: P2
        count = f"vulnerability check: FOUND {len(found)}"
        return Verdict(code=FOUND, text="\n".join([count, *found]))
    looked_up = {canonicalize_name(row["name"]) for row in rows if "vulns" in row}
    if missing := sorted(packages - looked_up):  # guard: P2
        return not_run(f"not looked up: {_why_skipped(rows, missing)}")
    if not looked_up:
        return not_run("there was nothing to look up")
    return Verdict(code=PASSED, text=f"vulnerability check: passed, {len(looked_up)} packages")


def _finding(row: dict[str, Any], vulnerability: dict[str, Any]) -> str:
    names = " ".join([vulnerability["id"], *vulnerability.get("aliases", [])])
    fixed = ", ".join(vulnerability.get("fix_versions", [])) or "no version"
    return f"  {row['name']} {row['version']}: {names}; fixed in {fixed}"


def _why_skipped(rows: list[dict[str, Any]], missing: Sequence[str]) -> str:
    """The packages, and what pip-audit says about the first of them that it skipped."""
    reasons = [str(row["skip_reason"]) for row in rows if row.get("skip_reason")]
    return ", ".join(missing) + (f" ({reasons[0]})" if reasons else "")


def _last_words(complaint: str) -> str:
    """The line that says what went wrong: the last one of a traceback, or of a log."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR:pip_audit._cli:") if lines else ""


def audit(requirements: Path, program: Path, options: Sequence[str] = ()) -> Verdict:
    """Let pip-audit look up the packages of a file, without its cache."""
    if not program.is_file():  # guard: P2
        return not_run("pip-audit is not installed")
    with tempfile.TemporaryDirectory(prefix="ptcconsole-audit-") as cache:
        fixed = (*OPTIONS, "--progress-spinner", "off", "--cache-dir", cache)
        done = subprocess.run(
            [str(program), *fixed, *options, "--requirement", str(requirements)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    verdict = judge(done.stdout, done.stderr, wanted(requirements))
    if verdict.code == PASSED and done.returncode != 0:
        return not_run(_last_words(done.stderr) or f"pip-audit exited with {done.returncode}")
    return verdict


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scan.audit", description=__doc__)
    parser.add_argument("--requirements", type=Path, default=ROOT / "requirements.txt")
    parser.add_argument("--program", type=Path, default=PROGRAM)
    options, others = parser.parse_known_args(arguments)
    verdict = audit(options.requirements, options.program, others)
    print(verdict.text, file=sys.stderr if verdict.code else sys.stdout, flush=True)
    return verdict.code


if __name__ == "__main__":
    sys.exit(main())
