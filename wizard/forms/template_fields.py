"""The fields of a repository creation template that are written as text: policies, tags, filters.

What was typed stays in its field as it was, also if it is refused.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from wizard.domain import KeyArn, Target
from wizard.domain.errors import InvalidIdentifier
from wizard.domain.prefixes import prefix_problem
from wizard.domain.template_checks import (
    FILTERS_MAX,
    PREFIX_MAX,
    PREFIX_MIN,
    TAG_KEY_MAX,
    TAG_VALUE_MAX,
    TAGS_MAX,
    is_filter,
    is_own_tag,
    is_tag_text,
    json_problem,
)
from wizard.forms.fields import TextField
from wizard.words import Text, identifier_text, json_text, prefix_text

Tags = tuple[tuple[str, str], ...]


class TemplatePrefixField(TextField):
    """The prefix of a template: the grammar of a rule's prefix, with other lengths."""

    def clean(self, value: Any) -> str:
        prefix = str(super().clean(value))
        lengths = {"shortest": PREFIX_MIN, "longest": PREFIX_MAX}
        problem = prefix_problem(prefix, **lengths) if prefix else None
        if problem is not None:
            raise ValidationError(prefix_text(problem, **lengths), code=problem.value)
        return prefix


class LinesField(forms.CharField):
    """A text of several lines, which is optional."""

    is_marked_optional = True

    def __init__(self, *, rows: int, constraint: Text = "", **kwargs: Any) -> None:
        attrs = {"rows": rows, "autocomplete": "off", "spellcheck": "false"}
        super().__init__(widget=forms.Textarea(attrs=attrs), required=False, **kwargs)
        self.constraint = constraint


class PolicyField(LinesField):
    """A policy as JSON. Line breaks of browsers are CR LF; they are sent, and counted, as LF."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(rows=10, **kwargs)
        self.longest = longest

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).replace("\r\n", "\n")
        problem = json_problem(text) if text else None
        if problem is not None:
            raise ValidationError(json_text(problem), code="json")
        if len(text) > self.longest:
            told = _("Shorten the policy to %(max)d characters or fewer. It has %(count)d.")
            counts = {"max": self.longest, "count": len(text)}
            raise ValidationError(told % counts, code="max_length")
        return text


class FiltersField(LinesField):
    """Filters of tags, one in each line. Cleans to a tuple of them, each once.

    `kept` are those that the template has: one of a type that is new in AWS is not taken away by
    saving the form, and cannot be typed.
    """

    kept: Collection[str] = ()

    def clean(self, value: Any) -> tuple[str, ...]:
        filters = tuple(dict.fromkeys(_lines(str(super().clean(value)))))
        for text in filters:
            if not is_filter(text) and text not in self.kept:
                told = _(
                    "%(filter)s isn't a filter that ECR accepts. Use 1 to 128 letters, digits, and"
                    " the characters . _ - and *, with at most two *."
                )
                raise ValidationError(told % {"filter": _cut(text)}, code="filter")
        if len(filters) > FILTERS_MAX:
            told = _("Enter at most %(max)d filters.")
            raise ValidationError(told % {"max": FILTERS_MAX}, code="too-many")
        return filters

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(value)


class TagsField(LinesField):
    """Tags as `key=value`, one in each line. A key that contains `=` is written in quotation marks.

    Cleans to a tuple of pairs.
    """

    def clean(self, value: Any) -> Tags:
        tags = tuple(_tag(line) for line in _lines(str(super().clean(value))))
        keys = [key for key, _value in tags]
        for key, text in tags:
            _check_tag(key, text)
            if keys.count(key) > 1:
                told = _("The key %(key)s appears twice. Each key can have one value.")
                raise ValidationError(told % {"key": _cut(key)}, code="twice")
        if len(tags) > TAGS_MAX:
            told = _("Enter at most %(max)d tags.")
            raise ValidationError(told % {"max": TAGS_MAX}, code="too-many")
        return tags

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) or value is None:
            return value
        return "\n".join(f"{json.dumps(key) if '=' in key else key}={text}" for key, text in value)


def check_key(arn: str, target: Target) -> None:
    """Raise ValidationError for the ARN of a key that the repositories of the Region can't use."""
    try:
        KeyArn.parse(arn).check_belongs_to(target)
    except InvalidIdentifier as error:
        raise ValidationError(identifier_text(error), code=error.part) from error


def _tag(line: str) -> tuple[str, str]:
    if line.startswith('"'):
        try:
            key, end = json.JSONDecoder().raw_decode(line)
        except ValueError:
            key, end = line, len(line)
        return str(key), line[end:].strip().removeprefix("=").strip()
    key, _sign, value = line.partition("=")
    return key.strip(), value.strip()


def _check_tag(key: str, value: str) -> None:
    if not 1 <= len(key) <= TAG_KEY_MAX or len(value) > TAG_VALUE_MAX:
        told = _(
            "Enter a key of 1 to %(key_max)d characters and a value of at most %(value_max)d"
            " characters, such as team=platform."
        )
        lengths = {"key_max": TAG_KEY_MAX, "value_max": TAG_VALUE_MAX}
        raise ValidationError(told % lengths, code="length")
    if not is_own_tag(key):
        told = _("%(key)s is reserved for AWS. Use a key that doesn't begin with aws:.")
        raise ValidationError(told % {"key": _cut(key)}, code="reserved")
    if not is_tag_text(key) or not is_tag_text(value):
        told = _(
            "The tag %(key)s contains a character that AWS doesn't accept. Use letters, digits,"
            " spaces, and the characters + - = . _ : / @."
        )
        raise ValidationError(told % {"key": _cut(key)}, code="character")


def _lines(text: str) -> Iterable[str]:
    return (stripped for line in text.splitlines() if (stripped := line.strip()))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}\N{HORIZONTAL ELLIPSIS}"
