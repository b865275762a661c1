"""Pages that violate the content security policy on purpose, to show that such a test fails."""

import pytest

from tests.browser.conftest import OpenPage

BREAKS = {
    "style": "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')",
    "handler": "document.body.insertAdjacentHTML('beforeend', '<img src=\"/x\" onerror=\"1\">')",
    "script": "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
    "elsewhere": "document.body.append(Object.assign(new Image(), {src: 'https://evil.test/x'}))",
    "connection": "fetch('https://evil.test/').catch(() => {})",
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_page_that_breaks_its_policy_is_heard(
    open_page: OpenPage, complaints: list[str], broken: str
) -> None:
    page = open_page()
    assert complaints == []
    with page.expect_console_message(lambda message: message.text.startswith("policy: ")):
        page.evaluate(BREAKS[broken])
    assert complaints
    complaints.clear()


def test_htmx_takes_no_script_from_a_fragment_and_asks_no_other_host(
    open_page: OpenPage, complaints: list[str]
) -> None:
    page = open_page()
    page.evaluate("() => withHtmx().then(() => {})")
    assert page.evaluate("htmx.config.allowEval") is False
    assert page.evaluate("htmx.config.allowScriptTags") is False
    assert page.evaluate("htmx.config.selfRequestsOnly") is True
    assert page.evaluate("htmx.config.historyCacheSize") == 0
    page.evaluate("htmx.swap('main', '<script>window.ran = 1</script>', {swapStyle: 'beforeend'})")
    assert page.evaluate("window.ran") is None
    complaints.clear()
