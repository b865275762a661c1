"""Screenshots of every page and state: `python -m tests.browser.screenshots FOLDER [--readme]`.

It starts one console with fresh demo content per size and theme, and goes through the pages as a
person does. The files are named `<page>-<state>-<width>-<theme>.png`. With `--readme`, it only
takes the picture of the README and writes it to static/img/.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from ptcconsole.fakeaws.control import FakeAwsControl

ROOT = Path(__file__).resolve().parents[2]
README_PICTURES = ROOT / "static" / "img"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
SIZES = ((1440, 1000), (1024, 768), (390, 844))
THEMES = ("light", "dark")
REGION = "us-east-2"
HUB = "Docker Hub"
NO_DRAFT = "A" * 22
IMPORTED = """aws ecr create-pull-through-cache-rule --ecr-repository-prefix team/quay \\
  --upstream-registry-url quay.io --region us-east-2
aws ecr create-pull-through-cache-rule --ecr-repository-prefix Team \\
  --upstream-registry-url quay.io --region eu-west-1
"""

Shoot = Callable[..., None]


@dataclass(frozen=True)
class RunningConsole:
    """A console that is up: its address, a link that signs in once, the AWS and rows behind it."""

    url: str
    sign_in: str
    aws: FakeAwsControl
    database: Path


@contextmanager
def running_console() -> Iterator[RunningConsole]:
    """`make run` on free ports and a throw-away data folder."""
    with tempfile.TemporaryDirectory(prefix="ptcconsole-pictures-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "ptcconsole", "run", "--port", "0"],
            env=os.environ | {"DATA_DIR": folder},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            said = dict(_announcements(process))
            yield RunningConsole(
                url=said["Console"].rstrip("/"),
                sign_in=said["Sign in"],
                aws=FakeAwsControl(said["AWS endpoint"]),
                database=Path(folder) / "console.sqlite3",
            )
        finally:
            process.terminate()
            process.communicate()


def _announcements(process: "subprocess.Popen[str]") -> Iterator[tuple[str, str]]:
    """The lines in which the console says where it is, up to the last of them."""
    if process.stdout is None:
        raise RuntimeError("the console's output is not read")
    for line in process.stdout:
        name, _, value = line.partition(": ")
        yield name, value.strip()
        if name == "AWS endpoint":
            return
    raise RuntimeError("the console ended before it said where it is")


@contextmanager
def signed_in(
    browser: Browser, console: RunningConsole, *, width: int, height: int, theme: str
) -> Iterator[Page]:
    """A page at the rules."""
    context = browser.new_context(
        base_url=console.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(console.sign_in)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/rules/")
    yield page
    context.close()


def choose_action(page: Page, name: str) -> None:
    """Choose a button of the menu of a rule's page; the walks of the tests need Django."""
    page.get_by_text("Actions", exact=True).click()
    page.get_by_role("button", name=name).click()


class Walk:
    """One person's way through all pages. `shoot` is given the picture's name."""

    def __init__(self, page: Page, console: RunningConsole, shoot: Shoot) -> None:
        self.page = page
        self.aws = console.aws
        self.database = console.database
        self.shoot = shoot
        self.rules_url = page.url

    def all(self) -> None:
        self.empty_pages()
        self.public()
        self.docker_hub()
        self.cross_account()
        self.secrets()
        self.leaving()
        self.rules()
        self.overview()
        self.one_rule()
        self.cloning()
        self.operations()
        self.audit_trail()
        self.secret_pages()
        self.selection()
        self.health()
        self.deleting()
        self.errors()
        self.people()
        self.imports()
        self.rotating()
        self.permissions()
        self.further_pages()
        self.results()
        self.shell()
        self.plain_pages()

    def empty_pages(self) -> None:
        self.shoot("rules-demo")
        self.page.goto(self.rules_url.replace(REGION, "us-west-2"))
        self.shoot("rules-empty")

    def public(self) -> None:
        self.begin()
        self.shoot("source-nothing")
        self.next()
        self.shoot("source-errors")
        self.choose("Microsoft Azure Container Registry")
        self.shoot("source-azure")
        self.choose("Quay")
        self.next()
        self.type_prefix("mirror/quay.io")
        self.shoot("destination-preview")
        self.type_prefix("quay")
        self.page.get_by_text("already uses this prefix").first.wait_for()
        self.shoot("destination-taken")
        self.next()
        self.shoot("destination-refused")
        self.type_prefix("A")
        self.next()
        self.shoot("destination-errors")

    def docker_hub(self) -> None:
        self.begin(HUB)
        self.shoot("source-docker-hub")
        self.next()
        self.shoot("authentication-existing")
        self.new_secret()
        self.shoot("authentication-create")
        self.next()
        self.type_prefix("hub")
        self.shoot("destination-docker-hub")
        self.next()
        self.shoot("review-docker-hub")
        self.aws.refuse(operation="CreatePullThroughCacheRule", times=1)
        self.create()
        self.shoot("review-refused")
        self.create()
        self.shoot("operation-created")

    def cross_account(self) -> None:
        self.begin("Amazon ECR Private")
        self.choose("Cross account")
        self.page.get_by_label("Region", exact=True).select_option("eu-west-1")
        self.page.get_by_label("Account", exact=True).fill("210987654321")
        self.shoot("upstream-cross-account")
        self.next()
        self.page.get_by_text("Trust policy of the role").click()
        self.shoot("permissions-policies")
        self.page.locator("#id_custom_role_arn").select_option(index=1)
        self.next()
        self.shoot("namespaces-specific")
        cache = self.page.get_by_role("group", name="Cache namespace")
        with self.page.expect_response(lambda answer: "/preview/" in answer.url):
            cache.get_by_label("No prefix").check()
        self.settle()
        self.shoot("namespaces-root")
        self.next()
        self.shoot("review-cross-account")

    def secrets(self) -> None:
        self.aws.refuse(operation="ListSecrets")
        self.begin("GitHub Container Registry")
        self.next()
        self.page.get_by_label("Use an existing AWS secret").check()
        self.shoot("authentication-unlisted")
        self.aws.clear_faults()

    def leaving(self) -> None:
        self.page.get_by_role("button", name="Cancel").click()
        self.page.get_by_role("dialog").wait_for()
        self.shoot("leave-dialog", full=False)
        self.page.get_by_role("button", name="Keep as draft").click()
        self.page.wait_for_url(self.rules_url)
        self.shoot("rules-draft-kept")
        self.begin(HUB)
        self.next()
        self.page.goto(self.page.url.replace("authentication", "cancel"))
        self.shoot("leave-page")

    def rules(self) -> None:
        self.page.goto(self.rules_url)
        self.validate("docker-hub", "github", "quay")
        self.shoot("rules-validated")

    def overview(self) -> None:
        account = self.rules_url.replace(f"{REGION}/", "")
        self.page.goto(account)
        self.shoot("overview-regions")
        for group in ("registry", "none", "matrix"):
            self.page.goto(f"{account}?group={group}")
            self.shoot(f"overview-{group}")
        self.aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-1")
        self.page.goto(account)
        self.shoot("overview-refused")
        self.aws.clear_faults()
        self.page.goto(f"{account}?q=nothing-like-it")
        self.shoot("overview-no-match")

    def one_rule(self) -> None:
        for prefix in ("docker-hub", "github", "partner"):
            self.page.goto(f"{self.rules_url}{prefix}/details/")
            self.shoot(f"rule-{prefix}")
        self.page.goto(f"{self.rules_url}docker-hub/details/?image=Not an image")
        self.shoot("rule-image-errors")
        self.page.goto(f"{self.rules_url}github/edit/")
        self.shoot("edit-secret")
        self.page.goto(f"{self.rules_url}quay/edit/")
        self.shoot("edit-nothing")

    def cloning(self) -> None:
        self.page.goto(f"{self.rules_url}docker-hub/details/")
        choose_action(self.page, "Clone")
        self.page.wait_for_load_state()
        self.shoot("clone-regions")
        for region in ("Europe (Ireland)", "Europe (London)"):
            self.page.get_by_label(region).check()
        self.page.get_by_role("button", name="Show plan").click()
        self.page.wait_for_load_state()
        self.shoot("clone-plan")
        self.page.get_by_label("Username").fill("demo")
        self.page.get_by_label("Access token").fill("demo-access-token")
        # In Ireland the demo has the same rule already.
        self.page.get_by_role("button", name="Create in 1 Region").click()
        self.page.wait_for_url("**/operations/*/")
        self.shoot("clone-made")

    def operations(self) -> None:
        """A rule for three Regions, one of which refuses it."""
        page = self.page
        self.begin("Quay")
        self.next()
        self.type_prefix("mirror")
        self.next()
        page.get_by_text("Choose Regions").click()
        self.shoot("review-regions")
        for region in ("Europe (Ireland)", "Europe (London)"):
            page.get_by_label(region).check()
        page.get_by_role("button", name="Show plan").click()
        page.wait_for_load_state()
        self.shoot("review-plan")
        self.aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-1", times=1)
        page.get_by_role("button", name="Create in 3 Regions").click()
        page.locator(".result-details").wait_for()
        self.shoot("operation-partial")
        self.cut_off()

    def cut_off(self) -> None:
        """A Create whose worker is gone between the secret and the rule, and one that failed."""
        page = self.page
        operations = self.rules_url.replace(f"{REGION}/rules/", "operations/")
        for prefix in ("first", "second"):
            self.begin(HUB)
            self.next()
            self.new_secret()
            page.locator("#id_secret_name").fill(prefix)
            self.next()
            self.type_prefix(prefix)
            self.next()
            self.aws.refuse(operation="CreatePullThroughCacheRule", times=1)
            self.create()
        with closing(sqlite3.connect(self.database, timeout=20)) as rows, rows:
            rows.execute(
                "UPDATE wizard_operation SET state = 'running', lease_until = NULL"
                " WHERE ecr_repository_prefix = 'first'"
            )
        self.lose_a_rule()
        page.goto(operations)
        self.shoot("operations")
        page.get_by_role("link", name="first").first.click()
        page.wait_for_load_state()
        self.shoot("operation-cut-off")
        page.goto(operations)
        page.get_by_role("link", name="second").first.click()
        page.wait_for_load_state()
        self.shoot("operation-orphan")
        page.goto(self.rules_url)
        self.shoot("rules-cut-off")

    def lose_a_rule(self) -> None:
        """A replacement that is refused when the old rule is gone, and so is putting that back."""
        page = self.page
        page.goto(f"{self.rules_url}quay/details/")
        choose_action(page, "Replace")
        page.wait_for_url("**/source/")
        self.choose("Kubernetes")
        self.next()
        self.next()
        self.aws.refuse(operation="CreatePullThroughCacheRule", times=2)
        page.get_by_label('To confirm this replacement, type "confirm".').fill("confirm")
        page.get_by_role("button", name="Replace rule").click()
        page.wait_for_load_state()
        self.shoot("review-rule-lost")
        page.goto(self.rules_url.replace(f"{REGION}/rules/", "operations/"))
        page.get_by_role("link", name="quay").first.click()
        page.wait_for_load_state()
        self.shoot("operation-rule-lost")
        page.get_by_role("button", name="Clean up").click()
        page.wait_for_load_state()

    def audit_trail(self) -> None:
        self.page.goto("/audit/")
        self.shoot("audit")

    def secret_pages(self) -> None:
        secrets = self.rules_url.replace("rules/", "secrets/")
        self.page.goto(secrets)
        self.shoot("secrets-demo")
        self.page.goto(f"{secrets}docker-hub/value/")
        self.shoot("secrets-value")
        self.page.goto(f"{secrets}docker-hub/delete/")
        self.shoot("secrets-in-use")

    def selection(self) -> None:
        self.page.goto(self.rules_url)
        self.page.get_by_role("link", name="Preferences").click()
        self.page.get_by_role("dialog").wait_for()
        self.shoot("rules-preferences", full=False)
        self.page.keyboard.press("Escape")
        for prefix in ("quay", "docker-hub"):
            self.page.get_by_label(f"Select {prefix}", exact=True).check()
        self.page.locator(".actions-menu > summary").click()
        self.shoot("rules-actions", full=False)
        self.page.get_by_role("button", name="Delete selected rules").click()
        self.page.get_by_role("dialog").wait_for()
        self.shoot("delete-many", full=False)

    def health(self) -> None:
        self.page.goto(self.rules_url.replace("rules/", "health/"))
        self.shoot("health-region")
        self.page.goto(f"{self.rules_url}docker-hub/health/")
        self.shoot("health-rule")
        self.page.goto(self.rules_url.replace("rules/", "repositories/"))
        self.shoot("repositories-region")
        self.page.goto(f"{self.rules_url}docker-official/repositories/")
        self.shoot("repositories-rule")
        self.page.get_by_role("link", name="docker-official/nginx").first.click()
        self.page.get_by_role("heading", name="docker-official/nginx").wait_for()
        self.shoot("repository")
        self.page.get_by_role("link", name="Clean up").click()
        self.shoot("clean-up")
        self.page.get_by_label("Untagged images only").check()
        self.page.get_by_role("button", name="Preview").click()
        self.page.get_by_role("heading", name="Clean up docker-official/nginx").wait_for()
        self.shoot("clean-up-preview")
        self.page.goto(self.rules_url.replace("rules/", "pull-time-update-exclusions/"))
        self.shoot("exclusions")
        self.page.goto(self.rules_url.replace("rules/", "permissions/?check=1"))
        self.shoot("permissions")
        self.page.goto(self.rules_url.replace("rules/", "client-configuration/?client=containers"))
        self.shoot("client-configuration")
        self.page.goto(self.rules_url)
        self.page.locator(".actions-menu > summary").click()
        self.page.get_by_role("button", name="Validate all in Region").click()
        self.page.get_by_role("heading", name="Finished with failures").wait_for()
        self.shoot("bulk-validation-finished")

    def validate(self, *prefixes: str) -> None:
        for prefix in prefixes:
            self.page.get_by_label(f"Select {prefix}", exact=True).check()
        self.page.get_by_role("button", name="Validate selected rules").click()
        for prefix in prefixes:
            row = self.page.get_by_role("row").filter(has=self.page.get_by_text(prefix, exact=True))
            row.locator(".status-valid, .status-failed").first.wait_for()

    def deleting(self) -> None:
        self.page.goto(self.rules_url + "quay/details/")
        self.page.get_by_text("Actions", exact=True).click()
        self.page.get_by_role("link", name="Delete").click()
        self.page.get_by_role("dialog").wait_for()
        self.shoot("delete-dialog", full=False)
        self.page.goto(self.rules_url + "quay/delete/")
        self.shoot("delete-page")
        self.page.get_by_role("button", name="Delete").click()
        self.page.wait_for_load_state()
        self.shoot("delete-errors")
        self.page.get_by_label("To confirm this deletion").fill("confirm")
        self.page.get_by_role("button", name="Delete").click()
        self.page.wait_for_url(self.rules_url)
        self.shoot("rules-deleted")

    def errors(self) -> None:
        self.aws.refuse(operation="DescribePullThroughCacheRules")
        self.page.goto(self.rules_url)
        self.shoot("rules-refused")
        self.aws.clear_faults()
        self.page.goto(self.rules_url.replace("rules/", f"drafts/{NO_DRAFT}/source/"))
        self.shoot("error-no-draft")
        self.page.goto(self.rules_url.replace(REGION, "cn-north-1"))
        self.shoot("error-no-region")

    def people(self) -> None:
        """The list of people, a person's page, and the account page of the demo's administrator."""
        page = self.page
        page.goto("/people/add/")
        page.get_by_role("button", name="Add person").click()
        self.shoot("person-add-errors")
        page.get_by_label("Username").fill("grace")
        page.get_by_label("Operator").check()
        page.get_by_label("Account", exact=True).fill("123456789012")
        page.get_by_label("Region", exact=True).select_option("eu-west-1")
        page.get_by_role("button", name="Add person").click()
        self.shoot("person-link")
        page.get_by_role("link", name="Continue").click()
        self.shoot("person")
        page.get_by_role("link", name="Add permission").click()
        self.shoot("person-grant")
        page.goto("/people/")
        self.shoot("people")
        page.goto("/account/tokens/new/")
        self.shoot("token")
        page.get_by_label("Name").fill("nightly report")
        page.locator("#id_scopes_0").check()
        page.get_by_role("button", name="Create API token").click()
        self.shoot("token-made")
        page.goto("/account/")
        self.shoot("account")
        page.locator(".top-bar-menus summary").last.click()
        self.shoot("account-menu", full=False)
        page.goto("/account/password/")
        self.shoot("password")

    def imports(self) -> None:
        """The plan of two rules, one of which the prefix refuses, and what cannot be read."""
        page = self.page
        page.goto(self.rules_url.replace("rules/", "import/"))
        self.shoot("import")
        for name, text in (("errors", '{"pullThroughCacheRules": ['), ("plan", IMPORTED)):
            page.locator("textarea").fill(text)
            page.locator("main form button[type=submit]").last.click()
            page.wait_for_load_state()
            self.shoot(f"import-{name}")

    def rotating(self) -> None:
        page = self.page
        page.goto(self.rules_url.replace(f"{REGION}/rules/", "rotations/new/"))
        self.shoot("rotation-choose")
        page.get_by_role("link", name=HUB).first.click()
        page.wait_for_load_state()
        self.shoot("rotation-plan")

    def permissions(self) -> None:
        self.page.goto(self.rules_url.replace("rules/", "permissions/"))
        self.shoot("permissions")
        self.page.goto(self.rules_url.replace("rules/", "permissions/check/"))
        self.shoot("permissions-check")

    def further_pages(self) -> None:
        """Pages to which the way of the others does not lead."""
        account = self.rules_url.replace(f"{REGION}/rules/", "")
        here = self.rules_url.replace("rules/", "")
        for name, url in (
            ("bulk-validations", f"{account}validations/"),
            ("rotations", f"{account}rotations/"),
            ("secrets-create", f"{here}new-secret/"),
            ("secrets-delete", f"{here}secrets/azure-new/delete/"),
            ("templates", f"{here}templates/"),
            ("template-create", f"{here}new-template/?prefix=docker-hub"),
            ("lifecycle-preview", f"{here}lifecycle-previews/?repository=docker-hub/library/nginx"),
            ("fleet", "/fleet/"),
            ("fleet-accounts", "/fleet/accounts/"),
            ("fleet-groups", "/fleet/groups/?by=registry"),
            ("fleet-matrix", "/fleet/matrix/"),
            ("fleet-regions", "/fleet/regions/"),
            ("fleet-trend", "/fleet/trend/"),
            ("search", "/search/?q=docker"),
            ("help-topic", "/help/rules/"),
        ):
            self.page.goto(url)
            self.shoot(name)

    def results(self) -> None:
        """What an import, a rotation and the deletion of several rules have done."""
        page = self.page
        page.goto(self.rules_url.replace("rules/", "import/"))
        page.locator("textarea").fill(IMPORTED)
        page.get_by_role("button", name="Show plan").click()
        page.get_by_role("button", name="Create selected rules").click()
        page.wait_for_url("**/imports/*/")
        page.locator("#import:not([hx-get])").wait_for()
        self.shoot("import-result")
        page.goto(self.rules_url.replace(f"{REGION}/rules/", "rotations/new/"))
        page.get_by_role("link", name=HUB).first.click()
        page.get_by_label("Username").fill("demo")
        page.get_by_label("New access token").fill("demo-access-token")
        page.get_by_role("button", name="Rotate token").click()
        page.get_by_role("heading", level=1, name="Token rotation of").wait_for()
        page.get_by_text("Validating", exact=True).first.wait_for(state="detached")
        self.shoot("rotation-result")
        page.goto(self.rules_url)
        for prefix in ("kubernetes", "chainguard"):
            page.get_by_label(f"Select {prefix}", exact=True).check()
        page.locator(".actions-menu > summary").click()
        page.get_by_role("button", name="Delete selected rules").click()
        page.get_by_label("To confirm this deletion").fill("confirm")
        page.get_by_role("button", name="Delete", exact=True).click()
        page.wait_for_url("**/deletions/*/")
        self.settle()
        self.shoot("deletion-result")

    def shell(self) -> None:
        """The menus of the top bar, the panel of help, and the palette."""
        page = self.page
        page.goto(self.rules_url)
        for number, name in enumerate(("settings", "regions")):
            page.locator(".top-bar-menus summary").nth(number).click()
            self.shoot(f"menu-{name}", full=False)
        page.goto(self.rules_url)
        page.locator("a[data-help]").first.click()
        page.locator("#help-panel-text h2, #help-panel-text h3").first.wait_for()
        self.shoot("help-panel", full=False)
        page.goto(self.rules_url)
        page.keyboard.press("Control+k")
        page.keyboard.type("docker")
        page.get_by_role("option", name="docker-official").first.wait_for()
        self.shoot("palette", full=False)

    def plain_pages(self) -> None:
        self.page.goto("/nowhere/")
        self.shoot("not-found")
        self.page.goto("/sign-in/no-such-link/")
        self.shoot("sign-in-link-used")
        self.page.context.clear_cookies()
        self.page.goto("/")
        self.shoot("sign-in-empty")
        self.page.get_by_label("Username").fill("ada")
        self.page.get_by_label("Password", exact=True).fill("wrong")
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_load_state()
        self.shoot("sign-in-errors")
        for _ in range(9):
            self.page.get_by_label("Password", exact=True).fill("wrong")
            self.page.get_by_role("button", name="Sign in").click()
            self.page.wait_for_load_state()
        self.shoot("sign-in-too-many")

    def begin(self, registry: str = "") -> None:
        self.page.goto(self.rules_url)
        self.page.get_by_role("button", name="Add rule").first.click()
        self.page.wait_for_url("**/source/")
        if registry:
            self.choose(registry)

    def choose(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()
        self.settle()

    def next(self) -> None:
        self.page.get_by_role("button", name="Next").click()
        self.page.wait_for_load_state()
        self.settle()

    def create(self) -> None:
        self.page.get_by_role("button", name="Create", exact=True).click()
        self.page.wait_for_load_state()

    def new_secret(self) -> None:
        self.page.get_by_label("Create an AWS secret").check()
        self.page.locator("#id_secret_name").fill("hub")
        self.page.get_by_label("Docker Hub email").fill("me@example.com")
        self.page.get_by_label("Docker Hub access token").fill("dckr_pat_example")

    def type_prefix(self, prefix: str) -> None:
        with self.page.expect_response(lambda answer: "/preview/" in answer.url):
            self.page.get_by_label("Amazon ECR repository prefix").fill(prefix)
        self.settle()

    def settle(self) -> None:
        """Wait until htmx has shown what it asked for."""
        self.page.wait_for_load_state("networkidle")
        busy = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"
        self.page.locator(busy).first.wait_for(state="detached")


def take_all(browser: Browser, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES:
        for theme in THEMES:
            with (
                running_console() as console,
                signed_in(browser, console, width=width, height=height, theme=theme) as page,
            ):
                Walk(page, console, _shooter(page, folder, f"{width}-{theme}")).all()


def _shooter(page: Page, folder: Path, ending: str) -> Shoot:
    def shoot(name: str, *, full: bool = True) -> None:
        page.mouse.move(0, 0)
        if full:
            page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=folder / f"{name}-{ending}.png", full_page=full)

    return shoot


def take_for_readme(browser: Browser, folder: Path) -> None:
    with (
        running_console() as console,
        signed_in(browser, console, width=1440, height=900, theme="light") as page,
    ):
        walk = Walk(page, console, _shooter(page, folder, ""))
        walk.validate("docker-hub", "docker-official", "chainguard", "github", "kubernetes")
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=folder / "readme-rules.png")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=README_PICTURES)
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        if options.readme:
            take_for_readme(browser, README_PICTURES)
        else:
            take_all(browser, options.folder)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
