"""Changes of a Region's secrets: create, replace the value, delete, restore."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from wizard.domain import SECRET_NAME_PREFIX, Secret, ends_like_arn
from wizard.domain.errors import AwsError, SecretInUse, SecretScheduledForDeletion
from wizard.forms.confirm import ConfirmForm
from wizard.forms.secret import SecretForm, ValueForm
from wizard.services import secrets
from wizard.views.secret_next_step import SecretUser
from wizard.views.typed_credentials import (
    GO,
    is_test,
    kept_credential,
    may_test,
    test_typed,
    with_key,
)
from wizard.web import ConsoleRequest, at_target, local_url, place_url, see_other, takes
from wizard.words import ErrorView, JudgedLogin, error_view, name_warning


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(SecretForm)
@at_target
def secret_create(request: ConsoleRequest) -> HttpResponse:
    """Create a secret that rules can use."""
    form = SecretForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show_form(request, form)
    name = form.cleaned_data["secret_name"]
    try:
        secrets.create_secret(
            target=request.target, name=name, credential=form.credential(), token=form.token()
        )
    except AwsError as error:
        taken = name if isinstance(error, SecretScheduledForDeletion) else ""  # guard: F11
        return _show_form(request, form, error=error_view(error), restorable=taken)
    if ends_like_arn(name):
        messages.warning(request, name_warning(name))
    text = _("Created secret %(name)s (%(region)s).")
    return _done(request, text % _names(request, name), name)


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(ValueForm, GO)
@at_target
def secret_replace_value(request: ConsoleRequest, secret: str) -> HttpResponse:
    """Store another credential as a new version of a secret; the old one is not shown."""
    found = _get(request, secret)
    kept = kept_credential(request, request.POST.get("sealed_credential", ""))
    form = ValueForm(request.POST or None, kept=kept)
    if request.method != "POST" or not form.is_valid():
        return _show_form(request, form, secret=found)
    if is_test(request):
        return _test_value(request, form, found)
    try:
        secrets.replace_secret_value(
            target=request.target,
            arn=found.arn,
            credential=form.credential(),
            actor=request.user,
            token=form.token(),
        )
    except AwsError as error:
        return _show_form(request, form, secret=found, error=error_view(error))
    text = _("Updated the value of secret %(name)s (%(region)s).") % _names(request, found.name)
    return _changed(request, text, found.name, came_from=request.GET.get("next", ""))


@sensitive_variables()
def _test_value(request: ConsoleRequest, form: ValueForm, secret: Secret) -> HttpResponse:
    """Test the typed value at the upstream of the secret's rules, and show the form with it."""
    try:
        hosts = secrets.upstream_hosts(target=request.target, secret=secret)
    except AwsError as error:
        return _show_form(request, form, secret=secret, error=error_view(error))
    test = test_typed(request, form.credential(), target=request.target, hosts=hosts)
    form = form.tested(test.ciphertext)
    return with_key(_show_form(request, form, secret=secret, tested=test.judged), request, test)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(ConfirmForm)
@at_target
def secret_delete(request: ConsoleRequest, secret: str) -> HttpResponse:
    """Schedule a secret's deletion after confirmation; refused while a rule uses it.

    The refusal comes before the question, and again after it, because a rule may be new by then.
    """
    found = _get(request, secret)
    form = ConfirmForm(request.POST or None)
    context: dict[str, Any] = {"secret": found, "form": form, "days": secrets.RECOVERY_DAYS}
    try:
        if request.method != "POST":
            secrets.check_unused(target=request.target, arn=found.arn)
        if request.method != "POST" or not form.is_valid():
            status = 422 if form.is_bound else 200
            return render(request, "secrets/delete.html", context, status=status)
        secrets.schedule_secret_deletion(target=request.target, secret=found)
    except SecretInUse as error:
        users = [SecretUser.at(request.target, *user) for user in error.users]
        context |= {"users": users, "unread": error.unread, "error": error_view(error)}
        return render(request, "secrets/in_use.html", context, status=error.status)
    except AwsError as error:
        context["error"] = error_view(error)
        return render(request, "secrets/delete.html", context, status=context["error"].status)
    text = _("Scheduled secret %(name)s (%(region)s) for deletion in %(days)d days.")
    names = {**_names(request, found.name), "days": secrets.RECOVERY_DAYS}
    return _done(request, text % names, found.name)


@require_POST
@takes("next")
@at_target
def secret_take_back(request: ConsoleRequest, secret: str) -> HttpResponse:
    """Restore a secret that is scheduled for deletion."""
    found = _get(request, secret)
    secrets.restore_secret(target=request.target, arn=found.arn)
    text = _("Restored secret %(name)s (%(region)s).") % _names(request, found.name)
    return _changed(request, text, found.name, came_from=request.POST.get("next", ""))


def _get(request: ConsoleRequest, secret: str) -> Secret:
    return secrets.get_secret(target=request.target, name=SECRET_NAME_PREFIX + secret)


def _names(request: ConsoleRequest, name: str) -> dict[str, Any]:
    """Return what a message names: the secret, and the Region that its page can differ from."""
    return {"name": name, "region": request.target.region}


def _show_form(
    request: ConsoleRequest,
    form: Form,
    *,
    secret: Secret | None = None,
    error: ErrorView | None = None,
    restorable: str = "",
    tested: JudgedLogin | None = None,
) -> HttpResponse:
    status = error.status if error else 422 if form.is_bound else 200
    context: dict[str, Any] = {
        "form": form,
        "secret": secret,
        "error": error,
        "back_url": local_url(request, request.GET.get("next", "")),
        "may_test": secret is not None and may_test(),
        "tested": tested,
    }
    if restorable:
        context["restorable"] = restorable
        context["restorable_short"] = restorable.removeprefix(SECRET_NAME_PREFIX)
    return render(request, "secrets/form.html", context, status=status)


def _changed(request: ConsoleRequest, text: str, name: str, *, came_from: str) -> HttpResponse:
    """Tell the change, and go where its rules are validated: to the rule, or to the list."""
    back = local_url(request, came_from)
    if not back:
        return _done(request, text, name, changed="1")
    messages.success(request, text)
    return see_other(f"{urlsplit(back).path}?changed=1")


def _done(request: ConsoleRequest, text: str, name: str, **more: str) -> HttpResponse:
    """Tell the change, and show the list with the changed secret, which AWS's list may lack."""
    messages.success(request, text)
    query = urlencode({"secret": name.removeprefix(SECRET_NAME_PREFIX), **more})
    return see_other(f"{place_url('secret-list', request.target)}?{query}")
