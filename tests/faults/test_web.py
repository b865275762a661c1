"""The console as a website: headers, htmx, CSRF, foreign text, redirects, hosts and cookies."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit
from xml.sax.saxutils import escape

import boto3
import botocore.loaders
import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.templatetags.static import static
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.faults import production
from tests.faults.addresses import (
    TRUST,
    Address,
    addresses,
    begin,
    begin_cross_account,
    changes,
    furnish,
    make_rule,
    make_secret,
)
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.soup import parsed
from wizard.backend import clients, regions
from wizard.gate.addresses import client_address
from wizard.models import (
    AuditEvent,
    AuditHead,
    BulkValidation,
    ClosedRegion,
    LastKnownRule,
    Operation,
    RefusalCount,
    RegionReading,
    ValidationResult,
)
from wizard.services import fanout

RULES = f"/{ACCOUNT}/{REGION}/rules/"
YEAR = 365 * 24 * 3600


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long deadline, so that a Region that is slow on a busy machine counts as answering."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 60)


@pytest.fixture
def every_address(person: Person) -> list[Address]:
    return addresses(furnish(person))


@pytest.fixture
def tls(person: Person, settings: Settings, tmp_path: Path) -> production.TlsClient:
    """The same person at a console with production's web settings."""
    production.apply(settings, tmp_path)
    return production.signed_in(User.objects.get(username="ada"))


def page_of(answer: Any) -> BeautifulSoup:
    return parsed(answer.getvalue())


# --- H1: headers --------------------------------------------------------------------------------


def policy_of(answer: Any) -> dict[str, list[str]]:
    directives = answer["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (each.split() for each in directives) if words}


def missing_from(answer: Any, *, over_tls: bool = True) -> list[str]:
    """What this answer lacks of what every answer has."""
    expected: dict[str, Callable[[str], bool]] = {
        "X-Content-Type-Options": lambda value: value == "nosniff",
        "Referrer-Policy": lambda value: value in ("same-origin", "strict-origin", "no-referrer"),
        "Cross-Origin-Opener-Policy": lambda value: value == "same-origin",
        "Cross-Origin-Resource-Policy": lambda value: value == "same-origin",
        "Permissions-Policy": lambda value: {"camera=()", "geolocation=()"} <= {*value.split(", ")},
        "X-Frame-Options": lambda value: value == "DENY",
        "Content-Security-Policy": lambda _value: not wrong_in_policy(policy_of(answer)),
    }
    if over_tls:
        expected["Strict-Transport-Security"] = is_long_hsts
    wrong = [name for name, fits in expected.items() if not fits(answer.get(name, ""))]
    return wrong + [name for name in ("Access-Control-Allow-Origin", "Server") if name in answer]


def wrong_in_policy(policy: Mapping[str, list[str]]) -> list[str]:
    exact = {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
    wrong = [name for name, sources in exact.items() if policy.get(name) != sources]
    return wrong + [name for name, sources in policy.items() if set(sources) - {"'none'", "'self'"}]


def is_long_hsts(value: str) -> bool:
    parts = [part.strip() for part in value.split(";")]
    return f"max-age={YEAR}" in parts and "includeSubDomains" in parts and "preload" in parts


def is_kept_by_nobody(answer: Any) -> bool:
    return "no-store" in answer.get("Cache-Control", "")


@pytest.mark.promise("H1")
def test_every_address_answers_with_the_headers(
    every_address: list[Address], tls: production.TlsClient
) -> None:
    statuses = Counter[int]()
    for address in every_address:
        htmx = {"HX-Request": "true"}
        for answer in (
            tls.get(address.url),
            tls.get(address.url, headers=htmx),
            tls.head(address.url),
            tls.options(address.url),
            tls.post(address.url),
            Client(headers={"host": production.HOST}).get(address.url, secure=True),
        ):
            assert missing_from(answer) == [], (address.name, answer.status_code)
            assert is_kept_by_nobody(answer), (address.name, answer.status_code)
            statuses[answer.status_code] += 1
    assert set(statuses) >= {200, 302, 403, 405}


@pytest.mark.promise("H1")
def test_every_refusal_has_the_headers(tls: production.TlsClient, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.faults.crashing"
    form = "application/x-www-form-urlencoded"
    foreign = Client(headers={"host": "evil.test"}, raise_request_exception=False)
    answers = {
        "no such page": (404, tls.get("/no-such-page/")),
        "no such rule": (404, tls.get(f"{RULES}nothing/details/")),
        "no slash": (301, tls.get("/sign-in")),
        "admin": (403, tls.get("/admin/")),
        "method": (403, tls.delete(RULES)),
        "token": (403, tls.post(f"/{ACCOUNT}/{REGION}/drafts/")),
        "huge": (413, tls.post("/sign-in/", "a" * 2_000_000, content_type=form)),
        "json": (415, tls.post("/sign-in/", "{}", content_type="application/json")),
        "crash": (500, tls.get("/crash/")),
        "foreign host": (400, foreign.get("/", secure=True)),
        "nul": (404, tls.get("/%00")),
        "static nothing": (404, tls.get("/static/nothing.css")),
        "static nul": (404, tls.get("/static/%00")),
        "static up": (404, tls.get("/static/../ptcconsole/settings.py")),
    }
    for what, (status, answer) in answers.items():
        assert answer.status_code == status, what
        assert missing_from(answer) == [], what
        assert is_kept_by_nobody(answer), what
    assert "canary-of-the-crash" not in answers["crash"][1].text


@pytest.mark.promise("H1")
def test_refusals_are_pages_of_the_console_in_words(
    tls: production.TlsClient, settings: Settings
) -> None:
    settings.ROOT_URLCONF = "tests.faults.crashing"
    foreign = Client(headers={"host": "evil.test"}, raise_request_exception=False)
    for answer, heading in (
        (tls.get("/no-such-page/"), "Page not found"),
        (tls.post(f"/{ACCOUNT}/{REGION}/drafts/"), "The console couldn't verify the form"),
        (tls.get("/crash/"), "Something went wrong"),
        (foreign.get("/", secure=True), "Bad request"),
    ):
        page = page_of(answer)
        assert page.select("main h1")[0].get_text(strip=True) == heading
        assert page.select('link[href*="console.css"]')


@pytest.mark.promise("H1")
def test_over_plain_http_there_is_only_the_way_to_https(tls: production.TlsClient) -> None:
    plain = Client(headers={"host": production.HOST}, raise_request_exception=False)
    answer = plain.get("/sign-in/?next=/x")
    assert (answer.status_code, answer["Location"]) == (
        301,
        f"{production.ORIGIN}/sign-in/?next=/x",
    )
    assert missing_from(answer, over_tls=False) == []
    assert "Strict-Transport-Security" not in answer


@pytest.mark.promise("H1")
@pytest.mark.parametrize("path", ["css/ptcconsole.css", "js/ptcconsole.js", "img/favicon.svg"])
def test_static_files_have_the_headers_and_may_be_kept(
    tls: production.TlsClient, path: str
) -> None:
    answer = tls.get(static(path))
    assert answer.status_code == 200
    assert missing_from(answer) == []
    assert not is_kept_by_nobody(answer)
    answer.close()


# Mozilla's HTTP Observatory, offline: the published rules and modifiers
# (https://github.com/mdn/mdn-http-observatory/blob/main/src/grader/charts.js), as far as they can
# be read off answers. Left out: whether the host is on the list of preloaded hosts (+5), which
# only a public host can be, and integrity attributes (+5), which matter for scripts of elsewhere.
def observatory_score(plain: Any, page: Any, cookies: Any) -> dict[str, int]:
    """The modifiers by rule; the score is 100 and their sum."""
    policy = policy_of(page)
    is_strict = policy["default-src"] == ["'none'"] and policy["form-action"] == ["'self'"]
    are_safe = all(set(sources) <= {"'none'", "'self'"} for sources in policy.values())
    scripts = [str(script["src"]) for script in page_of(page).select("script[src]")]
    hsts = re.search(r"max-age=(\d+)", page.get("Strict-Transport-Security", ""))
    private = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
    return {
        "content-security-policy": 10 if is_strict and are_safe else -25,
        "cookies": 5 if cookies and all(map(is_bound_cookie, cookies)) else -20,
        "cross-origin-resource-sharing": -50 if "Access-Control-Allow-Origin" in page else 0,
        "cross-origin-resource-policy": 10
        if page.get("Cross-Origin-Resource-Policy") == "same-origin"
        else 0,
        "redirection": 0 if plain["Location"].startswith(f"{production.ORIGIN}/") else -20,
        "referrer-policy": 5 if page.get("Referrer-Policy") in private else -5,
        "strict-transport-security": 0 if hsts and int(hsts[1]) >= 15768000 else -20,
        "subresource-integrity": 0 if scripts and all(s.startswith("/") for s in scripts) else -5,
        "x-content-type-options": 0 if page.get("X-Content-Type-Options") == "nosniff" else -5,
        "x-frame-options": 5 if policy.get("frame-ancestors") == ["'none'"] else -20,
    }


def is_bound_cookie(cookie: Any) -> bool:
    return bool(cookie["secure"] and cookie["httponly"] and cookie["samesite"] in ("Lax", "Strict"))


@pytest.mark.promise("H1")
@pytest.mark.parametrize("path", ["/sign-in/", RULES, f"/{ACCOUNT}/rules/"])
def test_the_observatory_s_rules_give_full_marks(
    person: Person, tls: production.TlsClient, path: str
) -> None:
    anonymous = production.TlsClient()
    browser = anonymous if path == "/sign-in/" else tls
    plain = Client(headers={"host": production.HOST}).get(path)
    page = browser.get(path)
    found = observatory_score(plain, page, list(anonymous.get("/sign-in/").cookies.values()))
    assert 100 + sum(found.values()) == 135, found


# --- H2: htmx -----------------------------------------------------------------------------------


@pytest.mark.promise("H2")
def test_htmx_evaluates_nothing_and_asks_nobody_else(person: Person) -> None:
    for url in (RULES, f"/{ACCOUNT}/rules/", "/no-such-page/"):
        (meta,) = page_of(person.client.get(url)).select('meta[name="htmx-config"]')
        found = json.loads(str(meta["content"]))
        assert found["allowEval"] is False
        assert found["allowScriptTags"] is False
        assert found["includeIndicatorStyles"] is False
        assert found["selfRequestsOnly"] is True
        assert found["historyCacheSize"] == 0


@pytest.mark.promise("H2", "H4")
def test_no_page_needs_what_its_policy_forbids(
    every_address: list[Address], person: Person
) -> None:
    pages = 0
    for address in every_address:
        answer = person.client.get(address.url)
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        page, pages = page_of(answer), pages + 1
        assert inline_code(page) == [], address.name
    assert pages > 20


# The attributes that browsers and htmx take for addresses.
ADDRESSES = {"action", "formaction", "href", "hx-get", "hx-post", "src", "xlink:href"}


def inline_code(page: BeautifulSoup) -> list[str]:
    """Scripts, styles, handlers and addresses that the policy would block, or that evaluate."""
    found = [str(each) for each in page.select("script:not([src]), style, base, object, iframe")]
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            is_code = name == "style" or name.startswith(("on", "hx-on", "hx-vars"))
            is_address = name in ADDRESSES and re.match(r"\s*\w+script:|data:", str(value), re.I)
            is_evaluated = name in ("hx-vals", "hx-headers") and "js:" in str(value)
            is_foreign = name == "src" and not str(value).startswith("/")
            if is_code or is_evaluated or is_foreign or is_address:
                found.append(f"{name}={value}")
    return found


# --- H3: CSRF, and reading changes nothing ------------------------------------------------------


@pytest.mark.promise("H3")
@pytest.mark.parametrize(
    "method",
    ["POST", *(pytest.param(x, marks=pytest.mark.thorough) for x in ("PUT", "PATCH", "DELETE"))],
)
def test_nothing_is_changed_without_a_token_of_this_site(
    aws: FakeAws, person: Person, every_address: list[Address], method: str
) -> None:
    person.open_rules()
    token = person.csrf_token
    wrong: dict[str, dict[str, str]] = {
        "none": {},
        "foreign origin": {"X-CSRFToken": token, "Origin": "https://evil.test"},
        "foreign site": {"X-CSRFToken": token, "Sec-Fetch-Site": "cross-site"},
    }
    if method == "POST":
        wrong |= {
            "wrong": {"X-CSRFToken": "a" * 64},
            "of another": {"X-CSRFToken": sign_in_token()},
            "no origin": {"X-CSRFToken": token, "Origin": "null"},
            "sibling site": {"X-CSRFToken": token, "Sec-Fetch-Site": "same-site"},
        }
    aws.clear_calls()
    before = rows()
    for address in every_address:
        for what, headers in wrong.items():
            answer = person.client.generic(method, address.url, headers=headers)
            assert answer.status_code == 403, (address.name, what)
    assert changes(aws.calls()) == set()
    assert rows() == before


def sign_in_token() -> str:
    """A token that is good for another browser."""
    return str(Person(Client()).client.get("/sign-in/").context["csrf_token"])


@pytest.mark.promise("H3")
def test_the_browser_s_own_word_is_believed_where_it_says_same_site(person: Person) -> None:
    person.open_rules()
    for site in ("same-origin", "none"):
        headers = {"X-CSRFToken": person.csrf_token, "Sec-Fetch-Site": site}
        answer = person.client.post(f"/{ACCOUNT}/{REGION}/drafts/", headers=headers)
        assert answer.status_code == 303


# What a page may write by itself: sessions, what was last known of AWS, and refusals.
WRITTEN_BY_LOOKING: set[type[Model]] = {
    *(AuditEvent, AuditHead, RefusalCount),  # who looked where they may not
    *(LastKnownRule, RegionReading, ClosedRegion, Session),
}


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of the database, but for those that looking may write."""
    models = [model for model in apps.get_models() if model not in WRITTEN_BY_LOOKING]
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models
    }


@pytest.mark.promise("H3")
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_looking_changes_nothing_in_aws_and_nothing_that_people_decided(
    aws: FakeAws, person: Person, every_address: list[Address], headers: Mapping[str, str]
) -> None:
    """All rows are read after every tenth address, which takes longer than the addresses."""
    aws.clear_calls()
    before = rows()
    for start in range(0, len(every_address), 10):
        some = every_address[start : start + 10]
        for address in some:
            for method in (person.client.get, person.client.head):
                answer = method(address.url, headers=headers)
                answer.getvalue()
                assert answer.status_code < 500, address.name
            assert changes(aws.calls()) == set(), address.name
        assert rows() == before, [address.name for address in some]


@pytest.mark.promise("H3")
def test_what_changes_something_answers_no_get(
    person: Person, every_address: list[Address]
) -> None:
    closed = {
        address.name
        for address in every_address
        if person.client.get(address.url).status_code == 405
    }
    assert closed >= {
        *("rule-validate", "rule-clone", "rules-delete", "draft-create", "draft-confirm"),
        *("draft-regions", "secret-restore", "secret-discard", "secret-take-back", "sign-out"),
        *("bulk-validation-cancel", "preferences"),
    }


# --- H4: foreign text ---------------------------------------------------------------------------

CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title></style></textarea></option></select></script><script>alert(1)</script>",
    "<!-- --><b>bold</b>",
    "' autofocus onfocus=alert(1) x='",
    '" hx-get="/evil/" hx-trigger="load" x="',
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% debug %}",
    "${alert(1)}`%{7*7}",
    "&lt;script&gt;&#60;b&#62;",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "]]><a href=javascript:alert(1)>link</a>",
    "%(prefix)s %s {0} \\u003cb\\u003e",
)
HOSTILE = " ".join(CORPUS)
HARMLESS = "harmless"


def skeleton(page: BeautifulSoup) -> Counter[tuple[str, ...]]:
    """The elements of a page with the names of their attributes.

    Without those that say where the line of a registry's URL may break.
    """
    return Counter(
        (tag.name, *sorted(tag.attrs))
        for tag in page.find_all(True)
        if tag.name != "wbr" and tag.get("class") != ["whole"]
    )


def words_of(page: BeautifulSoup) -> str:
    """Everything that a page says: its text, and the values of its attributes."""
    values = [str(value) for tag in page.find_all(True) for value in tag.attrs.values()]
    return " ".join(" ".join([page.get_text(" "), *values]).split())


def check_text(
    show: Callable[[str], Any],
    *,
    status: int | None = None,
    harmless: str = HARMLESS,
    hostile: str = HOSTILE,
) -> None:
    """`show` gives the answer that holds a text; a hostile one makes the page no other."""
    pages = []
    for text in (harmless, hostile):
        answer = show(text)
        assert answer.status_code == (status or answer.status_code)
        assert answer.status_code < 500 or status
        pages.append(page_of(answer))
        told = " ".join(text.split())
        assert told in words_of(pages[-1]), "the text is not on the page"
    assert inline_code(pages[0]) == inline_code(pages[1]) == []
    assert skeleton(pages[0]) == skeleton(pages[1])


PLACES_OF_AN_ERROR = {
    "list": ("DescribePullThroughCacheRules", RULES),
    "detail": ("DescribeSecret", f"{RULES}github/details/"),
    "edit": ("ListSecrets", f"{RULES}github/edit/"),
    "secrets": ("ListSecrets", f"/{ACCOUNT}/{REGION}/secrets/"),
    "rules of secrets": ("DescribePullThroughCacheRules", f"/{ACCOUNT}/{REGION}/secrets/"),
    "health": ("DescribePullThroughCacheRules", f"{RULES}github/health/"),
    "section": ("DescribePullThroughCacheRules", f"/{ACCOUNT}/{REGION}/overview-section/"),
    "all Regions": ("DescribePullThroughCacheRules", f"/{ACCOUNT}/rules/"),
    "no such rule": ("DescribePullThroughCacheRules", f"{RULES}github/delete/"),
}


@pytest.mark.promise("H4")
@pytest.mark.parametrize("place", PLACES_OF_AN_ERROR)
def test_an_error_of_aws_is_text(aws: FakeAws, person: Person, place: str) -> None:
    furnish(person)
    operation, url = PLACES_OF_AN_ERROR[place]

    def show(text: str) -> Any:
        aws.clear_faults()
        aws.fail(operation=operation, code="ValidationException", message=text, region=REGION)
        return person.client.get(url)

    check_text(show)


@pytest.mark.promise("H4")
def test_an_error_in_a_fragment_is_text(aws: FakeAws, person: Person) -> None:
    make_rule("quay")
    person.open_rules()
    headers = {"HX-Request": "true", "X-CSRFToken": person.csrf_token}

    def show(text: str) -> Any:
        aws.clear_faults()
        aws.fail(operation="ValidatePullThroughCacheRule", code="ServerException", message=text)
        return person.client.post(f"{RULES}quay/validate/", headers=headers)

    check_text(show, status=502)


@pytest.mark.promise("H4")
def test_an_error_code_of_aws_is_text(aws: FakeAws, person: Person) -> None:
    def show(text: str) -> Any:
        aws.clear_faults()
        aws.fail(operation="DescribePullThroughCacheRules", code=text, message="words")
        return person.client.get(RULES)

    # What stands before a colon or behind a number sign, botocore leaves out of a code.
    for hostile in [text for text in CORPUS if not {":", "#"} & {*text}]:
        check_text(show, status=502, hostile=hostile)


@pytest.mark.promise("H4")
def test_an_error_at_a_wizard_s_step_is_text(aws: FakeAws, person: Person) -> None:
    def show(text: str) -> Any:
        aws.clear_faults()
        begin(person, "Quay")
        person.press("Next")
        aws.fail(operation="CreatePullThroughCacheRule", code="ServerException", message=text)
        token = person.csrf_token
        path = person.url.rpartition("review/")[0]
        answer = person.client.post(f"{path}create/", {"csrfmiddlewaretoken": token}, follow=True)
        operation = Operation.objects.latest("created_at")
        told = person.client.get(f"/{ACCOUNT}/operations/{operation.batch_id}/")
        assert inline_code(page_of(told)) == []
        assert " ".join(text.split()) in words_of(page_of(told))
        return answer

    check_text(show)


@pytest.mark.promise("H4")
def test_a_message_about_a_rule_that_was_not_deleted_is_text(
    aws: FakeAws, transactional_db: None, person: Person
) -> None:
    make_rule("quay")
    person.open_rules()
    token = person.csrf_token

    def show(text: str) -> Any:
        aws.clear_faults()
        aws.fail(operation="DeletePullThroughCacheRule", code="ServerException", message=text)
        data = {"rule": f"{REGION}/quay", "confirmation": "confirm", "csrfmiddlewaretoken": token}
        return person.client.post(f"/{ACCOUNT}/rules/delete/", data, follow=True)

    check_text(show)


@pytest.mark.promise("H4")
def test_the_reason_of_a_failed_validation_is_text_on_every_page_that_tells_it(
    aws: FakeAws, person: Person
) -> None:
    furnish(person)
    # The rules of a Region are not being validated any more.
    BulkValidation.objects.update(finished_at=timezone.now())
    person.validate("quay")
    assert ValidationResult.objects.count() == 1
    for url in (
        RULES,
        f"{RULES}quay/details/",
        f"{RULES}quay/health/",
        f"/{ACCOUNT}/{REGION}/health/",
        f"/{ACCOUNT}/rules/",
        f"/{ACCOUNT}/rules/?group=flat",
    ):

        def show(text: str, url: str = url) -> Any:
            ValidationResult.objects.update(is_valid=False, failure=text)
            return person.client.get(url)

        check_text(show, status=200)


# The longest prefix is 30 characters; each of these would be one if AWS let it.
HOSTILE_PREFIXES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7|add:7 }}{% debug %}",
    "javascript:alert(1)",
    "&lt;b&gt;&#60;i&#62;",
    "</title><b>%s%(x)s{0}",
    "a?b=c#d/%2e%2e/",
)


def describe(text: str, prefixes: Sequence[str], secret_arn: str) -> str:
    """Make AWS return that text in every field of a rule."""
    rules = [
        {
            "ecrRepositoryPrefix": prefix,
            "upstreamRegistryUrl": text[:250],
            "upstreamRegistry": text[:60],
            "upstreamRepositoryPrefix": prefix,
            "credentialArn": secret_arn[:600],
            "registryId": ACCOUNT,
            "createdAt": 1764000000,
        }
        for prefix in prefixes
    ]
    return json.dumps({"pullThroughCacheRules": rules})


PAGES_OF_A_RULE = (
    *(
        RULES,
        f"/{ACCOUNT}/rules/",
        f"/{ACCOUNT}/rules/?group=none",
        f"/{ACCOUNT}/{REGION}/secrets/",
    ),
    *(f"/{ACCOUNT}/rules/?group=registry", f"/{ACCOUNT}/rules/?group=matrix"),
    f"/{ACCOUNT}/{REGION}/overview-section/",
)
PAGES_OF_ITS_OWN = ("details", "edit", "delete")


@pytest.mark.promise("H4")
@pytest.mark.parametrize("url", [*PAGES_OF_A_RULE, *PAGES_OF_ITS_OWN])
def test_what_aws_says_of_a_rule_is_text(aws: FakeAws, person: Person, url: str) -> None:
    secret_arn = make_secret()
    make_rule("github", "ghcr.io", credentialArn=secret_arn)
    describes = "DescribePullThroughCacheRules"

    def show(text: str, prefixes: Sequence[str]) -> BeautifulSoup:
        aws.clear_faults()
        # The secrets page tells the rules of the secret that it lists.
        arn = secret_arn if "secrets" in url else f"{secret_arn[:-12]}{text}"
        body = describe(text, prefixes, arn)
        aws.garble_answer(body, operation=describes, region=REGION)
        own = f"{RULES}github/{url}/"
        answer = person.client.get(own if url in PAGES_OF_ITS_OWN else url)
        assert answer.status_code == 200, answer.content
        return page_of(answer)

    # The page of a rule shows no other rule than the one that it asks for.
    has_own = url in PAGES_OF_ITS_OWN
    hostile = ("github",) if has_own else HOSTILE_PREFIXES
    # Not a valid ARN either: a table shows the name of a secret only when the ARN can be parsed.
    words = "Harmless words!"
    plain = ["github"] if has_own else [f"harmless-{n}" for n in range(len(hostile))]
    # The first visit is told apart, because no rules are known from before.
    harmless = [skeleton(show(words, plain)) for _visit in range(2)][-1]
    page = show(HOSTILE, hostile)
    assert inline_code(page) == []
    assert skeleton(page) == harmless
    assert [prefix for prefix in hostile if prefix not in words_of(page)] == []


@pytest.mark.promise("H4")
def test_what_was_last_known_of_a_rule_is_text(aws: FakeAws, person: Person) -> None:
    make_rule("quay")
    person.open_rules()
    aws.refuse(operation="DescribePullThroughCacheRules")
    for url in (
        f"/{ACCOUNT}/rules/",
        f"/{ACCOUNT}/rules/?group=none",
        f"/{ACCOUNT}/{REGION}/health/",
    ):
        pages = []
        for text, prefix in ((HARMLESS, HARMLESS), (HOSTILE, HOSTILE_PREFIXES[0])):
            LastKnownRule.objects.update(
                ecr_repository_prefix=prefix,
                upstream_registry_url=text[:250],
                upstream_registry=text[:60],
                upstream_repository_prefix=prefix,
                credential_arn=text[:600],
            )
            answer = person.client.get(url)
            assert answer.status_code == 200
            pages.append(page_of(answer))
        assert prefix in words_of(pages[1])
        assert inline_code(pages[1]) == []
        assert skeleton(pages[0]) == skeleton(pages[1])


@pytest.mark.promise("H4")
def test_names_of_secrets_and_roles_are_text(aws: FakeAws, person: Person) -> None:
    furnish(person)
    path = begin(person, "Docker Hub")
    manager = boto3.client("secretsmanager", region_name=REGION)
    # An answer with the ARN of another secret than asked for is not believed.
    own = {"ARN": manager.describe_secret(SecretId="ecr-pullthroughcache/github")["ARN"]}

    def secrets(text: str) -> Iterator[Any]:
        name = f"ecr-pullthroughcache/{text}"
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}"
        listed = {"ARN": arn, "Name": name, "Description": text, "PrimaryRegion": text}
        body = json.dumps({"SecretList": [listed]})
        aws.clear_faults()
        aws.garble_answer(body, operation="ListSecrets")
        aws.garble_answer(json.dumps(listed | own), operation="DescribeSecret")
        for url in (
            f"{path}authentication/",
            f"/{ACCOUNT}/{REGION}/secrets/",
            f"/{ACCOUNT}/{REGION}/secrets/github/delete/",
            f"/{ACCOUNT}/{REGION}/secrets/github/value/",
            f"{RULES}github/details/",
            f"{RULES}github/edit/",
        ):
            yield person.client.get(url)

    same_but_for_the_words(list(secrets(HARMLESS)), list(secrets(HOSTILE)))
    path = begin_cross_account(person)

    def roles(text: str) -> Iterator[Any]:
        aws.clear_faults()
        aws.garble_answer(list_of_roles(text), operation="ListRoles")
        for url in (f"{path}permissions/", f"{RULES}team/edit/"):
            yield person.client.get(url)

    same_but_for_the_words(list(roles(HARMLESS)), list(roles(HOSTILE)))


def list_of_roles(name: str) -> str:
    """IAM's answer with one role of that name."""
    role = {
        "Path": "/",
        "RoleName": name,
        "RoleId": "AROAEXAMPLE",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": quote(json.dumps(TRUST)),
    }
    members = "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in role.items())
    return (
        '<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult>'
        f"<IsTruncated>false</IsTruncated><Roles><member>{members}</member></Roles>"
        "</ListRolesResult></ListRolesResponse>"
    )


@pytest.mark.promise("H4")
def test_what_is_typed_comes_back_as_text(aws: FakeAws, person: Person) -> None:
    path = begin(person, "Quay")
    hub = begin(person, "Docker Hub")
    azure = begin(person, "Quay").replace("destination/", "")
    token = person.csrf_token
    posts: list[tuple[str, dict[str, str], tuple[str, ...]]] = [
        (f"{path}destination/", {}, ("ecr_repository_prefix", "upstream_repository_prefix")),
        (f"{hub}authentication/", {"credential_source": "create"}, ("secret_name", "username")),
        (f"{azure}source/", {"registry": "azure-container-registry"}, ("registry_name",)),
        (f"/{ACCOUNT}/{REGION}/new-secret/", {}, ("secret_name", "username")),
        ("/sign-in/", {}, ("username", "next")),
    ]

    def show(text: str) -> list[Any]:
        answers = []
        for url, fixed, names in posts:
            data = {**fixed, **dict.fromkeys(names, text), "csrfmiddlewaretoken": token}
            client = Client() if url == "/sign-in/" else person.client
            answers.append(client.post(url, data))
        for query in ("q", "registry", "status", "sort", "region", "group", "page"):
            answers.append(person.client.get(f"/{ACCOUNT}/rules/?{urlencode({query: text})}"))
        answers.append(
            person.client.get(f"{path}destination/preview/?ecr_repository_prefix={text}")
        )
        answers.append(person.client.get(f"/{quote(text)}/"))
        return answers

    # Words that no field takes either; the colon is refused in a user name.
    same_but_for_the_words(show("Harmless: words!"), show(HOSTILE), is_told=False)


@pytest.mark.promise("H4")
def test_an_image_that_was_typed_comes_back_as_text(aws: FakeAws, person: Person) -> None:
    furnish(person)

    def show(text: str) -> Any:
        return person.client.get(f"{RULES}github/details/?{urlencode({'image': text})}")

    check_text(show, harmless="Harmless words!", hostile=HOSTILE[:390])


@pytest.mark.promise("H4")
def test_names_of_regions_are_text(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_rule("quay")
    begin(person, "Kubernetes")
    person.press("Next")
    review = person.url
    data = botocore.loaders.Loader().load_data("endpoints")

    def show(text: str) -> list[Any]:
        data["partitions"][0]["regions"][REGION]["description"] = text
        (tmp_path / "endpoints.json").write_text(json.dumps(data))
        clients.forget()
        regions.list_regions.cache_clear()
        urls = (RULES, f"/{ACCOUNT}/rules/", f"/{ACCOUNT}/rules/?group=matrix")
        return [person.client.get(url) for url in (*urls, review)]

    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    try:
        same_but_for_the_words(show(HARMLESS), show(HOSTILE), is_told=False)
    finally:
        monkeypatch.undo()
        clients.forget()
        regions.list_regions.cache_clear()


def same_but_for_the_words(
    harmless: list[Any], hostile: list[Any], *, is_told: bool = True
) -> None:
    """Check that pages have the same elements and no code, and show the words if any."""
    for one, other in zip(harmless, hostile, strict=True):
        where = other.request["PATH_INFO"]
        assert other.status_code == one.status_code < 500, where
        pages = page_of(one), page_of(other)
        assert inline_code(pages[1]) == [], where
        assert skeleton(pages[0]) == skeleton(pages[1]), where
        if is_told:
            assert CORPUS[0] in words_of(pages[1]), where


@pytest.mark.promise("H4")
@pytest.mark.parametrize("url", [RULES, f"/{ACCOUNT}/rules/"])
def test_an_export_holds_foreign_text_in_its_own_cell(
    aws: FakeAws, person: Person, url: str
) -> None:
    make_rule("quay")
    person.validate("quay")
    text = f'=HYPERLINK("http://evil.test")\r\n"{HOSTILE}",second,\x1b[31m'
    ValidationResult.objects.update(is_valid=False, failure=text)
    listed = json.loads(person.client.get(f"{url}?format=json").getvalue())
    assert [each["failure"] for each in listed] == [text]
    answer = person.client.get(f"{url}?format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].startswith("attachment;")
    (line,) = csv.DictReader(io.StringIO(answer.getvalue().decode(), newline=""))
    assert None not in line
    assert line["failure"].lstrip("'") == text
    assert line["failure"].startswith("'=")


# --- H5: redirects ------------------------------------------------------------------------------

ELSEWHERE = (
    *("//evil.test", "//evil.test/%2f..", "\\\\evil.test", "/\\evil.test", "\\/evil.test"),
    *(
        "https:evil.test",
        "https:/evil.test",
        "https://evil.test",
        "http:///evil.test",
        "///evil.test",
    ),
    *(
        "javascript:alert(1)",
        "data:text/html,x",
        "\t//evil.test",
        " //evil.test",
        "\x00//evil.test",
    ),
    *("https://testserver@evil.test/", "https://evil.test/testserver", "//testserver.evil.test"),
    *("//testserver:80@evil.test", "/\t/evil.test", "\u2044\u2044evil.test", "//evil\u3002test"),
    *("/ok\r\nSet-Cookie: x=1", "\r\nLocation: //evil.test", "/%0d%0aSet-Cookie:%20x=1"),
)


def leads_elsewhere(location: str) -> bool:
    """Whether a browser would leave the site: a backslash counts as a slash, tabs are ignored."""
    read = re.sub(r"[\t\r\n]", "", location).strip("\x00\x20").replace("\\", "/")
    parts = urlsplit(urljoin("http://testserver/from/here/", read))
    return parts.scheme not in ("http", "https") or parts.netloc != "testserver"


def redirects(person: Person, path: str) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Everything that leads where it is told to."""
    token = person.csrf_token

    def post(url: str, client: Client | None = None, **more: str) -> Callable[[str], Any]:
        data = {"csrfmiddlewaretoken": token, **more}
        return lambda to: (client or person.client).post(url, {**data, "next": to})

    yield "preferences", post("/preferences/", theme="dark")
    yield "table-preferences", post("/table-preferences/", page_size="10")
    yield "draft-cancel", post(f"{path}cancel/", keep="yes")
    yield "rule-validate", post(f"{RULES}quay/validate/")
    yield "sign-in", post("/sign-in/", Client(), username="ada", password="correct horse")
    yield (
        "sign-in of who is in",
        lambda to: person.client.get(f"/sign-in/?{urlencode({'next': to})}"),
    )
    yield (
        "confirm-identity",
        lambda to: person.client.get(f"/confirm-identity/?{urlencode({'next': to})}"),
    )


@pytest.mark.promise("H5")
def test_no_address_given_with_a_request_leads_off_the_site(aws: FakeAws, person: Person) -> None:
    make_rule("quay")
    path = begin(person, "Kubernetes")
    user = User.objects.get(username="ada")
    user.set_password("correct horse")
    user.save()
    person.client.force_login(user)
    person.open(f"{path}destination/")
    for to in ELSEWHERE:
        for what, follow in redirects(person, path):
            answer = follow(to)
            assert answer.status_code in (302, 303), (what, to)
            assert not leads_elsewhere(answer["Location"]), (what, answer["Location"])
            check_headers_whole(answer, what)


def check_headers_whole(answer: Any, what: str) -> None:
    assert "x" not in answer.cookies, what
    for name, value in answer.items():
        assert not re.search(r"[\r\n\x00]", value), (what, name)


# The test above has every address; of these, which take the same way, `make test` has a third.
@pytest.mark.promise("H5")
@pytest.mark.parametrize(
    "to",
    [
        pytest.param(to, marks=pytest.mark.thorough if number % 3 else ())
        for number, to in enumerate(ELSEWHERE)
    ],
)
@pytest.mark.parametrize("header", ["Referer", "HX-Current-URL"])
def test_no_header_leads_off_the_site(aws: FakeAws, person: Person, header: str, to: str) -> None:
    for sent in (to, to.encode("unicode_escape").decode()):
        for headers in ({header: sent}, {header: sent, "HX-Request": "true"}):
            for client, method in ((Client(), "get"), (Client(), "post"), (person.client, "get")):
                answer = getattr(client, method)(RULES, headers=headers)
                check_headers_whole(answer, header)
                for name in ("Location", "HX-Redirect"):
                    location = answer.get(name, "/")
                    assert not leads_elsewhere(location), location
                    (after,) = parse_qs(urlsplit(location).query).get("next", ["/"])
                    assert not leads_elsewhere(after), after


@pytest.mark.promise("H5")
def test_the_way_back_that_was_asked_for_is_taken(aws: FakeAws, person: Person) -> None:
    begin(person, "Quay")
    data = {"theme": "dark", "next": f"{RULES}?q=a", "csrfmiddlewaretoken": person.csrf_token}
    assert person.client.post("/preferences/", data)["Location"] == f"{RULES}?q=a"
    answer = Client().get(f"{RULES}?q=a")
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [f"{RULES}?q=a"]


# --- H6: hosts and proxies ----------------------------------------------------------------------

FOREIGN_HOSTS = (
    *("evil.test", "ptc.example.com.evil.test", "evil.test:443", "ptc.example.com@evil.test"),
    *("127.0.0.1", "localhost", "[::1]", "ptc.example.com/evil", "ptc.example.com evil.test", ""),
    *("ptc.example.com\\.evil.test", "*", "xn--evil.test", "EVIL.TEST", "ptc_example.com"),
)


@pytest.mark.promise("H6")
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("secure", [True, False])
def test_another_host_is_refused(tls: production.TlsClient, host: str, secure: bool) -> None:
    client = Client(headers={"host": host}, raise_request_exception=False)
    for url in ("/", "/sign-in/", RULES, "/no-such-page/"):
        answer = client.get(url, secure=secure)
        assert answer.status_code == 400, url
        assert "evil" not in answer.text


@pytest.mark.promise("H6")
def test_the_console_does_not_start_for_every_host(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS"):
        production.load(tmp_path, ALLOWED_HOSTS="ptc.example.com,*")
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS"):
        production.load(tmp_path, ALLOWED_HOSTS="")


@pytest.mark.promise("H6")
def test_a_forwarded_host_counts_nowhere(tls: production.TlsClient) -> None:
    forwarded = {
        "X-Forwarded-Host": "evil.test",
        "Forwarded": "host=evil.test",
        "X-Host": "evil.test",
    }
    answer = tls.get("/sign-in/?next=/", headers=forwarded)
    assert not leads_elsewhere(answer["Location"].replace(production.ORIGIN, ""))
    plain = Client(headers={"host": production.HOST, **forwarded}).get("/")
    assert plain["Location"] == f"{production.ORIGIN}/"


@pytest.mark.promise("H6")
def test_a_forwarded_path_of_the_application_counts_nowhere(person: Person) -> None:
    """gunicorn passes on what a proxy does not remove from a request as SCRIPT_NAME."""
    page = person.client.get(RULES, SCRIPT_NAME="/evil")
    assert page.status_code == 200
    assert "evil" not in page.text
    assert "evil" not in person.client.get(RULES).text


@pytest.mark.promise("H6")
@pytest.mark.parametrize("is_behind_proxy", [False, True])
def test_a_forwarded_scheme_and_address_count_from_the_proxy_only(
    db: None, settings: Settings, tmp_path: Path, is_behind_proxy: bool
) -> None:
    production.apply(settings, tmp_path, BEHIND_TLS_PROXY=str(is_behind_proxy).lower())
    headers = {"host": production.HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6"}
    answer = Client(headers=headers).get("/sign-in/")
    assert answer.status_code == (200 if is_behind_proxy else 301)
    assert client_address(answer.wsgi_request) == ("6.6.6.6" if is_behind_proxy else "127.0.0.1")
    assert ("Strict-Transport-Security" in answer) is is_behind_proxy


# --- H7: cookies --------------------------------------------------------------------------------


@pytest.mark.promise("H7")
def test_cookies_are_bound_to_host_tls_and_site(person: Person, tls: production.TlsClient) -> None:
    user = User.objects.get(username="ada")
    user.set_password("correct horse")
    user.save()
    browser = production.TlsClient()
    page = browser.get("/sign-in/")
    found = [*page.cookies.values()]
    data = {"username": "ada", "password": "correct horse", "csrfmiddlewaretoken": token_of(page)}
    answer = browser.post("/sign-in/", data)
    assert answer.status_code == 303
    found += answer.cookies.values()
    page = browser.get(RULES)
    data = {"theme": "dark", "csrfmiddlewaretoken": token_of(page)}
    found += browser.post("/preferences/", data).cookies.values()
    assert {each.key for each in found} == {"__Host-sessionid", "__Host-csrftoken", "__Host-theme"}
    for cookie in found:
        assert is_bound_cookie(cookie), cookie
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
    assert b'data-theme="dark"' in browser.get(RULES).content


@pytest.mark.promise("H7")
def test_the_key_of_a_credential_is_a_strict_cookie_of_its_draft_alone(
    person: Person, tls: production.TlsClient
) -> None:
    token = token_of(tls.get(RULES))
    answer = tls.post(f"/{ACCOUNT}/{REGION}/drafts/", {"csrfmiddlewaretoken": token})
    path = answer["Location"].removesuffix("source/")
    tls.post(f"{path}source/", {"registry": "docker-hub", "csrfmiddlewaretoken": token})
    data = {
        "credential_source": "create",
        "secret_name": "hub",
        "username": "me@example.com",
        "access_token": "canary-of-the-cookie",
        "csrfmiddlewaretoken": token,
    }
    answer = tls.post(f"{path}authentication/", data)
    assert answer.status_code == 303
    cookie = answer.cookies["__Secure-ptc_credential"]
    assert (cookie["path"], cookie["samesite"], cookie["max-age"]) == (path, "Strict", 900)
    assert is_bound_cookie(cookie)


def token_of(answer: Any) -> str:
    (field, *_others) = page_of(answer).select('input[name="csrfmiddlewaretoken"]')
    return str(field["value"])
