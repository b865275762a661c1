"""From a failed rule to a valid one: the reason, the cures as buttons, and the next step."""

import json
from collections.abc import Callable

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Place, Role
from wizard.models import Alert, BulkValidation, ValidationResult

HUB = f"/{ACCOUNT}/{REGION}/rules/hub/details/"
PARTNER = f"/{ACCOUNT}/{REGION}/rules/partner/details/"
NAME = "ecr-pullthroughcache/hub"
UPSTREAM = "210987654321"
PTC = "pullthroughcache.ecr.amazonaws.com"

pytestmark = pytest.mark.kind_aws("secrets are found at once")


def make_rules(token: str, *prefixes: str) -> str:
    """Docker Hub rules with one secret; return its ARN."""
    value = json.dumps({"username": "demo", "accessToken": token})
    client = boto3.client("secretsmanager", region_name=REGION)
    arn: str = client.create_secret(Name=NAME, SecretString=value)["ARN"]
    for prefix in prefixes:
        boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=arn,
        )
    return arn


@pytest.fixture
def failed(person: Person) -> str:
    """A rule whose token the registry refused; the person is on its page."""
    arn = make_rules("wrong", "hub")
    person.open(HUB)
    person.press("Validate")
    return arn


def policy(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def partner(aws: FakeAws) -> Callable[[str], None]:
    """Make a cross-account rule, and then let the role trust this service only."""

    def make(trusted: str) -> None:
        iam = boto3.client("iam")
        role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=policy(PTC))["Role"]
        boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
            ecrRepositoryPrefix="partner",
            upstreamRegistryUrl=f"{UPSTREAM}.dkr.ecr.eu-west-1.amazonaws.com",
            customRoleArn=role["Arn"],
        )
        iam.update_assume_role_policy(RoleName="reader", PolicyDocument=policy(trusted))

    return make


def buttons(person: Person) -> list[str]:
    found = person.page.select("#state .button")
    return [" ".join(each.get_text(" ").split()) for each in found]


def primary(person: Person) -> str:
    return " ".join(person.find("#state .button-primary").get_text(" ").split())


def test_a_rule_s_page_opens_with_its_state_and_its_place(person: Person, failed: str) -> None:
    assert person.heading == "hub"
    first = person.page.select("main section")[0]
    assert first["id"] == "state"
    lines = person.page.select("main .header-row .description")
    assert "US East (Ohio) (us-east-2), account 1234-5678-9012" in lines[0].get_text()
    assert "Docker Hub" in lines[0].get_text()
    assert "hub (us-east-2)" in person.find("head title").get_text()


def test_a_refused_token_is_replaced_and_the_rule_validated(person: Person, failed: str) -> None:
    assert "Validation failed: The upstream registry refused the credentials" in person.text
    assert buttons(person) == ["Replace token", "Choose another secret", "Validate again"]
    assert primary(person) == "Replace token"
    person.follow("Replace token")
    assert person.heading == f"Replace value {NAME}"
    person.fill("Username", "demo")
    person.fill("Access token", "demo-access-token")
    person.press("Replace value")
    assert person.url == f"{HUB}?changed=1"
    assert "has changed since this validation" in person.text
    assert primary(person) == "Validate again"
    person.press("Validate again")
    assert person.url == HUB
    assert "Valid" in person.find("#state h2").get_text()
    assert not person.page.select("#state .button-primary")


def test_after_a_validation_the_reason_is_told_once(person: Person, failed: str) -> None:
    """The box with the cures has it, so the message above the page does not repeat it."""
    person.press("Validate again")
    message = person.find(".flash").get_text(" ", strip=True)
    assert "Validation of rule hub (us-east-2) failed." in message
    assert person.text.count("The upstream registry refused the credentials") == 1


def test_an_alert_says_the_reason_in_words_and_leads_to_the_rule_and_its_cure(
    person: Person, failed: str
) -> None:
    Alert.objects.create(
        account_id=ACCOUNT,
        region=REGION,
        ecr_repository_prefix="hub",
        kind="failed",
        reason=ValidationResult.objects.latest("pk").failure,
    )
    # The cures are of the rule as it was last listed.
    person.open_rules()
    person.open(f"/{ACCOUNT}/{REGION}/health/")
    alerts = person.find('section[aria-labelledby="alerts-heading"]')
    text = alerts.get_text(" ", strip=True)
    assert "Validation failed: The upstream registry refused the credentials" in text
    assert next(str(link["href"]) for link in alerts.select("td a")) == HUB
    person.follow("Replace token hub")
    assert person.heading == f"Replace value {NAME}"


def test_an_alert_of_a_rule_that_recovered_offers_no_cure(person: Person, failed: str) -> None:
    of_rule = {"account_id": ACCOUNT, "region": REGION, "ecr_repository_prefix": "hub"}
    Alert.objects.create(kind="failed", reason="refused the login", **of_rule)
    Alert.objects.create(kind="recovered", **of_rule)
    person.open(f"/{ACCOUNT}/{REGION}/health/")
    alerts = person.find('section[aria-labelledby="alerts-heading"]')
    assert "Replace token" not in alerts.get_text()


def test_cancelling_the_new_token_leads_back_to_the_rule(person: Person, failed: str) -> None:
    person.follow("Replace token")
    person.follow("Cancel")
    assert person.url == HUB


def test_a_page_of_elsewhere_is_not_come_back_to(person: Person, failed: str) -> None:
    person.open(f"/{ACCOUNT}/{REGION}/secrets/hub/value/?next=https://example.com/evil")
    person.fill("Username", "demo")
    person.fill("Access token", "demo-access-token")
    person.press("Replace value")
    assert person.url == f"/{ACCOUNT}/{REGION}/secrets/?secret=hub&changed=1"


def test_a_secret_that_is_to_be_deleted_is_restored_from_the_rule(
    person: Person, failed: str
) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    client.delete_secret(SecretId=failed)
    person.press("Validate again")
    assert "Validation failed: The secret is scheduled for deletion" in person.text
    assert buttons(person) == ["Restore secret", "Choose another secret", "Validate again"]
    person.press("Restore secret")
    assert "DeletedDate" not in client.describe_secret(SecretId=failed)
    assert person.url == f"{HUB}?changed=1"
    assert primary(person) == "Validate again"
    assert "Restore secret" not in buttons(person)


def test_a_valid_rule_whose_secret_is_to_be_deleted_says_so(person: Person) -> None:
    arn = make_rules("demo-access-token", "hub")
    person.open(HUB)
    person.press("Validate")
    boto3.client("secretsmanager", region_name=REGION).delete_secret(SecretId=arn)
    person.open(HUB)
    assert "Valid" in person.find("#state h2").get_text()
    assert "The secret is scheduled for deletion" in person.find("#state").get_text()
    assert primary(person) == "Restore secret"


def test_a_secret_that_does_not_exist_offers_another_one(person: Person, failed: str) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    client.delete_secret(SecretId=failed, ForceDeleteWithoutRecovery=True)
    person.press("Validate again")
    assert "Validation failed: The secret doesn't exist" in person.text
    assert buttons(person) == ["Choose another secret", "Validate again"]


def test_after_an_edit_validating_is_the_next_step(person: Person, failed: str) -> None:
    value = json.dumps({"username": "demo", "accessToken": "demo-access-token"})
    other = "ecr-pullthroughcache/other"
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name=other, SecretString=value)
    person.follow("Choose another secret")
    person.select("Secret name", other)
    person.press("Save changes")
    assert person.url == f"{HUB}?changed=1"
    assert primary(person) == "Validate again"
    person.press("Validate again")
    assert "Valid" in person.find("#state h2").get_text()


def test_a_rule_that_was_never_validated_asks_for_it(person: Person) -> None:
    make_rules("wrong", "hub")
    person.open(HUB)
    assert primary(person) == "Validate"


def test_a_role_without_trust_shows_the_policy_and_the_command(
    person: Person, partner: Callable[[str], None]
) -> None:
    partner("ec2.amazonaws.com")
    person.open(PARTNER)
    person.press("Validate")
    assert "Validation failed: The IAM role doesn't trust pull through cache" in person.text
    assert primary(person) == "Show the trust policy"
    shown = person.find("#trust-policy")
    copied = [str(each["data-copy"]) for each in shown.select("[data-copy]")]
    assert json.loads(copied[0])["Statement"][0]["Principal"] == {"Service": PTC}
    assert copied[1].startswith("aws iam update-assume-role-policy")
    assert "--role-name reader" in copied[1]


def test_a_role_without_permissions_shows_them(
    person: Person, partner: Callable[[str], None]
) -> None:
    partner(PTC)
    person.open(PARTNER)
    person.press("Validate")
    assert "The IAM role can't pull from the upstream registry" in person.text
    assert "aws iam put-role-policy" in person.find("#permissions-policy").get_text()


def test_an_upstream_account_without_a_grant_gets_the_registry_policy(
    person: Person, partner: Callable[[str], None]
) -> None:
    partner(PTC)
    actions = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
    boto3.client("iam").put_role_policy(
        RoleName="reader", PolicyName="pull", PolicyDocument=json.dumps(document)
    )
    person.open(PARTNER)
    person.press("Validate")
    assert "The upstream account doesn't allow access" in person.text
    shown = person.find("#registry-policy").get_text()
    assert f"credentials of the account {UPSTREAM}" in shown
    assert "aws ecr put-registry-policy" in shown
    assert f"arn:aws:iam::{ACCOUNT}:root" in shown


def test_who_may_only_look_sees_what_to_ask_for(person: Person, failed: str) -> None:
    viewer = sign_in("grace", Role.VIEWER)
    viewer.open(HUB)
    assert not viewer.page.select("#state .button, #state form")
    assert "Ask an operator" in viewer.text
    assert "Replace the token in the rule's secret." in viewer.text


def test_a_replica_s_token_is_replaced_in_its_primary_region(person: Person) -> None:
    arn = make_rules("wrong")
    boto3.client("secretsmanager", region_name=REGION).replicate_secret_to_regions(
        SecretId=arn, AddReplicaRegions=[{"Region": "eu-west-1"}]
    )
    boto3.client("ecr", region_name="eu-west-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=arn.replace(REGION, "eu-west-1"),
    )
    there = HUB.replace(REGION, "eu-west-1")
    person.open(there)
    person.press("Validate")
    person.follow("Replace token")
    assert person.url.startswith(f"/{ACCOUNT}/{REGION}/secrets/hub/value/")
    person.fill("Username", "demo")
    person.fill("Access token", "demo-access-token")
    person.press("Replace value")
    assert person.url == f"{there}?changed=1"
    # Who may not write the secret's own Region is told what to ask for.
    place = Place(account_id=ACCOUNT, region="eu-west-1")
    local = sign_in("grace", Role.OPERATOR, place)
    local.open(there)
    assert "Replace token" not in buttons(local)


def test_a_new_value_names_its_rules_and_validates_all_of_them(person: Person) -> None:
    make_rules("wrong", "hub", "team/hub")
    person.open(f"/{ACCOUNT}/{REGION}/secrets/")
    person.follow(f"Replace value {NAME}")
    person.fill("Username", "demo")
    person.fill("Access token", "demo-access-token")
    person.press("Replace value")
    step = person.find(".next-step").get_text(" ")
    assert f"validate the 2 rules that use {NAME}" in " ".join(step.split())
    person.press("Validate the 2 rules")
    items = BulkValidation.objects.get().items.values_list("region", "ecr_repository_prefix")
    assert sorted(items) == [(REGION, "hub"), (REGION, "team/hub")]


def test_a_new_value_of_a_single_rule_s_secret_validates_it_at_once(person: Person) -> None:
    make_rules("wrong", "hub")
    person.open(f"/{ACCOUNT}/{REGION}/secrets/")
    person.follow(f"Replace value {NAME}")
    person.fill("Username", "demo")
    person.fill("Access token", "demo-access-token")
    person.press("Replace value")
    person.press("Validate the rule")
    assert person.url == HUB
    assert "Valid" in person.find("#state h2").get_text()


def test_a_restored_secret_leads_to_its_rules(person: Person, failed: str) -> None:
    boto3.client("secretsmanager", region_name=REGION).delete_secret(SecretId=failed)
    person.open(f"/{ACCOUNT}/{REGION}/secrets/")
    person.press(f"Restore {NAME}")
    assert "Next step: validate the rule" in person.text
