"""Reading rules from pasted texts and files: what is found, and what is refused and where."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.domain.imports import (
    FoundRule,
    ImportProblem,
    contains_credential,
    decoded,
    read_rules,
)
from wizard.domain.imports.reading import MOST_BYTES
from wizard.exports import DECLARATIONS, FORMATS, Declaration, DeclaredRule, ListedRule

ACCOUNT = "123456789012"
ARN = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:ecr-pullthroughcache/hub-a1b2c3"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ptc"
RULES = [
    DeclaredRule(region="us-east-2", ecr_repository_prefix="quay", upstream_registry_url="quay.io"),
    DeclaredRule(
        region="eu-west-1",
        ecr_repository_prefix="ROOT",
        upstream_registry_url="registry-1.docker.io",
        upstream_registry="docker-hub",
        upstream_repository_prefix="ROOT",
        credential_arn=ARN,
    ),
    DeclaredRule(
        region="us-east-2",
        ecr_repository_prefix="team/a.b_c-d",
        upstream_registry_url="111122223333.dkr.ecr.us-east-1.amazonaws.com",
        upstream_repository_prefix="library",
        custom_role_arn=ROLE,
    ),
]
# Texts that mean something to HCL, JSON, CSV or a shell.
TEXTS = st.text(alphabet=st.sampled_from(list("ab${}%\"'\\,;#|&()<> é/*")), min_size=1, max_size=12)


def members(found: FoundRule) -> tuple[str, ...]:
    return (
        *(found.region, found.ecr_repository_prefix, found.upstream_registry_url),
        *(found.upstream_repository_prefix, found.credential_arn, found.custom_role_arn),
    )


def expected(rule: DeclaredRule) -> tuple[str, ...]:
    return (
        *(rule.region, rule.ecr_repository_prefix, rule.upstream_registry_url),
        *(rule.upstream_repository_prefix, rule.credential_arn, rule.custom_role_arn),
    )


def listed(rule: DeclaredRule) -> ListedRule:
    return ListedRule(
        account_id=ACCOUNT,
        region=rule.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        upstream_registry_url=rule.upstream_registry_url,
        upstream_repository_prefix=rule.upstream_repository_prefix,
        credential_arn=rule.credential_arn,
        custom_role_arn=rule.custom_role_arn,
        status="valid",
    )


def exported(name: str, rules: list[DeclaredRule]) -> str:
    if name in FORMATS:
        return FORMATS[name].render([listed(rule) for rule in rules])
    made = Declaration(account_id=ACCOUNT, made_at="2026-11-29T10:00:00+00:00", rules=rules)
    return DECLARATIONS[name].render(made)


def problem(text: str) -> ImportProblem:
    with pytest.raises(ImportProblem) as refused:
        read_rules(text)
    return refused.value


@pytest.mark.parametrize("name", [*FORMATS, *DECLARATIONS])
def test_every_export_is_read_back(name: str) -> None:
    rules = RULES if name != "cloudformation" else [replace(r, region="us-east-2") for r in RULES]
    found = read_rules(exported(name, rules))
    assert [members(each) for each in found] == [expected(rule) for rule in rules]
    assert {each.expressions for each in found} == {frozenset()}


@pytest.mark.parametrize("name", [*FORMATS, *DECLARATIONS])
@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_any_text_survives_the_way_out_and_back(name: str, text: str) -> None:
    """Blanks around a value mean nothing to any of the formats."""
    text = f"x{text}x"
    (found,) = read_rules(exported(name, [replace(RULES[0], ecr_repository_prefix=text)]))
    assert found.ecr_repository_prefix == text


@pytest.mark.parametrize(
    "text",
    [
        "aws ecr create-pull-through-cache-rule --ecr-repository-prefix quay"
        " --upstream-registry-url quay.io",
        "AWS_PAGER= aws --profile x ecr create-pull-through-cache-rule \\\n"
        "  --ecr-repository-prefix='quay' --upstream-registry-url=\"quay.io\" # a comment",
        "for x in 1; do\n\taws ecr create-pull-through-cache-rule"
        " --ecr-repository-prefix quay --upstream-registry-url quay.io > /dev/null; done",
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n  ecr_repository_prefix = "quay"\n'
        '  upstream_registry_url="quay.io"\n  lifecycle { prevent_destroy = true }\n}',
        'variable "x" { default = { a = ["${b}", <<E\n}"\nE\n] } }\n'
        'resource "aws_ecr_pull_through_cache_rule" "a" { # {\n /* { */ upstream_registry_url ='
        ' "quay.io"\n ecr_repository_prefix = "quay" // }\n  depends_on = [a.b,\n c.d]\n}',
        json.dumps({"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"}),
        json.dumps(
            {
                "pullThroughCacheRules": [
                    {
                        "ecrRepositoryPrefix": "quay",
                        "upstreamRegistryUrl": "quay.io",
                        "createdAt": 1732442520.0,
                        "credentialArn": None,
                    }
                ]
            }
        ),
        json.dumps(
            {
                "Type": "AWS::ECR::PullThroughCacheRule",
                "Properties": {"EcrRepositoryPrefix": "quay", "UpstreamRegistryUrl": "quay.io"},
            }
        ),
        "\ufeffecr_repository_prefix;upstream_registry_url\r\nquay;quay.io\r\n\r\n",
        'Upstream_Registry_URL,note,ECR_repository_prefix\nquay.io,"a\nb",quay\n',
    ],
)
def test_what_people_have_is_read(text: str) -> None:
    (found,) = read_rules(text)
    assert (found.ecr_repository_prefix, found.upstream_registry_url) == ("quay", "quay.io")
    assert found.credential_arn == ""


def test_the_region_of_a_provider_is_that_of_its_resources() -> None:
    text = """
    provider "aws" { region = "us-east-2" }
    provider "aws" {
      alias  = "eu"
      region = "eu-west-1"
    }
    resource "aws_ecr_pull_through_cache_rule" "a" {
      ecr_repository_prefix = "a1"
      upstream_registry_url = "quay.io"
    }
    resource "aws_ecr_pull_through_cache_rule" "b" {
      provider              = aws.eu
      ecr_repository_prefix = "b1"
      upstream_registry_url = "quay.io"
    }
    """
    assert [each.region for each in read_rules(text)] == ["us-east-2", "eu-west-1"]


@pytest.mark.parametrize(
    "text",
    [
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n ecr_repository_prefix = "hub"\n'
        ' upstream_registry_url = "registry-1.docker.io"\n'
        " credential_arn = aws_secretsmanager_secret.hub.arn\n}",
        "CREDENTIAL_ARN=$(aws secretsmanager describe-secret --secret-id hub)\n"
        "aws ecr create-pull-through-cache-rule --ecr-repository-prefix hub"
        ' --upstream-registry-url registry-1.docker.io --credential-arn "$CREDENTIAL_ARN"',
        json.dumps(
            {
                "Resources": {
                    "Hub": {
                        "Type": "AWS::ECR::PullThroughCacheRule",
                        "Properties": {
                            "EcrRepositoryPrefix": "hub",
                            "UpstreamRegistryUrl": "registry-1.docker.io",
                            "CredentialArn": {"Ref": "Secret"},
                        },
                    }
                }
            }
        ),
    ],
)
def test_an_expression_is_known_as_one_and_not_evaluated(text: str) -> None:
    (found,) = read_rules(text)
    assert found.expressions == {"credential_arn"}
    assert found.needs_more == frozenset()


def test_a_prefix_that_is_an_expression_needs_more() -> None:
    text = (
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n  ecr_repository_prefix = "x-${var.y}"\n'
        "  upstream_registry_url = local.url\n}"
    )
    (found,) = read_rules(text)
    assert found.needs_more == {"ecr_repository_prefix", "upstream_registry_url"}


REFUSED = [
    ("hello", None, "none of the formats"),
    ("", None, "none of the formats"),
    ("[]", None, "No pull through cache rule"),
    ('{"a": 1}', (1, 1), "has no rules"),
    ('[{"ecrRepositoryPrefix": "a1"}]', (1, 2), "no upstream registry URL"),
    ('[\n {"upstreamRegistryUrl": "quay.io"}]', (2, 2), "no Amazon ECR repository prefix"),
    ('[\n  {"ecrRepositoryPrefix" "a"}]', (2, 26), "a colon is expected"),
    ('{"a": 1, "a": 2}', (1, 10), "twice"),
    ('["a\nb"]', (1, 4), "not closed or has a wrong character"),
    ("[1, 2", (1, 6), "a comma or ]"),
    ("[1] x", (1, 5), "more after the end"),
    ("[" * 100_000, (1, 21), "nested too deeply"),
    ('{"a":' * 100_000, (1, 101), "nested too deeply"),
    ("\x7fELF\x00\x01", (1, 1), "isn't text"),
    ("a\nb\x00", (2, 2), "isn't text"),
    (
        "Resources:\n  A: &a\n    Type: AWS::ECR::PullThroughCacheRule\n  B: *a",
        None,
        "template is YAML",
    ),
    (
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n  for_each = var.rules\n}',
        (2, 14),
        "several resources",
    ),
    (
        'resource "aws_ecr_pull_through_cache_rule" "a" {\n  prefix = "x"\n}',
        (2, 12),
        "no argument",
    ),
    ('resource "aws_ecr_pull_through_cache_rule" "a" {\n  a = "x\n}', (2, 7), "text is not closed"),
    ('resource "aws_ecr_pull_through_cache_rule" "a" {', (1, 49), "argument, a block or }"),
    ('resource "aws_ecr_pull_through_cache_rule" "a" { /* ', (1, 50), "comment is not closed"),
    ("aws_ecr_pull_through_cache_rule {\n" * 20_000, (21, 1), "blocks are nested too deeply"),
    ("aws_ecr_pull_through_cache_rule = " + "[" * 100_000, (1, 55), "brackets are nested"),
    ('aws_ecr_pull_through_cache_rule = "' + '${"' * 100_000, (1, 96), "templates are nested"),
    ("aws ecr create-pull-through-cache-rule --cli-input-json file://x", (1, 40), "the option"),
    ("aws ecr create-pull-through-cache-rule --region --x", (1, 40), "has no value"),
    ("aws ecr create-pull-through-cache-rule 'x", (1, 40), "quotation mark"),
    ("create-pull-through-cache-rule " + "$(" * 100_000, (1, 32), "not closed"),
    (
        "x=" + "$(" * 30 + ")" * 30 + " # create-pull-through-cache-rule",
        (1, 43),
        "substitutions are nested too deeply",
    ),
    ("ecr_repository_prefix\nx", (1, 1), "doesn't contain the column"),
    ("ecr_repository_prefix,upstream_registry_url\nx", (2, 1), "as many values as the first row"),
    ('ecr_repository_prefix,upstream_registry_url\n"x', (2, 1), "not valid CSV"),
    ("ecr_repository_prefix,upstream_registry_url\n,quay.io", (2, 1), "no Amazon ECR repository"),
    ("a" * (MOST_BYTES + 1), None, "too large"),
    ("[" + "1," * 400_000 + "1]", (1, 200_000), "too many values"),
    ("aws_ecr_pull_through_cache_rule = [" + "1," * 400_000, (1, 200_033), "too many words"),
    ("ecr_repository_prefix,upstream_registry_url\n" + "a1,b\n" * 3_000, None, "too many rules"),
]


@pytest.mark.parametrize(("text", "spot", "words"), REFUSED, ids=[each[2] for each in REFUSED])
def test_what_cannot_be_read_is_told_with_its_place(
    text: str, spot: tuple[int, int] | None, words: str
) -> None:
    refused = problem(text)
    assert words in refused.text
    found = (refused.spot.line, refused.spot.column) if refused.spot else None
    assert found == spot


def test_a_problem_repeats_no_value() -> None:
    refused = problem('{"dckr_pat_abcdefgh .": 1, "dckr_pat_abcdefgh .": 2}')
    assert refused.name == "-"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("{}[]()\"'\\$%`<>\n =,;:#/*a1&|")), max_size=60))
@pytest.mark.parametrize(
    "start",
    [
        "[",
        "aws_ecr_pull_through_cache_rule ",
        "create-pull-through-cache-rule ",
        "ecr_repository_prefix",
    ],
)
def test_any_text_has_rules_or_is_refused(start: str, text: str) -> None:
    with suppress(ImportProblem):
        assert read_rules(start + text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("ä".encode("latin-1"), "not text in UTF-8"),
        ("x".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n", "not text in UTF-8"),
        (b"a" * (MOST_BYTES + 1), "too large"),
    ],
)
def test_a_file_is_text_in_utf_8(content: bytes, words: str) -> None:
    with pytest.raises(ImportProblem) as refused:
        decoded(content)
    assert words in refused.value.text


@pytest.mark.parametrize(
    "text",
    [
        'aws secretsmanager create-secret --secret-string \'{"accessToken":"t0k"}\'',
        "aws secretsmanager create-secret --secret-string t0ken",
        'secret_string = jsonencode({ accessToken = "t0ken" })',
        '{"SecretString": "{\\"accessToken\\":\\"t0ken\\"}"}',
        "dckr_pat_abcdefghijkl",
    ],
)
def test_a_credential_is_recognised(text: str) -> None:
    assert contains_credential(text)


@pytest.mark.parametrize("name", [*FORMATS, *DECLARATIONS])
def test_no_export_seems_to_contain_a_credential(name: str) -> None:
    assert not contains_credential(exported(name, RULES))
