"""Pages of the lists of repositories and images, which moto returns as a whole."""

from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult

from ptcconsole.fakeaws import paging
from ptcconsole.fakeaws.ecr.exceptions import InvalidParameterException
from ptcconsole.fakeaws.ecr.requests import CheckedResponse
from ptcconsole.fakeaws.variety import VARIETY


class PagedResponse(CheckedResponse):
    """moto's ECR operations, with pages."""

    def describe_repositories(self) -> ActionResult:
        self._refuse_pages_of("repositoryNames")
        return self._paged(super().describe_repositories(), "repositories")

    def _paged(self, answer: ActionResult, key: str) -> ActionResult:
        if self._get_param("repositoryNames") or self._get_param("imageIds"):
            return answer
        members: dict[str, Any] = answer.result  # type: ignore[assignment]
        page = self._page(members[key], key)
        return ActionResult(members | {key: page.items, "nextToken": page.next_token})

    def _page(
        self, items: Sequence[Any], kind: str, *, by_default: int = paging.MOST_BY_DEFAULT
    ) -> "paging.Page[Any]":
        size = self._get_param("maxResults") or by_default
        try:
            return paging.page_of(
                VARIETY.in_order(items),
                kind=kind,
                token=self._get_param("nextToken"),
                size=VARIETY.page_size(size),
            )
        except paging.InvalidToken:
            raise InvalidParameterException.broken("nextToken", "Invalid token") from None

    def _refuse_pages_of(self, names: str) -> None:
        pages = self._get_param("nextToken") or self._get_param("maxResults")
        if self._get_param(names) and pages:
            raise InvalidParameterException(
                f"Invalid parameter: nextToken and maxResults cannot be used with {names}."
            )
