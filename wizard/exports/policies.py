"""An IAM policy as JSON, and as a managed policy of CloudFormation and Terraform."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_DESCRIPTION: Final = "What PTC Console needs"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFormat:
    """One format: its label, the suffix of its files, its media type, and its function."""

    label: str
    suffix: str
    content_type: str
    render: Callable[[Mapping[str, Any]], str]


def _json(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, indent=2)


def _cloudformation(policy: Mapping[str, Any]) -> str:
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _DESCRIPTION,
        "Resources": {
            "ConsolePolicy": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"Description": _DESCRIPTION, "PolicyDocument": policy},
            }
        },
        "Outputs": {"PolicyArn": {"Value": {"Ref": "ConsolePolicy"}}},
    }
    return json.dumps(template, indent=2)


def _terraform(policy: Mapping[str, Any]) -> str:
    # An object of JSON is an expression of Terraform's language, too.
    document = json.dumps(policy, indent=2).replace("\n", "\n  ")
    return (
        'resource "aws_iam_policy" "ptc_console" {\n'
        '  name        = "ptc-console"\n'
        f'  description = "{_DESCRIPTION}"\n'
        f"  policy      = jsonencode({document})\n"
        "}\n"
    )


POLICY_FORMATS: Final[Mapping[str, PolicyFormat]] = {
    "json": PolicyFormat(
        label="JSON", suffix="json", content_type="application/json", render=_json
    ),
    "cloudformation": PolicyFormat(
        label="CloudFormation",
        suffix="template.json",
        content_type="application/json",
        render=_cloudformation,
    ),
    "terraform": PolicyFormat(
        label="Terraform", suffix="tf", content_type="text/plain; charset=utf-8", render=_terraform
    ),
}
