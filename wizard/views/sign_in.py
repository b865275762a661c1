"""Sign-in by password and by one-time link, sign-out, and confirmation of identity.

Opening a one-time link does not use it up, because mail programs and chat previews open links too.
Its button does. The link is a secret in an address, so its page is not cached and sends no
referrer to other sites.
"""

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.drafting.interrupted import put_errors
from wizard.forms.people import ConfirmIdentityForm, SignInForm
from wizard.gate import sessions, single_sign_on, throttling
from wizard.models import SignInWay
from wizard.services import people
from wizard.web import ConsoleRequest, is_navigation, local_url, see_other, takes

# The session key of the page to return to after confirming the identity by a one-time link.
AFTER_PROOF: Final = "after_proof"
# The member of the query string with the names of the fields that were refused.
PROBLEM: Final = "problem"


@method_decorator(takes(SignInForm, "next"), name="dispatch")
class SignInView(LoginView):
    """Sign in by user name and password. A signed-in person is redirected."""

    template_name = "auth/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_form(self, form_class: Any = None) -> AuthenticationForm:
        """Return the form; after a redirect, with the errors that `problem` names."""
        form = super().get_form(form_class)
        if not form.is_bound:
            for name in self.request.GET.get(PROBLEM, "").split(","):
                if name in form.fields:
                    put_errors(form, name, [str(form.fields[name].error_messages["required"])])
                elif name == NON_FIELD_ERRORS:
                    put_errors(form, name, [form.get_invalid_login_error().messages[0]])
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = self.get_redirect_url()
        sso_url = _single_sign_on_url(next=wanted) if wanted else _single_sign_on_url()
        # `make run` prints a link, and nobody has a password until one is set.
        has_link = settings.SIMULATED_AWS and not people.is_password_set()
        more = {"sso_url": sso_url, "has_link": has_link, "link_command": self._link_command()}
        return super().get_context_data(**kwargs, **more)

    def _link_command(self) -> str:
        """Return the command that prints a link to this console, for who runs `make run`."""
        url = self.request.build_absolute_uri("/").rstrip("/")
        command = f"{settings.MANAGE_COMMAND} signinlink admin --base-url"
        return f"CONSOLE_ENV=local {command} {url}"

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        sessions.begin(self.request, user, way=SignInWay.PASSWORD)
        return see_other(self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if form.has_error(NON_FIELD_ERRORS) and not throttling.is_locked(self.request):
            name = form.cleaned_data.get("username", "")
            people.note_failed_sign_in(typed_name=name, way=SignInWay.PASSWORD)
        # The typed name is not redisplayed, because it may be a password. This must not depend on
        # whether the name exists.
        if is_navigation(self.request):
            query = {PROBLEM: ",".join(form.errors), "next": self.get_redirect_url()}
            return see_other(f"{reverse('sign-in')}?{urlencode(query, safe='/,')}")
        form.data = {}
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(takes("next"), name="dispatch")
class SignOutView(LogoutView):
    """End the session. POST only, so that no link or image of another site can do it.

    `next` is the page to show afterwards, for who signs in again at once.
    """

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(request.user, User):
            people.note_sign_out(user=request.user)
        response = super().post(request, *args, **kwargs)
        response.status_code = 303
        return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@takes()
@sensitive_variables("token")
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the button of a link; sign its person in on POST.

    A valid link is accepted also from an address that has opened too many invalid ones.
    """
    if request.method == "POST":
        user = people.use_link(token=token)
        if user is not None:
            return _enter(request, user)
    elif people.is_link_valid(token=token):
        return _link_page(request, is_valid=True)
    if throttling.is_throttled(request, throttling.LINKS):
        return throttling.too_many(request)
    if request.method == "POST":
        people.note_failed_sign_in(typed_name="", way=SignInWay.LINK)
    if not throttling.is_read_for_another_site(request):  # guard: Z10
        throttling.note_failure(request, throttling.LINKS)
    return _link_page(request, is_valid=False)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@takes(ConfirmIdentityForm, "next")
def confirm_identity(request: ConsoleRequest) -> HttpResponse:
    """Ask for the password before an irreversible action; then return to it."""
    sent = request.POST if request.method == "POST" else request.GET
    wanted = local_url(request, sent.get("next", "")) or reverse("home")
    if sessions.is_fresh(request):
        return see_other(wanted)
    request.session[AFTER_PROOF] = wanted
    form = ConfirmIdentityForm(request.POST if request.method == "POST" else None, request=request)
    if request.method == "POST" and form.is_valid():
        people.note_proof(user=request.user, way=SignInWay.PASSWORD, is_good=True)
        sessions.prove(request)
        return see_other(wanted)
    if form.has_error("password", "wrong") and not throttling.is_locked(request):
        people.note_proof(user=request.user, way=SignInWay.PASSWORD, is_good=False)
    context = {
        "form": form,
        "next": wanted,
        "has_password": _may_use_password(request.user),
        "sso_url": _single_sign_on_url(confirm="1", next=wanted) if _is_external(request) else "",
        "link_command": f"{settings.MANAGE_COMMAND} signinlink {request.user.get_username()}",
    }
    status = 422 if form.is_bound else 200
    return render(request, "auth/confirm_identity.html", context, status=status)


def _single_sign_on_url(**query: str) -> str:
    """Return the address that starts single sign-on; empty if not configured."""
    if not single_sign_on.is_configured():
        return ""
    return f"{reverse('single-sign-on')}?{urlencode(query)}" if query else reverse("single-sign-on")


def _may_use_password(user: User) -> bool:
    return user.has_usable_password() and not people.grants_follow_provider(user)


def _is_external(request: ConsoleRequest) -> bool:
    return people.external_identity(request.user) is not None


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    """Sign the link's person in, and redirect to the page that asked for the confirmation."""
    wanted = request.session.get(AFTER_PROOF, "") if request.user == user else ""
    sessions.begin(request, user, way=SignInWay.LINK)
    request.session.pop(AFTER_PROOF, None)
    return see_other(wanted or reverse("home"))


def _link_page(request: HttpRequest, *, is_valid: bool) -> HttpResponse:
    command = f"{settings.MANAGE_COMMAND} signinlink"
    context = {"link_is_valid": is_valid, "link_command": command}
    status = 200 if is_valid else 410
    response = render(request, "auth/sign_in_link.html", context, status=status)
    # Not "no-referrer", with which browsers send `Origin: null`, which the CSRF check refuses.
    response["Referrer-Policy"] = "strict-origin"
    # Keeps Django from logging the path, which contains the link.
    setattr(response, "_has_been_logged", True)  # noqa: B010 - Django's own attribute
    return response
