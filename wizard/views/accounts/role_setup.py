"""How the role of an account is created: its policies, and templates that create it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse

from wizard.domain.account_policies import RoleSetup, TrustKind, assuming_policy
from wizard.domain.accounts import ROLE_NAME, check_role_arn, path_and_name_of
from wizard.domain.errors import InvalidIdentifier
from wizard.exports import ROLE_FORMATS
from wizard.forms.accounts import AccountRoleForm
from wizard.services import accounts
from wizard.web import ConsoleRequest

READ_ONLY: Final = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFormat:
    """The role in one format, with the address of the file."""

    name: str
    label: str
    text: str
    url: str


def asked_setup(
    request: ConsoleRequest, account_id: str, external_id: str, form: AccountRoleForm
) -> RoleSetup:
    """Return the setup of the role that the form names, as the query string chooses it."""
    path, name = _path_and_name(str(form["role_arn"].value() or ""), account_id)
    wanted = request.GET.get("trust", "")
    return RoleSetup(
        name=name,
        path=path,
        trusted=accounts.trusted_principal(),
        kind=TrustKind(wanted) if wanted in list(TrustKind) else TrustKind.PRINCIPAL,
        external_ids={account_id: external_id},
        is_read_only=request.GET.get("allow") == READ_ONLY,
    )


def role_setup(request: ConsoleRequest, setup: RoleSetup) -> dict[str, Any]:
    """Return what the page shows of it."""
    trusted = setup.trusted
    return {
        "formats": [
            ShownFormat(
                name=name,
                label=each.label,
                text=each.render(setup),
                url=_changed(request, {"format": name}),
            )
            for name, each in ROLE_FORMATS.items()
        ],
        "setup": setup,
        "principal": trusted.principal.arn,
        "can_assume": trusted.can_assume,
        "path_is_unknown": trusted.can_assume and not trusted.arn,
        "names_account": setup.kind is TrustKind.ACCOUNT or not trusted.arn,
        "assuming_policy": json.dumps(assuming_policy(), indent=2),
        "is_usual_name": setup.name == ROLE_NAME and setup.path == "/",
        "other_trust_url": _changed(request, {"trust": _other(setup.kind)}) + "#role-setup",
        "other_allow_url": _changed(request, {"allow": "" if setup.is_read_only else READ_ONLY})
        + "#role-setup",
    }


def role_file(request: ConsoleRequest, setup: RoleSetup) -> HttpResponse:
    """Return the role in one format as an attachment."""
    found = ROLE_FORMATS.get(request.GET["format"])
    if found is None:
        raise Http404
    (account_id,) = setup.external_ids
    response = HttpResponse(found.render(setup), content_type=found.content_type)
    name = f"ptc-console-role-{account_id}.{found.suffix}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _path_and_name(role_arn: str, account_id: str) -> tuple[str, str]:
    """Return path and name of a role; those that the console proposes for what is none."""
    try:
        check_role_arn(role_arn, account_id=account_id)
    except InvalidIdentifier:
        return "/", ROLE_NAME
    return path_and_name_of(role_arn)


def _other(kind: TrustKind) -> str:
    return (TrustKind.PRINCIPAL if kind is TrustKind.ACCOUNT else TrustKind.ACCOUNT).value


def _changed(request: ConsoleRequest, changes: Mapping[str, str]) -> str:
    query = request.GET.copy()
    query.pop("format", None)
    for name, value in changes.items():
        query[name] = value
        if not value:
            del query[name]
    return f"?{query.urlencode()}"
