"""The operations about Regions of EC2 and Account Management.

moto has one of the three, with opt-in states that differ from AWS's.
"""

import json
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from botocore.paginate import TokenDecoder, TokenEncoder
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from
from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws import aws_errors
from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.calls import AwsCall
from ptcconsole.fakeaws.constraints import violations
from ptcconsole.fakeaws.regions import ALWAYS_ON, REGIONS, AccountRegions, region_names

_DESCRIBED = (
    '<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
    "<requestId>{request_id}</requestId><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
)
_ITEM = (
    "<item><regionName>{name}</regionName><regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>"
    "<optInStatus>{status}</optInStatus></item>"
)
_MOST = 50


def answer(call: AwsCall, request: Request) -> Response:
    """Return the response to one of OPERATIONS. Raises Refused."""
    own = REGIONS.of(get_account_id_from(call.access_key))
    return OPERATIONS[call.service][call.operation](request, own)


def _describe_regions(request: Request, own: AccountRegions) -> Response:
    form = dict(parse_qsl(request.get_data(as_text=True)))
    if form.get("DryRun") == "true":
        text = "Request would have succeeded, but DryRun flag is set."
        raise Refused("DryRunOperation", text, status=412)
    wanted = [value for name, value in form.items() if name.startswith("RegionName.")]
    unknown = sorted(set(wanted) - set(region_names()))
    if unknown:
        raise Refused("InvalidParameterValue", f"Invalid region names: {', '.join(unknown)}")
    candidates = wanted or [
        name for name in region_names() if form.get("AllRegions") == "true" or own.is_on(name)
    ]
    filters = list(_filters(form))
    told = [
        name for name in candidates if all(_is_let_through(own, name, *each) for each in filters)
    ]
    items = "".join(_ITEM.format(name=name, status=_opt_in_status(own, name)) for name in told)
    request_id = aws_errors.new_request_id()
    body = _DESCRIBED.format(request_id=request_id, items=items)
    return _response(body, "text/xml", request_id)


def _filters(form: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yield name and values of each filter. Raises Refused for an unknown one."""
    number = 1
    while (name := form.get(f"Filter.{number}.Name")) is not None:
        if name not in _FILTERED:
            raise Refused("InvalidParameterValue", f"The filter '{name}' is invalid")
        values = [value for key, value in form.items() if key.startswith(f"Filter.{number}.Value.")]
        yield name, values
        number += 1


def _is_let_through(own: AccountRegions, region: str, name: str, values: list[str]) -> bool:
    return any(fnmatchcase(_FILTERED[name](own, region), value) for value in values)


def _list_regions(request: Request, own: AccountRegions) -> Response:
    members = _members("ListRegions", request)
    wanted = members.get("RegionOptStatusContains")
    names = [name for name in region_names() if not wanted or _status(own, name) in wanted]
    rest = [name for name in names if name > _decoded(members.get("NextToken"))]
    size = members.get("MaxResults", _MOST)
    page: dict[str, Any] = {"Regions": [_told(own, name) for name in rest[:size]]}
    if len(rest) > size:
        page["NextToken"] = TokenEncoder().encode({"after": rest[size - 1]})
    return _response(json.dumps(page), "application/json", aws_errors.new_request_id())


def _get_region_opt_status(request: Request, own: AccountRegions) -> Response:
    name = _members("GetRegionOptStatus", request)["RegionName"]
    if name not in region_names():
        raise Refused("ValidationException", f"{name} is not a valid Region.")
    return _response(json.dumps(_told(own, name)), "application/json", aws_errors.new_request_id())


OPERATIONS: "MappingProxyType[str, dict[str, Callable[[Request, AccountRegions], Response]]]" = (
    MappingProxyType(
        {
            "account": {
                "ListRegions": _list_regions,
                "GetRegionOptStatus": _get_region_opt_status,
            },
            "ec2": {"DescribeRegions": _describe_regions},
        }
    )
)


def _members(operation: str, request: Request) -> dict[str, Any]:
    """Return the request's members after checking them against the service model."""
    try:
        members: Any = json.loads(request.get_data(as_text=True) or "{}")
    except ValueError:
        raise Refused("ValidationException", "The request is not JSON") from None
    shape = get_service_model("account").operation_model(operation).input_shape
    for broken in violations(shape, members):
        raise Refused("ValidationException", broken.as_validation_error)
    return dict(members)


def _decoded(next_token: str | None) -> str:
    if next_token is None:
        return ""
    try:
        return str(TokenDecoder().decode(next_token)["after"])
    except (ValueError, TypeError, KeyError):
        raise Refused("ValidationException", "The NextToken is not valid.") from None


def _told(own: AccountRegions, name: str) -> dict[str, str]:
    return {"RegionName": name, "RegionOptStatus": _status(own, name)}


def _status(own: AccountRegions, name: str) -> str:
    if name in ALWAYS_ON:
        return "ENABLED_BY_DEFAULT"
    if own.is_changing(name):
        return "ENABLING" if own.is_switched_on(name) else "DISABLING"
    return "ENABLED" if own.is_on(name) else "DISABLED"


def _opt_in_status(own: AccountRegions, name: str) -> str:
    if name in ALWAYS_ON:
        return "opt-in-not-required"
    return "opted-in" if own.is_on(name) else "not-opted-in"


_FILTERED: MappingProxyType[str, Callable[[AccountRegions, str], str]] = MappingProxyType(
    {
        "region-name": lambda _own, name: name,
        "endpoint": lambda _own, name: f"ec2.{name}.amazonaws.com",
        "opt-in-status": _opt_in_status,
    }
)


def _response(body: str, content_type: str, request_id: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["x-amzn-requestid"] = request_id
    return response
