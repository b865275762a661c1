"""Rules as Terraform resources with `import` blocks.

`region` of a resource and `@<region>` of an import ID need version 6.0 of the AWS provider, import
blocks Terraform 1.5. There is no `terraform` block: the file would not fit into a module that has
one already.
"""

import re
from collections.abc import Iterator
from typing import Final

from wizard.exports.declared import Declaration, DeclaredRule, unique_names

RESOURCE: Final = "aws_ecr_pull_through_cache_rule"
_NEEDS: Final = "Needs Terraform 1.5 or later and the AWS provider (hashicorp/aws) 6.0 or later."
_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")
_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def render(declaration: Declaration) -> str:
    """Return the file: comments, then an import block and a resource for each rule."""
    comments = "".join(f"# {note}\n" for note in (*declaration.notes, _NEEDS))
    named = zip(_names(declaration), declaration.rules, strict=True)
    return "\n".join([comments, *(block for name, rule in named for block in _blocks(name, rule))])


def quoted(text: str) -> str:
    """Return a string literal. `${` and `%{` would begin a template."""
    escaped = "".join(_ESCAPES.get(each) or _printable(each) for each in text)
    escaped = escaped.replace("${", "$${").replace("%{", "%%{")
    return f'"{escaped}"'


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _names(declaration: Declaration) -> list[str]:
    """Return the name of each resource: the prefix, after its Region if there are several."""
    several = len(declaration.regions) > 1
    words = (
        f"{rule.region}_{rule.ecr_repository_prefix}" if several else rule.ecr_repository_prefix
        for rule in declaration.rules
    )
    names = (_NO_LETTER.sub("_", each.lower()).strip("_") for each in words)
    return unique_names((each if each[:1].isalpha() else f"rule_{each}" for each in names), "_")


def _blocks(name: str, rule: DeclaredRule) -> Iterator[str]:
    if rule.exists:
        identifier = f"{rule.ecr_repository_prefix}@{rule.region}"
        yield f"import {{\n  to = {RESOURCE}.{name}\n  id = {quoted(identifier)}\n}}\n"
    if rule.secret_name:
        yield _block("data", "aws_secretsmanager_secret", name, _secret(rule))
    yield _block("resource", RESOURCE, name, _arguments(name, rule))


def _secret(rule: DeclaredRule) -> dict[str, str]:
    return {"region": quoted(rule.region), "name": quoted(rule.secret_name)}


def _arguments(name: str, rule: DeclaredRule) -> dict[str, str]:
    """Return the arguments, without those that AWS omits."""
    members = {
        "region": rule.region,
        "ecr_repository_prefix": rule.ecr_repository_prefix,
        "upstream_registry_url": rule.upstream_registry_url,
        "upstream_repository_prefix": rule.upstream_repository_prefix,
        "credential_arn": rule.credential_arn,
        "custom_role_arn": rule.custom_role_arn,
    }
    arguments = {key: quoted(value) for key, value in members.items() if value}
    if rule.secret_name:
        arguments["credential_arn"] = f"data.aws_secretsmanager_secret.{name}.arn"
    return arguments


def _block(keyword: str, kind: str, name: str, arguments: dict[str, str]) -> str:
    width = max(len(key) for key in arguments)
    lines = "".join(f"  {key:<{width}} = {value}\n" for key, value in arguments.items())
    return f'{keyword} "{kind}" "{name}" {{\n{lines}}}\n'
