"""The role of accounts, to create it there: its policies as JSON, CloudFormation and Terraform.

A CloudFormation template or a Terraform file is the same for all its accounts. It finds the
external ID of the account that it is applied in.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.domain.account_policies import ACCOUNT, POLICY_NAME, RoleSetup
from wizard.exports.terraform import quoted

# CloudFormation: attributes of a mapping. Its templates may have 51,200 bytes, if they are not
# stored in Amazon S3.
ACCOUNTS_PER_TEMPLATE: Final = 200
_DESCRIPTION: Final = "The role by which PTC Console works in this account"
_MAPPING, _VALUE = "ExternalIds", "Value"
# The role's own limit, which the console's sessions of an hour do not reach.
_SESSION_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFormat:
    """One format: its label, the suffix of its files, its media type, and its function.

    `is_of_one_account`: it has the account's own ID and external ID in it.
    """

    label: str
    suffix: str
    content_type: str
    render: Callable[[RoleSetup], str]
    is_of_one_account: bool = False


class _Expression(str):
    """A part of a Terraform file that is an expression, not a text."""

    __slots__ = ()


def _trust_json(setup: RoleSetup) -> str:
    (external_id,) = setup.external_ids.values()
    return json.dumps(setup.trust(external_id), indent=2)


def _policy_json(setup: RoleSetup) -> str:
    (account_id,) = setup.external_ids
    return json.dumps(setup.policy(account_id), indent=2)


def _cloudformation(setup: RoleSetup) -> str:
    found = {"Fn::FindInMap": [_MAPPING, {"Ref": "AWS::AccountId"}, _VALUE]}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _DESCRIPTION,
        "Mappings": {
            _MAPPING: {each: {_VALUE: value} for each, value in setup.external_ids.items()}
        },
        "Resources": {
            "ConsoleRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": setup.name,
                    **({"Path": setup.path} if setup.path != "/" else {}),
                    "Description": _DESCRIPTION,
                    "MaxSessionDuration": _SESSION_SECONDS,
                    "AssumeRolePolicyDocument": setup.trust(found),
                    "Policies": [
                        {
                            "PolicyName": POLICY_NAME,
                            "PolicyDocument": _substituted(setup.policy()),
                        }
                    ],
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["ConsoleRole", "Arn"]}}},
    }
    return "".join(_yaml(template))


def _substituted(value: Any) -> Any:
    """Return a policy whose account is that of the stack."""
    if isinstance(value, Mapping):
        return {key: _substituted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_substituted(each) for each in value]
    if isinstance(value, str) and ACCOUNT in value:
        return {"Fn::Sub": value.replace(ACCOUNT, "${AWS::AccountId}")}
    return value


def _yaml(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Return the lines of a mapping as YAML; a text is quoted as in JSON, which YAML includes."""
    for key, each in value.items():
        name = key if key.replace("::", "").isalpha() else json.dumps(key)
        yield from _yaml_entry(f"{indent}{name}:", each, indent)


def _yaml_entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield f"{head}\n"
        yield from _yaml(value, f"{indent}  ")
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        yield f"{head}\n"
        for each in value:
            yield from _yaml_item(each, f"{indent}  ")
    elif isinstance(value, list):
        yield f"{head}\n"
        yield from (f"{indent}  - {json.dumps(each)}\n" for each in value)
    else:
        yield f"{head} {json.dumps(value)}\n"


def _yaml_item(value: Any, indent: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{indent}- {json.dumps(value)}\n"
        return
    lines = list(_yaml(value, f"{indent}  "))
    yield f"{indent}- {lines[0].lstrip()}"
    yield from lines[1:]


def _terraform(setup: RoleSetup) -> str:
    role = {
        "name": setup.name,
        **({"path": setup.path} if setup.path != "/" else {}),
        "description": _DESCRIPTION,
        "max_session_duration": _SESSION_SECONDS,
        "assume_role_policy": _encoded(setup.trust(_Expression("local.ptc_console_external_id"))),
    }
    policy = {
        "name": POLICY_NAME,
        "role": _Expression("aws_iam_role.ptc_console.id"),
        "policy": _encoded(setup.policy()),
    }
    ids = _hcl(dict(setup.external_ids), "  ")
    return (
        'data "aws_caller_identity" "ptc_console" {}\n\n'
        "locals {\n"
        f"  ptc_console_external_ids = {ids}\n"
        "  ptc_console_external_id = "
        "local.ptc_console_external_ids[data.aws_caller_identity.ptc_console.account_id]\n"
        "}\n\n"
        f'resource "aws_iam_role" "ptc_console" {{\n{_arguments(role)}}}\n\n'
        f'resource "aws_iam_role_policy" "ptc_console" {{\n{_arguments(policy)}}}\n'
    )


def _encoded(policy: Mapping[str, Any]) -> _Expression:
    return _Expression(f"jsonencode({_hcl(policy, '  ')})")


def _arguments(values: Mapping[str, Any]) -> str:
    return "".join(f"  {name} = {_hcl(value, '  ')}\n" for name, value in values.items())


def _hcl(value: Any, indent: str) -> str:
    inner = f"{indent}  "
    if isinstance(value, Mapping):
        lines = "".join(
            f"{inner}{quoted(key)} = {_hcl(each, inner)}\n" for key, each in value.items()
        )
        return f"{{\n{lines}{indent}}}"
    if isinstance(value, list):
        items = "".join(f"{inner}{_hcl(each, inner)},\n" for each in value)
        return f"[\n{items}{indent}]"
    if isinstance(value, _Expression | int):
        return str(value)
    account = "${data.aws_caller_identity.ptc_console.account_id}"
    return account.join(map(_quoted_inside, value.split(ACCOUNT))).join('""')


def _quoted_inside(text: str) -> str:
    return quoted(text)[1:-1]


_TEXT: Final = "text/plain; charset=utf-8"
ROLE_FORMATS: Final[Mapping[str, RoleFormat]] = {
    "trust": RoleFormat(
        label="Trust policy",
        suffix="trust-policy.json",
        content_type="application/json",
        render=_trust_json,
        is_of_one_account=True,
    ),
    "policy": RoleFormat(
        label="Permissions policy",
        suffix="permissions-policy.json",
        content_type="application/json",
        render=_policy_json,
        is_of_one_account=True,
    ),
    "cloudformation": RoleFormat(
        label="CloudFormation", suffix="template.yaml", content_type=_TEXT, render=_cloudformation
    ),
    "terraform": RoleFormat(label="Terraform", suffix="tf", content_type=_TEXT, render=_terraform),
}
