"""The shipped font in a browser."""

from tests.browser.conftest import OpenPage

FACES = """async () => {
  await document.fonts.ready;
  return [...document.fonts].filter((face) => face.status === "loaded").map((face) => face.weight);
}"""


def test_pages_are_set_in_the_shipped_open_sans(open_page: OpenPage, complaints: list[str]) -> None:
    page = open_page()
    page.reload(wait_until="networkidle")
    assert sorted(page.evaluate(FACES)) == ["400", "700"]
    assert complaints == []
