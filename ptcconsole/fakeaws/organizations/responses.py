"""The HTTP side of Organizations: requests checked against the service model, pages of accounts."""

import json

from moto.core.common_types import TYPE_RESPONSE
from moto.core.utils import get_service_model
from moto.organizations.responses import OrganizationsResponse

from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.constraints import violations
from ptcconsole.fakeaws.organizations.models import AccurateBackend
from ptcconsole.fakeaws.paging import InvalidToken, page_of
from ptcconsole.fakeaws.variety import VARIETY

_ACCOUNTS_PER_PAGE = 20
_INVALID = "You specified an invalid value."


class AccurateResponse(OrganizationsResponse):
    """moto's Organizations, with pages as AWS returns them."""

    def call_action(self) -> TYPE_RESPONSE:
        """Check the request against the service model, for moto's own operations too."""
        shape = get_service_model("organizations").operation_model(self._get_action()).input_shape
        if shape is not None and any(violations(shape, self.request_params)):
            raise Refused("InvalidInputException", _INVALID)
        return super().call_action()

    def list_accounts(self) -> str:
        backend = self.organizations_backend
        assert isinstance(backend, AccurateBackend)  # noqa: S101 - `install()` was called
        size = VARIETY.page_size(self.request_params.get("MaxResults") or _ACCOUNTS_PER_PAGE)
        token = self.request_params.get("NextToken")
        try:
            page = page_of(backend.all_accounts(), kind="accounts", token=token, size=size)
        except InvalidToken:
            raise Refused("InvalidInputException", _INVALID) from None
        accounts = page.items
        if VARIETY.is_on:
            # Status is announced to be left out, and State is newer than many accounts.
            accounts = [{k: v for k, v in each.items() if k != "Status"} for each in accounts]
        told = {"Accounts": accounts} | ({"NextToken": page.next_token} if page.next_token else {})
        return json.dumps(told)
