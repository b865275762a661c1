"""Adding an account: which one it is, then the role that the console gets in it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wizard.domain.accounts import role_arn_of
from wizard.domain.errors import AccountExists, AccountIsOwn, AwsError
from wizard.forms.accounts import AccountRoleForm, AddAccountForm, NewAccountRoleForm
from wizard.services import accounts, places
from wizard.views.accounts.role_setup import asked_setup, role_file, role_setup
from wizard.web import ConsoleRequest, see_other, takes
from wizard.words import error_view


@require_http_methods(["GET", "HEAD", "POST"])
@takes(AddAccountForm)
def account_add(request: ConsoleRequest) -> HttpResponse:
    """Ask which account is added. Its external ID is made, and nothing else is stored."""
    form = AddAccountForm(
        request.POST if request.method == "POST" else None,
        offered=list(places.list_regions()),
        initial={"account": request.GET.get("account", "")[:2048]},
    )
    context: dict[str, Any] = {"form": form, "error": None}
    if request.method == "POST" and form.is_valid():
        account_id = form.cleaned_data["account"]
        try:
            accounts.prepare_account(account_id, actor=request.user)
        except (AccountExists, AccountIsOwn) as refusal:
            form.add_error("account", _refusal_text(refusal))
            context["existing_id"] = account_id if isinstance(refusal, AccountExists) else ""
        except AwsError as error:
            context["error"] = view = error_view(error)
            return render(request, "accounts/add.html", context, status=view.status)
        else:
            answers = {"role_arn": form.role_arn, **form.details()}
            query = urlencode({name: each for name, each in answers.items() if each}, doseq=True)
            return see_other(f"{_role_url(account_id)}?{query}")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/add.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(NewAccountRoleForm)
def account_role(request: ConsoleRequest, managed_id: str) -> HttpResponse:
    """Show how the role is created, test it, and add the account or change its role."""
    account = accounts.find_account(managed_id)
    external_id = accounts.made_external_id(managed_id)
    if not external_id or (account is not None and not account.role_arn):
        # Without an external ID there is nothing to show; the first page makes it.
        return see_other(f"{reverse('account-add')}?{urlencode({'account': managed_id})}")
    form = _role_form(request, managed_id, role_arn=account.role_arn if account else "")
    setup = asked_setup(request, managed_id, external_id, form)
    if request.method != "POST" and request.GET.get("format"):
        return role_file(request, setup)
    context: dict[str, Any] = {
        "form": form,
        "account": account,
        "account_id": managed_id,
        "external_id": external_id,
        "error": None,
        **role_setup(request, setup),
    }
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "accounts/role.html", context, status=status)
    try:
        _bind(request, managed_id, form)
    except (AccountExists, AccountIsOwn) as refusal:
        form.add_error("role_arn", _refusal_text(refusal))
        return render(request, "accounts/role.html", context, status=refusal.status)
    except AwsError as error:
        context["error"] = view = error_view(error)
        if view.field == "role_arn":
            form.add_error("role_arn", str(view.title))
        return render(request, "accounts/role.html", context, status=view.status)
    text = _("The role of account %(id)s was changed.") if account else _("Added account %(id)s.")
    messages.success(request, text % {"id": managed_id})
    return see_other(reverse("account-detail", kwargs={"managed_id": managed_id}))


def _refusal_text(refusal: AccountExists | AccountIsOwn) -> str:
    """Return title and remedy of a refusal, for its field."""
    view = error_view(refusal)
    return f"{view.title}. {view.remedy}"


def _role_form(request: ConsoleRequest, account_id: str, *, role_arn: str) -> AccountRoleForm:
    """Return the form of a new account, with its details, or that of a new role."""
    data = request.POST if request.method == "POST" else None
    if role_arn:
        return AccountRoleForm(data, account_id=account_id, initial={"role_arn": role_arn})
    initial = {
        "role_arn": request.GET.get("role_arn") or role_arn_of(account_id),
        "alias": request.GET.get("alias", ""),
        "owner": request.GET.get("owner", ""),
        "regions": request.GET.getlist("regions"),
    }
    offered = list(places.list_regions())
    return NewAccountRoleForm(data, account_id=account_id, offered=offered, initial=initial)


def _bind(request: ConsoleRequest, account_id: str, form: AccountRoleForm) -> None:
    """Add the account with the role of the form, or change its role."""
    role_arn = form.cleaned_data["role_arn"]
    if not isinstance(form, NewAccountRoleForm):
        accounts.change_role(account_id, role_arn=role_arn, actor=request.user)
        return
    details = form.details()
    new = accounts.NewAccount(
        account_id=account_id,
        role_arn=role_arn,
        alias=details["alias"],
        owner=details["owner"],
        regions=tuple(details["regions"]),
    )
    accounts.add_account(new, actor=request.user)


def _role_url(account_id: str) -> str:
    return reverse("account-role", kwargs={"managed_id": account_id})
