"""What a browser loads for a page, and that it reads the style sheet as it is written."""

from pathlib import Path

from pytest_django.fixtures import Settings

from ptcconsole.bundles import bundle
from tests.browser.conftest import OpenPage

PATH = "css/ptcconsole.css"
# Every rule, as the browser has understood it.
RULES = """
async (text) => {
  const sheet = new CSSStyleSheet();
  await sheet.replace(text);
  return [...sheet.cssRules].map((rule) => rule.cssText);
}"""


def test_the_browser_understands_the_style_sheet_as_it_is_written(
    open_page: OpenPage, settings: Settings
) -> None:
    page = open_page()
    short = bundle(PATH)
    settings.DEBUG = True
    assert len(short) < len(bundle(PATH))
    rules = page.evaluate(RULES, short)
    assert rules == page.evaluate(RULES, bundle(PATH))
    assert len(rules) > 500


def test_a_cold_page_is_five_requests(open_page: OpenPage) -> None:
    """The page, the style sheet, the script, and two fonts."""
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.goto(page.url, wait_until="networkidle")
    files = [Path(url).name for url in asked if "/static/" in url]
    fonts = ["open-sans-basic-400.woff2", "open-sans-basic-700.woff2"]
    assert sorted(files) == [*fonts, "ptcconsole.css", "ptcconsole.js"]
    assert len(asked) == 5
