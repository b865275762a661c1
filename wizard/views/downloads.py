"""The rows of a table as a file."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from django.http import HttpResponse
from django.utils import timezone

from wizard.domain import Target
from wizard.exports import FORMATS, NOT_READ, ListedRule
from wizard.views.rows import RuleRow
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
    export = FORMATS[format_name]
    lines = [_listed(row) for row in rows]
    lines += [_not_read(target, error) for target, error in (unread or {}).items()]  # guard: F4
    text = export.render(lines)
    response = HttpResponse(text, content_type=export.content_type)
    stamp = timezone.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"pull-through-cache-rules-{place}-{stamp}.{format_name}"
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


def _not_read(target: Target, error: ErrorView) -> ListedRule:
    """Return the line for a Region that could not be read, with the reason."""
    reason = ": ".join(str(part) for part in (error.title, error.message or error.code) if part)
    return ListedRule(
        account_id=target.account_id, region=target.region, status=NOT_READ, failure=reason
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""
