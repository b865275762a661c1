"""Pages in German, whose words are longer: they fit a phone, and axe finds nothing."""

from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.browser.walk import RULES
from tests.person import ACCOUNT, REGION

PAGES = (
    RULES,
    f"/{ACCOUNT}/rules/",
    f"{RULES}github/details/",
    f"{RULES}github/edit/",
    f"{RULES}quay/delete/",
    f"/{ACCOUNT}/{REGION}/health/",
    f"/{ACCOUNT}/{REGION}/repositories/",
    f"{RULES}quay/repositories/",
    f"/{ACCOUNT}/{REGION}/secrets/",
    f"/{ACCOUNT}/operations/",
    f"/{ACCOUNT}/validations/",
    f"/{ACCOUNT}/rotations/new/",
    "/account/",
    "/help/rule/",
)


def test_german_pages_fit_a_phone(open_page: OpenPage) -> None:
    page = open_page(width=390, height=844)
    page.locator("summary", has_text="Settings").click()
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("heading", name="Pull-Through-Cache-Konfiguration").wait_for()
    found = {}
    for url in PAGES:
        page.goto(url)
        assert page.locator("html").get_attribute("lang") == "de", url
        found[url] = too_wide(page, 390)
    page.goto(RULES)
    page.get_by_role("button", name="Regel hinzufügen").click()
    page.get_by_role("heading", name="Quelle angeben").wait_for()
    assert violations(page) == []
    found["the wizard"] = too_wide(page, 390)
    assert {url: widths for url, widths in found.items() if widths} == {}
