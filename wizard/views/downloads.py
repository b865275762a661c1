"""The rows of a table, or the results of a bulk validation, as a file."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from django.http import HttpResponse
from django.utils import timezone

from wizard.domain import Target
from wizard.exports import FORMATS, NOT_READ, Listed, ListedResult, ListedRule
from wizard.models import BulkValidationItem
from wizard.views.rows import RuleRow
from wizard.views.validated_items import ItemRow
from wizard.words import ErrorView


def rules_file(
    rows: Iterable[RuleRow],
    *,
    format_name: str,
    place: str,
    unread: Mapping[Target, ErrorView] | None = None,
) -> HttpResponse:
    """Return the rows as an attachment; its name has account, Region and the time in UTC.

    `format_name` must be one of FORMATS; `place` is account and Region, joined by a hyphen.
    `unread` are Regions without known rules, with the error. The file has a line for each, because
    without it the Region would appear to have no rules.
    """
    lines = [_listed(row) for row in rows]
    lines += [_not_read(target, error) for target, error in (unread or {}).items()]  # guard: F4
    return _file(lines, ListedRule, format_name, f"rules-{place}")


def results_file(items: Iterable[BulkValidationItem], *, format_name: str) -> HttpResponse:
    """Return results of a bulk validation as an attachment, in the given order."""
    lines = [_result(item) for item in items]
    return _file(lines, ListedResult, format_name, "validation-results")


def _file(
    lines: Sequence[Listed], kind: type[Listed], format_name: str, content: str
) -> HttpResponse:
    export = FORMATS[format_name]
    response = HttpResponse(export.render(lines, kind), content_type=export.content_type)
    stamp = timezone.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"pull-through-cache-{content}-{stamp}.{format_name}"
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


def _not_read(target: Target, error: ErrorView) -> ListedRule:
    """Return the line for a Region that could not be read, with the reason."""
    reason = ": ".join(str(part) for part in (error.title, error.message or error.code) if part)
    return ListedRule(
        account_id=target.account_id, region=target.region, status=NOT_READ, failure=reason
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""
