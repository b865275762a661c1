"""Files that declare rules: any text stays text, names are valid and unique, nothing is secret.

Bash itself reads the script, and json the template.
"""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.exports import DECLARATIONS, Declaration, DeclaredRule
from wizard.exports.terraform import quoted

BASH = shutil.which("bash") or "/bin/bash"
ACCOUNT = "123456789012"
ARN = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:ecr-pullthroughcache/hub-a1b2c3"
HUB = DeclaredRule(
    region="us-east-2",
    ecr_repository_prefix="docker-hub",
    upstream_registry_url="registry-1.docker.io",
    upstream_registry="docker-hub",
    upstream_repository_prefix="ROOT",
    credential_arn=ARN,
)
HOSTILE = [
    *("${path.module}", "%{if true}", "$${x}", "$$", "%%{", "a\nb", 'a"b', "a\\", "\\n", "a\tb"),
    *("'", "''", "$(touch /tmp/x)", "`id`", "$HOME", "!!", "a b", "*", "~", "#", "é", "\u2028"),
    *("-rf", "--region", "\U0001f40b", "\x07", "EOF", "Ω\r\nx", "{{", "/* */", "//", "<<X"),
]
# What bash can have in a word: everything but NUL.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def declaration(*rules: DeclaredRule, unread: tuple[tuple[str, str], ...] = ()) -> Declaration:
    return Declaration(
        account_id=ACCOUNT, made_at="2026-11-29T10:00:00+00:00", rules=rules, unread=unread
    )


def rendered(name: str, *rules: DeclaredRule, **more: tuple[tuple[str, str], ...]) -> str:
    return DECLARATIONS[name].render(declaration(*rules, **more))


def commands(script: str) -> list[list[str]]:
    """Run the script in bash with a function in the place of `aws`; return what it was given."""
    function = "aws() { printf '%s\\0' \"$@\"; printf '\\n\\0'; }\n"
    done = subprocess.run(
        [BASH, "-c", function + script], capture_output=True, check=True, env={"PATH": ""}
    )
    assert not done.stderr
    calls, words = [], list[str]()
    for word in done.stdout.decode().split("\0")[:-1]:
        if word == "\n":
            calls.append(words)
            words = []
        else:
            words.append(word)
    return calls


def options(command: list[str]) -> dict[str, str]:
    assert command[:2] == ["ecr", "create-pull-through-cache-rule"]
    return dict(zip(command[2::2], command[3::2], strict=True))


def unquoted(literal: str) -> str:
    """Read a string literal as the specification of HCL says, character by character."""
    assert literal[0] == literal[-1] == '"'
    text, at, rest = [], 0, literal[1:-1]
    escapes = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
    while at < len(rest):
        if rest[at : at + 3] in ("$${", "%%{"):
            text.append(rest[at + 1 : at + 3])
            at += 3
        elif rest[at] == "\\":
            width = {"u": 4, "U": 8}.get(rest[at + 1], 0)
            code = rest[at + 2 : at + 2 + width]
            text.append(chr(int(code, 16)) if width else escapes[rest[at + 1]])
            at += 2 + width
        else:
            assert rest[at] not in '"\n\r'
            assert rest[at : at + 2] not in ("${", "%{"), "a template would be evaluated"
            text.append(rest[at])
            at += 1
    return "".join(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_a_text_in_terraform(text: str) -> None:
    assert unquoted(quoted(text)) == text


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list('${}%"\\\nab\r\t\x00\x7fé\u2028\U000e0001 '))))
def test_any_text_is_a_text_in_terraform(text: str) -> None:
    assert unquoted(quoted(text)) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_one_word_of_bash(text: str) -> None:
    rule = replace(HUB, ecr_repository_prefix=text, upstream_registry_url=text, region=text)
    (command,) = commands(rendered("cli", rule))
    given_options = options(command)
    for name in ("--ecr-repository-prefix", "--upstream-registry-url", "--region"):
        assert given_options[name] == text


@settings(max_examples=30, deadline=None)
@given(TEXTS, TEXTS)
def test_any_text_is_one_word_of_bash_and_no_comment_ends_early(text: str, reason: str) -> None:
    rule = replace(HUB, credential_arn=text, last_known_at=reason)
    (command,) = commands(rendered("cli", rule, unread=(("eu-west-1", reason),)))
    assert options(command)["--credential-arn"] == text


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_is_a_text_in_a_template(text: str) -> None:
    template = json.loads(rendered("cloudformation", replace(HUB, upstream_registry_url=text)))
    ((_name, resource),) = template["Resources"].items()
    assert resource["Properties"].get("UpstreamRegistryUrl", "") == text


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1))
def test_no_reason_of_a_region_ends_a_comment(reason: str) -> None:
    """The reason is AWS's own text."""
    for line in rendered("terraform", unread=(("eu-west-1", reason),)).splitlines():
        assert line == "" or line.startswith("#")


PREFIXES = ["docker-hub", "docker_hub", "docker/hub", "docker.hub", "ROOT", "root", "1a", "a/b/"]


def test_names_of_terraform_are_valid_and_unique() -> None:
    rules = [replace(HUB, ecr_repository_prefix=prefix) for prefix in PREFIXES]
    for several in (rules, [*rules, *(replace(each, region="eu-west-1") for each in rules)]):
        text = rendered("terraform", *several)
        names = re.findall(r'^resource "aws_ecr_pull_through_cache_rule" "(.*)" {$', text, re.M)
        assert len(set(names)) == len(several)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
        imported = re.findall(r"^  to = aws_ecr_pull_through_cache_rule\.(.*)$", text, re.M)
        assert imported == names


def test_names_of_cloudformation_are_valid_and_unique() -> None:
    rules = [replace(HUB, ecr_repository_prefix=prefix) for prefix in PREFIXES]
    template = json.loads(rendered("cloudformation", *rules))
    names = list(template["Resources"])
    assert len(names) == len(PREFIXES)
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,255}", name) for name in names)
    imported = template["Metadata"]["PTCConsole"]["ResourcesToImport"]
    assert [each["LogicalResourceId"] for each in imported] == names
    found = [each["ResourceIdentifier"]["EcrRepositoryPrefix"] for each in imported]
    assert found == PREFIXES
    # A change set that imports refuses a resource without one.
    assert {each["DeletionPolicy"] for each in template["Resources"].values()} == {"Retain"}


def test_terraform_compares_the_upstream_prefix_as_aws_returned_it() -> None:
    """`ROOT` where AWS omits the member, or the other way round, would replace the rule."""
    assert 'upstream_repository_prefix = "ROOT"' in rendered("terraform", HUB)
    without = rendered("terraform", replace(HUB, upstream_repository_prefix=""))
    assert "upstream_repository_prefix" not in without


def test_an_import_names_the_prefix_and_the_region() -> None:
    text = rendered("terraform", HUB)
    assert (
        '  to = aws_ecr_pull_through_cache_rule.docker_hub\n  id = "docker-hub@us-east-2"' in text
    )
    assert "6.0 or later" in text
    assert "import {" not in rendered("terraform", replace(HUB, exists=False))


def test_a_secret_that_does_not_exist_yet_is_named_and_its_value_is_nowhere() -> None:
    rule = replace(HUB, credential_arn="", secret_name="ecr-pullthroughcache/hub", exists=False)
    terraform = rendered("terraform", rule)
    assert 'name   = "ecr-pullthroughcache/hub"' in terraform
    assert "= data.aws_secretsmanager_secret.docker_hub.arn" in terraform
    template = json.loads(rendered("cloudformation", rule))
    (resource,) = template["Resources"].values()
    assert resource["Properties"]["CredentialArn"] == {"Ref": "DockerHubRuleCredentialArn"}
    assert template["Parameters"]["DockerHubRuleCredentialArn"]["Type"] == "String"
    script = rendered("cli", rule)
    assert "aws secretsmanager describe-secret" in script
    assert '--credential-arn "$CREDENTIAL_ARN"' in script


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_file_without_rules_is_a_file(name: str) -> None:
    text = rendered(name)
    assert ACCOUNT in text
    if name == "cli":
        assert commands(text) == []
    if name == "cloudformation":
        assert json.loads(text)["Resources"] == {}
