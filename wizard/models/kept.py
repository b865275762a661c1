"""Columns for texts that come from AWS or another server: what does not fit is cut and replaced.

SQLite takes any text. PostgreSQL refuses one that is longer than its column or contains NUL, and
neither takes half a surrogate pair. In migrations, these are Django's own fields.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import models

from wizard.domain.facts import plain_text, storable_text

if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
    _TextField = models.TextField[str, str]
else:
    _CharField, _TextField = models.CharField, models.TextField


class KeptCharField(_CharField):
    """A text, cut to the length of the column; a condition of a query is cut alike."""

    def get_prep_value(self, value: Any) -> Any:
        return self.kept(super().get_prep_value(value))

    def kept(self, value: Any) -> Any:
        """Return what the column holds of a value."""
        if not isinstance(value, str):
            return value
        return plain_text(value, longest=self.max_length or len(value))  # guard: F18

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class KeptTextField(_TextField):
    """A text of any length."""

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return storable_text(prepared) if isinstance(prepared, str) else prepared  # guard: F18

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class KeptJSONField(models.JSONField):
    """JSON; PostgreSQL's jsonb takes no NUL in a text either."""

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(_storable_json(value))  # guard: F18

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


def _storable_json(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return {storable_text(str(name)): _storable_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_json(each) for each in value]
    return value
