"""The Region that opens first: boto3's, unless it does not exist, which is told."""

from collections.abc import Iterator

import pytest
from django.core import checks

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, sign_in
from wizard.backend import account, clients
from wizard.domain import Target
from wizard.services import places

USABLE = ["us-east-2", "eu-central-2"]
UNUSABLE = {
    "us-eastt-1": "Did you mean us-east-1?",
    "EU-WEST-1": "opens instead.",
    "us-east-1a": "Did you mean us-east-1?",
    "nowhere": "opens instead.",
    "cn-north-1": "has no pull through cache",
    "us-gov-west-1": "has no pull through cache",
}


@pytest.fixture(autouse=True)
def _fresh_process(aws: FakeAws) -> Iterator[None]:
    clients.forget()
    account._identity_of.cache_clear()
    yield
    clients.forget()
    account._identity_of.cache_clear()


def warnings() -> list[str]:
    return [each.msg for each in checks.run_checks() if each.id == "wizard.W001"]


@pytest.mark.parametrize("region", USABLE)
def test_boto3s_region_opens_first(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    assert places.default_target() == Target(account_id=ACCOUNT, region=region)
    assert warnings() == []


def test_without_one_the_first_region_opens_and_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert places.default_target().region == "us-east-1"
    assert warnings() == []


@pytest.mark.parametrize(("region", "words"), UNUSABLE.items())
def test_one_that_does_not_exist_is_told_by_the_check_and_the_page(
    monkeypatch: pytest.MonkeyPatch, db: None, region: str, words: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    (warning,) = warnings()
    assert f"names {region}, which" in warning
    assert words in warning
    person = sign_in()
    person.open("/")
    assert person.status == 200
    assert f"names {region}, which" in person.page.get_text()
    assert person.url.endswith("/us-east-1/rules/")
