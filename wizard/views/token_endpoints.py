"""The requests that API tokens can make, as the token pages list them: one for each address."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wizard.domain import Scope
from wizard.services import places

# Shown while the account of the console's credentials is not known. AWS's documents use it.
EXAMPLE_ACCOUNT: Final = "111122223333"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A request: its scope, the name of its address in the URLconf, and what it returns."""

    scope: Scope
    name: str
    text: Any
    method: str = "GET"
    members: Sequence[str] = ("account_id",)
    query: str = ""
    form: str = ""


ENDPOINTS: Final = (
    Endpoint(
        scope=Scope.RULES_READ,
        name="rule-list",
        members=("account_id", "region"),
        query="?format=json",
        text=_(
            "Get the rules of a Region as JSON, or with another format: csv, terraform,"
            " cloudformation, or cli."
        ),
    ),
    Endpoint(
        scope=Scope.RULES_READ,
        name="rule-overview",
        query="?format=json",
        text=_(
            "Get the rules of all Regions as JSON, or with another format: csv, terraform, cli, or,"
            " with the code of a Region in region, cloudformation."
        ),
    ),
    Endpoint(
        scope=Scope.RULES_READ,
        name="api-fleet-rules",
        members=(),
        query="?status=failed&limit=100",
        text=_(
            "Get the rules of all accounts as last read, with filters. The answer contains a cursor"
            " for the next rules."
        ),
    ),
    Endpoint(
        scope=Scope.RULES_READ,
        name="api-fleet-accounts",
        members=(),
        query="?lacks=docker-hub",
        text=_("Get the accounts, or those that have no rule of an upstream registry."),
    ),
    Endpoint(
        scope=Scope.RULES_READ,
        name="api-fleet-groups",
        members=(),
        query="?by=reason",
        text=_(
            "Get numbers of rules by owner, registry, url, prefix, region, status, or reason of"
            " failure."
        ),
    ),
    Endpoint(
        scope=Scope.RULES_READ,
        name="api-fleet-matrix",
        members=(),
        query="?across=registry",
        text=_("Get the status of each account and prefix, or account and upstream registry."),
    ),
    Endpoint(
        scope=Scope.RULES_READ,
        name="api-fleet-regions",
        members=(),
        query="?state=failed",
        text=_("Get when each Region was last read, and why it could not be."),
    ),
    Endpoint(
        scope=Scope.RULES_READ,
        name="api-fleet-trend",
        members=(),
        query="?days=90",
        text=_("Get the numbers of rules on each day."),
    ),
    Endpoint(
        scope=Scope.RULES_READ,
        name="api-openapi",
        members=(),
        text=_("Get the description of these requests in OpenAPI 3.1."),
    ),
    Endpoint(
        scope=Scope.RULES_VALIDATE,
        name="rule-validate",
        method="POST",
        members=("account_id", "region", "ecr_repository_prefix"),
        text=_("Validate a rule and get the result."),
    ),
    Endpoint(
        scope=Scope.RULES_VALIDATE,
        name="bulk-validation-create",
        method="POST",
        form="all=1",
        text=_(
            "Validate many rules in the background: all rules, a Region with region=us-east-2, or"
            " rules with rule=us-east-2/docker-hub. The answer contains the URL of the result."
        ),
    ),
    Endpoint(
        scope=Scope.RULES_VALIDATE,
        name="bulk-validation-detail",
        members=("account_id", "bulk_id"),
        text=_("Get the progress and the results of a bulk validation."),
    ),
    Endpoint(
        scope=Scope.AUDIT_READ,
        name="audit-export",
        members=(),
        query="?format=jsonl",
        text=_("Export the audit trail. Only administrators can do this."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """An endpoint as a page shows it, with a command to copy."""

    scope: str
    text: Any
    command: str


def endpoint_rows(request: HttpRequest, scopes: Collection[str]) -> list[EndpointRow]:
    """Return the requests of these scopes, with the console's own addresses."""
    examples = {
        "account_id": places.known_account() or EXAMPLE_ACCOUNT,
        "region": "us-east-2",
        "ecr_repository_prefix": "docker-hub",
        "bulk_id": "00000000-0000-0000-0000-000000000000",
    }
    return [
        EndpointRow(
            scope=each.scope.value, text=each.text, command=_command(request, each, examples)
        )
        for each in ENDPOINTS
        if each.scope.value in scopes
    ]


def _command(request: HttpRequest, endpoint: Endpoint, examples: dict[str, str]) -> str:
    kwargs = {member: examples[member] for member in endpoint.members}
    url = request.build_absolute_uri(reverse(endpoint.name, kwargs=kwargs) + endpoint.query)
    method = f"-X {endpoint.method} " if endpoint.method != "GET" else ""
    form = f" -d {endpoint.form}" if endpoint.form else ""
    return f"curl {method}-H \"Authorization: Bearer $PTC_TOKEN\"{form} '{url}'"
