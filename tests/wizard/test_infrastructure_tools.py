"""Templates of CloudFormation and files of Terraform, as cfn-lint and a parser of HCL read them.

cfn-lint has AWS's schemas of the resources and of IAM policies in its package, and needs no
network. Its import takes seconds, so one process reads all templates.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.wizard.domain.test_account_policies import IDS, SETUP, USER, WITH_PATH
from tests.wizard.test_declarations import ARN, HOSTILE, HUB, PREFIXES, rendered
from wizard.domain.account_policies import (
    Trusted,
    TrustKind,
    assuming_policy,
    role_policy,
    trust_policy,
)
from wizard.domain.permissions import PERMISSIONS, PolicyPlace, console_policy
from wizard.exports import ACCOUNTS_PER_TEMPLATE, POLICY_FORMATS, ROLE_FORMATS
from wizard.exports.terraform import quoted

POLICY = console_policy(PERMISSIONS, PolicyPlace(account_id="111122223333", regions=("us-east-2",)))
ROLE = "arn:aws:iam::123456789012:role/cache"
RULES = [
    HUB,
    replace(HUB, ecr_repository_prefix="new", credential_arn="", secret_name="ecr-x", exists=False),
    replace(
        HUB,
        ecr_repository_prefix="team",
        upstream_registry_url="210987654321.dkr.ecr.us-east-2.amazonaws.com",
        upstream_registry="ecr",
        upstream_repository_prefix="",
        credential_arn="",
        custom_role_arn=ROLE,
    ),
]


def many(number: int) -> dict[str, str]:
    return {f"{each:012}": f"ptc-{each:032x}" for each in range(number)}


def roles(**changes: Any) -> str:
    return ROLE_FORMATS["cloudformation"].render(replace(SETUP, **changes))


TEMPLATES = {
    "role.yaml": roles(),
    "role-reading.yaml": roles(is_read_only=True, path="/team/"),
    "role-of-a-user.yaml": roles(trusted=Trusted(principal=USER, arn=USER.arn)),
    "role-by-pattern.yaml": roles(trusted=Trusted(principal=WITH_PATH.principal)),
    "roles.yaml": roles(external_ids=many(ACCOUNTS_PER_TEMPLATE), kind=TrustKind.ACCOUNT),
    "rules.json": rendered("cloudformation", *RULES),
    "policy.json": POLICY_FORMATS["cloudformation"].render(POLICY),
    "assuming.json": POLICY_FORMATS["cloudformation"].render(assuming_policy()),
}
# What has to be told, so that silence about the others means something.
FAULTY = {
    "too-many.yaml": roles(external_ids=many(ACCOUNTS_PER_TEMPLATE + 1)),
    "no-resource.json": TEMPLATES["policy.json"].replace('"Resource"', '"Resuorce"'),
    "no-member.json": TEMPLATES["rules.json"].replace("UpstreamRegistryUrl", "UpstreamUrl"),
    "no-mapping.yaml": TEMPLATES["role.yaml"].replace('"ExternalIds"', '"Others"'),
}


def test_cfn_lint_finds_nothing_in_any_template(tmp_path: Path) -> None:
    for name, text in (TEMPLATES | FAULTY).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [linter, "--format", "json", *sorted(tmp_path.iterdir())], capture_output=True, check=False
    )
    told: dict[str, list[str]] = defaultdict(list)
    for each in json.loads(done.stdout):
        told[Path(each["Filename"]).name].append(f"{each['Rule']['Id']}: {each['Message']}")
    assert {name: told[name] for name in TEMPLATES if name in told} == {}
    assert sorted(told) == sorted(FAULTY)


def blocks(text: str, kind: str, name: str) -> dict[str, Any]:
    """Return the arguments of a resource; its texts stand in quotation marks."""
    for block in hcl2.loads(text)["resource"]:
        if f'"{kind}"' in block:
            found: dict[str, Any] = block[f'"{kind}"'][f'"{name}"']
            return found
    raise AssertionError(text)


def encoded(expression: str, **values: str) -> Any:
    """Return what `jsonencode(...)` encodes; `values` are those of its references."""
    inner = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", expression, re.DOTALL)
    assert inner is not None
    text = re.sub(r'("(?:[^"\\]|\\.)*") [=:] ', r"\1: ", inner[1])
    for name, value in values.items():
        dotted = name.replace("__", ".")
        text = text.replace(f"${{{dotted}}}", value).replace(dotted, json.dumps(value))
    return json.loads(text)


@pytest.mark.parametrize("account_id", IDS)
def test_terraform_gives_each_account_its_own_policies(account_id: str) -> None:
    text = ROLE_FORMATS["terraform"].render(SETUP)
    (names,) = hcl2.loads(text)["locals"]
    assert names["ptc_console_external_ids"] == {f'"{k}"': f'"{v}"' for k, v in IDS.items()}
    role = blocks(text, "aws_iam_role", "ptc_console")
    trust = encoded(role["assume_role_policy"], local__ptc_console_external_id=IDS[account_id])
    assert trust == trust_policy(WITH_PATH, IDS[account_id], kind=TrustKind.PRINCIPAL)
    policy = blocks(text, "aws_iam_role_policy", "ptc_console")["policy"]
    caller = {"data__aws_caller_identity__ptc_console__account_id": account_id}
    assert encoded(policy, **caller) == role_policy(account_id)


def test_terraform_reads_the_policy_of_the_console() -> None:
    text = POLICY_FORMATS["terraform"].render(POLICY)
    assert encoded(blocks(text, "aws_iam_policy", "ptc_console")["policy"]) == POLICY


def test_terraform_reads_rules_of_any_name_and_text() -> None:
    """A text with `%%{` is left out: the parser takes its escape, `%%%{`, for an error."""
    named = [replace(HUB, ecr_repository_prefix=each) for each in PREFIXES]
    texts = [each for each in HOSTILE if each != "%%{"]
    hostile = [replace(HUB, upstream_registry_url=each) for each in texts]
    read = hcl2.loads(rendered("terraform", *RULES, *named, *hostile))
    kind = '"aws_ecr_pull_through_cache_rule"'
    found = [values for block in read["resource"] for values in block.get(kind, {}).values()]
    assert len(found) == len(RULES) + len(named) + len(hostile)
    urls = [each["upstream_registry_url"] for each in found]
    assert [quoted(each) for each in texts] == urls[-len(hostile) :]
    assert ARN in found[0]["credential_arn"]
