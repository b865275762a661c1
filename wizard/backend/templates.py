"""The ECR API: repository creation templates."""

from collections.abc import Mapping
from typing import Any

from wizard.backend import clients
from wizard.backend.members import optional_text, text_member, wrong_type
from wizard.backend.pages import every_item
from wizard.domain import Target
from wizard.domain.templates import CreationTemplate

_OPERATION = "DescribeRepositoryCreationTemplates"


def describe_templates(target: Target) -> list[CreationTemplate]:
    """Return all repository creation templates of the registry."""
    items = every_item(
        clients.ecr(target.region),
        "describe_repository_creation_templates",
        "repositoryCreationTemplates",
    )
    return [_template(item) for item in items]


def _template(item: Mapping[str, Any]) -> CreationTemplate:
    encryption = _map(item.get("encryptionConfiguration"))
    return CreationTemplate(
        prefix=text_member(item, "prefix", _OPERATION),
        applied_for=frozenset(map(str, _list(item.get("appliedFor")))),
        description=_text(item, "description"),
        image_tag_mutability=_text(item, "imageTagMutability"),
        exclusion_filters=tuple(
            _text(each, "filter") for each in _maps(item.get("imageTagMutabilityExclusionFilters"))
        ),
        encryption_type=_text(encryption, "encryptionType"),
        kms_key=_text(encryption, "kmsKey"),
        tags=tuple((_text(each, "Key"), _text(each, "Value")) for each in _tags(item)),
        repository_policy=_text(item, "repositoryPolicy"),
        lifecycle_policy=_text(item, "lifecyclePolicy"),
        custom_role_arn=_text(item, "customRoleArn"),
    )


def _tags(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _maps(item.get("resourceTags"))


def _text(item: Mapping[str, Any], name: str) -> str:
    return optional_text(item, name) or ""


def _list(value: Any) -> list[Any]:
    if value is None or isinstance(value, list):
        return value or []
    raise wrong_type("repositoryCreationTemplates", _OPERATION)


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [_map(each) for each in _list(value)]


def _map(value: Any) -> Mapping[str, Any]:
    if value is None or isinstance(value, Mapping):
        return value or {}
    raise wrong_type("repositoryCreationTemplates", _OPERATION)
