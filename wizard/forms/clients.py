"""The choice of a client, of the rules that it pulls through, and of the endpoint."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import Rule
from wizard.domain.clients import CLIENTS, Client, client_named
from wizard.forms.renderer import ConsoleForm

DUAL_STACK = "dual-stack"
_ENDPOINTS = (("ipv4", _("IPv4")), (DUAL_STACK, _("Dual-stack (IPv4 and IPv6)")))


class ClientForm(ConsoleForm):
    """Is filled in from the query string, in which what does not exist is ignored."""

    # Tells a form without a rule from an address that names none, which is for all rules.
    some = forms.CharField(widget=forms.HiddenInput, initial="1")
    client = forms.ChoiceField(label=_("Client"))
    endpoint = forms.ChoiceField(
        label=_("Endpoint of the private registry"),
        widget=forms.RadioSelect,
        choices=_ENDPOINTS,
        help_text=_("The dual-stack endpoint doesn't support AWS PrivateLink."),
    )
    rule = forms.MultipleChoiceField(
        label=_("Rules"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, query: QueryDict, rules: Sequence[Rule]) -> None:
        self._rules = {rule.ecr_repository_prefix: rule for rule in rules}
        super().__init__(_known(query, list(self._rules)))
        choices: Mapping[str, Sequence[Any]] = {
            "client": [(client.key, gettext(client.label)) for client in CLIENTS],
            "rule": [(name, _label(rule)) for name, rule in self._rules.items()],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def chosen_client(self) -> Client:
        return client_named(self.cleaned_data["client"])

    @property
    def chosen_rules(self) -> list[Rule]:
        return [self._rules[name] for name in self.cleaned_data["rule"]]

    @property
    def is_dual_stack(self) -> bool:
        return bool(self.cleaned_data["endpoint"] == DUAL_STACK)

    @property
    def query(self) -> dict[str, Any]:
        """Return what an address needs for the same choice; short if all rules are chosen."""
        chosen = self.cleaned_data
        query = {"client": chosen["client"], "endpoint": chosen["endpoint"]}
        all_rules = len(chosen["rule"]) == len(self._rules)
        return query if all_rules else {**query, "some": "1", "rule": chosen["rule"]}


def _known(query: QueryDict, rules: Sequence[str]) -> dict[str, Any]:
    """Return the choices that exist; the first client and all rules without a choice."""
    keys = [client.key for client in CLIENTS]
    client, endpoint = query.get("client", ""), query.get("endpoint")
    named = set(query.getlist("rule"))
    return {
        "some": "1",
        "client": client if client in keys else keys[0],
        "endpoint": DUAL_STACK if endpoint == DUAL_STACK else "ipv4",
        "rule": [rule for rule in rules if rule in named or not (named or "some" in query)],
    }


def _label(rule: Rule) -> str:
    upstream = rule.upstream_repository_prefix or "ROOT"
    source = rule.upstream_host if upstream == "ROOT" else f"{rule.upstream_host}/{upstream}"
    return f"{rule.ecr_repository_prefix} ({source})"
