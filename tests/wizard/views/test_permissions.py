"""The page of the console's permissions: the policy to copy, and what IAM says beforehand."""

import json
import re
from urllib.parse import urlencode

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.soup import parsed
from wizard.domain import Role
from wizard.services import fanout, permissions
from wizard.services.permissions import asking

PAGE = f"/{ACCOUNT}/{REGION}/permissions/"
CREATE = "ecr:CreatePullThroughCacheRule"


@pytest.fixture(autouse=True)
def _pages_are_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, IAM is waited for."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    monkeypatch.setattr(asking, "_ROLE_SECONDS", 600.0)


def policy_of(person: Person) -> list[dict[str, object]]:
    """The statements of the policy that the page shows as JSON."""
    shown = person.page.select("#policy pre code")[0].get_text()
    statements: list[dict[str, object]] = json.loads(shown)["Statement"]
    return statements


def actions_of(person: Person) -> set[str]:
    found: set[str] = set()
    for statement in policy_of(person):
        action = statement["Action"]
        found |= {action} if isinstance(action, str) else set(action)  # type: ignore[call-overload]
    return found


def result_of(person: Person, action: str) -> str:
    """The result of an action in the table of the page."""
    rows = [row for row in person.page.select("#check tbody tr") if action in row.get_text()]
    assert len(rows) == 1, action
    return " ".join(rows[0].select("td")[1].get_text(" ").split())


def test_the_policy_is_filled_in_with_the_account_and_the_region(person: Person) -> None:
    person.open(PAGE)
    statements = {str(each["Sid"]): each for each in policy_of(person)}
    secrets = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/*"
    assert statements["Secrets"]["Resource"] == secrets
    condition = {"StringEquals": {"aws:RequestedRegion": REGION}}
    assert statements["Rules"]["Condition"] == condition
    assert "OptionalReadOfSecrets" not in statements


def test_the_policy_allows_what_is_chosen_and_nothing_else(person: Person) -> None:
    person.open(f"{PAGE}?where=everywhere")
    assert actions_of(person) == {
        "ecr:DescribePullThroughCacheRules",
        "ecr:ValidatePullThroughCacheRule",
        "secretsmanager:ListSecrets",
        "secretsmanager:DescribeSecret",
    }
    assert "Condition" not in json.dumps(policy_of(person))
    person.open(f"{PAGE}?where=region&allow=rules&allow=no-such-thing")
    # A choice that does not exist leads to the usual ones.
    assert {CREATE, "secretsmanager:CreateSecret"} <= actions_of(person)


def test_the_policy_covers_the_regions_that_have_rules(aws: FakeAws, person: Person) -> None:
    for region in ("eu-west-1", REGION):
        boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
        )
        person.open_rules(region)
    person.open(PAGE)
    person.choose("The 2 Regions that have rules")
    person.press("Show policy")
    statements = {str(each["Sid"]): each for each in policy_of(person)}
    condition = {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", REGION]}}
    assert statements["Rules"]["Condition"] == condition


def test_the_policy_is_downloaded_in_each_format(person: Person) -> None:
    person.open(PAGE)
    links = [str(link["href"]) for link in person.page.select("#policy a[download]")]
    files = {}
    for link in links:
        answer = person.client.get(f"{PAGE}{link}")
        name = re.findall('filename="(.*)"', answer["Content-Disposition"])[0]
        assert re.fullmatch(rf"ptc-console-policy-{ACCOUNT}-\d{{8}}T\d{{6}}Z\.[a-z.]+", name)
        files[name.partition("Z.")[2]] = answer.content.decode()
    assert json.loads(files["json"])["Statement"] == policy_of(person)
    template = json.loads(files["template.json"])["Resources"]["ConsolePolicy"]
    assert template["Type"] == "AWS::IAM::ManagedPolicy"
    assert template["Properties"]["PolicyDocument"]["Statement"] == policy_of(person)
    inside = re.findall(r"jsonencode\((.*)\)", files["tf"], flags=re.DOTALL)
    assert json.loads(inside[0])["Statement"] == policy_of(person)


def test_iam_is_asked_after_the_page_or_by_a_link(aws: FakeAws, person: Person) -> None:
    person.open(PAGE)
    assert "SimulatePrincipalPolicy" not in aws.calls()
    assert person.find("#check")["hx-get"] == "?check=1"
    person.follow("Check permissions")
    assert "IAM allows every action that the console can use." in person.text
    assert "arn:aws:iam::123456789012:user/console" in person.text
    assert result_of(person, CREATE) == "Allowed"


def test_the_answer_is_remembered_until_the_person_asks_again(aws: FakeAws, person: Person) -> None:
    person.open(f"{PAGE}?check=1")
    asked = aws.calls()["SimulatePrincipalPolicy"]
    person.open(PAGE)
    assert result_of(person, CREATE) == "Allowed"
    person.open(f"{PAGE}?check=1")
    assert aws.calls()["SimulatePrincipalPolicy"] == asked
    aws.refuse(operation="CreatePullThroughCacheRule")
    person.press("Check again")
    assert result_of(person, CREATE) == "Not allowed by any policy"


def test_the_answers_are_of_one_region(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-1")
    person.open(f"{PAGE}?check=1")
    assert result_of(person, CREATE) == "Allowed"
    person.open(f"/{ACCOUNT}/eu-west-1/permissions/?check=1")
    assert result_of(person, CREATE) == "Not allowed by any policy"
    assert "1 action isn't allowed." in person.text
    added = json.loads(person.page.select("#check .code code")[0].get_text())["Statement"]
    assert added == [
        {
            "Sid": "Rules",
            "Effect": "Allow",
            "Action": CREATE,
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        }
    ]


def test_without_the_permission_to_simulate_nothing_is_concluded(
    aws: FakeAws, person: Person
) -> None:
    aws.refuse(operation="SimulatePrincipalPolicy")
    person.open(f"{PAGE}?check=1")
    assert "isn't allowed to call iam:SimulatePrincipalPolicy" in person.text
    assert "This doesn't mean that an action is denied." in person.text
    assert result_of(person, CREATE) == "Unknown"
    # What would help is offered: the permission to ask.
    added = json.loads(person.page.select("#check .code code")[0].get_text())["Statement"]
    assert [each["Sid"] for each in added] == ["CheckPermissions"]


def test_an_iam_that_throttles_or_is_dead_is_told_and_the_policy_is_shown(
    aws: FakeAws, person: Person
) -> None:
    for order in (aws.throttle, aws.fail, aws.unreachable):
        aws.clear_faults()
        order(operation="SimulatePrincipalPolicy")
        person.open(PAGE)
        if person.page.select("#check form"):
            person.press("Check again")
        else:
            person.follow("Check permissions")
        assert person.status == 200
        assert "IAM didn't answer everything." in person.text
        assert CREATE in actions_of(person)


def test_an_iam_that_hangs_does_not_hold_the_page(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 0.0)
    aws.hold(operation="SimulatePrincipalPolicy")
    person.open(f"{PAGE}?check=1")
    assert "IAM didn't answer everything." in person.text
    assert CREATE in actions_of(person)
    # The next page does not ask again at once.
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    person.open(f"{PAGE}?check=1")
    assert "IAM didn't answer everything." in person.text
    aws.release()


def test_what_aws_refused_is_shown_until_it_succeeds(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="ListSecrets", times=1)
    person.open(f"/{ACCOUNT}/{REGION}/secrets/")
    person.open(f"{PAGE}?check=1")
    assert "Refused by AWS within the last hour" in person.text
    assert "is not authorized to perform: secretsmanager:ListSecrets" in person.text
    assert "AWS refused it:" in result_of(person, "secretsmanager:ListSecrets")
    # It belongs to the Region.
    person.open(f"/{ACCOUNT}/eu-west-1/permissions/?check=1")
    assert "Refused by AWS" not in person.text
    person.open(f"/{ACCOUNT}/{REGION}/secrets/")
    person.open(PAGE)
    assert "Refused by AWS" not in person.text


def test_a_viewer_sees_the_page_too(aws: FakeAws, db: None) -> None:
    viewer = sign_in("vera", Role.VIEWER)
    viewer.open(f"{PAGE}?check=1")
    assert viewer.status == 200
    assert result_of(viewer, CREATE) == "Allowed"


def warnings_of(person: Person) -> list[str]:
    """What the checks of a page answer, as its script loads them."""
    checks = [str(place["hx-get"]) for place in person.page.select(".permission-check")]
    assert checks, f"{person.url} checks nothing"
    texts = []
    for url in checks:
        answer = person.client.get(url, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert b"<html" not in answer.content
        texts.append(" ".join(parsed(answer.content).get_text(" ").split()))
    return texts


def secret_of(aws_region: str = REGION) -> str:
    client = boto3.client("secretsmanager", region_name=aws_region)
    value = json.dumps({"username": "demo", "accessToken": "demo-access-token"})
    return client.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]


def test_the_wizard_warns_on_its_first_step_and_on_the_review_and_does_not_stop(
    aws: FakeAws, person: Person
) -> None:
    person.open_rules()
    person.press("Add rule")
    assert warnings_of(person) == [""]
    aws.refuse(operation="CreatePullThroughCacheRule", region=REGION)
    permissions.forget()
    (warning,) = warnings_of(person)
    assert "The console doesn't have all permissions for this in US East (Ohio)" in warning
    assert f"{CREATE}: Not allowed by any policy" in warning
    assert "arn:aws:iam::123456789012:user/console" in warning
    assert '"Action": "ecr:CreatePullThroughCacheRule"' in warning
    person.choose("Quay")
    person.press("Next")
    assert person.page.select(".permission-check") == []
    person.press("Next")
    assert person.heading == "Review and create"
    assert CREATE in warnings_of(person)[0]
    aws.clear_faults()
    person.press("Create")
    assert person.status == 200
    assert "Created" in person.text or "created" in person.text


def test_the_review_checks_each_of_its_regions_and_what_the_answers_need(
    aws: FakeAws, person: Person
) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.choose("Create an AWS secret")
    person.fill("Secret name", "hub")
    person.fill("Docker Hub email", "demo")
    person.fill("Docker Hub access token", "demo-access-token")
    person.press("Next")
    person.press("Next")
    aws.refuse(operation="CreateSecret", region="eu-west-1")
    assert warnings_of(person) == [""]
    person.find('input[name="regions"][value="eu-west-1"]')["checked"] = ""
    person.press("Show plan")
    here, there = warnings_of(person)
    assert here == ""
    assert "secretsmanager:CreateSecret" in there
    assert "Europe (Ireland) (eu-west-1)" in there


def test_deleting_editing_and_replacing_a_value_are_checked(
    aws: FakeAws, person: Person, quay: str
) -> None:
    secret = secret_of()
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=secret,
    )
    at = f"/{ACCOUNT}/{REGION}"
    for url, operation, action in (
        (f"{at}/rules/{quay}/delete/", "DeletePullThroughCacheRule", "ecr:Delete"),
        (f"{at}/rules/hub/edit/", "UpdatePullThroughCacheRule", "ecr:Update"),
        (f"{at}/new-secret/", "CreateSecret", "secretsmanager:CreateSecret"),
        (f"{at}/secrets/hub/value/", "PutSecretValue", "secretsmanager:PutSecretValue"),
        (
            f"/{ACCOUNT}/rotations/new/?upstream=registry-1.docker.io",
            "PutSecretValue",
            "secretsmanager:PutSecretValue",
        ),
    ):
        person.open(url)
        assert person.status == 200, url
        permissions.forget()
        assert set(warnings_of(person)) == {""}, url
        aws.refuse(operation=operation)
        permissions.forget()
        assert action in warnings_of(person)[0], url
        aws.clear_faults()


def test_a_check_is_a_page_without_javascript(aws: FakeAws, person: Person, quay: str) -> None:
    person.open(f"/{ACCOUNT}/{REGION}/rules/{quay}/delete/")
    person.follow("Check permissions")
    assert person.heading == "Check permissions"
    assert "IAM allows what you are about to do in US East (Ohio) (us-east-2)." in person.text
    aws.refuse(operation="DeletePullThroughCacheRule")
    permissions.forget()
    person.open(person.url)
    assert "The console doesn't have all permissions for this" in person.text
    aws.refuse(operation="SimulatePrincipalPolicy")
    aws.clear_calls()
    permissions.forget()
    person.open(person.url)
    assert "can't check permissions in advance" in person.text


def test_a_recent_refusal_warns_although_iam_cannot_be_asked(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="CreateSecret", times=1)
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    person.fill("Secret name", "hub")
    person.fill("Username", "demo")
    person.fill("Access token", "demo-access-token")
    person.press("Create secret")
    aws.refuse(operation="SimulatePrincipalPolicy")
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    (warning,) = warnings_of(person)
    assert "secretsmanager:CreateSecret" in warning
    assert "AWS refused it:" in warning


def test_a_check_takes_only_what_it_knows(aws: FakeAws, person: Person) -> None:
    check = f"{PAGE}check/"
    person.open(f"{check}?for=nothing&secret=<b>&role={'x' * 3000}")
    assert person.status == 400
    assert "Secret ARN: " in person.text
    assert "Role ARN: " in person.text
    assert "SimulatePrincipalPolicy" not in aws.calls()
    person.open(f"{check}?for=pass-role&role=arn:aws:iam::{ACCOUNT}:role/<b>")
    assert person.status == 200
    assert not person.page.select("main b")


@pytest.mark.promise("Z2")
@pytest.mark.parametrize(
    ("journey", "name", "arn"),
    [
        ("pass-role", "role", "arn:aws:iam::999999999999:role/theirs"),
        ("pass-role", "role", f"arn:aws-cn:iam::{ACCOUNT}:role/theirs"),
        ("pass-role", "role", f"arn:aws:iam::{ACCOUNT}:user/ada"),
        ("pass-role", "role", "arn:aws:s3:::bucket"),
        (
            "replace-value",
            "secret",
            f"arn:aws:secretsmanager:{REGION}:999999999999:secret:ecr-pullthroughcache/a-AAAAAA",
        ),
        (
            "replace-value",
            "secret",
            f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:ecr-pullthroughcache/a-AAAAAA",
        ),
        ("replace-value", "secret", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/db"),
        ("replace-value", "secret", "arn:aws:secretsmanager:*:*:secret:*"),
    ],
)
def test_iam_is_not_asked_about_what_is_not_of_the_account_and_region(
    aws: FakeAws, db: None, journey: str, name: str, arn: str
) -> None:
    """A viewer would learn what the console's credentials may do elsewhere."""
    viewer = sign_in("bob", Role.VIEWER)
    viewer.open(f"{PAGE}check/?{urlencode({'for': journey, name: arn})}")
    assert viewer.status == 400
    assert f"{name.title()} ARN: " in viewer.text
    assert "SimulatePrincipalPolicy" not in aws.calls()
