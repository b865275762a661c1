"""`/readyz` and `/healthz`, for monitors and supervisors.

`/readyz` tells whether the database answers, and whether a background worker is alive. `/healthz`
tells that this process answers. Anybody may ask: the answers say nothing about accounts, rules or
people.
"""

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from wizard.services import workers
from wizard.web import alive


@require_safe
def readiness(request: HttpRequest) -> JsonResponse:
    """Answer 503 when the database does not answer; with `worker=required`, also without a worker.

    By default a missing worker is only named: a load balancer must not take the pages away, which
    work without one.
    """
    try:
        seen = workers.last_seen()
    except (DatabaseError, InterfaceError):
        return JsonResponse({"database": "does not answer", "worker": "unknown"}, status=503)
    is_alive = workers.is_alive(seen)  # guard: B7
    facts = {
        "database": "answers",
        "worker": "alive" if is_alive else "not alive",
        "worker_last_seen": seen.isoformat() if seen else None,
    }
    is_required = request.GET.get("worker") == "required"
    return JsonResponse(facts, status=503 if is_required and not is_alive else 200)


@require_safe
def liveness(_request: HttpRequest) -> HttpResponse:
    """Answer what `LivenessMiddleware` has answered already; refuse methods that change things."""
    return alive()
