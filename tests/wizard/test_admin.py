"""Django's admin: the last-known rules per Region, read-only, with the console's sign-in."""

import re
from html import unescape

import boto3
import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION
from tests.wizard.conftest import TARGET
from wizard.models import BulkValidation, LastKnownRule
from wizard.services.rules import read_rules

RULES = "/admin/wizard/lastknownrule/"


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def known(aws: FakeAws, db: None) -> LastKnownRule:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    read_rules(target=TARGET)
    return LastKnownRule.objects.get()


def test_the_rules_are_listed_and_filtered_by_region(
    administrator: Client, known: LastKnownRule
) -> None:
    assert b"quay.io" in administrator.get(f"{RULES}?region={REGION}").content
    assert b"quay.io" not in administrator.get(f"{RULES}?region=eu-west-1").content
    assert b"quay.io" in administrator.get(f"{RULES}?q=quay").content


def test_only_what_the_filters_of_a_page_ask_for_can_be_asked(
    administrator: Client, known: LastKnownRule
) -> None:
    people, viewers = "/admin/auth/user/", Group.objects.get(name="viewer").pk
    for question in ("password__startswith=x", "password=x", "email__regex=x", "groups__name=x"):
        assert administrator.get(f"{people}?{question}").status_code == 400, question
    assert administrator.get("/admin/auth/group/?user__password__regex=x").status_code == 400
    for page in (people, RULES):
        offered = re.findall(r'href="(\?[^"]+)"', administrator.get(page).text)
        assert len(offered) > 5
        for link in offered:
            assert administrator.get(f"{page}{unescape(link)}").status_code == 200, link
    assert administrator.get(f"{people}?groups__id__exact={viewers}").status_code == 200
    assert administrator.get(f"{people}?q=root").status_code == 200


def test_nobody_changes_a_rule_there(administrator: Client, known: LastKnownRule) -> None:
    assert administrator.get(f"{RULES}add/").status_code == 403
    page = administrator.get(f"{RULES}{known.pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert administrator.post(f"{RULES}{known.pk}/change/", {}).status_code == 403
    assert administrator.post(f"{RULES}{known.pk}/delete/", {"post": "yes"}).status_code == 403
    assert LastKnownRule.objects.exists()


def test_the_selected_rules_are_validated(administrator: Client, known: LastKnownRule) -> None:
    answer = administrator.post(
        RULES, {"action": "validate_selected", "_selected_action": [known.pk]}
    )
    bulk = BulkValidation.objects.get()
    assert answer["Location"] == f"/{ACCOUNT}/validations/{bulk.pk}/"
    item = bulk.items.get()
    assert (item.region, item.ecr_repository_prefix) == (REGION, "quay")


def test_rules_that_are_gone_are_not_validated(administrator: Client, known: LastKnownRule) -> None:
    boto3.client("ecr", region_name=REGION).delete_pull_through_cache_rule(
        ecrRepositoryPrefix="quay"
    )
    read_rules(target=TARGET)
    data = {"action": "validate_selected", "_selected_action": [known.pk]}
    answer = administrator.post(RULES, data, follow=True)
    assert b"None of these rules exist." in answer.content
    assert not BulkValidation.objects.exists()


def test_people_sign_in_where_they_always_do(aws: FakeAws, db: None) -> None:
    answer = Client().get(RULES)
    assert answer["Location"] == f"/sign-in/?next={RULES}"


def test_others_are_told_that_they_may_not(aws: FakeAws, db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("ada"))
    assert client.get(RULES, follow=True).status_code == 403
