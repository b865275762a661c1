"""`make sbom`: the software bill of materials in CycloneDX, from the locked packages.

cyclonedx-py writes it. The origin of each package and its line in the requirements are left out, so
that the file is the same on every machine. htmx, which django-htmx contains, is added. cyclonedx-py
reads no licences from a lock: they are those that the installed packages declare.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, cast

from ptcconsole import __version__

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".venv-scan" / "bin" / "cyclonedx-py"
BILL = ROOT / "sbom.json"

# Version and hash of the reviewed htmx, which pages load when they need it.
HTMX_FILE = "django_htmx/htmx-2.min.js"
HTMX_VERSION = "2.0.10"
HTMX_SHA256 = "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"

# Locked for other platforms or versions of Python only.
NOT_INSTALLED = {"tzdata": "Apache-2.0", "colorama": "BSD-3-Clause"}
# One licence, or several that are joined.
SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")

_KEPT = ("type", "name", "version", "purl", "licenses")


def bill_of(made: dict[str, Any]) -> dict[str, Any]:
    """The bill, from what cyclonedx-py made."""
    components = [_licensed(_component(each)) for each in made["components"]]
    components.append(_htmx())  # guard: P1
    main = _component({"version": __version__, **made["metadata"]["component"]})
    references = sorted(each["bom-ref"] for each in components)
    tools = made["metadata"]["tools"]["components"]
    return {
        "$schema": made["$schema"],
        "bomFormat": made["bomFormat"],
        "specVersion": made["specVersion"],
        "version": 1,
        "metadata": {
            "component": main,
            "tools": {"components": [_tool(tool) for tool in tools]},
        },
        "components": sorted(components, key=lambda each: str(each["name"])),
        "dependencies": [{"ref": main["bom-ref"], "dependsOn": references}],
    }


def _component(made: dict[str, Any]) -> dict[str, Any]:
    kept = {name: made[name] for name in _KEPT if name in made}
    return {"bom-ref": made.get("purl") or f"{made['name']}@{made['version']}", **kept}


def _licensed(component: dict[str, Any]) -> dict[str, Any]:
    """Return the component with the licences of its package; raises KeyError if none is known."""
    name = str(component["name"])
    declared = NOT_INSTALLED.get(name) or licence_of(metadata(name))
    key = "expression" if SPDX.fullmatch(declared) else "license"
    said: Any = declared if key == "expression" else {"name": declared}
    return component | {"licenses": [{key: said}]}


def licence_of(package: Mapping[str, str]) -> str:
    """Return the SPDX expression of a package, or else the licence in its own words."""
    classifiers = [
        value.rpartition(" :: ")[2]
        for name, value in package.items()
        if name == "Classifier" and value.startswith("License :: OSI Approved :: ")
    ]
    found = package.get("License-Expression") or " AND ".join(sorted(set(classifiers)))
    return found or package["License"].splitlines()[0]


def metadata(name: str) -> Mapping[str, str]:
    """Return the metadata of a package of the console's own venv."""
    folders = [str(path) for path in ROOT.glob(".venv/lib/python*/site-packages")]
    (found, *_more) = distributions(name=name, path=folders)
    return cast(Mapping[str, str], found.metadata)


def _tool(made: dict[str, Any]) -> dict[str, Any]:
    return {name: made[name] for name in ("type", "name", "version") if name in made}


def _htmx() -> dict[str, Any]:
    reference = f"pkg:npm/htmx.org@{HTMX_VERSION}"
    return {
        "bom-ref": reference,
        "type": "library",
        "name": "htmx.org",
        "version": HTMX_VERSION,
        "purl": reference,
        "licenses": [{"expression": "0BSD"}],
        "hashes": [{"alg": "SHA-256", "content": HTMX_SHA256}],
    }


def main() -> int:
    words = ("requirements", "requirements.txt", "--pyproject", "pyproject.toml")
    options = ("--output-reproducible", "--spec-version", "1.6", "--output-format", "JSON")
    done = subprocess.run(
        [str(PROGRAM), *words, *options],
        cwd=ROOT,
        # It warns that nothing depends on anything yet; `bill_of` sees to that.
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    bill = bill_of(json.loads(done.stdout))
    BILL.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    print(f"{BILL.name}: {len(bill['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
