"""`make sbom`: the software bill of materials in CycloneDX, from the locked packages.

cyclonedx-py writes it. The origin of each package and its line in the requirements are left out, so
that the file is the same on every machine. htmx, which django-htmx contains, is added.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".venv-scan" / "bin" / "cyclonedx-py"
BILL = ROOT / "sbom.json"

# Version and hash of the reviewed htmx, which every page loads.
HTMX_FILE = "django_htmx/htmx-2.min.js"
HTMX_VERSION = "2.0.10"
HTMX_SHA256 = "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"

_KEPT = ("type", "name", "version", "purl", "licenses")


def bill_of(made: dict[str, Any]) -> dict[str, Any]:
    """The bill, from what cyclonedx-py made."""
    components = [_component(each) for each in made["components"]]
    components.append(_htmx())  # guard: P1
    main = _component(made["metadata"]["component"])
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
