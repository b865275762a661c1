"""What ECR accepts in a repository creation template, by the service model of its API.

Forms check each answer alone, and say what is wrong with it. `check_template` is made immediately
before the call and covers all of them.
"""

import json
import re
from dataclasses import dataclass
from typing import Final, NoReturn

from wizard.domain.errors import InvalidIdentifier, InvalidTemplate
from wizard.domain.identifiers import KeyArn, RoleArn
from wizard.domain.prefixes import prefix_problem
from wizard.domain.regions import Target
from wizard.domain.templates import (
    AES256,
    ENCRYPTION_TYPES,
    MUTABILITIES,
    MUTABLE,
    WILDCARD,
    CreationTemplate,
    filter_parts,
)

PREFIX_MIN: Final = 1
PREFIX_MAX: Final = 256
DESCRIPTION_MAX: Final = 256
FILTERS_MAX: Final = 5
FILTER_MAX: Final = 128
TAGS_MAX: Final = 50  # "Tag restrictions" in the user guide
TAG_KEY_MAX: Final = 128
TAG_VALUE_MAX: Final = 256
REPOSITORY_POLICY_MAX: Final = 10_240
LIFECYCLE_POLICY_MAX: Final = 30_720

_FEATURE = re.compile(r"[A-Z][A-Z_]{0,63}")
_FILTER = re.compile(rf"[0-9a-zA-Z._*-]{{1,{FILTER_MAX}}}")
# "Tag restrictions": letters, spaces and numbers representable in UTF-8, and these characters.
_TAG = re.compile(r"[\w .:/=+@-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonProblem:
    """Why a policy is no JSON object: line and column, from 1 on, or 0 for the whole text."""

    line: int = 0
    column: int = 0
    is_too_deep: bool = False


def json_problem(text: str) -> JsonProblem | None:
    """Return why a policy cannot be read as a JSON object; None if it can."""
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return JsonProblem(line=error.lineno, column=error.colno)
    except RecursionError:
        return JsonProblem(is_too_deep=True)
    except ValueError:
        # NaN, or a number with more digits than Python reads.
        return JsonProblem()
    return None if isinstance(found, dict) else JsonProblem()


def is_filter(text: str) -> bool:
    """Whether ECR accepts an exclusion filter. The user guide allows two wildcards in one."""
    return _FILTER.fullmatch(text) is not None and text.count("*") <= 2


def is_tag_text(text: str) -> bool:
    """Whether the key or value of a tag has only characters that AWS accepts."""
    return _TAG.fullmatch(text) is not None


def is_own_tag(key: str) -> bool:
    """Whether people can set the tag: keys that begin with `aws:` are those of AWS."""
    return not key.lower().startswith("aws:")


def check_template(template: CreationTemplate, target: Target) -> None:
    """Raise InvalidTemplate, with the name of the setting, for a template that ECR would refuse."""
    _check(_is_prefix(template.prefix), "prefix")
    features = template.applied_for
    # AWS adds workflows. One that the console does not know came from AWS.
    _check(bool(features) and all(map(_FEATURE.fullmatch, features)), "applied_for")
    _check(len(template.description) <= DESCRIPTION_MAX, "description")
    _check((template.image_tag_mutability or MUTABLE) in MUTABILITIES, "image_tag_mutability")
    _check(_are_filters(template), "exclusion_filters")
    encryption = template.encryption_type or AES256
    _check(encryption in ENCRYPTION_TYPES, "encryption_type")
    if template.kms_key:
        _check(encryption != AES256, "kms_key")
        _check_arn(KeyArn, template.kms_key, target, "kms_key")
    if template.custom_role_arn:
        _check_arn(RoleArn, template.custom_role_arn, target, "custom_role_arn")
    _check(_are_tags(template.tags), "tags")
    for name, text, longest in (
        ("repository_policy", template.repository_policy, REPOSITORY_POLICY_MAX),
        ("lifecycle_policy", template.lifecycle_policy, LIFECYCLE_POLICY_MAX),
    ):
        _check(not text or (len(text) <= longest and json_problem(text) is None), name)


def _is_prefix(prefix: str) -> bool:
    return prefix_problem(prefix, shortest=PREFIX_MIN, longest=PREFIX_MAX) is None


def _are_filters(template: CreationTemplate) -> bool:
    filters = template.exclusion_filters
    if not template.has_exclusions:
        return not filters
    # AWS may add types. A filter of one that the console does not know came from AWS.
    wildcards = [text for kind, text in map(filter_parts, filters) if kind == WILDCARD]
    return 1 <= len(filters) <= FILTERS_MAX and all(map(is_filter, wildcards))


def _are_tags(tags: tuple[tuple[str, str], ...]) -> bool:
    keys = [key for key, _value in tags]
    return (
        len(tags) <= TAGS_MAX
        and len(set(keys)) == len(keys)
        and all(
            1 <= len(key) <= TAG_KEY_MAX
            and len(value) <= TAG_VALUE_MAX
            and is_own_tag(key)
            and is_tag_text(key)
            and is_tag_text(value)
            for key, value in tags
        )
    )


def _check_arn(kind: type[KeyArn] | type[RoleArn], arn: str, target: Target, name: str) -> None:
    try:
        kind.parse(arn).check_belongs_to(target)
    except InvalidIdentifier as error:
        raise InvalidTemplate(name) from error


def _check(is_valid: bool, name: str) -> None:
    if not is_valid:
        raise InvalidTemplate(name)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
