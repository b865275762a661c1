"""The ECR API: repository creation templates."""

from collections.abc import Mapping
from typing import Any

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.members import (
    member,
    name_member,
    not_asked_for,
    optional_text,
    optional_time,
    text_of,
    wrong_type,
)
from wizard.backend.pages import every_item
from wizard.domain import Target
from wizard.domain.errors import AwsError, TemplateNotFound, is_answer_lost, known_not_made
from wizard.domain.namespaces import prefix_key
from wizard.domain.templates import (
    AES256,
    MUTABLE,
    CreationTemplate,
    filter_parts,
    filter_text,
    settings_of,
)

_OPERATION = "DescribeRepositoryCreationTemplates"
_FILTERS = "imageTagMutabilityExclusionFilters"


def describe_templates(target: Target) -> list[CreationTemplate]:
    """Return all repository creation templates of the registry."""
    items = every_item(
        clients.ecr(target),
        "describe_repository_creation_templates",
        "repositoryCreationTemplates",
    )
    return [_template(item) for item in items]


def describe_template(target: Target, prefix: str) -> CreationTemplate:
    """Return one template; raises TemplateNotFound. `team` and `team/` are one prefix."""
    answer = call(clients.ecr(target).describe_repository_creation_templates, prefixes=[prefix])
    for item in member(answer, "repositoryCreationTemplates", _OPERATION):
        found = _template(item)
        if found.key != prefix_key(prefix):
            raise not_asked_for("prefix", _OPERATION)
        return found
    raise TemplateNotFound(code="NoTemplate", operation=_OPERATION, region=target.region)


def create_template(target: Target, template: CreationTemplate) -> None:
    """Create a template; raises the errors of CreateRepositoryCreationTemplate."""
    members = {name: value for name, value in _members(template).items() if value}
    call(clients.ecr(target).create_repository_creation_template, **members)


def update_template(target: Target, template: CreationTemplate, before: CreationTemplate) -> None:
    """Change a template from what it was before; raises TemplateNotFound.

    AWS does not document what a missing member means: left as it is, or reset to its default, as
    the text about `imageTagMutability` says. Therefore every member that has a value is sent, and
    an empty one for each that had a value before. Filters cannot be empty (the model wants one at
    least). They go with the mutability that they are exclusions of.
    """
    had = _members(before)
    members = {
        name: value
        for name, value in _members(template).items()
        if value or (had[name] and name != _FILTERS)
    }
    call(clients.ecr(target).update_repository_creation_template, **members)


def delete_template(target: Target, prefix: str) -> None:
    """Delete a template; raises TemplateNotFound."""
    call(clients.ecr(target).delete_repository_creation_template, prefix=prefix)


def create_template_surely(target: Target, template: CreationTemplate) -> None:
    """Create a template, and determine the result after a lost response by reading it.

    A template that exists with exactly these settings is the one that was asked for.
    """
    try:
        create_template(target, template)
    except AwsError as error:  # guard: F12
        if not is_answer_lost(error):
            raise
        _raise_unless(_is_like(target, template, error), error)


def update_template_surely(
    target: Target, template: CreationTemplate, before: CreationTemplate
) -> None:
    """Change a template, and determine the result after a lost response by reading it."""
    try:
        update_template(target, template, before)
    except AwsError as error:  # guard: F12
        if not is_answer_lost(error):
            raise
        _raise_unless(_is_like(target, template, error), error)


def delete_template_surely(target: Target, prefix: str) -> None:
    """Delete an existing template, and determine the result after a lost response by reading it.

    A retry of a successful call raises TemplateNotFound, which is then a success.
    """
    try:
        delete_template(target, prefix)
    except AwsError as error:  # guard: F12
        if not is_answer_lost(error):
            raise
        _raise_unless(_is_gone(target, prefix, error), error)


def _raise_unless(was_made: bool, error: AwsError) -> None:
    if not was_made:
        raise known_not_made(error) from None


def _is_like(target: Target, template: CreationTemplate, error: AwsError) -> bool:
    """Whether AWS has the template with these settings; raises the error if it does not tell."""
    try:
        found = describe_template(target, template.prefix)
    except TemplateNotFound:
        return False
    except AwsError:
        raise error from None
    return settings_of(found) == settings_of(template)


def _is_gone(target: Target, prefix: str, error: AwsError) -> bool:
    """Whether AWS has no such template; raises the error if it does not tell."""
    try:
        describe_template(target, prefix)
    except TemplateNotFound:
        return True
    except AwsError:
        raise error from None
    return False


def _members(template: CreationTemplate) -> dict[str, Any]:
    """Return every member of a request, also the empty ones."""
    encryption = {"encryptionType": template.encryption_type or AES256}
    filters = template.exclusion_filters if template.has_exclusions else ()
    return {
        "prefix": template.prefix,
        "appliedFor": sorted(template.applied_for),
        "description": template.description,
        "imageTagMutability": template.image_tag_mutability or MUTABLE,
        _FILTERS: [
            {"filterType": kind, "filter": text} for kind, text in map(filter_parts, filters)
        ],
        "encryptionConfiguration": encryption
        | ({"kmsKey": template.kms_key} if template.kms_key else {}),
        "resourceTags": [{"Key": key, "Value": value} for key, value in template.tags],
        "repositoryPolicy": template.repository_policy,
        "lifecyclePolicy": template.lifecycle_policy,
        "customRoleArn": template.custom_role_arn,
    }


def _template(item: Mapping[str, Any]) -> CreationTemplate:
    prefix = name_member(item, "prefix", _OPERATION)
    encryption = _map(item.get("encryptionConfiguration"))
    return CreationTemplate(
        prefix=prefix,
        applied_for=frozenset(text_of(each) for each in _list(item.get("appliedFor"))),
        description=_text(item, "description"),
        image_tag_mutability=_text(item, "imageTagMutability"),
        exclusion_filters=tuple(_filter(each) for each in _maps(item.get(_FILTERS))),
        encryption_type=_text(encryption, "encryptionType"),
        kms_key=_text(encryption, "kmsKey"),
        tags=tuple((_text(each, "Key"), _text(each, "Value")) for each in _tags(item)),
        repository_policy=_text(item, "repositoryPolicy"),
        lifecycle_policy=_text(item, "lifecyclePolicy"),
        custom_role_arn=_text(item, "customRoleArn"),
        created_at=optional_time(item, "createdAt"),
        updated_at=optional_time(item, "updatedAt"),
    )


def _filter(item: Mapping[str, Any]) -> str:
    return filter_text(_text(item, "filterType"), _text(item, "filter"))


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
