"""Runs axe with all its rules on every page and state, in light and dark, at two widths."""

from collections.abc import Callable
from itertools import count
from typing import Any

import boto3
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage, in_each_look
from tests.browser.walk import RULES, open_delete, validate
from tests.fakeaws.test_images import INDEX, image, put
from tests.fleet import account_id, furnish_fleet
from tests.person import ACCOUNT, REGION, someone
from wizard.domain import Role
from wizard.domain.errors import AccessDenied, DeniedByOrganization, error_record
from wizard.models import ClosedRegion, ClosingReason, LastKnownRule, RegionReading
from wizard.services.fleet.counting import count_today

# Without it, axe copies the style sheet of a shadow root into the page, which the policy forbids.
# No rule that is on needs the copy. All rules run; what passes is only not described.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}


def violations(page: Page, turn: int | None = None) -> list[str]:
    """What axe finds on the page in any look, each with the rule's name first.

    `turn` is the number of a state in a walk through many.
    """
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')} ({look})"
        for look in in_each_look(page, turn)
        for violation in _answer(page)["violations"]
        for node in violation["nodes"]
    ]


def _answer(page: Page) -> dict[str, Any]:
    """What axe says. Its half megabyte goes into a page once, and stays for the next look."""
    if page.evaluate("typeof axe") == "undefined":
        return dict(Axe().run(page, options=OPTIONS).response)
    return dict(page.evaluate("options => axe.run(document, options)", OPTIONS))


def _next(page: Page) -> None:
    page.get_by_role("button", name="Next").click()
    page.wait_for_load_state()


def _begin(page: Page, registry: str) -> None:
    page.goto(RULES)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label(registry, exact=True).check()


def walk_secret(page: Page, scan: Callable[[str], None]) -> None:
    _delete_a_secret("ecr-pullthroughcache/old")
    _begin(page, "Docker Hub")
    scan("source")
    _next(page)
    scan("authentication, existing")
    page.get_by_label("Create an AWS secret").check()
    _next(page)
    scan("authentication, errors")
    page.locator("#id_secret_name").fill("hub")
    page.get_by_label("Docker Hub email").fill("me")
    page.get_by_label("Docker Hub access token").fill("token")
    _next(page)
    scan("destination, preview")
    page.get_by_label("Amazon ECR repository prefix").fill("kubernetes")
    page.locator("#prefix-in-use .field-error").wait_for()
    scan("destination, preview of a taken prefix")
    page.get_by_label("Amazon ECR repository prefix").fill("Not a prefix")
    _next(page)
    scan("destination, error")
    page.get_by_label("Amazon ECR repository prefix").fill("hub")
    _next(page)
    scan("review")
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="hub", upstreamRegistryUrl="quay.io")
    page.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_load_state()
    scan("destination, refused by AWS with a secret made")
    page.get_by_label("Amazon ECR repository prefix").fill("hub-2")
    _next(page)
    page.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_load_state()
    scan("rule created")


def _delete_a_secret(name: str) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name=name, SecretString="{}")
    secrets.delete_secret(SecretId=name)


def walk_cross_account(page: Page, scan: Callable[[str], None]) -> None:
    _begin(page, "Amazon ECR Private")
    page.get_by_label("Cross account").check()
    page.get_by_role("heading", name="Specify upstream").wait_for()
    scan("upstream, planned again")
    _next(page)
    scan("upstream, errors")
    page.get_by_label("Region", exact=True).select_option("eu-west-1")
    page.get_by_label("Account", exact=True).fill("111122223333")
    _next(page)
    for summary in page.locator(".expandable > summary").all():
        summary.click()
    scan("permissions and policies")
    page.get_by_label("Enter the ARN of a role").check()
    _next(page)
    scan("permissions, error")
    page.locator("#id_typed_role_arn").fill(f"arn:aws:iam::{ACCOUNT}:role/x")
    _next(page)
    scan("namespaces")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").wait_for()
    scan("leave dialog")
    page.goto(page.url.replace("namespaces", "cancel"))
    scan("leave page")
    page.get_by_role("button", name="Keep as draft").click()
    page.wait_for_url(f"**{RULES}")
    scan("rules with an open draft")


def walk_lists(page: Page, scan: Callable[[str], None]) -> None:
    scan("rules")
    for prefix in ("github", "quay"):
        page.goto(RULES)
        validate(page, prefix)
        row = page.get_by_role("row").filter(has_text=prefix)
        row.locator(".status-valid, .status-failed").first.wait_for()
    page.goto(RULES)
    scan("rules, validated")
    open_delete(page, "quay")
    page.get_by_role("dialog").wait_for()
    scan("delete dialog")
    page.goto(RULES.replace("rules/", "permissions/?check=1"))
    page.get_by_role("button", name="Check again").wait_for()
    scan("the permissions")
    page.goto(f"{RULES}quay/delete/")
    scan("delete page")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_load_state()
    scan("delete page, error")
    page.goto(RULES.replace(REGION, "eu-west-1"))
    scan("no rules")
    page.goto(RULES.replace(REGION, "cn-north-1"))
    scan("no such Region")
    page.goto(RULES.replace("rules/", f"drafts/{'A' * 22}/source/"))
    scan("no such draft")
    page.goto("/nowhere/")
    scan("not found")
    page.goto("/sign-in/no-such-link/")
    scan("sign-in link")
    _import(page, scan)
    _repositories(page, scan)
    _clean_up(page, scan)
    _templates(page, scan)
    _regions(page, scan)


def _regions(page: Page, scan: Callable[[str], None]) -> None:
    someone("ada", Role.ADMINISTRATOR)
    for region in ("eu-west-1", "sa-east-1"):
        denied = DeniedByOrganization("Denied with an explicit deny in a service control policy.")
        ClosedRegion.objects.create(
            account_id=ACCOUNT,
            region=region,
            reason=ClosingReason.POLICY,
            since=timezone.now(),
            checked_at=timezone.now(),
            error_record=error_record(denied),
        )
    page.goto(f"/{ACCOUNT}/rules/")
    page.get_by_role("link", name="Show closed Regions (2)").wait_for()
    scan("closed Regions, folded")
    page.goto(f"/{ACCOUNT}/regions/")
    page.get_by_text("A service control policy denies it").first.click()
    scan("Regions in use")
    page.get_by_label("US East (Ohio)").check()
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("1 Region is in use").wait_for()
    page.goto(RULES.replace(REGION, "us-west-2"))
    scan("a Region that is not in use")


def _repositories(page: Page, scan: Callable[[str], None]) -> None:
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.create_repository(repositoryName="quay/app")
    listed = [{"digest": image(ecr, 200, repository="quay/app")}]
    image(ecr, 100, "1.0", repository="quay/app", subject=listed[0])
    put(ecr, "all", INDEX, repository="quay/app", manifests=listed)
    moved: Any = {"repositoryName": "quay/app", "imageId": {"imageTag": "1.0"}}
    ecr.update_image_storage_class(**moved, targetStorageClass="ARCHIVE")
    page.goto(RULES.replace("rules/", "repositories/"))
    scan("repositories by rule")
    page.goto(f"{RULES}quay/repositories/")
    scan("repositories of a rule")
    page.goto(RULES.replace("rules/", "repositories/quay/app/images/"))
    scan("images")
    page.get_by_text("Platforms of the image indexes").click()
    page.get_by_role("button", name="Get platforms").click()
    page.get_by_role("heading", name="Platforms of quay/app").wait_for()
    scan("platforms")
    page.goto(RULES.replace("rules/", "lifecycle-previews/?repository=quay/app"))
    page.get_by_label("Archive unused images").check()
    page.get_by_role("button", name="Start preview").click()
    page.wait_for_load_state()
    scan("lifecycle preview, error")
    page.get_by_label("Archive images").fill("1")
    page.get_by_role("button", name="Start preview").click()
    page.get_by_text("would be archived").wait_for()
    scan("lifecycle preview")


def _clean_up(page: Page, scan: Callable[[str], None]) -> None:
    page.goto(RULES.replace("rules/", "repositories/quay/app/images/"))
    page.get_by_role("link", name="Fetch again all").click()
    page.get_by_role("button", name="Remove tag").wait_for()
    scan("fetch again")
    page.goto(RULES.replace("rules/", "clean-ups/new/?rule=quay"))
    page.get_by_label("Not pulled for").fill("")
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("There is a problem").wait_for()
    scan("clean-up, error")
    page.get_by_label("Untagged images only").check()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="Nothing to delete").wait_for()
    scan("preview of nothing, with an unread index")
    page.get_by_role("link", name="Add exclusion").click()
    page.get_by_role("button", name="Add exclusion").click()
    page.get_by_role("heading", name="Excluded principals").wait_for()
    scan("exclusions")
    image(boto3.client("ecr", region_name=REGION), 300, repository="quay/app")
    page.goto(RULES.replace("rules/", "clean-ups/new/?repository=quay/app"))
    page.get_by_label("Not pulled for").fill("")
    page.get_by_label("Untagged images only").check()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="Delete these images").wait_for()
    scan("preview")
    page.get_by_placeholder("confirm").fill("confirm")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("heading", name="1 image deleted").wait_for()
    scan("cleaned up")


def _templates(page: Page, scan: Callable[[str], None]) -> None:
    page.goto(RULES.replace("rules/", "new-template/?prefix=quay"))
    page.get_by_label("Immutable", exact=True).check()
    page.get_by_label("Repository permissions").fill("{")
    page.get_by_role("button", name="Create template").click()
    page.wait_for_load_state()
    scan("template, error")
    page.get_by_label("Repository permissions").fill("")
    page.get_by_role("button", name="Create template").click()
    page.get_by_role("heading", name="Before you save the template").wait_for()
    scan("template, warning")
    page.get_by_role("button", name="Create template").click()
    page.get_by_role("heading", name="Template quay").wait_for()
    scan("template")
    page.goto(RULES.replace("rules/", "templates/"))
    scan("templates")
    page.goto(RULES.replace("rules/", "templates/quay/copy/?regions=eu-west-1"))
    scan("plan of a copied template")
    page.get_by_role("button", name="Copy to selected Regions").click()
    page.get_by_role("heading", name="Template quay copied").wait_for()
    scan("template copied")


def _import(page: Page, scan: Callable[[str], None]) -> None:
    page.goto(RULES.replace("rules/", "import/"))
    page.locator("#id_content").fill("[")
    page.get_by_role("button", name="Show plan").click()
    page.wait_for_load_state()
    scan("import, error")
    rule = '{"ecr_repository_prefix": "%s", "upstream_registry_url": "quay.io"}'
    page.locator("#id_content").fill(f"[{rule % 'new'}, {rule % 'Bad'}]")
    page.get_by_role("button", name="Show plan").click()
    page.wait_for_load_state()
    scan("import plan")
    page.get_by_role("button", name="Create selected rules").click()
    page.wait_for_load_state()
    scan("import")


def walk_fleet(page: Page, scan: Callable[[str], None]) -> None:
    furnish_fleet(accounts=12, regions=2, rules=5)
    RegionReading.objects.filter(account_id=account_id(1)).update(
        failed_at=timezone.now(),
        error_record=error_record(AccessDenied("no", code="AccessDeniedException")),
    )
    count_today()
    LastKnownRule.objects.exclude(registry_key="quay").update(
        credential_arn=f"arn:aws:secretsmanager:us-east-1:{account_id(1)}:secret:shared-AbCdEf"
    )
    for path in (
        *("?url=quay.io&status=failed", "?status=bad", "accounts/", "matrix/"),
        *("regions/?state=failed", "trend/", "rotate/", "rotate/?upstream=ghcr.io"),
    ):
        page.goto(f"/fleet/{path}")
        scan(f"fleet, {path}")
    page.goto(f"/fleet/create/?account={account_id(0)}&account={account_id(1)}")
    page.get_by_label("Docker Hub", exact=True).check()
    page.get_by_role("button", name="Show plan").click()
    page.wait_for_load_state()
    scan("creation in accounts, errors")
    page.get_by_label("Quay", exact=True).check()
    page.get_by_label("Cache repository prefix").fill("quay")
    page.get_by_role("button", name="Show plan").click()
    page.wait_for_load_state()
    scan("creation in accounts, plan")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Docker Hub", exact=True).check()
    page.get_by_label("Create a secret in each account and Region").check()
    page.get_by_label("Secret name").fill("hub")
    scan("creation in accounts, with secrets")
    page.get_by_role("button", name="Show plan").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Create rules", exact=True).click()
    page.wait_for_load_state()
    scan("creation in accounts, credential missing")
    page.goto(f"/fleet/replace/?account={account_id(0)}")
    page.get_by_label("Upstream repository prefix").fill("org")
    page.get_by_role("button", name="Show plan").click()
    page.wait_for_load_state()
    scan("change in accounts, plan")


@pytest.mark.parametrize("walk", [walk_secret, walk_cross_account, walk_lists, walk_fleet])
def test_axe_finds_nothing(open_page: OpenPage, walk: Callable[..., None]) -> None:
    page = open_page()
    found: list[str] = []
    turns = count()

    def scan(state: str) -> None:
        found.extend(f"{state}: {violation}" for violation in violations(page, next(turns)))

    walk(page, scan)
    assert found == []


def test_axe_finds_nothing_where_aws_does_not_tell(aws: FakeAws, open_page: OpenPage) -> None:
    page = open_page()
    aws.refuse(operation="DescribePullThroughCacheRules")
    page.goto(RULES)
    assert violations(page) == []


def test_axe_finds_nothing_at_the_sign_in(open_page: OpenPage) -> None:
    page = open_page()
    page.context.clear_cookies()
    page.goto(RULES)
    assert violations(page) == []
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    assert violations(page) == []


def test_the_scanner_finds_what_is_wrong(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input>')")
    assert any(violation.startswith("label:") for violation in violations(page))


def test_nothing_is_cut_off_at_320_pixels(open_page: OpenPage) -> None:
    page = open_page(width=320, height=800)

    def cut_off() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth > 320"))

    page.goto(RULES)
    assert not cut_off()
    open_delete(page, "quay")
    page.get_by_role("dialog").wait_for()
    assert not cut_off()
    page.goto(f"{RULES}quay/delete/")
    assert not cut_off()
    _begin(page, "Docker Hub")
    assert not cut_off()
    _next(page)
    assert not cut_off()
    page.get_by_label("Use an existing AWS secret").check()
    page.locator("#id_secret").select_option(index=1)
    _next(page)
    assert not cut_off()
    _next(page)
    assert not cut_off()


def test_the_table_needs_no_scrolling_on_a_usual_screen(open_page: OpenPage) -> None:
    page = open_page(width=1280)
    fits = "element => element.scrollWidth <= element.clientWidth"
    assert page.locator(".table-scroll").evaluate(fits)
