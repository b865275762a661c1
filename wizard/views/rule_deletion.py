"""Deletion of one rule, once it is confirmed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wizard.domain import grouped_account_id
from wizard.forms.confirm import ConfirmForm
from wizard.services import deletions, rules
from wizard.services.deletions import RuleName
from wizard.views.deletions.came_from import list_before
from wizard.views.deletions.flashes import offer_orphans, tell_gone
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes


@require_http_methods(["GET", "HEAD", "POST"])
@takes(ConfirmForm, "next")
@at_target
def rule_delete(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Delete a rule after a typed confirmation; tell what remains."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rules.delete_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
        tell_gone(request, RuleName(target=target, ecr_repository_prefix=ecr_repository_prefix))
        if rule.credential_arn:
            offer_orphans(request, deletions.left_secrets({target: {rule.credential_arn}}))
        return see_other(list_before(request) or place_url("rule-list", target))
    context = {
        "next": list_before(request),
        "prefix": rule.ecr_repository_prefix,
        "account": grouped_account_id(target.account_id),
        "form": form,
    }
    return render(request, "rules/delete.html", context, status=422 if form.is_bound else 200)
