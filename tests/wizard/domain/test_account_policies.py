"""The policies of an account's role, and the templates that create it."""

import json
from dataclasses import replace

import pytest
import yaml

from wizard.domain.account_policies import (
    POLICY_MAX,
    RoleSetup,
    Trusted,
    TrustKind,
    role_policy,
    trust_policy,
)
from wizard.domain.permissions import PERMISSIONS, Feature
from wizard.domain.principals import parse_principal
from wizard.exports import ACCOUNTS_PER_TEMPLATE, ROLE_FORMATS

OWN = "111122223333"
SESSION = parse_principal(f"arn:aws:sts::{OWN}:assumed-role/console/i-0123")
USER = parse_principal(f"arn:aws:iam::{OWN}:user/team/console")
WITH_PATH = Trusted(principal=SESSION, arn=f"arn:aws:iam::{OWN}:role/team/console")
IDS = {"222233334444": "ptc-one", "333344445555": "ptc-two"}
SETUP = RoleSetup(
    name="PtcConsole",
    path="/",
    trusted=WITH_PATH,
    kind=TrustKind.PRINCIPAL,
    external_ids=IDS,
)


@pytest.mark.parametrize(
    ("trusted", "kind", "principal", "patterns"),
    [
        (WITH_PATH, TrustKind.PRINCIPAL, "role/team/console", None),
        (WITH_PATH, TrustKind.ACCOUNT, "root", "role/team/console"),
        (
            Trusted(principal=SESSION),
            TrustKind.PRINCIPAL,
            "root",
            ["role/console", "role/*/console"],
        ),
        (
            Trusted(principal=USER, arn=USER.arn),
            TrustKind.PRINCIPAL,
            "user/team/console",
            None,
        ),
    ],
)
def test_the_trust_policy_names_a_principal_that_iam_accepts(
    trusted: Trusted, kind: TrustKind, principal: str, patterns: str | list[str] | None
) -> None:
    """The ARN of a session is no principal of a trust policy that lasts, and has no path."""
    (statement,) = trust_policy(trusted, "ptc-one", kind=kind)["Statement"]
    begin = f"arn:aws:iam::{OWN}:"
    assert statement["Principal"] == {"AWS": f"{begin}{principal}"}
    assert statement["Condition"]["StringEquals"] == {"sts:ExternalId": "ptc-one"}
    wanted = [begin + each for each in patterns] if isinstance(patterns, list) else patterns
    if isinstance(patterns, str):
        wanted = begin + patterns
    assert statement["Condition"].get("ArnLike", {}).get("aws:PrincipalArn") == wanted


def test_the_policy_of_the_role_has_the_actions_of_the_table_and_fits() -> None:
    policy = role_policy("222233334444")
    actions = {
        action
        for statement in policy["Statement"]
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }
    left_out = {Feature.ACCOUNTS, Feature.ORGANIZATION, Feature.SECRET_VALUES}
    assert actions == {
        each.action for each in PERMISSIONS if not left_out.issuperset(each.features)
    }
    assert len(json.dumps(policy, separators=(",", ":"))) < POLICY_MAX
    assert "us-east" not in json.dumps(policy)
    reading = json.dumps(role_policy("222233334444", is_read_only=True))
    assert "DescribePullThroughCacheRules" in reading
    assert not any(verb in reading for verb in ("Create", "Put", "Delete", "Update", "Pass"))


def test_one_template_of_cloudformation_is_for_many_accounts() -> None:
    text = ROLE_FORMATS["cloudformation"].render(replace(SETUP, path="/team/"))
    template = yaml.safe_load(text)
    assert template["Mappings"]["ExternalIds"] == {
        account_id: {"Value": value} for account_id, value in IDS.items()
    }
    (role,) = template["Resources"].values()
    made = role["Properties"]
    assert (made["RoleName"], made["Path"]) == ("PtcConsole", "/team/")
    found = {"Fn::FindInMap": ["ExternalIds", {"Ref": "AWS::AccountId"}, "Value"]}
    assert made["AssumeRolePolicyDocument"] == trust_policy(
        WITH_PATH, found, kind=TrustKind.PRINCIPAL
    )
    (policy,) = made["Policies"]
    resolved = json.loads(
        json.dumps(policy["PolicyDocument"]).replace("${AWS::AccountId}", "222233334444"),
        object_hook=lambda value: value.get("Fn::Sub", value),
    )
    assert resolved == role_policy("222233334444")


def test_a_template_of_as_many_accounts_as_fit_into_a_mapping_is_small_enough() -> None:
    ids = {f"{number:012}": f"ptc-{number:032x}" for number in range(ACCOUNTS_PER_TEMPLATE)}
    text = ROLE_FORMATS["cloudformation"].render(replace(SETUP, external_ids=ids))
    assert len(text.encode()) < 51_200
    # An ID of digits alone is a text, also with zeros at its beginning.
    assert list(yaml.safe_load(text)["Mappings"]["ExternalIds"]) == list(ids)


def test_the_file_of_terraform_finds_the_external_id_of_its_account() -> None:
    text = ROLE_FORMATS["terraform"].render(SETUP)
    assert '"222233334444" = "ptc-one"' in text
    assert '"sts:ExternalId" = local.ptc_console_external_id\n' in text
    secret = "arn:aws:secretsmanager:*:${data.aws_caller_identity.ptc_console.account_id}:secret"
    assert f'"{secret}:ecr-pullthroughcache/*"' in text
    assert "<account>" not in text
    assert text.count("{") == text.count("}")
