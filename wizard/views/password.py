"""The password of one's own account."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.forms.people import ChangePasswordForm, NewPasswordForm
from wizard.gate import sessions, throttling
from wizard.models import SignInWay
from wizard.services import people
from wizard.web import ConsoleRequest, see_other, takes


@sensitive_variables()
@sensitive_post_parameters("old_password", "new_password", "new_password_again")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(ChangePasswordForm)
def password_change(request: ConsoleRequest) -> HttpResponse:
    """Set or change the password; the person's other sessions end.

    People whose grants the provider decides cannot set one, because it would still work after the
    provider has removed them.
    """
    if people.grants_follow_provider(request.user):
        return render(request, "people/password_closed.html", status=403)
    kind = ChangePasswordForm if request.user.has_usable_password() else NewPasswordForm
    form = kind(request.POST if request.method == "POST" else None, request=request)
    if request.method == "POST" and form.is_valid():
        people.set_password(
            user=request.user,
            password=form.cleaned_data["new_password"],
            but=sessions.id_of(request),
        )
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is set. Your other sessions have ended."))
        return see_other(reverse("account"))
    if form.has_error("old_password", "wrong") and not throttling.is_locked(request):
        people.note_proof(user=request.user, way=SignInWay.PASSWORD, is_good=False)
    status = 422 if form.is_bound else 200
    return render(request, "people/password.html", {"form": form}, status=status)
