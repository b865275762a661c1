"""The tables of the pages over all accounts."""

from collections.abc import Mapping
from typing import Final

from wizard.domain.columns import Column
from wizard.domain.texts import gettext_noop

FLEET_TABLES: Final[Mapping[str, tuple[Column, ...]]] = {
    # The rules of all accounts. The database sorts them by these names.
    "fleet": (
        Column(name="prefix", label=gettext_noop("Prefix"), sort_key="prefix", optional=False),
        Column(name="account", label=gettext_noop("Account"), sort_key="account", optional=False),
        Column(name="owner", label=gettext_noop("Owner")),
        Column(name="region", label=gettext_noop("Region"), sort_key="region"),
        Column(name="registry", label=gettext_noop("Upstream registry"), sort_key="registry"),
        Column(name="url", label=gettext_noop("Upstream URL"), sort_key="url"),
        Column(name="status", label=gettext_noop("Status"), sort_key="status"),
        Column(name="validated", label=gettext_noop("Last validated"), sort_key="validated"),
        Column(name="read", label=gettext_noop("Last read"), sort_key="read"),
    ),
    "fleet-accounts": (
        Column(name="account", label=gettext_noop("Account"), sort_key="label", optional=False),
        Column(name="owner", label=gettext_noop("Owner"), sort_key="owner"),
        Column(name="rules", label=gettext_noop("Rules"), sort_key="counts.total"),
        Column(name="valid", label=gettext_noop("Valid"), sort_key="counts.valid"),
        Column(name="failed", label=gettext_noop("Failed"), sort_key="counts.failed"),
        Column(
            name="unvalidated",
            label=gettext_noop("Not validated"),
            sort_key="counts.not_validated",
        ),
        Column(name="regions", label=gettext_noop("Regions"), sort_key="regions"),
        Column(name="read", label=gettext_noop("Last read"), sort_key="oldest"),
    ),
    "fleet-groups": (
        Column(name="group", label=gettext_noop("Group"), sort_key="label", optional=False),
        Column(name="rules", label=gettext_noop("Rules"), sort_key="counts.total"),
        Column(name="valid", label=gettext_noop("Valid"), sort_key="counts.valid"),
        Column(name="failed", label=gettext_noop("Failed"), sort_key="counts.failed"),
        Column(
            name="unvalidated",
            label=gettext_noop("Not validated"),
            sort_key="counts.not_validated",
        ),
    ),
    # The database sorts the readings by these names.
    "fleet-readings": (
        Column(name="account", label=gettext_noop("Account"), sort_key="account", optional=False),
        Column(name="owner", label=gettext_noop("Owner")),
        Column(name="region", label=gettext_noop("Region"), sort_key="region", optional=False),
        Column(name="state", label=gettext_noop("State")),
        Column(name="read", label=gettext_noop("Last read"), sort_key="read"),
    ),
    # The accounts of a plan, and of an operation over accounts.
    "fleet-plan": (
        Column(name="account", label=gettext_noop("Account"), optional=False),
        Column(name="owner", label=gettext_noop("Owner")),
        Column(name="regions", label=gettext_noop("Regions")),
        Column(name="rules", label=gettext_noop("Rules")),
    ),
    # The secrets of a plan, and the upstream registries to choose from.
    "fleet-rotation": (
        Column(name="secret", label=gettext_noop("Secret"), optional=False),
        Column(name="account", label=gettext_noop("Account"), optional=False),
        Column(name="regions", label=gettext_noop("Regions")),
        Column(name="rules", label=gettext_noop("Rules")),
        Column(name="plan", label=gettext_noop("Plan"), optional=False),
    ),
    "fleet-upstreams": (
        Column(name="upstream", label=gettext_noop("Upstream registry"), optional=False),
        Column(name="rules", label=gettext_noop("Rules")),
    ),
    "fleet-parts": (
        Column(name="account", label=gettext_noop("Account"), optional=False),
        Column(name="state", label=gettext_noop("State")),
        Column(name="regions", label=gettext_noop("Regions")),
        Column(name="succeeded", label=gettext_noop("Succeeded")),
        Column(name="failed", label=gettext_noop("Failed")),
        Column(name="reason", label=gettext_noop("Reason")),
    ),
    "fleet-operations": (
        Column(
            name="started",
            label=gettext_noop("Started"),
            sort_key="operation.created_at",
            optional=False,
        ),
        Column(name="title", label=gettext_noop("Operation"), sort_key="title"),
        Column(name="by", label=gettext_noop("By"), sort_key="operation.actor.username"),
        Column(name="state", label=gettext_noop("State"), sort_key="is_finished"),
    ),
    "fleet-sweeps": (
        Column(name="account", label=gettext_noop("Account"), sort_key="account", optional=False),
        Column(name="state", label=gettext_noop("State")),
        Column(name="regions", label=gettext_noop("Regions"), sort_key="regions"),
        Column(name="swept", label=gettext_noop("Last sweep"), sort_key="swept"),
        Column(name="next", label=gettext_noop("Next sweep"), sort_key="next"),
    ),
}
