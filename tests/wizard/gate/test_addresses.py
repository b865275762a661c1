"""The client's IP address, with and without a proxy, and the page that a request was sent from."""

import pytest
from django.test import RequestFactory
from django.urls import reverse
from pytest_django import Settings

from wizard.gate.addresses import client_address, page_of, throttled_address


@pytest.mark.parametrize(
    ("peer", "address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", "", None),
        ("not an address", "", None),
    ],
)
def test_without_a_proxy_the_connection_says_where_it_comes_from(
    peer: str, address: str, counted: str | None
) -> None:
    request = RequestFactory().get(
        "/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": "203.0.113.9"}
    )
    assert client_address(request) == address
    assert throttled_address(request) == counted


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1,203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "127.0.0.1"),
        ("203.0.113.9, ", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_behind_a_proxy_only_what_the_proxy_itself_added_counts(
    settings: Settings, forwarded: str, address: str
) -> None:
    settings.BEHIND_TLS_PROXY = True
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers)
    assert client_address(request) == address


RULES = "/123456789012/us-east-2/rules/"


@pytest.mark.parametrize(
    ("sent_from", "page"),
    [
        (f"http://testserver{RULES}", RULES),
        (f"http://testserver{RULES}?q=x&page=2", f"{RULES}?q=x&page=2"),
        (f"https://elsewhere.example.com{RULES}", "/"),
        (f"//elsewhere.example.com{RULES}", "/"),
        ("http://testserver/sign-in/a-secret-link/", "/"),
        ("http://testserver/nowhere/", "/"),
        ("", "/"),
        ("\\\\evil", "/"),
    ],
)
def test_a_button_was_on_a_page_of_ours_or_on_the_first(sent_from: str, page: str) -> None:
    request = RequestFactory().post(f"{RULES}x/delete/", headers={"Referer": sent_from})
    assert page_of(request) == page
    htmx = {"HX-Request": "true", "HX-Current-URL": sent_from, "Referer": "http://testserver/"}
    assert page_of(RequestFactory().get(RULES, headers=htmx)) == page


def test_a_page_is_its_own() -> None:
    assert page_of(RequestFactory().get(f"{RULES}?q=x")) == f"{RULES}?q=x"
    assert page_of(RequestFactory().get(reverse("home"))) == "/"
