"""A person who uses the console without JavaScript: reads labels, fills in forms, presses buttons.

Drives Django's test client with CSRF checks, using only the content of the pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urlencode, urljoin

from bs4 import BeautifulSoup, Tag
from django.contrib.auth.models import User
from django.test import Client

from tests.soup import parsed
from wizard.domain import EVERYWHERE, Place, Role
from wizard.models import Grant

ACCOUNT = "123456789012"
REGION = "us-east-2"


@dataclass
class Person:
    """One browser tab: `page` is its content, `url` its address, `status` the last HTTP status."""

    client: Client
    url: str = "/"
    status: int = 0
    _content: bytes = b""
    _page: BeautifulSoup | None = None

    @property
    def page(self) -> BeautifulSoup:
        """Return the parsed page; parsed lazily, because many tests do not need it.

        What slots show until their content has arrived is not on the page any more.
        """
        if self._page is None:
            self._page = parsed(self._content)
            if b"shadowrootmode" in self._content:
                for shadow_root in self._page.select("template[shadowrootmode]"):
                    shadow_root.decompose()
        return self._page

    def open(self, url: str) -> None:
        """Go to an address, following redirects as a browser does."""
        self.arrive(self.client.get(urljoin(self.url, url), follow=True))

    def open_rules(self, region: str = REGION, account_id: str = ACCOUNT) -> None:
        self.open(f"/{account_id}/{region}/rules/")

    def follow(self, text: str) -> None:
        """Follow the link of that text."""
        self.open(str(self._by_text("a", text)["href"]))

    def press(self, text: str, *, within: str = "") -> None:
        """Press the button of that text and send the form it belongs to.

        `within` picks one of several: text of the table row that holds the button.
        """
        button = self._by_text("button", text, within=within)
        form = self.page.find(id=button["form"]) if button.get("form") else None
        form = form or button.find_parent("form")
        assert isinstance(form, Tag), f"the button {text!r} belongs to no form"
        action = button.get("formaction") or form.get("action")
        url = urljoin(self.url, str(action or self.url))
        data: dict[str, list[str]] = {}
        for name, value in _values(form, button):
            data.setdefault(name, []).append(value)
        if form.get("method") == "get":
            # The form's values take the place of the query string of its address.
            address = urldefrag(url).url.partition("?")[0]
            self.open(f"{address}?{urlencode(data, doseq=True)}")
            return
        headers = {"referer": self.url, "accept": "text/html"}
        self.arrive(self.client.post(url, data, follow=True, headers=headers))

    def validate(self, prefix: str, region: str = REGION) -> None:
        """Validate a rule on its page."""
        self.open(f"/{ACCOUNT}/{region}/rules/{prefix}/details/")
        self.press("Validate")

    def tick(self, *names: str) -> None:
        """Select the rules of those names, `region/prefix`, in the table."""
        for name in names:
            self.find(f'tbody input[name="rule"][value="{name}"]')["checked"] = ""

    def choose(self, label: str, *, of: str = "") -> None:
        """Choose a radio button by its label; `of` is the group's legend where two share it."""
        found = [each for each in self._controls(label) if not of or of in _legend(each)]
        assert len(found) == 1, f"{len(found)} choices {label!r} on {self.url}"
        chosen = found[0]
        for radio in self.page.find_all("input", {"name": chosen["name"], "type": "radio"}):
            del radio["checked"]
        chosen["checked"] = ""

    def fill(self, label: str, value: str) -> None:
        """Type into the text field of that label."""
        control = self._control(label, "input", "textarea")
        if control.name == "textarea":
            # A browser drops the first line break.
            control.string = f"\n{value}"
        else:
            control["value"] = value

    def select(self, label: str, option: str) -> None:
        """Choose an entry whose text contains `option` from the list of that label."""
        control = self._control(label, "select")
        for each in control.find_all("option"):
            del each["selected"]
        found = [each for each in control.find_all("option") if option in each.get_text()]
        assert len(found) == 1, f"{len(found)} options of {label!r} contain {option!r}"
        found[0]["selected"] = ""

    def find(self, selector: str) -> Tag:
        """The one element of a CSS selector, for what has no label of its own."""
        found = self.page.select(selector)
        assert len(found) == 1, f"{len(found)} of {selector!r} on {self.url}"
        return found[0]

    @property
    def csrf_token(self) -> str:
        return str(self.page.select('input[name="csrfmiddlewaretoken"]')[0]["value"])

    def value_of(self, label: str) -> str:
        """Return the value of the text field with this label."""
        return _typed(self._control(label, "input", "textarea"))

    def options_of(self, label: str) -> list[str]:
        """The entries of the list of that label, as text."""
        options = self._control(label, "select").find_all("option")
        return [option.get_text(strip=True) for option in options]

    def is_chosen(self, label: str) -> bool:
        return self._control(label, "input").has_attr("checked")

    @property
    def heading(self) -> str:
        heading = self.page.find("h1")
        return heading.get_text(strip=True) if heading else ""

    @property
    def current_page(self) -> int:
        """The number of the page of a list."""
        return int(self.find('.pages [aria-current="page"]').get_text().split()[-1])

    @property
    def is_refused(self) -> bool:
        """Whether the page shows a form with errors, which its title tells first."""
        title = self.page.find("title")
        return title is not None and title.get_text().strip().startswith("Error:")

    @property
    def steps(self) -> list[str]:
        """The titles of the step list, in order."""
        nav = self.page.find("nav", {"aria-label": "Steps"})
        assert isinstance(nav, Tag), "the page has no step list"
        return [" ".join(item.get_text(" ", strip=True).split()[2:]) for item in nav.find_all("li")]

    @property
    def text(self) -> str:
        """All text of the page's main part, with single spaces."""
        main = self.page.find("main") or self.page
        return " ".join(main.get_text(" ").split())

    def error_at(self, label: str) -> str:
        """The error line of the field of that label; empty when it has none."""
        for control in self._controls(label):
            error = self.page.find(id=f"{control['id']}_error")
            if error is not None:
                return " ".join(error.get_text(" ").split())
        return ""

    def arrive(self, response: Any) -> None:
        """Show an answer, as a browser does that followed its redirects."""
        chain = getattr(response, "redirect_chain", [])
        for url, status in chain:
            assert status in (302, 303), status
            self.url = urljoin(self.url, url)
        if not chain:
            self.url = response.request["PATH_INFO"]
            if response.request["QUERY_STRING"]:
                self.url += f"?{response.request['QUERY_STRING']}"
        self.status = response.status_code
        self._content, self._page = response.getvalue(), None

    def _by_text(self, tag: str, text: str, *, within: str = "") -> Tag:
        found = [
            each
            for each in self.page.find_all(tag)
            if " ".join(each.get_text(" ").split()) == text
            and (not within or within in _row_text(each))
        ]
        assert found, f"no {tag} {text!r} on {self.url}: {self.text[:300]}"
        return found[0]

    def _controls(self, label: str) -> list[Tag]:
        labels = [
            each
            for each in self.page.find_all("label")
            if " ".join(each.get_text(" ").split()).removesuffix(" - optional") == label
        ]
        controls = [self.page.find(id=str(each.get("for"))) for each in labels]
        return [control for control in controls if isinstance(control, Tag)]

    def _control(self, label: str, *tags: str) -> Tag:
        found = [control for control in self._controls(label) if control.name in tags]
        assert len(found) == 1, f"{len(found)} controls {label!r} on {self.url}: {self.text[:300]}"
        return found[0]


def someone(username: str = "ada", role: Role | None = Role.OPERATOR, *places: Place) -> User:
    """Return a person with the role at these places, or everywhere; without a role, no grant.

    The grants of an existing person are replaced.
    """
    user = User.objects.filter(username=username).first() or User.objects.create_user(username)
    user.grants.all().delete()
    if role is not None:
        Grant.objects.bulk_create(
            Grant(user=user, role=role, account_id=place.account_id, region=place.region)
            for place in places or (EVERYWHERE,)
        )
    return user


def sign_in(username: str = "ada", role: Role | None = Role.OPERATOR, *places: Place) -> Person:
    """Return a signed-in person with a browser; by default an operator everywhere."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(someone(username, role, *places))
    return Person(client)


def _legend(tag: Tag) -> str:
    group = tag.find_parent("fieldset")
    legend = group.find("legend") if group else None
    return legend.get_text(" ", strip=True) if legend else ""


def _typed(control: Tag) -> str:
    if control.name == "textarea":
        return control.get_text().removeprefix("\n")
    return str(control.get("value", ""))


def _row_text(tag: Tag) -> str:
    row = tag.find_parent("tr")
    return row.get_text(" ") if row else ""


def _values(form: Tag, pressed: Tag) -> Iterator[tuple[str, str]]:
    """What a browser would send of a form when that button is pressed."""
    if pressed.get("name"):
        yield str(pressed["name"]), str(pressed.get("value", ""))
    page = form.find_parents()[-1]
    others = page.select(f'[form="{form["id"]}"]') if form.get("id") else []
    kinds = ["input", "select", "textarea"]
    own = [each for each in form.find_all(kinds) if not each.get("form")]
    for control in (*own, *(each for each in others if each.name in kinds)):
        name = str(control.get("name", ""))
        if not name or control.has_attr("disabled"):
            continue
        if control.name == "select":
            chosen = control.find("option", selected=True) or control.find("option")
            yield name, str(chosen["value"]) if isinstance(chosen, Tag) else ""
        elif control.get("type") not in ("radio", "checkbox"):
            yield name, _typed(control)
        elif control.has_attr("checked"):
            yield name, str(control.get("value", "on"))
