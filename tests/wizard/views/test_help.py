"""The help: each topic has a page with an address, and each page has a topic."""

import re
from pathlib import Path

from django.conf import settings

from tests.person import Person
from wizard.domain import Step
from wizard.gate.needs import url_names
from wizard.web import help as help_of_pages
from wizard.words import HELP_TOPICS

FOLDER = Path(settings.BASE_DIR) / "templates" / "help"


def test_every_topic_has_a_page_with_an_address_of_its_own(person: Person) -> None:
    for slug, topic in HELP_TOPICS.items():
        person.open(f"/help/{slug}/")
        assert person.status == 200, slug
        title = person.page.find("title")
        assert title
        assert str(topic.title) in title.get_text()
        assert person.page.select("main .help-text p, main .help-text li"), slug


def test_the_help_lists_every_topic_and_an_unknown_one_is_not_found(person: Person) -> None:
    person.open("/help/")
    links = [str(link["href"]) for link in person.page.select(".help-topics a")]
    assert links == [f"/help/{slug}/" for slug in HELP_TOPICS]
    person.open("/help/nothing/")
    assert person.status == 404


def test_the_panel_is_sent_the_topic_without_the_frame_of_a_page(person: Person) -> None:
    answer = person.client.get("/help/rules/", headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "Pull through cache rules" in text
    assert "<main" not in text
    assert "<html" not in text


def test_no_text_is_without_a_topic_and_no_topic_without_a_page() -> None:
    texts = {path.stem for path in FOLDER.glob("*.html")} - {"page"}
    assert texts == set(HELP_TOPICS)
    reached = {help_of_pages.topic_of(name) for name in url_names()}
    reached |= {help_of_pages.topic_of("draft-step", step) for step in Step}
    linked = re.findall(r"topic='([\w-]+)'", "".join(map(_text, FOLDER.glob("*.html"))))
    assert reached | set(linked) == set(HELP_TOPICS)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
