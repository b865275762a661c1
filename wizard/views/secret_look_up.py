"""A secret that is looked up by its name, because AWS's list can be behind."""

from wizard.domain import Secret
from wizard.forms.secret import LookUpForm
from wizard.services import secrets
from wizard.web import ConsoleRequest


def look_up_form(request: ConsoleRequest) -> LookUpForm:
    return LookUpForm(request.GET or None, target=request.target)


def looked_up(request: ConsoleRequest, form: LookUpForm) -> Secret | None:
    """Return the secret that the query string asks for; without one, tell it in the form."""
    secret_id = form.cleaned_data["secret"] if form.is_valid() else ""
    if not secret_id:
        return None
    found = secrets.find_secret(target=request.target, secret_id=secret_id)
    if found is None:
        form.tell_missing()
    return found
