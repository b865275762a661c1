"""What the Region menu answers when the rule that was shown does not exist in the chosen Region."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from wizard.domain import Target
from wizard.services import places
from wizard.web.answers import place_url


def rules_instead(request: HttpRequest) -> HttpResponse:
    """Redirect to the rules of the Region, with a note that this one is not among them."""
    match = request.resolver_match
    parts = match.kwargs if match else {}
    target = Target(account_id=parts["account_id"], region=parts["region"])
    text = _("Rule %(rule)s does not exist in %(region)s. All rules of this Region are shown.")
    name = places.region_named(target.region).name
    messages.info(request, text % {"rule": parts["ecr_repository_prefix"], "region": name})
    return HttpResponseRedirect(place_url("rule-list", target))
