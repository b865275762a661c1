"""Installed packages are the locked ones, and an incomplete vulnerability check does not pass."""

import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders
from django.test import Client
from packaging.utils import canonicalize_name

from ptcconsole import bundles
from tests.faults.marks import ROOT
from tests.scan import audit, bill

REQUIREMENTS = (
    "requirements.txt",
    "requirements-servers.txt",
    "requirements-apprise.txt",
    "requirements-celery.txt",
    "requirements-demo.txt",
    "requirements-dev.txt",
)
SCAN = "requirements-scan.txt"
# What the scanner needs and nobody has built for this Python. They are built from locked sources.
FROM_SOURCE = {"pyperclip", "urwid-mitmproxy", "yaswfp"}


# --- P1: hashes, wheels, the bill, htmx -----------------------------------------------------------


# A name with its extras, one version, when it is needed, and at least one hash. No place to get it.
ENTRY = re.compile(
    r"[a-z0-9][a-z0-9.-]*(\[[a-z0-9,-]+\])?"
    r"==[^\s;*]+"
    r"( ; [^#@]+?)?"
    r"(\s+--hash=sha256:[0-9a-f]{64})+"
)


def _entries(name: str) -> list[str]:
    """The entries of a requirements file, each with its continued lines as one."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.promise("P1")
@pytest.mark.parametrize("name", [*REQUIREMENTS, SCAN])
def test_every_package_is_locked_to_one_version_and_its_hashes(name: str) -> None:
    loose = [line.split(" ")[0] for line in _entries(name) if not ENTRY.fullmatch(line.strip())]
    assert loose == []
    assert len(_entries(name)) > 20


@pytest.mark.promise("P1")
def test_every_requirements_file_is_known_here() -> None:
    found = {path.name for path in ROOT.glob("requirements*.txt")}
    assert found == {*REQUIREMENTS, SCAN}


@pytest.mark.promise("P1")
def test_demo_and_tests_install_the_same_versions_as_production() -> None:
    locked = {name: audit.locked(ROOT / name) for name in REQUIREMENTS}
    for name, entry in locked["requirements.txt"].items():
        for file in REQUIREMENTS:
            assert locked[file][name].specifier == entry.specifier, file


@pytest.mark.promise("P1")
def test_postgresql_and_redis_are_locked_for_production_as_the_tests_use_them() -> None:
    production = audit.locked(ROOT / "requirements.txt")
    servers = audit.locked(ROOT / "requirements-servers.txt")
    more = set(servers) - set(production)
    assert more == {"psycopg", "psycopg-binary", "redis", "async-timeout"}
    lines = set(_entries("requirements-dev.txt"))
    assert set(_entries("requirements-servers.txt")) <= lines
    assert "requirements-servers.txt" in (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")


@pytest.mark.promise("P1")
def test_celery_is_locked_for_production_as_the_tests_use_it() -> None:
    tested = audit.locked(ROOT / "requirements-dev.txt")
    celery = audit.locked(ROOT / "requirements-celery.txt")
    assert {name: entry.specifier for name, entry in celery.items()} == {
        name: tested[name].specifier for name in celery
    }
    assert "requirements-celery.txt" in (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")


@pytest.mark.promise("P1")
def test_apprise_is_locked_for_production_as_the_tests_use_it() -> None:
    """Installed after either file of production, it changes no version."""
    tested = audit.locked(ROOT / "requirements-dev.txt")
    apprise = audit.locked(ROOT / "requirements-apprise.txt")
    assert {name: entry.specifier for name, entry in apprise.items()} == {
        name: tested[name].specifier for name in apprise
    }
    assert set(apprise) - set(audit.locked(ROOT / "requirements.txt")) == {
        *("apprise", "click", "markdown", "oauthlib", "requests-oauthlib")
    }
    assert "requirements-apprise.txt" in (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")


def _makefile() -> dict[str, str]:
    """The variables of the Makefile as they are, without comments."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.findall(r"^(\w+) \??:?= ?(.*?)\s*(?:#.*)?$", text, flags=re.MULTILINE)
    return dict(found)


@pytest.mark.promise("P1")
def test_nothing_is_installed_without_its_hash_or_built_on_the_way() -> None:
    install = _makefile().get("INSTALL", "")
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    assert _makefile()["PIP"] == "$(BIN)/python $(INSTALL)"


@pytest.mark.promise("P1")
def test_every_installation_is_done_that_way() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    installing = [line.strip() for line in lines if re.search(r"^\t.*\s-r\s", line)]
    assert len(installing) == 4
    assert all(re.search(r"\$\((PIP|INSTALL)\)", line) for line in installing)
    bare = [line for line in lines if "pip" in line and "install" in line]
    assert [line.partition(" ")[0] for line in bare] == ["INSTALL"]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert not re.search(r"\bpip3?\b|\buv\b", script)


@pytest.mark.promise("P1")
def test_only_the_scanners_three_are_built_from_source_and_with_what_is_locked() -> None:
    words = _makefile()["FROM_SOURCE"].split()
    assert set(words[words.index("--no-binary") + 1].split(",")) == FROM_SOURCE
    assert "--no-build-isolation" in words
    assert FROM_SOURCE | {"setuptools"} <= set(audit.locked(ROOT / SCAN))
    for name in REQUIREMENTS:
        assert not FROM_SOURCE & set(audit.locked(ROOT / name))


def _bill() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "sbom.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.promise("P1")
def test_the_bill_lists_what_is_locked() -> None:
    listed = {each["purl"]: each for each in _bill()["components"]}
    entries = audit.locked(ROOT / "requirements.txt").items()
    locked = {f"pkg:pypi/{name}@{str(entry.specifier)[2:]}" for name, entry in entries}
    htmx = f"pkg:npm/htmx.org@{bill.HTMX_VERSION}"
    assert set(listed) == {*locked, htmx}, "make sbom"
    assert listed[htmx]["hashes"] == [{"alg": "SHA-256", "content": bill.HTMX_SHA256}]
    assert all(each["licenses"] for each in listed.values())
    names = {canonicalize_name(each["name"]) for each in listed.values()} - {"htmx-org"}
    assert names == {name for name, _ in entries}


@pytest.mark.promise("P1")
def test_the_bill_is_in_cyclonedx_and_whole() -> None:
    found = _bill()
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["component"]["name"] == "ptcconsole"
    references = {each["bom-ref"] for each in found["components"]}
    assert len(references) == len(found["components"])
    (edges,) = found["dependencies"]
    assert edges["ref"] == found["metadata"]["component"]["bom-ref"]
    assert set(edges["dependsOn"]) == references


@pytest.mark.promise("P1")
def test_the_bill_names_no_place_that_packages_came_from() -> None:
    text = (ROOT / "sbom.json").read_text(encoding="utf-8")
    urls = re.findall(r"https?://[^\"]+", text)
    assert urls == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]
    assert "requirements" not in text
    assert not re.search(r'"/|file:', text)


MADE = {
    "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "component": {"type": "application", "name": "ptcconsole", "version": "1"},
        "tools": {"components": [{"type": "application", "name": "cyclonedx-py"}]},
    },
    "components": [
        {
            "bom-ref": "requirements-L1",
            "description": "requirements line 1: asgiref==1 --hash=sha256:0",
            "externalReferences": [{"type": "distribution", "url": "https://registry.example/"}],
            "name": "asgiref",
            "purl": "pkg:pypi/asgiref@1",
            "type": "library",
            "version": "1",
        }
    ],
}


@pytest.mark.promise("P1")
def test_making_the_bill_adds_htmx_and_leaves_out_where_things_came_from() -> None:
    made = bill.bill_of(MADE)
    assert [each["name"] for each in made["components"]] == ["asgiref", "htmx.org"]
    assert not re.search(r"registry\.example|line 1", json.dumps(made))


@pytest.mark.promise("P1")
@pytest.mark.django_db
def test_the_script_of_a_package_that_pages_load_is_the_one_that_was_looked_at() -> None:
    page = BeautifulSoup(Client().get("/sign-in/").content, "html.parser")
    sources = [str(script["src"]).removeprefix("/static/") for script in page.find_all("script")]
    assert set(sources) <= set(bundles.BUNDLES)
    bundled = {source for path in sources for source in bundles.BUNDLES[path]}
    assert all(source.startswith("js/") for source in bundled)
    (on_demand,) = [tag["data-htmx"] for tag in page.find_all("script") if "data-htmx" in tag.attrs]
    assert on_demand == f"/static/{bill.HTMX_FILE}"
    found = finders.find(bill.HTMX_FILE)
    assert found is not None
    content = Path(found).read_bytes()
    assert hashlib.sha256(content).hexdigest() == bill.HTMX_SHA256
    assert f'version:"{bill.HTMX_VERSION}"'.encode() in content


# --- P2: a check that could not look says so ------------------------------------------------------

LOCKED = "asgiref==3.13.0 \\\n    --hash=sha256:00\ndjango==5.2.19 \\\n    --hash=sha256:00\n"
CLEAN = {"name": "asgiref", "version": "3.13.0", "vulns": []}
DJANGO = {"name": "django", "version": "5.2.19", "vulns": []}
SKIPPED = {
    "name": "django",
    "skip_reason": "Dependency not found and could not be audited: django (5.2.19)",
}
VULNERABLE = {
    **DJANGO,
    "vulns": [
        {
            "id": "CVE-2024-0001",
            "fix_versions": ["5.2.20"],
            "aliases": ["GHSA-aaaa-bbbb-cccc"],
            "description": "planted",
        }
    ],
}

Answer = Callable[..., audit.Verdict]


def _json(*rows: dict[str, Any]) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


@pytest.fixture
def answer(tmp_path: Path) -> Answer:
    """The verdict on a pip-audit that says this and exits with that."""

    def give(output: str, complaint: str, code: int) -> audit.Verdict:
        requirements, program = tmp_path / "requirements.txt", tmp_path / "pip-audit"
        requirements.write_text(LOCKED)
        program.write_text(
            f"#!{sys.executable}\nimport sys\nsys.stdout.write({output!r})\n"
            f"sys.stderr.write({complaint!r})\nsys.exit({code})\n"
        )
        program.chmod(0o700)
        return audit.audit(requirements, program)

    return give


@pytest.mark.promise("P2")
def test_a_check_that_looked_up_every_package_and_found_nothing_passed(answer: Answer) -> None:
    verdict = answer(_json(CLEAN, DJANGO), "No known vulnerabilities found\n", 0)
    assert verdict == audit.Verdict(code=0, text="vulnerability check: passed, 2 packages")


@pytest.mark.promise("P2")
def test_a_finding_is_told_with_its_package_and_the_version_that_mends_it(answer: Answer) -> None:
    verdict = answer(_json(CLEAN, VULNERABLE), "Found 1 known vulnerability in 1 package\n", 1)
    assert verdict.code == 1
    assert verdict.text.splitlines() == [
        "vulnerability check: FOUND 1",
        "  django 5.2.19: CVE-2024-0001 GHSA-aaaa-bbbb-cccc; fixed in 5.2.20",
    ]


NOT_A_PASS = {
    "all were skipped, as pip-audit tells it without --strict": (
        _json({**SKIPPED, "name": "asgiref"}, SKIPPED),
        "No known vulnerabilities found\n",
        0,
        "not looked up: asgiref, django (Dependency not found and could not be audited",
    ),
    "one was skipped": (_json(CLEAN, SKIPPED), "", 0, "not looked up: django (Dependency not"),
    "one is not told of": (_json(CLEAN), "", 0, "not looked up: django"),
    "none is told of": (_json(), "", 0, "not looked up: asgiref, django"),
    "one was skipped, as pip-audit tells it with --strict": (
        "",
        "ERROR:pip_audit._cli:django: Dependency not found and could not be audited\n",
        1,
        "django: Dependency not found and could not be audited",
    ),
    "the service could not be reached": (
        "",
        "Traceback (most recent call last):\n  ...\nConnectionError: connection refused\n",
        1,
        "ConnectionError: connection refused",
    ),
    "it broke after its answer": (_json(CLEAN, DJANGO), "disk full\n", 1, "disk full"),
    "it said something else": ("all good\n", "", 0, "pip-audit gave no answer"),
    "it said nothing": ("", "", 0, "pip-audit gave no answer"),
}


@pytest.mark.promise("P2")
@pytest.mark.parametrize(
    ("output", "complaint", "code", "why"), NOT_A_PASS.values(), ids=NOT_A_PASS
)
def test_a_check_that_did_not_look_up_every_package_did_not_run(
    answer: Answer, output: str, complaint: str, code: int, why: str
) -> None:
    verdict = answer(output, complaint, code)
    assert verdict.code == 3
    assert verdict.text.startswith(f"vulnerability check: NOT RUN: {why}")
    assert "passed" not in verdict.text


@pytest.mark.promise("P2")
def test_a_finding_counts_although_others_were_not_looked_up(answer: Answer) -> None:
    skipped = {**SKIPPED, "name": "asgiref"}
    assert answer(_json(skipped, VULNERABLE), "", 1).code == 1


@pytest.mark.promise("P2")
def test_a_check_without_its_program_did_not_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main(["--program", str(tmp_path / "pip-audit")]) == 3
    said = capsys.readouterr()
    assert said.err == "vulnerability check: NOT RUN: pip-audit is not installed\n"
    assert said.out == ""


@pytest.mark.promise("P2")
def test_the_check_itself_does_not_pass_when_nobody_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The real pip-audit, where it is installed, against a port on which nobody listens."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert audit.main([]) == 3
    said = capsys.readouterr().err
    assert said.startswith("vulnerability check: NOT RUN: ")
    assert said.count("\n") == 1
    if audit.PROGRAM.is_file():
        assert "Unable to connect to proxy" in said
    else:
        assert "pip-audit is not installed" in said


@pytest.mark.promise("P2")
def test_the_check_is_strict_and_of_what_production_installs() -> None:
    assert {"--strict", "--require-hashes"} <= set(audit.OPTIONS)
    wanted = audit.wanted(ROOT / "requirements.txt")
    assert {"django", "boto3", "cryptography"} <= wanted
    assert "tzdata" not in wanted, "only Windows needs it"
