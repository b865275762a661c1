"""The ways in and out: a password, a one-time link, sign-out.

A link's page uses nothing up when it is opened, for mail programs and chat previews open links
too; only its button does. The link is a secret in an address, so its page is not stored and tells
no other page where the person came from.
"""

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.forms.renderer import ConsoleRenderer
from wizard.services import sign_in

_BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignInForm(AuthenticationForm):
    """Django's form in the console's looks."""

    default_renderer = ConsoleRenderer


class SignInView(LoginView):
    """Name and password. Whoever is signed in already is sent on."""

    template_name = "auth/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        response.status_code = 303
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(login_not_required, name="dispatch")
class SignOutView(LogoutView):
    """End the session. POST only: no link or image of another page can sign a person out."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response.status_code = 303
        return response


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a link's button; sign its person in when it is pressed."""
    if request.method == "POST":
        user = sign_in.use_link(token=token)
        if user is not None:
            login(request, user, backend=_BACKEND)
            return HttpResponseRedirect(reverse("home"), status=303)
        return _link_page(request, is_valid=False)
    return _link_page(request, is_valid=sign_in.is_link_valid(token=token))


def _link_page(request: HttpRequest, *, is_valid: bool) -> HttpResponse:
    context = {"link_is_valid": is_valid}
    status = 200 if is_valid else 410
    response = render(request, "auth/sign_in_link.html", context, status=status)
    # Not "no-referrer": a browser then sends `Origin: null` with the button, which CSRF refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response
