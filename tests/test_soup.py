"""What `tests/soup.py` makes of a page is what Beautiful Soup makes of it."""

from typing import Any, Final

import pytest
from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement

from tests.faults.addresses import make_rule
from tests.person import ACCOUNT, REGION, sign_in
from tests.soup import parsed

ODD: Final = (
    "",
    "text alone",
    "<p>never closed<p class=' two  words '>closed by the next</b></p> after </body> the end",
    "<pre>  \n </pre><textarea> \n</textarea> \n <b> <!-- a comment --> </b>&nbsp;&amp;&lt;",
    "<script>if (a < b) {}</script><style>a {}</style><ruby>x<rt>y<rp>(</rp></ruby>",
    "<template shadowrootmode=open> <p class=x>in</p><template>in it</template></template> <i> </i",
    "<!doctype html><meta charset=utf-8><meta http-equiv=content-type content='a/b; charset=x'>",
    "<td headers='a b'><a rel='x y' class><form accept-charset='a b' class=''><input required>",
    "<svg xmlns='http://www.w3.org/2000/svg' xlink:href='#x'><path d='M0 0'/></svg><?php echo ?>ä",
)


def parts(page: BeautifulSoup) -> list[tuple[Any, ...]]:
    """Everything of a page in its order, with what is around it."""
    found: list[tuple[Any, ...]] = []
    element: PageElement | None = page
    while element is not None:
        around = (element.parent, element.previous_element, element.next_element)
        beside = (element.previous_sibling, element.next_sibling)
        found.append((*map(_short, (element, *around, *beside)), *_facts(element, page)))
        element = element.next_element
    return found


def _short(element: PageElement | None) -> object:
    return (element.name, dict(element.attrs)) if isinstance(element, Tag) else element


def _facts(element: PageElement, page: BeautifulSoup) -> tuple[object, ...]:
    if element is page:
        return ()
    if not isinstance(element, Tag):
        return (type(element), element.get_text(), vars(element).keys())
    facts = vars(element).items()
    alike = {name: value for name, value in facts if not isinstance(value, PageElement | list)}
    kinds = {name: type(value) for name, value in element.attrs.items()}
    return ({**alike, "parser_class": None}, kinds, len(element.contents))


@pytest.mark.parametrize("content", ODD)
def test_odd_pages_are_the_same(content: str) -> None:
    assert parts(parsed(content)) == parts(BeautifulSoup(content, "lxml"))


@pytest.mark.parametrize("address", ["rules/", "rules/quay/details/", "rules/nothing/details/"])
@pytest.mark.usefixtures("aws", "db")
def test_pages_of_the_console_are_the_same(address: str) -> None:
    make_rule("quay")
    content = sign_in().client.get(f"/{ACCOUNT}/{REGION}/{address}").content
    assert parts(parsed(content)) == parts(BeautifulSoup(content, "lxml"))
