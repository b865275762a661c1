"""The help: each topic has a page with an address, and each page has a topic."""

import re
from pathlib import Path

from django.conf import settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import addresses, begin, furnish
from tests.person import Person, sign_in
from tests.soup import parsed
from tests.wizard.views.test_starts import add_rules
from wizard.domain import Role, Step
from wizard.gate.needs import url_names
from wizard.web import help as help_of_pages
from wizard.words import HELP_OF_FIELDS, HELP_TOPICS

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


def test_every_page_with_a_heading_has_an_info_link_to_an_existing_topic(
    aws: FakeAws, db: None
) -> None:
    person = sign_in("root", Role.ADMINISTRATOR)
    without = []
    for address in addresses(furnish(person)):
        answer = person.client.get(address.url)
        page = parsed(answer.getvalue())
        if answer.status_code != 200 or not page.select(".bars") or not page.select("main h1"):
            continue
        links = [str(link["href"]) for link in page.select("main .titled > h1 + .info-link")]
        slugs = [link.removeprefix("/help/").rstrip("/") for link in links]
        if len(slugs) != 1 or slugs[0] not in HELP_TOPICS:
            without.append(address.name)
    assert set(without) <= {"help", "help-topic", "search"}


def test_the_steps_of_the_wizard_have_topics_of_their_own(person: Person) -> None:
    path = begin(person, "Docker Hub")
    for step, topic in (("source", "source"), ("authentication", "authentication")):
        person.open(f"{path}{step}/")
        assert person.find("main .titled .info-link")["href"] == f"/help/{topic}/"
        assert person.find(".help-toggle")["href"] == f"/help/{topic}/"


def test_the_panel_stays_open_on_the_next_page(person: Person) -> None:
    person.open_rules()
    assert person.find("#help-panel").has_attr("hidden")
    fields = {"help": "open", "csrfmiddlewaretoken": person.csrf_token}
    assert person.client.post("/preferences/", fields).status_code == 303
    person.open("/account/")
    panel = person.find("#help-panel")
    assert not panel.has_attr("hidden")
    assert "This page shows your permissions" in panel.get_text(" ")


def test_shortcuts_are_turned_off_and_on_in_this_browser(person: Person) -> None:
    person.open("/account/")
    assert not person.find("#palette").has_attr("data-keys")
    person.press("Turn off keyboard shortcuts")
    assert person.url == "/account/"
    assert "Keyboard shortcuts are off." in person.text
    assert person.find("#palette")["data-keys"] == "off"
    person.press("Turn on keyboard shortcuts")
    assert not person.find("#palette").has_attr("data-keys")


def test_lists_and_fields_have_info_links_to_topics_of_their_own(person: Person) -> None:
    add_rules("quay")
    person.open_rules()
    assert person.find("#rules-heading + .info-link")["href"] == "/help/rule/"
    begin(person, "Docker Hub")
    links = {
        str(label["for"]): str(link["href"])
        for link in person.page.select(".field-label .info-link")
        if (label := link.find_previous_sibling("label"))
    }
    assert links == {
        "id_secret": "/help/secrets/",
        "id_typed_secret_arn": "/help/secrets/",
        "id_secret_name": "/help/secrets/",
        "id_access_token": "/help/authentication/",
    }
    assert set(HELP_OF_FIELDS.values()) <= set(HELP_TOPICS)
