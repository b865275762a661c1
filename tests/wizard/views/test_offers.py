"""No page offers a person a link or button that is refused to them after the click."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from django.contrib.auth.models import User
from django.urls import Resolver404, resolve

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import addresses, furnish
from tests.person import sign_in, someone
from tests.soup import parsed
from wizard.domain import Place, Role, Target
from wizard.gate.needs import need_of
from wizard.models import Grant
from wizard.services import access


def offered(page: BeautifulSoup, url: str) -> Iterator[tuple[str, str]]:
    """The method and path of each link and button of a page that can be used."""
    for link in page.select("a[href]"):
        yield "GET", urlsplit(urljoin(url, str(link["href"]))).path
    for form in page.select("form"):
        buttons = form.select("button")
        if buttons and all(button.has_attr("disabled") for button in buttons):
            continue
        method = str(form.get("method", "get")).upper()
        yield method, _path(url, form.get("action"))
        for button in form.select("button[formaction]"):
            if not button.has_attr("disabled"):
                yield method, _path(url, button["formaction"])


def _path(url: str, action: object) -> str:
    return urlsplit(urljoin(url, str(action or ""))).path


def is_refused(user: User, method: str, path: str) -> bool:
    """Whether the table of needs refuses it to the person."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    need = need_of(match)
    role = need.who(method) if need else None
    if not isinstance(role, Role):
        return False
    account_id = match.kwargs.get("account_id", "")
    if "region" in match.kwargs:
        target = Target(account_id=account_id, region=match.kwargs["region"])
        return not access.may(user=user, role=role, target=target)
    return not access.may_somewhere(user=user, role=role, account_id=account_id)


def _is_of_a_dialog(tag: Tag) -> bool:
    return tag.find_parent("dialog") is not None


@pytest.mark.parametrize("is_operator_elsewhere", [False, True])
def test_no_page_offers_what_it_refuses(
    aws: FakeAws, db: None, is_operator_elsewhere: bool
) -> None:
    places = furnish(sign_in("root", Role.ADMINISTRATOR))
    person = sign_in("vera", Role.VIEWER)
    user = someone("vera", Role.VIEWER)
    if is_operator_elsewhere:
        elsewhere = Place(account_id=places["account_id"], region="eu-west-1")
        Grant.objects.create(
            user=user,
            role=Role.OPERATOR,
            account_id=elsewhere.account_id,
            region=elsewhere.region,
        )
    wrong, seen = set(), 0
    for address in addresses(places):
        answer = person.client.get(address.url)
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        page = parsed(answer.getvalue())
        for method, path in offered(page, address.url):
            seen += 1
            if is_refused(user, method, path):
                wrong.add(f"{address.name}: {method} {path}")
    assert wrong == set()
    assert seen > 500
