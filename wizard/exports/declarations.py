"""The formats that declare rules as code: one module per format, one row each in DECLARATIONS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wizard.exports import cli_script, cloudformation, terraform
from wizard.exports.declared import Declaration


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationFormat:
    """One format; `is_of_one_region` if a file has the rules of one Region only."""

    label: str
    content_type: str
    extension: str
    render: Callable[[Declaration], str]
    is_of_one_region: bool = False


DECLARATIONS: Final = {
    "terraform": DeclarationFormat(
        label="Terraform",
        content_type="text/plain; charset=utf-8",
        extension="tf",
        render=terraform.render,
    ),
    "cloudformation": DeclarationFormat(
        label="CloudFormation",
        content_type="application/json",
        extension="template.json",
        render=cloudformation.render,
        is_of_one_region=True,
    ),
    "cli": DeclarationFormat(
        label="AWS CLI script",
        content_type="text/x-shellscript; charset=utf-8",
        extension="sh",
        render=cli_script.render,
    ),
}
