"""The maximum number of SQL statements and AWS calls of each page, by the name of its address.

Counted at the second visit, when the caches of the process (clients, the account's ID) are filled.
A change that makes a page use more has to raise its row.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import addresses, begin, begin_cross_account, furnish
from tests.person import Person, sign_in
from wizard.domain import Role

# The maximum of each page: SQL statements, calls to AWS.
MOST: Final[dict[str, tuple[int, int]]] = {
    "audit": (15, 0),
    "search": (3, 0),
    "table-preferences": (4, 0),
    "liveness": (0, 0),
    "readiness": (4, 0),
    "session": (3, 0),
    "sign-in-link": (5, 0),
    "help": (3, 0),
    "help-topic": (3, 0),
    "account": (7, 0),
    "password-change": (3, 0),
    "api-token-create": (3, 0),
    "people": (7, 0),
    "person-add": (4, 0),
    "person": (8, 0),
    "grant-give": (5, 0),
    "rule-overview": (11, 34),
    "operation-list": (21, 0),
    "batch-detail": (6, 0),
    "deletion-detail": (6, 0),
    "rotation-list": (5, 0),
    "rotation-create": (10, 68),
    "rotation-detail": (6, 0),
    "bulk-validation-create": (8, 0),
    "bulk-validation-detail": (10, 0),
    "rule-list": (15, 2),
    "rule-health": (9, 1),
    "rule-detail": (7, 5),
    "rule-repositories": (4, 3),
    "region-repositories": (4, 3),
    "repository-images": (4, 3),
    "rule-import": (3, 0),
    "import-detail": (8, 0),
    "rule-edit": (3, 2),
    "rule-delete": (3, 1),
    "region-health": (12, 0),
    "overview-section": (10, 1),
    "client-configuration": (4, 1),
    "file-convert": (3, 0),
    "image-bypass": (3, 0),
    "permission-list": (4, 0),
    "permission-check": (3, 0),
    "secret-list": (7, 2),
    "secret-create": (3, 0),
    "secret-replace-value": (3, 1),
    "secret-delete": (7, 3),
    "lifecycle-preview-create": (3, 0),
    "lifecycle-preview-detail": (3, 1),
    "template-list": (5, 2),
    "template-detail": (5, 2),
    "template-create": (3, 0),
    "template-edit": (3, 1),
    "template-delete": (3, 1),
    "cleanup-create": (5, 1),
    "cleanup-detail": (7, 0),
    "template-copy": (3, 1),
    "template-remove": (3, 1),
    "template-operation-detail": (6, 0),
    "exclusion-list": (5, 1),
    "exclusion-register": (3, 0),
    "draft-cancel": (4, 0),
    "draft-plan": (4, 0),
    "draft-preview": (4, 1),
    "draft-step source": (6, 0),
    "draft-step authentication": (6, 1),
    "draft-step destination": (6, 1),
    "draft-step review": (7, 3),
    "draft-step permissions": (6, 1),
    "draft-step namespaces": (6, 1),
}


def _steps(person: Person) -> Iterator[tuple[str, str]]:
    """A draft at each step of the wizard."""
    path = begin(person, "Docker Hub")
    yield "draft-step source", f"{path}source/"
    yield "draft-step authentication", f"{path}authentication/"
    path = begin(person, "Amazon ECR Public")
    person.press("Next")
    yield "draft-step destination", f"{path}destination/"
    yield "draft-step review", f"{path}review/"
    path = begin_cross_account(person)
    yield "draft-step permissions", f"{path}permissions/"
    person.select("IAM role", "example-role")
    person.press("Next")
    yield "draft-step namespaces", f"{path}namespaces/"


def _asked(person: Person, url: str, aws: FakeAws) -> tuple[int, int] | None:
    """What the page asked; None for an address that answers a GET with anything but a page."""
    person.client.get(url).getvalue()
    aws.clear_calls()
    with CaptureQueriesContext(connection) as statements:
        response = person.client.get(url)
        response.getvalue()
    if response.status_code != 200:
        return None
    return len(statements), sum(aws.calls().values())


@pytest.mark.kind_aws("counts the pages")
def test_no_page_asks_more_than_the_table_says(aws: FakeAws, db: None) -> None:
    person = sign_in("alan", Role.ADMINISTRATOR)
    places = furnish(person) | {"user_id": str(User.objects.get(username="alan").pk)}
    found = [(each.name, each.url) for each in addresses(places) if each.name != "draft-step"]
    found += _steps(person)
    asked = {name: counts for name, url in found if (counts := _asked(person, url, aws))}
    assert asked.keys() == MOST.keys()
    more = {
        name: counts
        for name, counts in asked.items()
        if counts[0] > MOST[name][0] or counts[1] > MOST[name][1]
    }
    assert more == {}


CREDENTIAL: Final = {
    "credential_source": "create",
    "secret_name": "hub",
    "username": "example",
    "access_token": "no-token-at-all",
}


@pytest.mark.parametrize(
    ("step", "answer", "updates"),
    [
        ("source", {"registry": "docker-hub"}, 2),
        ("authentication", CREDENTIAL, 3),
        ("destination", {"ecr_repository_prefix": "docker-hub"}, 2),
    ],
)
def test_an_answered_step_asks_at_most_eight_times(
    aws: FakeAws, db: None, step: str, answer: dict[str, str], updates: int
) -> None:
    """Every statement is counted, in a draft with a sealed credential."""
    person = sign_in("alan", Role.OPERATOR)
    path = begin(person, "Docker Hub")
    post = partial(person.client.post, headers={"Referer": f"http://testserver{path}"})
    token = {"csrfmiddlewaretoken": person.csrf_token}
    assert post(f"{path}authentication/", CREDENTIAL | token).status_code == 303
    with CaptureQueriesContext(connection) as statements:
        response = post(f"{path}{step}/", answer | token)
    assert response.status_code == 303
    asked = [each["sql"].split()[0] for each in statements]
    # With Redis, the session is not read from the database.
    reads = 4 if settings.SESSION_ENGINE.endswith(".cached_db") else 5
    assert asked == [*["SELECT"] * reads, *["UPDATE"] * updates]
