"""Pull-time update exclusions: the list, a new one, the end of one, and answers that are lost."""

from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import PrincipalArn, Role
from wizard.domain.errors import InvalidIdentifier
from wizard.forms.pull_times import ExclusionForm
from wizard.models import AuditEvent

URL = f"/{ACCOUNT}/{REGION}/pull-time-update-exclusions/"
SCANNER = f"arn:aws:iam::{ACCOUNT}:role/security/scanner"
COPIER = "arn:aws:iam::111122223333:user/copier"
LABEL = "Principal ARN"
CHANGES = ("RegisterPullTimeUpdateExclusion", "DeregisterPullTimeUpdateExclusion")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


def exclude(*arns: str) -> None:
    client = boto3.client("ecr", region_name=REGION)
    for arn in arns:
        client.register_pull_time_update_exclusion(principalArn=arn)


def excluded() -> list[str]:
    answer = boto3.client("ecr", region_name=REGION).list_pull_time_update_exclusions()
    return answer["pullTimeUpdateExclusions"]


def add(person: Person, arn: str) -> None:
    person.open(f"{URL}register/")
    person.fill(LABEL, arn)
    person.press("Add exclusion")


def outcomes() -> list[tuple[str, str, str]]:
    found = AuditEvent.objects.filter(phase="result").order_by("sequence")
    return [(each.action, each.subject, each.outcome) for each in found]


def test_a_role_is_excluded_listed_and_included_again(person: Person) -> None:
    person.open(URL)
    assert "No exclusions" in person.text
    assert "Scanners and replication pull all images regularly" in person.text
    add(person, f"  {SCANNER} ")
    assert f"Added exclusion {SCANNER} ({REGION})." in person.page.get_text()
    exclude(COPIER)
    person.open(URL)
    cells = [
        [cell.get_text(strip=True) for cell in row.select("th, td")[:3]]
        for row in person.page.select("tbody tr")
    ]
    assert cells == [[COPIER, "IAM user", "111122223333"], [SCANNER, "IAM role", ACCOUNT]]
    person.press(f"Delete {SCANNER}")
    assert f"Deleted exclusion {SCANNER} ({REGION})." in person.page.get_text()
    assert excluded() == [COPIER]
    assert outcomes() == [
        ("RegisterPullTimeUpdateExclusion", SCANNER, "succeeded"),
        ("DeregisterPullTimeUpdateExclusion", SCANNER, "succeeded"),
    ]


def test_what_is_so_already_is_told_and_no_error(person: Person) -> None:
    exclude(SCANNER)
    add(person, SCANNER)
    assert f"{SCANNER} ({REGION}) was already excluded." in person.page.get_text()
    boto3.client("ecr", region_name=REGION).deregister_pull_time_update_exclusion(
        principalArn=SCANNER
    )
    person.press(f"Delete {SCANNER}")
    assert f"{SCANNER} ({REGION}) was no longer excluded." in person.page.get_text()
    assert [outcome for _action, _subject, outcome in outcomes()] == ["succeeded"] * 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the ARN of an IAM role or user."),
        ("scanner", "This is a name, not an ARN."),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/scanner/i-1",
            f"arn:aws:iam::{ACCOUNT}:role/scanner",
        ),
        (f"arn:aws:iam::{ACCOUNT}:root", "This is the ARN of an account."),
        (f"arn:aws:iam::{ACCOUNT}:group/team", "This is the ARN of an IAM group."),
        (f"arn:aws:iam::{ACCOUNT}:role/", "After role/ or user/"),
        (f"arn:aws:iam::{ACCOUNT}:role/a//b", "After role/ or user/"),
        (f"arn:aws:iam::{ACCOUNT}:role/{'x' * 180}", "up to 200 characters"),
        (f"arn:aws:iam::{ACCOUNT}:role/caf\u00e9", "After role/ or user/"),
        (f"arn:aws:iam:{REGION}:{ACCOUNT}:role/scanner", "This ARN belongs to another Region."),
        ("https://console.aws.amazon.com/iam/", "This is the URL of a page."),
    ],
)
def test_another_arn_is_refused_with_what_it_is(typed: str, words: str) -> None:
    errors = ExclusionForm({"principal_arn": typed}).errors["principal_arn"]
    assert words in str(errors[0])


def test_a_refused_arn_stands_in_the_field_again(aws: FakeAws, person: Person) -> None:
    add(person, "scanner")
    assert person.is_refused
    assert "This is a name, not an ARN." in person.error_at(LABEL)
    assert person.value_of(LABEL) == "scanner"
    assert CHANGES[0] not in aws.calls()


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws-us-gov:iam::{ACCOUNT}:role/scanner",
        f"arn:aws:iam::{ACCOUNT}:user/a+b=c,d.e@f-g_h/i",
    ],
)
def test_every_arn_of_the_pattern_of_ecr_is_taken(arn: str) -> None:
    assert PrincipalArn.parse(arn).account_id == ACCOUNT
    with pytest.raises(InvalidIdentifier):
        PrincipalArn.parse(f"{arn}\n")


def test_the_hundredth_and_first_is_refused_in_the_words_of_aws(person: Person) -> None:
    exclude(*(f"arn:aws:iam::{ACCOUNT}:role/scanner-{number}" for number in range(100)))
    add(person, SCANNER)
    assert person.status == 409
    assert "You have reached an AWS quota" in person.text
    assert person.value_of(LABEL) == SCANNER
    assert outcomes() == [(CHANGES[0], SCANNER, "failed")]


def test_a_region_that_cannot_be_read_says_why_and_a_viewer_changes_nothing(
    aws: FakeAws, person: Person
) -> None:
    exclude(SCANNER)
    viewer = sign_in("vera", Role.VIEWER)
    viewer.open(URL)
    assert SCANNER in viewer.text
    assert not viewer.page.select("main form[method=post], main a.button-primary")
    aws.refuse(operation="ListPullTimeUpdateExclusions")
    person.open(URL)
    assert person.status == 403
    assert "No access" in person.text
    assert "No exclusions" not in person.text
