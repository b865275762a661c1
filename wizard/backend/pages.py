"""Lists of AWS with all their pages, or with the first ones.

A list that breaks off is an error, not a shorter list.
"""

import time
from typing import Any, Final

from wizard.backend.calls import call, read_signed
from wizard.backend.errors import translated
from wizard.domain.errors import UnexpectedAwsError

# At a hundred items a page, more than any list here can have.
MAX_PAGES: Final = 200


def every_item(client: Any, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the items under `key` of all pages of an operation (its method's name).

    Raises AWS's errors, and UnexpectedAwsError when the answer lacks the list or the pages do not
    end: botocore reads a truncated answer as an empty list.
    """
    name = client.meta.method_to_api_mapping[operation]
    region = client.meta.region_name

    def read(reader: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        with translated(name, region=region):
            pages = reader.get_paginator(operation).paginate(**parameters)
            for number, page in enumerate(pages, start=1):
                if number > MAX_PAGES:  # guard: F16
                    words = f"The list does not end after {MAX_PAGES} pages."
                    raise _broken(page, name, region, words)
                if not _is_whole(page.get(key)):  # guard: F15
                    raise _broken(page, name, region, "The answer breaks off.")
                items += page[key]
        return items

    return read_signed(client, name, read)


def first_items(
    client: Any,
    operation: str,
    key: str,
    *,
    pages: int,
    seconds: float | None = None,
    **parameters: Any,
) -> tuple[list[dict[str, Any]], bool]:
    """Return the items of the first pages of an operation, and whether these are all.

    After `seconds` no further page is asked for. Pages can repeat items. Raises AWS's errors, and
    UnexpectedAwsError when the answer lacks the list.
    """
    items: list[dict[str, Any]] = []
    token, begun = "", time.monotonic()
    for number in range(pages):
        if number and seconds is not None and time.monotonic() - begun >= seconds:
            break
        more: dict[str, Any] = {"nextToken": token} if token else {}
        page = call(getattr(client, operation), **parameters, **more)
        name, region = client.meta.method_to_api_mapping[operation], client.meta.region_name
        if not isinstance(page, dict) or not _is_whole(page.get(key)):  # guard: F15
            raise _broken(page, name, region, "The answer breaks off.")
        items += page[key]
        token = page.get("nextToken") or ""
        if not token:
            return items, True
    return items, False


def _is_whole(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def _broken(page: Any, operation: str, region: str, words: str) -> UnexpectedAwsError:
    return UnexpectedAwsError(
        words,
        code="MalformedAnswer",
        operation=operation,
        region=region,
        request_id=page.get("ResponseMetadata", {}).get("RequestId", ""),
    )
