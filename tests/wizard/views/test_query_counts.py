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
    "audit": (16, 0),
    "search": (4, 0),
    "table-preferences": (5, 0),
    "liveness": (0, 0),
    "readiness": (4, 0),
    "session": (3, 0),
    "sign-in-link": (5, 0),
    "help": (4, 0),
    "help-topic": (4, 0),
    "account": (8, 0),
    "password-change": (4, 0),
    "api-token-create": (4, 0),
    "account-switch": (7, 0),
    "people": (8, 0),
    "person-add": (6, 0),
    "person": (9, 0),
    "grant-give": (7, 0),
    "fleet-validate": (10, 0),
    "fleet-create": (10, 0),
    "fleet-rotate": (12, 0),
    "fleet-replace": (10, 0),
    "fleet-operation-list": (9, 0),
    "fleet-operation-detail": (9, 0),
    "fleet-rules": (10, 0),
    "fleet-accounts": (9, 0),
    "fleet-groups": (9, 0),
    "fleet-matrix": (11, 0),
    "fleet-readings": (10, 0),
    "fleet-trend": (9, 0),
    "api-openapi": (3, 0),
    "api-fleet-rules": (5, 0),
    "api-fleet-accounts": (7, 0),
    "api-fleet-groups": (6, 0),
    "api-fleet-matrix": (8, 0),
    "api-fleet-regions": (6, 0),
    "api-fleet-trend": (7, 0),
    "fleet-sweeps": (10, 0),
    "rule-overview": (12, 34),
    "account-regions": (9, 0),
    "account-import": (4, 0),
    "account-plan": (9, 0),
    "account-plan-role": (7, 0),
    "account-list": (8, 0),
    "account-detail": (6, 0),
    "account-add": (4, 0),
    "account-role": (6, 0),
    "account-edit": (5, 0),
    "account-remove": (5, 0),
    "operation-list": (21, 0),
    "batch-detail": (7, 0),
    "deletion-detail": (7, 0),
    "rotation-list": (6, 0),
    "rotation-create": (10, 68),
    "rotation-detail": (7, 0),
    "bulk-validation-create": (9, 0),
    "bulk-validation-detail": (11, 0),
    "rule-list": (16, 2),
    "rule-health": (10, 1),
    "rule-detail": (8, 5),
    "rule-repositories": (5, 3),
    "region-repositories": (5, 3),
    "repository-images": (5, 3),
    "rule-import": (4, 0),
    "import-detail": (8, 0),
    "rule-edit": (4, 2),
    "rule-delete": (4, 1),
    "region-health": (13, 0),
    "overview-section": (11, 1),
    "client-configuration": (4, 1),
    "file-convert": (4, 0),
    "image-bypass": (4, 0),
    "permission-list": (5, 0),
    "permission-check": (4, 0),
    "secret-list": (8, 2),
    "secret-create": (4, 0),
    "secret-replace-value": (4, 1),
    "secret-delete": (8, 3),
    "lifecycle-preview-create": (4, 0),
    "lifecycle-preview-detail": (4, 1),
    "template-list": (5, 2),
    "template-detail": (5, 2),
    "template-create": (4, 0),
    "template-edit": (4, 1),
    "template-delete": (4, 1),
    "cleanup-create": (6, 1),
    "cleanup-detail": (7, 0),
    "template-copy": (4, 1),
    "template-remove": (4, 1),
    "template-operation-detail": (7, 0),
    "exclusion-list": (5, 1),
    "exclusion-register": (4, 0),
    "draft-cancel": (5, 0),
    "draft-plan": (4, 0),
    "draft-preview": (4, 1),
    "draft-step source": (7, 0),
    "draft-step authentication": (7, 1),
    "draft-step destination": (6, 1),
    "draft-step review": (8, 3),
    "draft-step permissions": (6, 1),
    "draft-step namespaces": (7, 1),
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
