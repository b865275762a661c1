"""The pages under `/_fakeaws/` by which tests and the demo steer the simulated AWS.

Answers for turning HTTP into orders to the fault board, the call counter and the allow list.
Refuses to serve any AWS call. `control` is the client's side of these pages.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws.allow_list import UPSTREAMS
from ptcconsole.fakeaws.calls import CallCounter
from ptcconsole.fakeaws.faults import Fault, FaultBoard

PREFIX = "/_fakeaws"
# How long, in seconds, a test may wait for a call that never comes.
_PATIENCE = 10

_PAGES = Map(
    [
        Rule(f"{PREFIX}/faults", methods=["POST"], endpoint="order_fault"),
        Rule(f"{PREFIX}/faults", methods=["DELETE"], endpoint="clear_faults"),
        Rule(f"{PREFIX}/release", methods=["POST"], endpoint="release"),
        Rule(f"{PREFIX}/calls", methods=["GET"], endpoint="calls"),
        Rule(f"{PREFIX}/calls/<operation>", methods=["GET"], endpoint="wait_for_call"),
        Rule(f"{PREFIX}/calls", methods=["DELETE"], endpoint="clear_calls"),
        Rule(f"{PREFIX}/upstreams", methods=["GET"], endpoint="upstreams"),
        Rule(f"{PREFIX}/upstreams", methods=["POST"], endpoint="map_upstreams"),
        Rule(f"{PREFIX}/reset", methods=["POST"], endpoint="reset"),
    ]
)


class Hooks:
    """Answers the pages; `reset` is what forgets the AWS state itself."""

    def __init__(
        self, *, faults: FaultBoard, counter: CallCounter, reset: Callable[[], None]
    ) -> None:
        self._faults = faults
        self._counter = counter
        self._forget_state = reset

    def answer(self, request: Request) -> Response:
        """The page's answer, or werkzeug's own 404, 405 and 400."""
        try:
            endpoint, names = _PAGES.bind_to_environ(request.environ).match()
            answer = getattr(self, f"_{endpoint}")(request, **names)
        except HTTPException as error:
            return Response(error.description, status=error.code)
        except (AttributeError, TypeError, ValueError) as error:
            return Response(str(error), status=400)
        return Response(json.dumps(answer), content_type="application/json")

    def _order_fault(self, request: Request) -> dict[str, Any]:
        fault = Fault.from_dict(request.get_json())
        self._faults.order(fault)
        return asdict(fault)

    def _clear_faults(self, _request: Request) -> dict[str, Any]:
        self._faults.clear()
        return {}

    def _release(self, _request: Request) -> dict[str, Any]:
        self._faults.release()
        return {}

    def _calls(self, _request: Request) -> dict[str, int]:
        return self._counter.as_dict()

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

    def _reset(self, _request: Request) -> dict[str, Any]:
        self._faults.clear()
        self._counter.clear()
        self._forget_state()
        return {}
