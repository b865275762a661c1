"""Rules of one Region as a CloudFormation template in JSON.

The template has what a change set of the type IMPORT needs: a deletion policy for each resource,
and in its metadata the list of resources to import.
"""

import json
import re
from typing import Any, Final

from wizard.exports.declared import Declaration, DeclaredRule, unique_names

TYPE: Final = "AWS::ECR::PullThroughCacheRule"
# The member of the template's metadata that is ours.
METADATA: Final = "PTCConsole"
_NO_LETTER: Final = re.compile(r"[^A-Za-z0-9]+")


def render(declaration: Declaration) -> str:
    """Return the template."""
    words = (_camel_case(rule.ecr_repository_prefix) for rule in declaration.rules)
    names = unique_names((f"{word}Rule" for word in words), "")
    named = dict(zip(names, declaration.rules, strict=True))
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": declaration.notes[0],
        "Metadata": {METADATA: _metadata(declaration, named)},
        "Parameters": {
            f"{name}CredentialArn": _parameter(rule)
            for name, rule in named.items()
            if rule.secret_name
        },
        "Resources": {name: _resource(name, rule) for name, rule in named.items()},
    }
    kept = {name: value for name, value in template.items() if value or name == "Resources"}
    return json.dumps(kept, indent=2, ensure_ascii=True) + "\n"


def _camel_case(prefix: str) -> str:
    return "".join(part[:1].upper() + part[1:].lower() for part in _NO_LETTER.split(prefix))


def _metadata(declaration: Declaration, named: dict[str, DeclaredRule]) -> dict[str, Any]:
    return {
        "AccountId": declaration.account_id,
        "Region": "".join(declaration.regions[:1]),
        "Notes": declaration.notes[1:],
        "ResourcesToImport": [
            {
                "ResourceType": TYPE,
                "LogicalResourceId": name,
                "ResourceIdentifier": {"EcrRepositoryPrefix": rule.ecr_repository_prefix},
            }
            for name, rule in named.items()
            if rule.exists
        ],
    }


def _parameter(rule: DeclaredRule) -> dict[str, str]:
    return {"Type": "String", "Description": f"ARN of the secret {rule.secret_name}"}


def _resource(name: str, rule: DeclaredRule) -> dict[str, Any]:
    members: dict[str, Any] = {
        "EcrRepositoryPrefix": rule.ecr_repository_prefix,
        "UpstreamRegistryUrl": rule.upstream_registry_url,
        "UpstreamRegistry": rule.upstream_registry,
        "UpstreamRepositoryPrefix": rule.upstream_repository_prefix,
        "CredentialArn": rule.credential_arn,
        "CustomRoleArn": rule.custom_role_arn,
    }
    if rule.secret_name:
        members["CredentialArn"] = {"Ref": f"{name}CredentialArn"}
    return {
        "Type": TYPE,
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {member: value for member, value in members.items() if value},
    }
