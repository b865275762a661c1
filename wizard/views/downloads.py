"""Rules, or the results of a bulk validation or an operation, as a file; the menu of formats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from wizard.domain import RuleDraft, Target
from wizard.exports import (
    DECLARATIONS,
    FORMATS,
    NOT_READ,
    Declaration,
    DeclaredRule,
    Listed,
    ListedImage,
    ListedOutcome,
    ListedResult,
    ListedRule,
)
from wizard.models import BulkValidationItem
from wizard.views.rows import RuleRow
from wizard.views.validated_items import ItemRow
from wizard.words import ErrorView, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A format in the menu: the value of `format` in the address, and its label.

    With a `reason` it is shown, but not available.
    """

    name: str
    label: Text
    reason: Text = ""


def rule_downloads(*, is_of_one_region: bool) -> list[Download]:
    """Return the formats for a list of rules."""
    return [
        *(Download(name=name, label=each.label) for name, each in FORMATS.items()),
        *declared_downloads(is_of_one_region=is_of_one_region),
    ]


def declared_downloads(*, is_of_one_region: bool = True) -> list[Download]:
    """Return the formats that declare rules as code."""
    reason = _("A template belongs to one Region. Filter by a Region.")
    return [
        Download(
            name=name,
            label=_("AWS CLI script") if name == "cli" else each.label,
            reason=reason if each.is_of_one_region and not is_of_one_region else "",
        )
        for name, each in DECLARATIONS.items()
    ]


def rules_file(
    rows: Iterable[RuleRow],
    *,
    format_name: str,
    account_id: str,
    where: str,
    unread: Mapping[Target, ErrorView] | None = None,
) -> HttpResponse:
    """Return the rows as an attachment; its name has account, Region and the time in UTC.

    `format_name` must be one of RULE_FORMATS; `where` is a Region or `all-regions`. `unread` are
    Regions without known rules, with the error. The file names each of them, because without it the
    Region would appear to have no rules.
    """
    content = f"rules-{account_id}-{where}"
    reasons = {target: _reason(error) for target, error in (unread or {}).items()}
    if format_name in DECLARATIONS:
        missing = [(target.region, reason) for target, reason in reasons.items()]  # guard: F4
        return _declared(account_id, map(_declared_rule, rows), format_name, content, missing)
    lines = [_listed(row) for row in rows]
    lines += [_not_read(target, reason) for target, reason in reasons.items()]  # guard: F4
    return _file(lines, ListedRule, format_name, content)


def asked_declaration(request: HttpRequest) -> str:
    """Return the format of rules as code that the query string asks for; empty without one."""
    asked = request.GET.get("format", "")
    return asked if asked in DECLARATIONS else ""


def draft_file(draft: RuleDraft, *, format_name: str) -> HttpResponse:
    """Return the rule that a draft makes as an attachment; `format_name` is one of DECLARATIONS."""
    rule, target = draft.new_rule(), draft.target
    declared = DeclaredRule(
        region=target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        upstream_registry_url=rule.upstream_registry_url,
        upstream_registry=draft.registry.key if draft.registry else "",
        upstream_repository_prefix=rule.upstream_repository_prefix or "",
        credential_arn=rule.credential_arn or "",
        custom_role_arn=rule.custom_role_arn or "",
        secret_name=draft.secret_name if draft.makes_secret else "",
        exists=False,
    )
    content = f"rule-{target.account_id}-{target.region}"
    return _declared(target.account_id, [declared], format_name, content)


def results_file(
    items: Iterable[BulkValidationItem], *, format_name: str, account_id: str
) -> HttpResponse:
    """Return results of a bulk validation as an attachment, in the given order."""
    lines = [_result(item) for item in items]
    return _file(lines, ListedResult, format_name, f"validation-results-{account_id}")


def outcomes_file(
    lines: Sequence[ListedOutcome], *, format_name: str, account_id: str
) -> HttpResponse:
    """Return results of an operation or deletion as an attachment."""
    return _file(lines, ListedOutcome, format_name, f"operation-results-{account_id}")


def images_file(lines: Sequence[ListedImage], *, format_name: str, target: Target) -> HttpResponse:
    """Return running images as an attachment; `format_name` is one of FORMATS."""
    content = f"images-{target.account_id}-{target.region}"
    return _file(lines, ListedImage, format_name, content)


def _declared_rule(row: RuleRow) -> DeclaredRule:
    """Return an existing rule with its members as AWS returned them."""
    rule = row.rule
    return DeclaredRule(
        region=row.target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        upstream_registry_url=rule.upstream_registry_url,
        upstream_registry=rule.upstream_registry or "",
        upstream_repository_prefix=rule.upstream_repository_prefix or "",
        credential_arn=rule.credential_arn or "",
        custom_role_arn=rule.custom_role_arn or "",
        last_known_at=_iso(row.last_known_at),
    )


def _declared(
    account_id: str,
    rules: Iterable[DeclaredRule],
    format_name: str,
    content: str,
    unread: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    export, now = DECLARATIONS[format_name], timezone.now()
    declaration = Declaration(
        account_id=account_id, made_at=_iso(now), rules=list(rules), unread=unread
    )
    text = export.render(declaration)
    return _attachment(text, export.content_type, content, export.extension, now)


def _file(
    lines: Sequence[Listed], kind: type[Listed], format_name: str, content: str
) -> HttpResponse:
    export = FORMATS[format_name]
    text = export.render(lines, kind)
    return _attachment(text, export.content_type, content, format_name, timezone.now())


def _attachment(
    text: str, content_type: str, content: str, extension: str, now: datetime
) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"pull-through-cache-{content}-{stamp}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _listed(row: RuleRow) -> ListedRule:
    rule, result = row.rule, row.validation
    return ListedRule(
        account_id=row.target.account_id,
        region=row.target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        upstream_registry=row.registry_key,
        upstream_registry_url=rule.upstream_registry_url,
        upstream_repository_prefix=row.upstream_prefix,
        credential_arn=rule.credential_arn or "",
        custom_role_arn=rule.custom_role_arn or "",
        created_at=_iso(rule.created_at),
        status=row.status.value,
        validated_at=_iso(row.validated_at),
        failure=result.failure if result else "",
        last_known_at=_iso(row.last_known_at),
    )


def _result(item: BulkValidationItem) -> ListedResult:
    row = ItemRow(item=item)
    result, error = item.result, item.error
    return ListedResult(
        account_id=item.bulk.account_id,
        region=item.region,
        ecr_repository_prefix=item.ecr_repository_prefix,
        status=row.status,
        reason=row.reason_key,
        failure=row.reason,
        error_code=error.code if error else "",
        finished_at=_iso(item.finished_at),
        duration_ms=str(result.duration_ms) if result and result.duration_ms is not None else "",
    )


def _reason(error: ErrorView) -> str:
    return ": ".join(str(part) for part in (error.title, error.message or error.code) if part)


def _not_read(target: Target, reason: str) -> ListedRule:
    """Return the line for a Region that could not be read, with the reason."""
    return ListedRule(
        account_id=target.account_id, region=target.region, status=NOT_READ, failure=reason
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""
