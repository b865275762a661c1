"""Opens the wizard with the answers that a pasted rule gives."""

from dataclasses import asdict, replace

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from wizard.domain import NewRule, Role, Rule, RuleDraft, Target
from wizard.domain.imports import FoundRule
from wizard.drafting import store
from wizard.forms.imports import ImportForm
from wizard.services.imports import is_role_usable, is_secret_usable
from wizard.views.wizard import progress
from wizard.web import ConsoleRequest, see_other, targets_of
from wizard.words import members_text


def begin_wizard(request: ConsoleRequest, form: ImportForm) -> HttpResponse | None:
    """Create a draft and redirect to its first open step; None if the form was refused.

    The prefixes are suggestions, so that the step checks them as if they were typed. A secret or
    role that cannot be used is left open, and the person is told.
    """
    words = _why_not(request, form)
    if words:
        form.refuse(words)
        return None
    (found,) = form.found
    target = replace(request.target, region=found.region or request.target.region)
    rule = _usable(request, found.new_rule(), found, target)
    made = Rule(**asdict(rule), registry_id=target.account_id)
    try:
        draft = RuleDraft.of_rule(
            made, draft_id=store.new_draft_id(), owner_id=request.user.pk, target=target
        )
    except KeyError:
        form.refuse(_("The wizard doesn't support the upstream of this rule."))
        return None
    store.add_draft(draft)
    return see_other(progress.step_url(draft, draft.next_open_step))


def _why_not(request: ConsoleRequest, form: ImportForm) -> str:
    """Return why the wizard cannot begin with what was found; empty if it can."""
    if len(form.found) > 1:
        text = _("The text has %(number)d rules, and the wizard creates one. Choose Show plan.")
        return text % {"number": len(form.found)}
    (found,) = form.found
    if found.needs_more:
        text = _("The wizard needs literal values. These are expressions: %(names)s.")
        return text % {"names": members_text(sorted(found.needs_more))}
    if found.account_id not in ("", request.account_id):
        text = _("The rule belongs to account %(account)s. This console works in account %(own)s.")
        return text % {"account": found.account_id, "own": request.account_id}
    regions = {target.region for target in targets_of(request, Role.OPERATOR)}
    if found.region and found.region not in regions:
        return _("You can't create rules in the Region of this rule, or it doesn't exist.")
    return ""


def _usable(request: ConsoleRequest, rule: NewRule, found: FoundRule, target: Target) -> NewRule:
    """Return the rule without a secret or role that the wizard has to ask for."""
    made = Rule(**asdict(rule), registry_id=target.account_id)
    registry = made.registry
    needs_secret = registry is not None and registry.needs_secret
    if rule.credential_arn and not (needs_secret and is_secret_usable(rule.credential_arn, target)):
        text = _("You can't use the secret in the text in %(region)s. Choose another secret.")
        unneeded = _(
            "This upstream registry doesn't need a secret, so the console ignores the secret in the"
            " text."
        )
        messages.warning(request, text % {"region": target.region} if needs_secret else unneeded)
        rule = replace(rule, credential_arn=None)
    if rule.custom_role_arn and not is_role_usable(rule.custom_role_arn, target):
        messages.warning(
            request, _("You can't use the role in the text here. Choose another role.")
        )
        rule = replace(rule, custom_role_arn=None)
    if found.expressions:
        text = _("The text has expressions, which the console doesn't evaluate: %(names)s.")
        messages.info(request, text % {"names": members_text(sorted(found.expressions))})
    return rule
