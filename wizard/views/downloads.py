"""What a table shows, as a file."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.http import HttpResponse
from django.utils import timezone

from wizard.exports import FORMATS
from wizard.exports.listed import ListedRule
from wizard.views.rows import RuleRow


def rules_file(rows: Iterable[RuleRow], *, format_name: str, place: str) -> HttpResponse:
    """The rows as an attachment named after account, Region and the time in UTC.

    `format_name` must be one of FORMATS; `place` is the account and Region, joined by a hyphen.
    """
    export = FORMATS[format_name]
    text = export.render([_listed(row) for row in rows])
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
        upstream_repository_prefix=row.upstream_prefix_display,
        credential_arn=rule.credential_arn or "",
        custom_role_arn=rule.custom_role_arn or "",
        created_at=_iso(rule.created_at),
        status=row.status.value,
        validated_at=_iso(row.validated_at),
        failure=result.failure if result else "",
        last_known_at=_iso(row.last_known_at),
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""
