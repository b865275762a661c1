"""Query strings that nobody links to: whatever is typed into an address, no page fails."""

import re
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import addresses, changes, furnish
from tests.person import Person, sign_in
from wizard.domain import Role
from wizard.services import fanout

# All that any page reads from its query string.
NAMES = (
    *("account", "action", "allow", "answer", "changed", "check", "columns", "compare", "day"),
    *("filter", "find", "for", "format", "from", "group", "image", "kind", "language", "name"),
    *("next", "open", "outcome", "page", "person", "q", "query", "reason", "refused", "region"),
    *("registry", "role", "rule", "secret", "select", "since", "sort", "state", "status"),
    *("after", "before", "ecr_access", "newer", "older", "left", "problem", "return"),
    *("step", "subject", "switched", "table", "to", "until", "upstream", "use", "where", "worker"),
)
ELSEWHERE = re.compile(rb"(?:href|action|src|hx-get)=.?//evil")
# As bytes in the address, already quoted.
VALUES = {
    "nothing": "",
    "NUL": "a%00b",
    "no UTF-8": "%ff%fe",
    "half of a pair": "%ed%a0%80",
    "long": "x" * 3000,
    "markup": quote("\"><script>alert(1)</script>'"),
    "a number of other digits": quote("\u0663"),
    "a number that no integer holds": "9" * 40,
    "a negative number": "-1",
    "no finite number": "1e999",
    "a formula": quote("=cmd|' /C calc'!A0"),
    "a line break": "a%0d%0aSet-Cookie:%20a=b",
    "a template": quote("{{7*7}}${7*7}{% now %}"),
    "another host": quote("//evil.example/\\@evil.example"),
    "places": quote("us-east-2/../../eu-west-1/%2e%2e"),
    "patterns": quote("%_\\(([*+?"),
    "a date that does not exist": "2026-02-31",
}


@pytest.fixture
def person(aws: FakeAws, db: None, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    someone = sign_in("alan", Role.ADMINISTRATOR)
    someone.client.raise_request_exception = False
    return someone


# Each address with a third of the values, which is another third for the next address. The three
# together are all values at all addresses.
SHARES = 3


@pytest.mark.promise("I6")
@pytest.mark.parametrize(
    "share", [pytest.param(n, marks=pytest.mark.thorough if n else ()) for n in range(SHARES)]
)
def test_no_page_fails_whatever_is_typed_into_its_address(
    aws: FakeAws, person: Person, share: int
) -> None:
    places = furnish(person) | {"user_id": str(User.objects.get(username="alan").pk)}
    found = [each for each in addresses(places) if each.name != "sign-out"]
    aws.clear_calls()
    wrong = []
    for number, address in enumerate(found, start=share):
        for kind, value in list(VALUES.items())[number % SHARES :: SHARES]:
            query = "&".join(f"{name}={value}&{name}={value}" for name in NAMES)
            if kind == "long":
                query = "&".join(f"{name}={value}" for name in NAMES[:20])
            answer = person.client.get(f"{address.url}?{query}")
            content = answer.getvalue()
            # A text in JSON, which browsers don't show as a page, is quoted as it was typed.
            is_json = "json" in answer.headers.get("Content-Type", "")
            is_told = is_json or b"<script>alert(1)" not in content
            is_told = is_told and not ELSEWHERE.search(content)
            location = answer.headers.get("Location", "")
            is_own = "evil" not in location.partition("?")[0] and "\n" not in location
            if answer.status_code >= 500 or not is_told or not is_own:
                wrong.append((address.name, kind, answer.status_code))
    assert wrong == []
    assert changes(aws.calls()) == set()
