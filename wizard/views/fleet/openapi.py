"""The description of the fleet's API: made of the forms that check its parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wizard.views.fleet import api_forms

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer", "minimum": 0}
_DAY: Final = {"type": "string", "format": "date"}
_MAYBE: Final = {"type": ["integer", "null"], "minimum": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An address of the API: its name in the URLconf, its parameters, and what it answers."""

    name: str
    summary: str
    form: Any
    answer: Mapping[str, Any]


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _texts(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, _TEXT)


def _list(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _object(properties)}


_COUNTS: Final = dict.fromkeys(("rules", "valid", "failed", "not_validated"), _NUMBER)
_PAGE: Final = dict.fromkeys(("total", "page", "pages"), _NUMBER)

OPERATIONS: Final[Sequence[Operation]] = (
    Operation(
        name="api-fleet-rules",
        summary="The rules of all accounts and Regions, as last read.",
        form=lambda: api_forms.RulesQuery({}).form,
        answer={
            "rules": _list(
                _texts(
                    *("account_id", "alias", "owner", "region", "ecr_repository_prefix"),
                    *("upstream_registry", "upstream_registry_url", "upstream_repository_prefix"),
                    *("credential_arn", "custom_role_arn", "created_at", "status"),
                    *("validated_at", "reason", "failure", "read_at"),
                )
            ),
            "next": {"type": ["string", "null"]},
        },
    ),
    Operation(
        name="api-fleet-accounts",
        summary="The accounts with their numbers of rules.",
        form=lambda: api_forms.AccountsQuery({}),
        answer={
            "accounts": _list(
                _texts("account_id", "alias", "owner", "read_at")
                | _COUNTS
                | dict.fromkeys(("regions_read", "regions_failed"), _NUMBER)
            ),
            **_PAGE,
        },
    ),
    Operation(
        name="api-fleet-groups",
        summary="Numbers of rules by owner, upstream, prefix, Region, status, or reason.",
        form=lambda: api_forms.GroupsQuery({}).form,
        answer={"groups": _list(_texts("group_by", "group") | _COUNTS)},
    ),
    Operation(
        name="api-fleet-matrix",
        summary="The status of each account and prefix, or account and upstream registry.",
        form=lambda: api_forms.MatrixQuery({}),
        answer={
            "across": _TEXT,
            "columns": {"type": "array", "items": _TEXT},
            "accounts": _list(
                {
                    "account_id": _TEXT,
                    "regions_read": _NUMBER,
                    "cells": {"type": "array", "items": _TEXT},
                }
            ),
            **_PAGE,
            **dict.fromkeys(("columns_page", "columns_pages"), _NUMBER),
        },
    ),
    Operation(
        name="api-fleet-regions",
        summary="When each Region was read, and why it could not be.",
        form=lambda: api_forms.RegionsQuery({}).form,
        answer={
            "regions": _list(
                _texts(
                    *("account_id", "alias", "owner", "region", "state", "read_at"),
                    *("failed_at", "failure", "error_code", "request_id"),
                )
            ),
            **_PAGE,
        },
    ),
    Operation(
        name="api-fleet-trend",
        summary="The numbers of rules on each day; null on a day without a count.",
        form=lambda: api_forms.TrendQuery({}).form,
        answer={
            "days": _list(
                {"day": {"type": "string", "format": "date"}} | dict.fromkeys(_COUNTS, _MAYBE)
            )
        },
    ),
)


@require_safe
def openapi(_request: HttpRequest) -> JsonResponse:
    """Return the description of the API, in OpenAPI 3.1."""
    return JsonResponse(document())


def document() -> dict[str, Any]:
    """Return the description: an operation for each address, and the errors that all share."""
    errors = {
        "400": _answer("A parameter is unknown or wrong.", _ERROR),
        "401": _answer("The token is missing, invalid, or expired.", _ERROR),
        "403": _answer("The token lacks the scope rules:read.", _ERROR),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "PTC Console", "version": "1"},
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            reverse(each.name): {
                "get": {
                    "operationId": each.name,
                    "summary": each.summary,
                    "parameters": [
                        {"name": name, "in": "query", "schema": _schema_of(field)}
                        for name, field in each.form().fields.items()
                    ],
                    "responses": {"200": _answer(each.summary, _object(each.answer)), **errors},
                }
            }
            for each in OPERATIONS
        },
    }


_ERROR: Final = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "title": _TEXT,
                "parameters": {"type": "object", "additionalProperties": _TEXT},
            },
            "required": ["title"],
        }
    },
    "required": ["error"],
}


def _answer(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _schema_of(field: forms.Field) -> dict[str, Any]:
    """Return what a parameter may be, by the field that checks it."""
    if isinstance(field, forms.TypedChoiceField):
        return {"type": "integer", "enum": list(map(int, _values_of(field)))}
    if isinstance(field, forms.ChoiceField):
        return {"type": "string", "enum": _values_of(field)}
    if isinstance(field, forms.IntegerField):
        return {"type": "integer", "minimum": field.min_value, "maximum": field.max_value}
    schema: dict[str, Any] = {"type": "string"}
    if isinstance(field, forms.CharField) and field.max_length:
        schema["maxLength"] = field.max_length
    patterns = [each for each in field.validators if isinstance(each, RegexValidator)]
    if patterns:
        schema["pattern"] = str(getattr(patterns[0].regex, "pattern", "")).replace(r"\Z", "$")
    return schema


def _values_of(field: forms.ChoiceField) -> list[str]:
    choices: Any = field.choices
    return [str(value) for value, _label in choices if value]
