"""Pages as Beautiful Soup parses them, in less than half of its time.

Tests parse thousands of pages of a thousand elements. For each element, Beautiful Soup asks for
its namespace, which HTML has not, and for what follows from its name alone: which attributes are
lists, whether it can be empty. This asks once for each name. `tests/test_soup.py` compares the two.
"""

from typing import Any, Final, cast

from bs4 import BeautifulSoup, Tag
from bs4.builder._lxml import LXMLTreeBuilder
from bs4.element import AttributeDict, AttributeValueList, NavigableString, PageElement

_BLANKS: Final = "".join(BeautifulSoup.ASCII_SPACES)


def parsed(content: str | bytes) -> BeautifulSoup:
    """Return the page, as `BeautifulSoup(content, "lxml")` does."""
    return _Page(content, builder=_Builder())


class _Page(BeautifulSoup):
    """The tree, which only grows at its end while it is parsed."""

    def endData(self, containerClass: type[NavigableString] | None = None) -> None:  # noqa: N802, N803
        if not self.current_data:
            return
        text = "".join(self.current_data)
        self.current_data = []
        if not self.preserve_whitespace_tag_stack and not text.strip(_BLANKS):
            text = "\n" if "\n" in text else " "
        kind = containerClass or NavigableString
        if kind is NavigableString and self.string_container_stack:
            kind = self.string_container()
        string = str.__new__(kind, text)
        string.hidden = False
        self.append_at_end(string)

    def append_at_end(self, element: PageElement) -> None:
        """Link the element with its parent, and with what was parsed before it."""
        parent, before = self.currentTag, self._most_recent_element
        siblings = cast(Tag, parent).contents
        sibling = siblings[-1] if siblings else None
        element.parent = parent
        element.previous_element = before
        element.next_element = element.next_sibling = None
        element.previous_sibling = sibling
        if before is not None:
            before.next_element = element
        if sibling is not None:
            sibling.next_sibling = element
        siblings.append(element)
        self._most_recent_element = element


class _Builder(LXMLTreeBuilder):
    """What hears from lxml of each element's begin and end."""

    # By an element's name: what all of that name have, and their attributes that are lists.
    _of_name: Final[dict[str, tuple[dict[str, Any], frozenset[str]]]] = {}

    def start(self, tag: Any, attrib: Any, nsmap: Any = None) -> None:
        page = cast(_Page, self.soup)
        if tag == "meta":  # Its charset is replaced.
            super().start(tag, attrib, {})
            return
        page.endData()
        found = self._of_name.get(tag)
        if found is None:
            found = self._of_name[tag] = self._ask(tag)
        alike, lists = found
        attributes = AttributeDict(attrib)
        if not lists.isdisjoint(attributes):
            for name in lists.intersection(attributes):
                attributes[name] = AttributeValueList(attributes[name].split())
        element = Tag.__new__(Tag)
        element.__dict__.update(alike)
        element.attrs = attributes
        element.contents = []
        page.append_at_end(element)
        page.tagStack.append(element)
        page.currentTag = element
        page.open_tag_counter[tag] += 1
        if tag in self.preserve_whitespace_tags:
            page.preserve_whitespace_tag_stack.append(element)
        if tag in self.string_containers:
            page.string_container_stack.append(element)

    def end(self, tag: Any) -> None:
        page = cast(_Page, self.soup)
        page.endData()
        is_plain = not page.preserve_whitespace_tag_stack and not page.string_container_stack
        if is_plain and cast(Tag, page.currentTag).name == tag:
            page.open_tag_counter[tag] -= 1
            page.tagStack.pop()
            page.currentTag = page.tagStack[-1]
        else:
            page._popToTag(tag)

    def _ask(self, tag: str) -> tuple[dict[str, Any], frozenset[str]]:
        namespaces = self.active_namespace_prefixes[-1]
        alike = vars(Tag(cast(_Page, self.soup), self, tag, namespaces=namespaces))
        lists = self.cdata_list_attributes
        return alike, frozenset(lists.get("*", set()) | lists.get(tag, set()))
