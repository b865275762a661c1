"""Imports point down the layers of ARCHITECTURE.md, and modules have allowed names and sizes."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("ptcconsole", "wizard")

# What a module may import besides the standard library; the longest matching name decides. Each
# room of `wizard` has a row, the lowest first, and no row names a whole layer above its own.
DJANGO = ("django", "django_htmx")
AWS_SDK = (
    *("boto3", "botocore", "mypy_boto3_ecr", "mypy_boto3_iam"),
    *("mypy_boto3_organizations", "mypy_boto3_secretsmanager"),
)
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "wizard.domain": ("wizard.domain",),
    "wizard.domain.converter.yaml_files.composing": ("yaml", "wizard.domain"),
    "wizard.backend": (*AWS_SDK, "mypy_boto3_sts", "wizard.backend", "wizard.domain"),
    # Requests to upstream registries, and nothing else.
    "wizard.upstreams": (
        *("requests", "requests_hardened", "urllib3", "wizard.domain", "wizard.upstreams"),
    ),
    "wizard.models": ("django", "wizard.domain", "wizard.models"),
    "wizard.words": ("django.utils", "wizard.domain", "wizard.words"),
    "wizard.exports": ("wizard.domain", "wizard.exports"),
    "wizard.forms": (*DJANGO, "wizard.domain", "wizard.words", "wizard.forms"),
    "wizard.drafting": (
        *(*DJANGO, "cryptography", "wizard.domain", "wizard.models"),
        *("wizard.words", "wizard.forms", "wizard.drafting"),
    ),
    "wizard.services": (
        *("django.conf", "django.contrib.auth", "django.core.serializers"),
        *("django.db", "django.utils"),
        *("wizard.domain", "wizard.models", "wizard.backend", "wizard.services"),
        "wizard.upstreams",
    ),
    "wizard.services.fleet_operations.sealed_values": (
        *("cryptography", "django.conf", "django.utils", "django.views.decorators.debug"),
        *("wizard.domain", "wizard.models"),
    ),
    # Metrics: their library, and the table of the queues.
    "wizard.services.metrics": (
        *("django.conf", "django.db", "django.utils", "django_tasks_db"),
        *("wizard.backend", "wizard.domain", "wizard.models", "wizard.services"),
    ),
    "wizard.services.metrics.exposition": (
        *("_typeshed", "django.db", "prometheus_client"),
        *("wizard.backend", "wizard.services.metrics"),
    ),
    "wizard.services.broker": ("django.conf", "django_tasks"),
    "wizard.services.diagnosis": (
        *("django.conf", "django.core.cache", "django.db"),
        *("wizard.backend", "wizard.domain", "wizard.models", "wizard.services"),
    ),
    "wizard.services.alerts.messages": ("django", "wizard.domain", "wizard.words"),
    # Mail is Django's to send, and services are Apprise's to reach.
    "wizard.services.alerts.channels": ("django", "wizard.domain", "wizard.services.alerts"),
    "wizard.services.alerts.apprise_services": (
        *("apprise", "django", "wizard.domain", "wizard.services.alerts"),
    ),
    "wizard.tasks": (
        *("django", "django_tasks", "wizard.domain", "wizard.models", "wizard.services"),
    ),
    "wizard.engine": (
        *("django", "django_tasks", "django_tasks_db"),
        *("wizard.drafting.credential_rows", "wizard.services", "wizard.tasks", "wizard.engine"),
    ),
    "wizard.engine.celery_options": (),
    # Celery is imported from these two alone, and only where it is chosen.
    "wizard.engine.celery_backend": (
        *("celery", "django", "django_tasks"),
        *("wizard.tasks", "wizard.engine.celery_options"),
    ),
    "wizard.engine.celery_worker": ("celery", "django", "wizard.engine", "wizard.tasks"),
    "wizard.web": (
        *(
            *DJANGO,
            "wizard.domain",
            "wizard.models",
            "wizard.words",
            "wizard.exports",
            "wizard.forms",
        ),
        *("wizard.drafting", "wizard.services", "wizard.web"),
    ),
    "wizard.web.compression": (*DJANGO, "brotli", "wizard.web"),
    "wizard.web.kept_answers": (*DJANGO, "cryptography", "wizard.web"),
    "wizard.gate": (
        *(*DJANGO, "wizard.domain", "wizard.models", "wizard.words", "wizard.exports"),
        *("wizard.drafting.interrupted", "wizard.services", "wizard.web", "wizard.gate"),
    ),
    # The libraries that guard the way in are called from as few modules as possible.
    "wizard.gate.throttling": (
        *(*DJANGO, "axes", "wizard.domain", "wizard.services"),
        *("wizard.web", "wizard.gate"),
    ),
    "wizard.gate.single_sign_on": (
        *(*DJANGO, "mozilla_django_oidc", "wizard.domain"),
        *("wizard.gate.identity_provider", "wizard.gate.sign_on_rounds"),
    ),
    "wizard.gate.single_sign_on_backend": (
        *(*DJANGO, "mozilla_django_oidc", "jwt", "wizard.domain", "wizard.services"),
        *("wizard.gate.identity_provider", "wizard.gate.passwords", "wizard.gate.single_sign_on"),
    ),
    "wizard.gate.identity_provider": (*DJANGO, "requests", "urllib3", "wizard.domain"),
    "wizard.views": (
        *(
            *DJANGO,
            "wizard.domain",
            "wizard.models",
            "wizard.words",
            "wizard.exports",
            "wizard.forms",
        ),
        *("wizard.drafting", "wizard.services", "wizard.tasks", "wizard.web", "wizard.gate"),
        "wizard.views",
    ),
    # The query string of the lists over accounts, as the library reads it.
    "wizard.views.fleet.filters": (
        *(*DJANGO, "django_filters", "wizard.domain", "wizard.models", "wizard.words"),
        *("wizard.services", "wizard.views.fleet"),
    ),
    # What Django looks for by name.
    "wizard": (),
    "wizard.urls": ("django", "wizard.web.converters", "wizard.views"),
    "wizard.apps": ("django", "wizard.checks", "wizard.gate", "wizard.services"),
    "wizard.checks": (
        *(
            "django",
            "wizard.domain",
            "wizard.models",
            "wizard.services",
            "wizard.words",
            "wizard.drafting",
            "wizard.gate",
        ),
    ),
    "wizard.admin": (
        *("django", "wizard.domain", "wizard.models", "wizard.services", "wizard.tasks"),
        "wizard.views",
    ),
    "wizard.migrations": ("django", "wizard.models"),
    "wizard.management": ("django", "wizard.drafting", "wizard.services"),
    "wizard.management.commands.demoaccounts": (
        *("django", "wizard.domain", "wizard.models", "wizard.services"),
    ),
    "wizard.management.commands.demohistory": (
        *("django", "wizard.domain", "wizard.models", "wizard.services"),
    ),
    "wizard.management.commands.worker": (
        *("django", "django_tasks_db", "wizard.domain", "wizard.engine", "wizard.services"),
    ),
    "wizard.templatetags": ("django", "wizard.domain", "wizard.services", "wizard.words"),
    "ptcconsole": (
        *("django", "environ", "csp", "wizard"),
        *("ptcconsole.databases", "ptcconsole.environment", "ptcconsole.locations"),
        "ptcconsole.concurrency",
        *("ptcconsole.logging_config", "ptcconsole.logs", "ptcconsole.unsafe_settings"),
        *("ptcconsole.metrics_address", "_typeshed"),
    ),
    "ptcconsole.metrics_address": ("_typeshed",),
    "ptcconsole.gunicorn_logs": ("gunicorn", "ptcconsole.logs"),
    "ptcconsole.unsafe_settings": (
        *("wizard", "botocore", "ptcconsole.databases"),
        *("ptcconsole.locations", "ptcconsole.logging_config"),
    ),
    "ptcconsole.cache": ("django", "redis"),
    "ptcconsole.collected": ("whitenoise",),
    "ptcconsole.locations": ("platformdirs", "ptcconsole"),
    "ptcconsole.new_files": (),
    "ptcconsole.__main__": ("ptcconsole.commands",),
    "ptcconsole.commands": ("ptcconsole.commands", "ptcconsole.locations"),
    "ptcconsole.commands.manage": ("django", "ptcconsole.commands"),
    "ptcconsole.commands.serve": ("django", "ptcconsole.commands", "ptcconsole.settings"),
    "ptcconsole.commands.setup": ("ptcconsole",),
    "ptcconsole.deployment": ("ptcconsole.locations",),
    "ptcconsole.commands.version": ("ptcconsole",),
    "ptcconsole.fakeaws": (
        *AWS_SDK,
        *("moto", "urllib3", "werkzeug", "_typeshed", "ptcconsole.fakeaws"),
    ),
}


def _modules() -> Iterator[tuple[str, Path]]:
    for top in PRODUCT:
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


MODULES = dict(_modules())


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Every module that is imported, also inside functions and for type checking only."""
    return tuple(_imports_of(module))


def _imports_of(module: str) -> Iterator[str]:
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            # `from wizard import forms` imports wizard.forms.
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in MODULES else str(node.module) for name in names)


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _layer(module: str) -> str:
    return max((name for name in MAY_IMPORT if _is_in(module, name)), key=len)


def _is_allowed(module: str, imported: str) -> bool:
    if imported.partition(".")[0] in sys.stdlib_module_names:
        return True
    return any(_is_in(imported, package) for package in MAY_IMPORT[_layer(module)])


WRITTEN_BY_US = [module for module in MODULES if ".migrations." not in module]


@pytest.mark.parametrize("module", WRITTEN_BY_US)
def test_imports_point_down(module: str) -> None:
    forbidden = sorted({name for name in _imports(module) if not _is_allowed(module, name)})
    assert forbidden == [], f"{module} is in the layer {_layer(module)}"


def test_a_loose_module_is_one_that_django_looks_for() -> None:
    loose = {path.stem for path in (ROOT / "wizard").glob("*.py")}
    assert loose <= {"__init__", "admin", "apps", "checks", "tasks", "urls"}


def _room(module: str) -> str:
    """The package directly below `wizard`, or the loose module."""
    return ".".join(module.split(".")[:2])


def test_the_rooms_of_the_app_have_no_circle() -> None:
    arrows: dict[str, set[str]] = {}
    for module in WRITTEN_BY_US:
        here = _room(module)
        there = {_room(name) for name in _imports(module) if _is_in(name, "wizard")}
        arrows.setdefault(here, set()).update(there - {here, "wizard"})
    TopologicalSorter(arrows).prepare()  # raises CycleError


MOST_LINES, MOST_IMPORTS, USUAL_IMPORTS = 350, 15, 8


def test_a_module_fits_in_a_readers_head() -> None:
    lines = {
        module: len(MODULES[module].read_text(encoding="utf-8").splitlines())
        for module in WRITTEN_BY_US
    }
    assert {module: count for module, count in lines.items() if count > MOST_LINES} == {}


def test_a_module_knows_few_others() -> None:
    """Fifteen at the most, and nine of ten modules no more than eight."""
    known = {
        module: len({name for name in _imports(module) if name in MODULES and name != module})
        for module in WRITTEN_BY_US
        if _is_in(module, "wizard")
    }
    assert {module: count for module, count in known.items() if count > MOST_IMPORTS} == {}
    above = {module: count for module, count in known.items() if count > USUAL_IMPORTS}
    assert len(above) <= len(known) // 10, above


def test_the_app_knows_neither_its_project_nor_the_simulation() -> None:
    guilty = {
        module: imported
        for module in MODULES
        if _is_in(module, "wizard")
        for imported in _imports(module)
        if _is_in(imported, "ptcconsole") or _is_in(imported, "moto")
    }
    assert guilty == {}


def test_only_use_cases_call_the_adapters_of_aws() -> None:
    """The settings read AWS's files, which calls nothing."""
    calling = {
        _room(module)
        for module in MODULES
        if any(
            _is_in(imported, "wizard.backend") and imported != "wizard.backend.profiles"
            for imported in _imports(module)
        )
    }
    assert calling == {"wizard.services", "wizard.backend"}


# Packages with a public interface: other code imports from `__init__.py`, which has `__all__`.
FACES = (
    "wizard.domain",
    "wizard.domain.errors",
    "wizard.domain.imports",
    "wizard.models",
    "wizard.words",
    "wizard.exports",
    "wizard.backend.account_roles",
    "wizard.drafting.steps",
    "wizard.services.alerts",
    "wizard.services.audit",
    "wizard.services.bulk_validation",
    "wizard.services.fleet_operations",
    "wizard.services.operations",
    "wizard.services.people",
    "wizard.services.permissions",
    "wizard.services.sweeps",
    "wizard.upstreams",
    "wizard.web",
)


@pytest.mark.parametrize("package", FACES)
def test_what_a_face_offers_is_imported_from_it(package: str) -> None:
    inside = _behind(package)
    assert inside
    guilty = {
        module: names
        for module in WRITTEN_BY_US
        if not _is_in(module, package)
        if (names := inside.intersection(_imports(module)))
    }
    assert guilty == {}


@pytest.mark.parametrize("package", FACES)
def test_what_a_face_offers_is_used_outside(package: str) -> None:
    used = {name for module in WRITTEN_BY_US for name in _used_of(module, package)}
    assert _offered(package) - used == set()


# Modules of packages with a face that others import by their own name.
BESIDE_A_FACE = {
    # Special topics, not the vocabulary of all layers.
    *(f"wizard.domain.{name}" for name in ("alerts", "chain", "changes", "facts", "images")),
    *(
        f"wizard.domain.{name}"
        for name in ("commands", "namespaces", "origins", "policies", "prefixes")
    ),
    *("wizard.domain.registries", "wizard.domain.tables", "wizard.domain.trust"),
    *("wizard.domain.waiting", "wizard.domain.imports", "wizard.domain.converter"),
    *("wizard.domain.cached_images", "wizard.domain.cleanup"),
    *("wizard.domain.accounts", "wizard.domain.account_policies"),
    *("wizard.domain.account_lists", "wizard.domain.fleet_rules"),
    *("wizard.domain.clients", "wizard.domain.failures"),
    *("wizard.domain.lifecycle", "wizard.domain.draft_templates"),
    *("wizard.domain.known_credentials", "wizard.domain.redaction"),
    *("wizard.domain.arn_kinds", "wizard.domain.last_choices", "wizard.domain.pasted"),
    *("wizard.domain.draft_changes", "wizard.domain.refusals", "wizard.domain.templates"),
    "wizard.domain.template_checks",
    *(f"wizard.domain.{name}" for name in ("permissions", "principals", "simulations")),
    *("wizard.domain.carried_credentials", "wizard.domain.clocks"),
    *("wizard.domain.bind_addresses", "wizard.domain.request_ids", "wizard.domain.sweeps"),
    *("wizard.domain.webhook_signatures", "wizard.domain.upstream_logins"),
    "wizard.words.permissions",
    # What migrations and system checks need of the tables.
    *("wizard.models.audit_owner", "wizard.models.audit_triggers", "wizard.models.schema"),
    # Found by its name in the URLconf.
    "wizard.web.converters",
}


def _behind(package: str) -> set[str]:
    """The modules of a package that its face hides; a package inside has a face of its own."""
    inside = {module for module in MODULES if module.startswith(f"{package}.")}
    return inside - BESIDE_A_FACE - {name for name in inside if _is_in(name, f"{package}.errors")}


def test_a_public_function_is_used_outside_its_module() -> None:
    """In another module or in its test. What has a decorator is called by Django."""
    paths = [*MODULES.values(), *(ROOT / "tests").rglob("*.py")]
    words = {path: set(re.findall(r"\w+", path.read_text(encoding="utf-8"))) for path in paths}
    alone = [
        f"{module}.{node.name}"
        for module in WRITTEN_BY_US
        if _is_in(module, "wizard")
        for node in _tree(module).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and not node.decorator_list
        and not any(node.name in words[path] for path in paths if path != MODULES[module])
    ]
    assert alone == []


def _offered(package: str) -> set[str]:
    """The names in `__all__`; none for a package that offers all names of its modules."""
    for node in _tree(package).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def _used_of(module: str, package: str) -> Iterator[str]:
    """The names of a package that a module outside of it imports, or uses as `package.name`."""
    if _is_in(module, package):
        return
    parent, _dot, short = package.rpartition(".")
    nodes = list(ast.walk(_tree(module)))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    for node in imports:
        if node.module == package:
            yield from (alias.name for alias in node.names)
    known_as = {
        alias.asname or alias.name
        for node in imports
        if node.module == parent
        for alias in node.names
        if alias.name == short
    }
    for name in nodes:
        if isinstance(name, ast.Attribute) and ast.unparse(name.value) in known_as:
            yield name.attr


def test_only_modules_of_errors_catch_what_botocore_raises() -> None:
    catching = {
        module
        for module in MODULES
        if _is_in(module, "wizard")
        and any("botocore" in imported for imported in _imports(module))
        and any(isinstance(node, ast.ExceptHandler) for node in ast.walk(_tree(module)))
    }
    names = ("errors", "connections", "credential_errors")
    assert catching == {f"wizard.backend.{name}" for name in names}


def test_only_one_module_builds_aws_clients() -> None:
    building = {
        module
        for module in MODULES
        if _is_in(module, "wizard") and any(_is_in(name, "boto3") for name in _imports(module))
    }
    assert building == {"wizard.backend.client_cache"}


def test_every_module_says_what_it_answers_for() -> None:
    silent = [
        module
        for module in WRITTEN_BY_US
        if MODULES[module].read_text(encoding="utf-8").strip()
        and ast.get_docstring(_tree(module)) is None
    ]
    assert silent == []


NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "managers", "manager"}


def test_no_file_has_a_name_that_says_nothing() -> None:
    folders = (*PRODUCT, "tests", "templates", "static")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    assert [path for path in paths if path.stem.strip("_") in NAMELESS] == []


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", text) == []
    assert re.findall(r"<style[\s>]", text) == []
    assert re.findall(r"\s(?:style|on\w+|hx-on[\w:.-]*)\s*=\s*[\"']", text) == []
    assert "javascript:" not in text
