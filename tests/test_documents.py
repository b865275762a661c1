"""The statements of the documents agree with the code, and so do CONTRIBUTING.md's recipes."""

import ast
import gc
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from django.template.loader import get_template

from wizard.backend.errors import ERROR_OF_CODE
from wizard.checks import check_every_error_has_words
from wizard.domain import Step, errors, plan_for
from wizard.domain.permissions import PERMISSIONS, PolicyPlace, console_policy
from wizard.domain.registries import REGISTRIES, Access, UpstreamRegistry
from wizard.drafting.steps.base import _no_rows
from wizard.drafting.steps.pages import PAGES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (
    *("README", "OPERATIONS", "CONTRIBUTING", "ARCHITECTURE", "SECURITY", "BENCHMARKS"),
    "CHANGELOG",
)
README_LINES = 150


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _rows(document: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = re.split(r"^#+ ", _text(document).partition(f"# {heading}\n")[2], flags=re.M)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


# --- A new setting ------------------------------------------------------------------------------


def _settings_read() -> set[str]:
    found = re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', _text("ptcconsole/settings.py"))
    return set(found)


def test_the_example_file_lists_every_setting() -> None:
    listed = re.findall(r"^#?([A-Z_]+)=", _text(".env.example"), flags=re.M)
    assert sorted(listed) == sorted(_settings_read())


def test_the_example_file_explains_every_setting() -> None:
    blocks = _text(".env.example").split("\n\n")
    bare = [block for block in blocks if "=" in block and not re.match(r"# \S", block)]
    assert bare == []


def test_the_operations_guide_lists_every_setting() -> None:
    listed = [cells[0].strip("`") for cells in _rows("OPERATIONS.md", "Settings")]
    assert sorted(listed) == sorted(_settings_read())


# --- A new upstream registry --------------------------------------------------------------------

WAY_IN = {
    Access.OPEN: "without credentials",
    Access.SECRET: "secret",
    Access.SAME_ACCOUNT: "service-linked role",
    Access.CROSS_ACCOUNT: "IAM role",
}


def _registry_row(registry: UpstreamRegistry) -> list[str]:
    choice = f" ({registry.choice_label})" if registry.choice_label else ""
    return [
        f"{registry.label}{choice}",
        f"`{registry.key}`",
        f"`{registry.host_hint}`",
        f"`{registry.default_prefix}`",
        WAY_IN[registry.access],
    ]


def test_the_readmes_table_of_registries_is_the_catalogue() -> None:
    rows = _rows("README.md", "Upstream registries")
    assert rows == [_registry_row(registry) for registry in REGISTRIES]


# --- A new wizard step --------------------------------------------------------------------------


def test_every_step_has_a_page_with_a_form_and_a_template() -> None:
    assert set(PAGES) == set(Step)
    for page in PAGES.values():
        assert get_template(page.template)
        assert page.form.step in Step


def test_every_step_is_in_some_plan_and_shows_its_answers_on_the_review() -> None:
    planned = {step for registry in REGISTRIES for step in plan_for(registry).steps}
    assert planned == set(Step)
    silent = {step for step in planned if PAGES[step].review_rows is _no_rows}
    assert silent == {Step.REVIEW}


# --- A new error --------------------------------------------------------------------------------


def test_every_error_has_words_of_its_own() -> None:
    for kind in errors.descendants(errors.ConsoleError):
        assert {"title", "remedy", "status"} <= vars(kind).keys(), kind
        assert 400 <= kind.status < 600


def test_an_error_without_words_stops_the_console() -> None:
    class Wordless(errors.Throttled):
        """An error of AWS, two classes below AwsError."""

    found = [error for error in check_every_error_has_words() if "Wordless" in error.msg]
    assert [error.id for error in found] == ["wizard.E003"] * 3
    record = errors.error_record(Wordless("slow down"))
    assert type(errors.recorded_error(record)) is Wordless
    # Classes are found for as long as they exist.
    del Wordless, found, record
    gc.collect()


# Raised for exceptions of botocore's own, which carry no code of AWS's, or read off AWS's message,
# the operation or the Region.
WITHOUT_A_CODE = {
    errors.AnswerOfAnother,
    errors.AssumeRoleNotPermitted,
    errors.CallerCannotAssume,
    errors.CertificateNotTrusted,
    errors.ChangedSince,
    errors.ConfigFileInvalid,
    errors.CredentialProgramFailed,
    errors.CredentialServiceFailed,
    errors.CredentialsMalformed,
    errors.CredentialsNotValidInRegion,
    errors.DefaultRegionUnknown,
    errors.DeniedByOrganization,
    errors.EndpointInvalid,
    errors.ImageNotDeleted,
    errors.ManagedByService,
    errors.MfaRequired,
    errors.NewerVersion,
    errors.NotTried,
    errors.OldVersionGone,
    errors.OtherRule,
    errors.OtherTemplate,
    errors.ProfileInvalid,
    errors.TemplateLimitExceeded,
    errors.ProfileMissing,
    errors.ProxyUnreachable,
    errors.RoleNotAssumed,
    errors.AccountNotInUse,
    errors.AccountRoleNotAssumed,
    errors.RoleNotTrusting,
    errors.OrganizationNotReadable,
    errors.RoleOfAnotherAccount,
    errors.RoleTrustsTooMuch,
    errors.TrustNotTested,
    errors.AccountRoleUnavailable,
    errors.RuleLimitExceeded,
    errors.SecretLimitExceeded,
    errors.SecretUnusable,
    errors.CredentialNotKept,
    errors.CredentialSealedOtherwise,
    errors.SecretNoLongerUsed,
    errors.SecretOfSeveralUpstreams,
    errors.SecretVersionLimitExceeded,
    errors.SignInExpired,
    errors.TagMoved,
    errors.UpstreamIsHere,
    errors.WebIdentityTokenInvalid,
    errors.CredentialNeeded,
    errors.CredentialsOfAnotherAccount,
    errors.RepositoryTooLarge,
    errors.RoleWithdrawn,
    errors.LoginRefusedBefore,
    errors.ValidationInterrupted,
    errors.CredentialsMissing,
    errors.PassRoleDenied,
    errors.RegionUnreachable,
    errors.SecretHasReplicas,
    errors.SecretIsReplica,
    errors.UnexpectedAwsError,
}


def test_every_error_of_aws_is_raised_for_some_code() -> None:
    kinds = set(errors.descendants(errors.AwsError))
    assert kinds - set(ERROR_OF_CODE.values()) == WITHOUT_A_CODE


# --- A new AWS call -----------------------------------------------------------------------------

NEEDS_NO_PERMISSION = {"sts:GetCallerIdentity"}
# What AWS checks besides the calls themselves.
DEPENDENT = {
    *("iam:PassRole", "iam:CreateServiceLinkedRole"),
    *("ecr:CreateRepository", "ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy"),
}
# Unverified whether AWS checks it on the caller; the console never calls it.
OPTIONAL = {"secretsmanager:GetSecretValue"}


def _operations_used() -> set[str]:
    """Every operation of a client that wizard/backend names, as an IAM action."""
    session = botocore.session.get_session()
    used: set[str] = set()
    for path in (ROOT / "wizard" / "backend").rglob("*.py"):
        words = list(_words(ast.parse(path.read_text(encoding="utf-8"))))
        for service in {"ecr", "iam", "organizations", "secretsmanager", "sts"}.intersection(words):
            names = session.get_service_model(service).operation_names
            used.update(f"{service}:{name}" for name in names if xform_name(name) in words)
    return used


def _words(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _policy() -> list[dict[str, object]]:
    found = re.search(r"```json\n(.*?)```", _text("OPERATIONS.md"), flags=re.S)
    assert found is not None
    statements: list[dict[str, object]] = json.loads(found[1])["Statement"]
    return statements


def _actions(statement: dict[str, object]) -> set[str]:
    action = statement["Action"]
    return {action} if isinstance(action, str) else set(action)  # type: ignore[call-overload]


def test_the_policy_allows_what_the_code_calls_and_nothing_else() -> None:
    allowed = [action for statement in _policy() for action in _actions(statement)]
    assert len(allowed) == len(set(allowed))
    used = _operations_used()
    assert used >= {"ecr:CreatePullThroughCacheRule", "secretsmanager:ListSecrets"}
    assert set(allowed) == (used - NEEDS_NO_PERMISSION) | DEPENDENT | OPTIONAL


def test_the_policy_is_that_of_the_table() -> None:
    assert _policy() == console_policy(PERMISSIONS, PolicyPlace())["Statement"]


def test_the_table_has_what_the_code_calls_and_nothing_else() -> None:
    actions = [each.action for each in PERMISSIONS]
    assert len(actions) == len(set(actions))
    assert set(actions) == (_operations_used() - NEEDS_NO_PERMISSION) | DEPENDENT | OPTIONAL


def test_the_optional_read_of_secrets_stands_alone_and_is_narrow() -> None:
    statement = next(each for each in _policy() if _actions(each) & OPTIONAL)
    assert statement["Sid"] == "OptionalReadOfSecrets"
    assert _actions(statement) == OPTIONAL
    assert statement["Resource"] == "arn:aws:secretsmanager:*:*:secret:ecr-pullthroughcache/*"
    assert _operations_used() & OPTIONAL == set()
    assert "when a rule with a secret is created is unverified" in _text("OPERATIONS.md")


# --- Continuous integration ----------------------------------------------------------------------


def test_ci_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")


# --- The developer's targets ----------------------------------------------------------------------


def test_contributing_names_every_target_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", _text("Makefile"), flags=re.M)
    assert {"test", "faults", "scan", "audit", "sbom"} <= set(targets)
    named = set(re.findall(r"\bmake ([a-z]+)", _text("CONTRIBUTING.md")))
    assert sorted(set(targets) - named) == []


# --- All documents ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_names_only_files_that_exist(name: str) -> None:
    text = re.sub(r"```.*?```", "", _text(f"{name}.md"), flags=re.S)
    linked = re.findall(r"\]\((?!https?:|#)([^)]+)\)", text)
    named = re.findall(r"`((?:ptcconsole|wizard|templates|tests|static)/[\w/.]+)", text)
    missing = [path for path in (*linked, *named) if not (ROOT / path.partition("#")[0]).exists()]
    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_link_to_a_heading_leads_to_one(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([\w.]*)#([^)]+)\)", _text(f"{name}.md"))
    missing = [link for link in links if link[1] not in _anchors(link[0] or f"{name}.md")]
    assert missing == []


def _anchors(document: str) -> set[str]:
    """The names that headings have in links."""
    headings = re.findall(r"^#+ (.+)$", _text(document), flags=re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_short() -> None:
    assert len(_text("README.md").splitlines()) <= README_LINES


def test_architecture_names_the_versions_of_the_lock() -> None:
    lock = _text("requirements-dev.txt")
    for name, version, _why in _rows("ARCHITECTURE.md", "Libraries"):
        for package in name.lower().split(", "):
            assert f"\n{package}=={version} " in f"\n{lock}", package


def test_the_license_is_the_whole_apache_license() -> None:
    text = _text("LICENSE")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text.splitlines()) > 200


FOLDERS = (".ci", "ptcconsole", "wizard", "templates", "static", "tests")
BINARY = {".png", ".ico", ".woff2", ".pyc"}
# In two halves, so that this file does not find itself.
FOREIGN = [
    "py" + "pi.org",
    "python" + "hosted",
    "npm" + "js.org",
    "deb." + "debian.org",
    "/ro" + "ot/",
    "/wo" + "rk/",
    "/ho" + "me/",
]


NOT_OURS = {".env", ".git"}  # in a second work tree, .git is a file that names the first


def _own_files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.name not in NOT_OURS)
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file())


def test_the_project_names_no_package_registry_and_no_place_outside_itself() -> None:
    guilty = [
        f"{path.relative_to(ROOT)}: {words}"
        for path in _own_files()
        if path.suffix not in BINARY
        for words in FOREIGN
        if words in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert guilty == []
