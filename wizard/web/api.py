"""Answers for programs that come with an API token: JSON, errors included."""

from typing import Any

from django.http import HttpRequest, JsonResponse

from wizard.messages import ErrorView


def wants_json(request: HttpRequest) -> bool:
    """Whether the answer is for a program: it came with a token, or asks for JSON."""
    has_token = getattr(request, "api_token", None) is not None
    return has_token or request.get_preferred_type(["text/html", "application/json"]) == (
        "application/json"
    )


def api_error(error: ErrorView) -> JsonResponse:
    """An error of the console's in JSON, with AWS's own words where there are any."""
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
    """A request that the token does not open; `challenge` is what RFC 6750 calls the error."""
    response = JsonResponse({"error": {"title": title}}, status=status)
    if challenge:
        response["WWW-Authenticate"] = f'Bearer realm="ptcconsole", error="{challenge}"'
    return response


def _words(remedy: Any) -> str:
    return str(remedy) if hasattr(remedy, "upper") else " ".join(str(line) for line in remedy)
