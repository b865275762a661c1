"""JSON responses for requests with an API token, errors included."""

from typing import Any

from django.http import HttpRequest, JsonResponse

from wizard.words import ErrorView


def wants_json(request: HttpRequest) -> bool:
    """Whether the request has a token or accepts JSON."""
    has_token = getattr(request, "api_token", None) is not None
    return has_token or request.get_preferred_type(["text/html", "application/json"]) == (
        "application/json"
    )


def api_error(error: ErrorView) -> JsonResponse:
    """Return an error as JSON, with AWS's own message if there is one."""
    facts = {
        "title": str(error.title),
        "remedy": _words(error.remedy),
        "message": error.message,
        "code": error.code,
        "request_id": error.request_id,
    }
    told = {name: value for name, value in facts.items() if value}
    return JsonResponse({"error": told}, status=error.status)


def refused(title: str, *, status: int, challenge: str = "") -> JsonResponse:
    """Return the refusal of a token; `challenge` is the error code of RFC 6750."""
    response = JsonResponse({"error": {"title": title}}, status=status)
    if challenge:
        response["WWW-Authenticate"] = f'Bearer realm="ptcconsole", error="{challenge}"'
    return response


def _words(remedy: Any) -> str:
    return str(remedy) if hasattr(remedy, "upper") else " ".join(str(line) for line in remedy)
