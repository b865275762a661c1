"""Lists of AWS, every page: whole, or an error. A list that breaks off is never a short one."""

from typing import Any, Final

from wizard.backend.errors import translated
from wizard.domain.errors import UnexpectedAwsError

# At a hundred items a page, more than any list here can have.
MAX_PAGES: Final = 200


def every_item(client: Any, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the items under `key` of all pages of an operation (its method's name).

    Raises AWS's errors, and UnexpectedAwsError for an answer without the list or one that never
    ends: botocore takes a truncated answer for an empty one.
    """
    name = client.meta.method_to_api_mapping[operation]
    region = client.meta.region_name
    items: list[dict[str, Any]] = []
    with translated(name, region=region):
        pages = client.get_paginator(operation).paginate(**parameters)
        for number, page in enumerate(pages, start=1):
            if key not in page or number > MAX_PAGES:
                raise _broken(page, name, region)
            items += page[key]
    return items


def _broken(page: Any, operation: str, region: str) -> UnexpectedAwsError:
    return UnexpectedAwsError(
        "The answer breaks off or does not end.",
        code="MalformedAnswer",
        operation=operation,
        region=region,
        request_id=page.get("ResponseMetadata", {}).get("RequestId", ""),
    )
