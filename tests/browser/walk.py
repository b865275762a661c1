"""Actions that several browser tests share: begin a wizard, press Next, choose an option."""

from playwright.sync_api import Page, expect

from tests.person import ACCOUNT, REGION

RULES = f"/{ACCOUNT}/{REGION}/rules/"


def heading_is(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def validate(page: Page, prefix: str) -> None:
    """Select a rule in the table, and validate it."""
    box = page.get_by_role("checkbox", name=f"Select {prefix}")
    box.check()
    page.get_by_role("button", name="Validate selected rules").click()


def open_delete(page: Page, *prefixes: str) -> None:
    """Select rules in the table, and choose Delete from its menu."""
    for prefix in prefixes:
        page.get_by_role("checkbox", name=f"Select {prefix}").check()
    page.locator(".actions-menu > summary").click()
    page.get_by_role("button", name="Delete selected rules").click()


def begin(page: Page, registry: str) -> None:
    """Add rule, and choose the registry; Next is still to be pressed."""
    page.goto(RULES)
    page.get_by_role("button", name="Add rule").first.click()
    page.get_by_label(registry, exact=True).check()


def press_next(page: Page, heading: str) -> None:
    page.get_by_role("button", name="Next").click()
    heading_is(page, heading)


def choose_action(page: Page, name: str) -> None:
    """Choose a button of the menu of a rule's page."""
    page.get_by_text("Actions", exact=True).click()
    page.get_by_role("button", name=name).click()


def begin_destination(page: Page, registry: str = "Quay") -> None:
    """A wizard of a public registry, at its second step."""
    begin(page, registry)
    press_next(page, "Specify a destination")
