"""The control pages under `/_fakeaws/`: faults, call counts, upstreams, Regions, lags, the clock.

`control` is their client.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws import lags
from ptcconsole.fakeaws.allow_list import UPSTREAMS
from ptcconsole.fakeaws.audience import AUDIENCE
from ptcconsole.fakeaws.calls import CallCounter
from ptcconsole.fakeaws.checks import CHECKS, Check
from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.faults import Fault, FaultBoard
from ptcconsole.fakeaws.iam.authorization import ANYBODY
from ptcconsole.fakeaws.lags import LAGS, LagKind
from ptcconsole.fakeaws.latency import Latency
from ptcconsole.fakeaws.regions import REGIONS
from ptcconsole.fakeaws.variety import VARIETY

PREFIX = "/_fakeaws"
# The timeout in seconds of waiting for a call.
_PATIENCE = 10

_PAGES = Map(
    [
        Rule(f"{PREFIX}/faults", methods=["POST"], endpoint="order_fault"),
        Rule(f"{PREFIX}/faults", methods=["DELETE"], endpoint="clear_faults"),
        Rule(f"{PREFIX}/latency", methods=["POST"], endpoint="set_latency"),
        Rule(f"{PREFIX}/lags/<kind>", methods=["POST"], endpoint="set_lag"),
        Rule(f"{PREFIX}/audience", methods=["POST"], endpoint="set_audience"),
        Rule(f"{PREFIX}/checks", methods=["POST"], endpoint="order_checks"),
        Rule(f"{PREFIX}/variety", methods=["POST"], endpoint="vary_answers"),
        Rule(f"{PREFIX}/clock", methods=["POST"], endpoint="set_clock"),
        Rule(f"{PREFIX}/regions/<account_id>", methods=["POST"], endpoint="switch_regions"),
        Rule(f"{PREFIX}/keys/<account_id>", methods=["POST"], endpoint="make_key"),
        Rule(f"{PREFIX}/accounts/<account_id>", methods=["POST"], endpoint="add_account"),
        Rule(f"{PREFIX}/organization/<account_id>", methods=["POST"], endpoint="add_member"),
        Rule(f"{PREFIX}/restrictions/<account_id>", methods=["POST"], endpoint="restrict"),
        Rule(f"{PREFIX}/anybody", methods=["POST"], endpoint="limit_anybody"),
        Rule(f"{PREFIX}/release", methods=["POST"], endpoint="release"),
        Rule(f"{PREFIX}/calls", methods=["GET"], endpoint="calls"),
        Rule(f"{PREFIX}/calls/<operation>", methods=["GET"], endpoint="wait_for_call"),
        Rule(f"{PREFIX}/apps/<app_id>/calls", methods=["GET"], endpoint="calls_of_app"),
        Rule(f"{PREFIX}/calls", methods=["DELETE"], endpoint="clear_calls"),
        Rule(f"{PREFIX}/upstreams", methods=["GET"], endpoint="upstreams"),
        Rule(f"{PREFIX}/upstreams", methods=["POST"], endpoint="map_upstreams"),
        Rule(f"{PREFIX}/reset", methods=["POST"], endpoint="reset"),
    ]
)


class Hooks:
    """Serves the pages. `reset` clears the AWS state, the others create keys and accounts in it."""

    def __init__(
        self,
        *,
        faults: FaultBoard,
        latency: Latency,
        counter: CallCounter,
        reset: Callable[[], None],
        access_key_of: Callable[[str], dict[str, str]],
        add_account: Callable[[str, dict[str, Any]], str],
        add_to_organization: Callable[[str, dict[str, Any]], str],
        restrict: Callable[[str, dict[str, Any]], str],
    ) -> None:
        self._faults = faults
        self._latency = latency
        self._counter = counter
        self._forget_state = reset
        self._access_key_of = access_key_of
        self._add_to_state = add_account
        self._add_to_organization = add_to_organization
        self._restrict_in_state = restrict

    def answer(self, request: Request) -> Response:
        """Return the response of a page, or werkzeug's 404, 405 or 400."""
        try:
            endpoint, names = _PAGES.bind_to_environ(request.environ).match()
            answer = getattr(self, f"_{endpoint}")(request, **names)
        except HTTPException as error:
            return Response(error.description, status=error.code)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return Response(str(error), status=400)
        return Response(json.dumps(answer), content_type="application/json")

    def _order_fault(self, request: Request) -> dict[str, Any]:
        fault = Fault.from_dict(request.get_json())
        self._faults.order(fault)
        return asdict(fault)

    def _clear_faults(self, _request: Request) -> dict[str, Any]:
        self._faults.clear()
        self._latency.replace({})
        lags.clear()
        CHECKS.clear()
        ANYBODY.limit(None)
        VARIETY.vary(is_on=False)
        AUDIENCE.app_id = None
        CLOCK.clear()
        REGIONS.clear()
        return {}

    def _set_latency(self, request: Request) -> dict[str, Any]:
        table = request.get_json()
        self._latency.replace(table["seconds"], table["others"])
        return {}

    def _set_lag(self, request: Request, kind: str) -> dict[str, Any]:
        LAGS[LagKind(kind)].order(**request.get_json())
        return {}

    def _set_audience(self, request: Request) -> dict[str, Any]:
        AUDIENCE.app_id = request.get_json()["app_id"]
        return {}

    def _order_checks(self, request: Request) -> dict[str, Any]:
        CHECKS.order(Check(name) for name in request.get_json()["checks"])
        return {}

    def _limit_anybody(self, request: Request) -> dict[str, Any]:
        ANYBODY.limit(json.dumps(request.get_json()["policy"]))
        CHECKS.order([Check.IAM])
        return {}

    def _vary_answers(self, request: Request) -> dict[str, Any]:
        VARIETY.vary(is_on=request.get_json()["is_on"])
        return {}

    def _set_clock(self, request: Request) -> dict[str, Any]:
        order = request.get_json()
        CLOCK.skew = order.get("skew", CLOCK.skew)
        CLOCK.passed += order["passes"]
        return {}

    def _switch_regions(self, request: Request, account_id: str) -> dict[str, Any]:
        REGIONS.of(account_id).switch(request.get_json())
        return {}

    def _make_key(self, _request: Request, account_id: str) -> dict[str, str]:
        return self._access_key_of(account_id)

    def _add_account(self, request: Request, account_id: str) -> str:
        return self._add_to_state(account_id, request.get_json())

    def _add_member(self, request: Request, account_id: str) -> str:
        return self._add_to_organization(account_id, request.get_json())

    def _restrict(self, request: Request, account_id: str) -> str:
        return self._restrict_in_state(account_id, request.get_json())

    def _release(self, request: Request) -> dict[str, Any]:
        self._faults.release(request.args.get("region"))
        return {}

    def _calls(self, _request: Request) -> dict[str, int]:
        return self._counter.as_dict()

    def _calls_of_app(self, _request: Request, app_id: str) -> dict[str, int]:
        return self._counter.of_app(app_id)

    def _wait_for_call(self, request: Request, operation: str) -> dict[str, bool]:
        count = request.args.get("count", 1, type=int)
        return {"called": self._counter.wait_for(operation, count, _PATIENCE)}

    def _clear_calls(self, _request: Request) -> dict[str, int]:
        self._counter.clear()
        return {}

    def _upstreams(self, _request: Request) -> dict[str, str]:
        return UPSTREAMS.as_dict()

    def _map_upstreams(self, request: Request) -> dict[str, str]:
        UPSTREAMS.update(request.get_json())
        return UPSTREAMS.as_dict()

    def _reset(self, request: Request) -> dict[str, Any]:
        self._clear_faults(request)
        self._counter.clear()
        self._counter.forget_apps()
        self._forget_state()
        return {}
