"""Import: from a text to the wizard, and from a file to a plan, to operations and their result."""

import json
import re
from typing import Any

import boto3
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.worker import work
from wizard.domain import Place, Role
from wizard.exports import RULE_FORMATS
from wizard.models import AuditEvent, Operation, OperationState

OTHER = "eu-west-1"
URL = f"/{ACCOUNT}/{REGION}/import/"
CANARY = "CANARY-token-that-nobody-may-see"
HUB = "registry-1.docker.io"
CREATE = "CreatePullThroughCacheRule"
SECRETS = {
    "docker-hub": HUB,
    "github": "ghcr.io",
    "azure": "example.azurecr.io",
    "gitlab": "registry.gitlab.com",
    "chainguard": "cgr.dev",
}


def ecr(region: str = REGION) -> Any:
    return boto3.client("ecr", region_name=region)


def secret(name: str, region: str = REGION) -> str:
    value = json.dumps({"username": "demo", "accessToken": CANARY})
    client = boto3.client("secretsmanager", region_name=region)
    made = client.create_secret(Name=f"ecr-pullthroughcache/{name}", SecretString=value)
    return str(made["ARN"])


def role() -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam = boto3.client("iam", region_name=REGION)
    made = iam.create_role(RoleName="ptc", AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


def paste(person: Person, text: str, *, to: str = "plan", **files: SimpleUploadedFile) -> None:
    """Open the page of imports and send a text or a file."""
    person.open(URL)
    data = {"csrfmiddlewaretoken": person.csrf_token, "content": text, "to": to, **files}
    headers = {"referer": person.url, "accept": "text/html"}
    person.arrive(person.client.post(URL, data, follow=True, headers=headers))


def rules_json(*rules: dict[str, str]) -> str:
    return json.dumps(list(rules))


def rule(prefix: str, url: str = "quay.io", **members: str) -> dict[str, str]:
    return {"ecr_repository_prefix": prefix, "upstream_registry_url": url, **members}


def plan_of(person: Person) -> dict[str, tuple[str, str]]:
    """The rows of the plan: `prefix` to what is done and the reason."""
    return {
        row.select("th")[0].get_text(" ", strip=True).partition(" ,")[0]: (
            row.select('[data-label="Plan"]')[0].get_text(" ", strip=True),
            row.select('[data-label="Reason"]')[0].get_text(" ", strip=True),
        )
        for row in person.page.select(".import-table tbody tr")
    }


# --- Into the wizard ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "aws ecr create-pull-through-cache-rule --ecr-repository-prefix team/quay"
        " --upstream-registry-url quay.io",
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n  ecr_repository_prefix = "team/quay"\n'
        '  upstream_registry_url = "https://quay.io"\n}',
        json.dumps(
            {
                "Type": "AWS::ECR::PullThroughCacheRule",
                "Properties": {
                    "EcrRepositoryPrefix": "team/quay",
                    "UpstreamRegistryUrl": "quay.io",
                },
            }
        ),
        json.dumps({"ecrRepositoryPrefix": "team/quay", "upstreamRegistry": "quay"}),
    ],
)
def test_a_pasted_rule_opens_the_wizard_filled_in(aws: FakeAws, person: Person, text: str) -> None:
    paste(person, text, to="wizard")
    assert person.heading == "Specify a destination"
    assert person.value_of("Amazon ECR repository prefix") == "team/quay"
    person.press("Next")
    assert person.heading == "Review and create"
    assert "quay.io" in person.text
    person.press("Create")
    (made,) = ecr().describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert made["ecrRepositoryPrefix"] == "team/quay"


def test_a_pasted_secret_is_used_if_it_exists(aws: FakeAws, person: Person) -> None:
    text = rules_json(rule("hub", HUB, credential_arn=secret("hub")))
    paste(person, text, to="wizard")
    assert person.heading == "Specify a destination"


def test_what_the_text_leaves_open_is_asked(aws: FakeAws, person: Person) -> None:
    missing = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/no-a1b2c3"
    texts = {
        rules_json(rule("hub", HUB, credential_arn=missing)): "can't use the secret in the text",
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n ecr_repository_prefix = "hub"\n'
        f' upstream_registry_url = "{HUB}"\n credential_arn = var.arn\n}}': "secret ARN",
        rules_json(rule("hub", HUB)): "",
    }
    for text, words in texts.items():
        paste(person, text, to="wizard")
        assert person.heading == "Configure authentication"
        assert words in person.page.get_text()


def test_the_rule_of_another_region_opens_there(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(rule("quay", region=OTHER)), to="wizard")
    assert f"/{OTHER}/drafts/" in person.url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rules_json(rule("a1"), rule("b1")), "2 rules"),
        (rules_json(rule("a1", "harbor.example.com")), "doesn't support the upstream"),
        (rules_json(rule("a1", account_id="111122223333")), "account 111122223333"),
        (rules_json(rule("a1", region="mars-north-1")), "or it doesn't exist"),
        (
            'resource "aws_ecr_pull_through_cache_rule" "a" {\n'
            ' ecr_repository_prefix = "x-${var.y}"\n upstream_registry_url = "quay.io"\n}',
            "expressions: Amazon ECR repository prefix",
        ),
    ],
)
def test_what_the_wizard_cannot_take_is_told_at_the_field(
    aws: FakeAws, person: Person, text: str, words: str
) -> None:
    paste(person, text, to="wizard")
    assert person.is_refused
    assert words in person.find("#id_content_error").get_text()
    assert person.find("#id_content").get_text().strip() == text.strip()


# --- Errors ---------------------------------------------------------------------------------------


def test_an_error_has_line_and_column_and_the_text_is_shown_again(
    aws: FakeAws, person: Person
) -> None:
    text = '[\n  {"ecrRepositoryPrefix" "a"}]'
    paste(person, text)
    assert person.is_refused
    assert "Line 2, column 26" in person.find("#id_content_error").get_text()
    assert person.find("#id_content").get_text().strip() == text


def test_a_file_that_cannot_be_read_is_told_at_its_field_and_shown_as_text(
    aws: FakeAws, person: Person
) -> None:
    paste(person, "", file=SimpleUploadedFile("rules.json", b"[\n"))
    assert "Line 2, column 1" in person.find("#id_file_error").get_text()
    assert person.find("#id_content").get_text().strip() == "["
    for content, words in ((b"\x89PNG\r\n", "not text in UTF-8"), (b"[\x00]", "control character")):
        paste(person, "", file=SimpleUploadedFile("rules.json", content))
        assert words in person.find("#id_file_error").get_text()


def test_a_text_or_a_file_is_needed_and_not_both(aws: FakeAws, person: Person) -> None:
    paste(person, " ")
    assert "Enter a text, or choose a file." in person.text
    paste(person, "[]", file=SimpleUploadedFile("rules.json", b"[]"))
    assert "not both" in person.text


def test_other_files_are_refused(aws: FakeAws, person: Person) -> None:
    paste(person, "[]", other=SimpleUploadedFile("x", b"x"))
    assert person.status == 400


def test_a_pasted_credential_is_not_shown_kept_or_logged(
    aws: FakeAws, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    create = f'aws secretsmanager create-secret --secret-string \'{{"accessToken":"{CANARY}"}}\'\n'
    rest = (
        "aws ecr create-pull-through-cache-rule --ecr-repository-prefix hub"
        f" --upstream-registry-url {HUB} --credential-arn x "
    )
    for text in (create + rest + "--unknown 1", create + rest):
        for to in ("plan", "wizard"):
            paste(person, text, to=to)
            assert CANARY not in person.text + str(person.page)
    assert CANARY not in caplog.text
    assert CANARY not in str(list(AuditEvent.objects.values()))
    paste(person, create + rest + "--unknown 1")
    assert "seems to contain a credential" in person.find("#id_content_error").get_text()
    assert person.find("#id_content").get_text().strip() == ""


# --- The plan -------------------------------------------------------------------------------------


def test_the_plan_says_what_each_rule_means(aws: FakeAws, person: Person, quay: str) -> None:
    ecr().create_pull_through_cache_rule(
        ecrRepositoryPrefix="other", upstreamRegistryUrl="public.ecr.aws"
    )
    missing = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/no-a1b2c3"
    mine = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    text = rules_json(
        rule("new"),
        rule("quay"),
        rule("other"),
        rule("hub", HUB, credential_arn=missing),
        rule("bare", HUB),
        rule("Upper"),
        rule("foreign", account_id="111122223333"),
        rule("mars", region="mars-north-1"),
        rule("harbor", "harbor.example.com"),
        rule("self", mine),
        rule("fine", HUB, credential_arn=secret("hub")),
    )
    paste(person, text)
    assert person.heading == "Import plan"
    plan = plan_of(person)
    assert plan["new"] == ("Create", "-")
    assert plan["fine"] == ("Create", "-")
    assert plan["quay"] == ("Exists, nothing to do", "-")
    assert plan["other"][0] == "Exists with a difference"
    assert "upstream registry URL" in plan["other"][1]
    reasons = {
        "hub": "No secret in this account and Region has this ARN",
        "bare": "needs the ARN of a secret",
        "Upper": "lowercase",
        "foreign": "account 111122223333",
        "mars": "doesn't exist in this Region",
        "harbor": "doesn't support this upstream",
        "self": "private registry itself",
    }
    for prefix, words in reasons.items():
        assert plan[prefix][0] == "Can't be created", prefix
        assert words in plan[prefix][1], prefix
    assert "Nothing was changed yet" in person.text
    assert len(ecr().describe_pull_through_cache_rules()["pullThroughCacheRules"]) == 2


def test_the_second_of_two_equal_rules_is_refused(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(rule("a1"), rule("a1"), rule("a1", region=OTHER)))
    rows = person.page.select(".import-table tbody tr")
    words = [row.select('[data-label="Plan"]')[0].get_text(strip=True) for row in rows]
    assert words == ["Create", "Can't be created", "Create"]


def test_a_region_takes_as_many_rules_as_aws_allows(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(*(rule(f"r{number:02}") for number in range(51))))
    plan = plan_of(person)
    assert plan["r49"][0] == "Create"
    assert "as many rules as AWS allows" in plan["r50"][1]


def test_a_region_that_does_not_answer_is_told(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules", region=OTHER)
    paste(person, rules_json(rule("a1", region=OTHER), rule("a1")))
    assert len(person.page.select('.import-table input[name="rule"]')) == 1
    assert "No access" in person.text


def test_where_a_person_is_no_operator_nothing_is_planned(aws: FakeAws, db: None) -> None:
    operator = sign_in("grace", Role.OPERATOR, Place(account_id=ACCOUNT, region=REGION))
    paste(operator, rules_json(rule("a1", region=OTHER), rule("b1")))
    assert "aren't an operator" in plan_of(operator)["a1"][1]
    assert plan_of(operator)["b1"][0] == "Create"
    boxes = operator.page.select('.import-table input[name="rule"]')
    boxes[0]["value"] = f"{OTHER}/a1"
    operator.press("Create selected rules")
    assert operator.status == 403
    assert not Operation.objects.exists()


# --- Applying it ----------------------------------------------------------------------------------


def test_the_plan_is_applied_in_the_background_with_journal_and_audit(
    aws: FakeAws, person: Person
) -> None:
    arn = secret("hub")
    paste(
        person,
        rules_json(
            rule("a1"), rule("a1", region=OTHER), rule("hub", HUB, credential_arn=arn), rule("c1")
        ),
    )
    person.page.select(f'input[value="{REGION}/c1"]')[0].attrs.pop("checked")
    person.press("Create selected rules")
    assert person.heading == "Importing 3 rules"
    assert "0 of 3 rules" in " ".join(person.text.split())
    work()
    person.open(person.url)
    assert person.heading == "Imported 3 rules"
    assert person.text.count("Rule created") == 3
    here = ecr().describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert {each["ecrRepositoryPrefix"] for each in here} == {"a1", "hub"}
    assert len(ecr(OTHER).describe_pull_through_cache_rules()["pullThroughCacheRules"]) == 1
    assert AuditEvent.objects.filter(action=CREATE, username="ada").exists()
    person.open(f"/{ACCOUNT}/operations/")
    person.follow("a1")
    assert person.heading == "Rule created in 2 Regions: a1"


def test_a_plan_that_is_sent_twice_is_applied_once(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(rule("a1")))
    page, url = person.page, person.url
    person.press("Create selected rules")
    first = person.url
    work()
    ecr().delete_pull_through_cache_rule(ecrRepositoryPrefix="a1")
    person._page, person.url = page, url
    person.press("Create selected rules")
    assert person.url == first
    assert Operation.objects.count() == 1


def test_what_changed_since_the_plan_is_left_out(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(rule("a1"), rule("b1")))
    ecr().create_pull_through_cache_rule(ecrRepositoryPrefix="a1", upstreamRegistryUrl="quay.io")
    person.press("Create selected rules")
    assert "1 rule was left out" in person.page.get_text()
    work()
    assert [each.ecr_repository_prefix for each in Operation.objects.all()] == ["b1"]


def test_a_failure_is_told_and_retried(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(rule("a1"), rule("b1")))
    person.press("Create selected rules")
    url = person.url
    aws.refuse(operation=CREATE, times=1)
    work()
    person.open(url)
    assert person.heading == "Imported 1 of 2 rules"
    (first, _second) = person.page.select(".result-table tbody tr")
    assert "Failed" in first.get_text()
    assert "No access" in first.get_text()
    person.press("Retry failed")
    work()
    person.open(url)
    assert person.heading == "Imported 2 rules"
    assert set(Operation.objects.values_list("state", flat=True)) == {OperationState.SUCCEEDED}


def test_without_a_chosen_rule_nothing_happens(aws: FakeAws, person: Person) -> None:
    paste(person, rules_json(rule("a1")))
    del person.find('.import-table input[name="rule"]')["checked"]
    person.press("Create selected rules")
    assert "select at least one rule" in person.page.get_text()
    assert not Operation.objects.exists()


# --- There and back -------------------------------------------------------------------------------


@pytest.fixture
def ten_kinds(aws: FakeAws) -> None:
    """A rule of each kind of upstream registry."""
    client = ecr()
    for prefix, url in {"ecr-public": "public.ecr.aws", "k8s": "registry.k8s.io"}.items():
        client.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url)
    client.create_pull_through_cache_rule(
        ecrRepositoryPrefix="ROOT", upstreamRegistryUrl="quay.io", upstreamRegistry="quay"
    )
    for prefix, url in SECRETS.items():
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"team/{prefix}",
            upstreamRegistryUrl=url,
            upstreamRepositoryPrefix="library",
            credentialArn=secret(prefix),
        )
    client.create_pull_through_cache_rule(
        ecrRepositoryPrefix="ecr",
        upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.{OTHER}.amazonaws.com",
    )
    client.create_pull_through_cache_rule(
        ecrRepositoryPrefix="cross",
        upstreamRegistryUrl=f"111122223333.dkr.ecr.{OTHER}.amazonaws.com",
        customRoleArn=role(),
    )


@pytest.mark.parametrize("name", RULE_FORMATS)
def test_what_was_downloaded_needs_nothing_to_do(
    person: Person, ten_kinds: None, name: str
) -> None:
    answer = person.client.get(f"/{ACCOUNT}/{REGION}/rules/?format={name}")
    paste(person, "", file=SimpleUploadedFile("rules", answer.content))
    assert "Every rule in the text already exists." in person.text
    assert {words for words, _reason in plan_of(person).values()} == {"Exists, nothing to do"}
    assert len(plan_of(person)) == 10


@pytest.mark.parametrize("name", RULE_FORMATS)
def test_what_was_downloaded_and_deleted_is_created_again(
    person: Person, ten_kinds: None, name: str
) -> None:
    def listed() -> list[dict[str, Any]]:
        kept = ("createdAt", "updatedAt", "upstreamRegistry")
        found = ecr().describe_pull_through_cache_rules()["pullThroughCacheRules"]
        rules = [{key: each[key] for key in each if key not in kept} for each in found]
        return sorted(rules, key=lambda each: str(each["ecrRepositoryPrefix"]))

    before = listed()
    answer = person.client.get(f"/{ACCOUNT}/{REGION}/rules/?format={name}")
    for each in before:
        ecr().delete_pull_through_cache_rule(ecrRepositoryPrefix=each["ecrRepositoryPrefix"])
    paste(person, "", file=SimpleUploadedFile("rules", answer.content))
    person.press("Create selected rules")
    work()
    assert listed() == before


def test_the_menu_leads_to_the_import(aws: FakeAws, person: Person, quay: str) -> None:
    person.open_rules()
    person.follow("Import rules")
    assert person.heading == "Import rules"
    person.open(f"/{ACCOUNT}/rules/")
    person.follow("Import rules")
    assert re.fullmatch(rf"/{ACCOUNT}/[a-z0-9-]+/import/", person.url)
