"""Fixtures: a real Chromium on a running server that uses the simulated AWS.

A test fails if one of its pages violates the content security policy or has a script error.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator

import boto3
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, someone
from wizard.services import fanout

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
PASSWORD = "correct horse battery"

# What htmx logs of a request that the next keystroke or the next page has cut off.
CUT_OFF = ("htmx:afterRequest,", "htmx:sendAbort,", "htmx:sendError,")

# The browser's own word on a page that breaks its policy, besides what it writes to its console.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI}`);
});
"""

OpenPage = Callable[..., Page]

# For actions and for what is expected of a page, for which Playwright waits five seconds otherwise.
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)

# What axe looks at: each theme and each width once, or with AXE=all every pair of them. Of a walk
# through many states, AXE=both looks at each state in both, and otherwise at one after the other.
LOOKS = [(1440, "light"), (390, "dark")]
if os.environ.get("AXE") == "all":
    LOOKS += [(1440, "dark"), (390, "light")]
IN_TURN = os.environ.get("AXE") not in ("both", "all")


def in_each_look(page: Page, turn: int | None = None) -> Iterator[str]:
    """Show the page in each size and theme, one after the other, and restore the first one.

    With the number of a state in its walk, it may be in one of them alone.
    """
    before = page.viewport_size
    assert before is not None
    looks = LOOKS if turn is None or not IN_TURN else [LOOKS[turn % len(LOOKS)]]
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": before["height"]})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        yield f"{width} {scheme}"
    page.set_viewport_size(before)
    page.emulate_media(color_scheme="light")


def too_wide(page: Page, *widths: int) -> list[int]:
    """Return the widths at which the page is wider than its window; restore the first width."""
    before = page.viewport_size
    assert before is not None
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(width)
    page.set_viewport_size(before)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of the process; a missing one is an error, never a skip.

    Debian builds the same browser a second time without its windows; it is a third faster.
    """
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert chromium, "Chromium is missing: apt-get install chromium chromium-headless-shell"
    # Playwright keeps an event loop in this thread, which is none of Django's business.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def account(aws: FakeAws) -> None:
    """A secret, a role, and three rules to look at."""
    secrets = boto3.client("secretsmanager", region_name=REGION)
    value = json.dumps({"username": "demo", "accessToken": "wrong"})
    arn = secrets.create_secret(Name="ecr-pullthroughcache/github", SecretString=value)["ARN"]
    boto3.client("iam").create_role(
        RoleName="example-role", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    ecr = boto3.client("ecr", region_name=REGION)
    for prefix, url in (("quay", "quay.io"), ("kubernetes", "registry.k8s.io")):
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url)
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="github", upstreamRegistryUrl="ghcr.io", credentialArn=arn
    )


@pytest.fixture
def complaints() -> list[str]:
    """Errors that browsers reported; a test with any of them fails."""
    return []


def _new_session(user: User) -> str:
    """The key of a session that has just begun; the page of signing in has tests of its own."""
    client = Client()
    client.force_login(user)
    return str(client.session.session_key)


@pytest.fixture
def open_page(
    browser: Browser, live_server: LiveServer, account: None, complaints: list[str]
) -> Iterator[OpenPage]:
    """Open a signed-in page at the rules: `open_page(javascript=False, width=390, ...)`."""
    ada = someone("ada")
    ada.set_password(PASSWORD)
    ada.save()
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        # A 4xx answer is logged as an error by the browser itself; it is an answer like any other.
        is_answer = "Failed to load resource" in message.text or message.text.startswith(CUT_OFF)
        if message.type == "error" and not is_answer:
            complaints.append(message.text)

    def open_page(*, javascript: bool = True, width: int = 1440, height: int = 1000) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            java_script_enabled=javascript,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        # On the context, so that pages which a page opens are heard too.
        context.on("console", listen)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.add_init_script(TELL_VIOLATIONS)
        name, value = settings.SESSION_COOKIE_NAME, _new_session(ada)
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"/{ACCOUNT}/{REGION}/rules/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page over Regions shows all of them, however slow the machine is or long one is held."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
