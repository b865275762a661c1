"""What rotating a credential over accounts would do, from the last-known rules. No call to AWS.

A rule names its secret by ARN. The ARNs of a secret and its replicas differ in the Region only, so
they are one secret here.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from wizard.domain import SECRET_NAME_PREFIX, Role, SecretArn, Target
from wizard.domain.errors import InvalidIdentifier
from wizard.domain.registries import normalised_url
from wizard.models import LastKnownRule, UsedBy
from wizard.services import access, usable_accounts
from wizard.services.fleet_operations.planning import MOST_ACCOUNTS, MOST_RULES, AccountPlan

_COLUMNS: Final = (
    *("account_id", "region", "ecr_repository_prefix"),
    *("upstream_registry_url", "credential_arn"),
)
_Row = tuple[str, str, str, str, str]
_UPSTREAM: Final = "upstream"


def asked_for_rotation(upstream: str) -> dict[str, str]:
    """Return what an operation has to know to rotate the credential of an upstream."""
    return {_UPSTREAM: upstream}


def upstream_asked_for(asked: Mapping[str, Any]) -> str:
    """Return the upstream whose credential an operation rotates."""
    return str(asked.get(_UPSTREAM, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSecret:
    """A secret of an account, with the chosen rules that use it or a replica.

    `outside` is the number of its further rules of the same upstream, and `others` are the
    upstreams of its other rules. `is_permitted`: the person is an operator wherever it is used.
    """

    account_id: str
    resource: str
    rules: tuple[UsedBy, ...]
    regions: tuple[str, ...]
    outside: int = 0
    others: tuple[str, ...] = ()
    is_permitted: bool = True

    @property
    def name(self) -> str:
        """The name that the secret most likely has, without ECR's prefix."""
        return secret_name(self.resource)

    @property
    def key(self) -> str:
        return f"{self.rules[0].region}/{self.resource}"

    @property
    def is_possible(self) -> bool:
        """Whether it gets the credential: it does not if rules of another upstream use it."""
        return self.is_permitted and not self.others


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRotationPlan:
    """The secrets of one upstream that the chosen rules use, in all accounts.

    `upstreams` are those of the chosen rules, with the numbers of rules, and `names` those of the
    upstream's secrets, with the numbers of secrets. If there are several and
    none is asked for, there is no `upstream` and nothing is planned.
    """

    upstream: str = ""
    upstreams: Mapping[str, int] = field(default_factory=dict)
    secrets: tuple[PlannedSecret, ...] = ()
    names: Mapping[str, int] = field(default_factory=dict)
    not_permitted: int = 0
    unusable: tuple[str, ...] = ()
    is_too_large: bool = False

    @property
    def possible(self) -> list[PlannedSecret]:
        return [each for each in self.secrets if each.is_possible]

    @property
    def rules(self) -> int:
        """The number of rules that get the credential by their secrets."""
        return sum(len(each.rules) + each.outside for each in self.possible)

    @property
    def accounts(self) -> list[AccountPlan]:
        """The accounts with secrets that can be changed."""
        return [
            AccountPlan(
                account_id=account_id,
                regions=tuple(dict.fromkeys(region for each in group for region in each.regions)),
                rules=tuple(each.key for each in group),
            )
            for account_id, members in groupby(self.possible, key=lambda each: each.account_id)
            if (group := list(members))
        ]


def plan_rotation(
    *, rows: "QuerySet[LastKnownRule]", user: User, upstream: str = "", name: str = ""
) -> FleetRotationPlan:
    """Return the secrets of those of the rules that the person may change.

    With a `name`, only the secrets that most likely have it.
    """
    with_secret = rows.exclude(credential_arn="")
    allowed = with_secret.filter(access.visible_places(user=user, role=Role.OPERATOR))
    ordered = allowed.order_by("account_id", "region", "ecr_repository_prefix")
    found: list[_Row] = list(ordered.values_list(*_COLUMNS)[: MOST_RULES + 1])
    host_of = cache(normalised_url)
    upstreams = Counter(host_of(url) for _account, _region, _prefix, url, _arn in found)
    chosen_host = upstream or (next(iter(upstreams)) if len(upstreams) == 1 else "")
    chosen = [row for row in found if host_of(row[3]) == chosen_host]
    usable = usable_accounts.usable_of(row[0] for row in chosen)
    here = [row for row in chosen if row[0] in usable]
    every = _secrets(here, _sharing(allowed, here), chosen_host, user) if here else []
    secrets = [each for each in every if name in ("", each.name)]
    accounts = {each.account_id for each in secrets}
    return FleetRotationPlan(
        upstream=chosen_host,
        upstreams=dict(upstreams.most_common()),
        secrets=tuple(secrets),
        names=dict(Counter(each.name for each in every).most_common()),
        not_permitted=with_secret.count() - allowed.count(),
        unusable=tuple(sorted({row[0] for row in chosen} - usable)),
        is_too_large=len(found) > MOST_RULES or len(accounts) > MOST_ACCOUNTS,
    )


def resource_of(arn: str) -> str:
    """Return what the ARNs of a secret and its replicas have in common."""
    return arn.partition(":secret:")[2] or arn


def secret_name(resource: str) -> str:
    """Return the name that a secret most likely has, without ECR's prefix."""
    try:
        arn = f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{resource}"
        name = SecretArn.parse(arn).possible_names[-1]
    except InvalidIdentifier:
        name = resource
    return name.removeprefix(SECRET_NAME_PREFIX)


def _sharing(
    allowed: "QuerySet[LastKnownRule]", chosen: Collection[_Row]
) -> "QuerySet[LastKnownRule, _Row]":
    """Return the rules that may share a secret with a chosen one, whoever may look at them.

    Those with the same ARN, of whichever upstream, and those of the same upstream in the same
    accounts, which may use a replica.
    """
    every = allowed.order_by()
    is_same = Q(credential_arn__in=every.values("credential_arn"))
    is_like = Q(
        upstream_registry_url__in={row[3] for row in chosen},
        account_id__in=every.values("account_id"),
    )
    rows = LastKnownRule.objects.filter(is_same | is_like, gone_since__isnull=True)
    return rows.exclude(credential_arn="").order_by().values_list(*_COLUMNS)


@dataclass(slots=True)
class _Uses:
    """All rules of a secret: the chosen ones, and others."""

    chosen: list[UsedBy] = field(default_factory=list)
    regions: dict[str, None] = field(default_factory=dict)
    outside: int = 0
    others: set[str] = field(default_factory=set)


def _secrets(
    chosen: Iterable[_Row], sharing: Iterable[_Row], upstream: str, user: User
) -> list[PlannedSecret]:
    found: dict[tuple[str, str], _Uses] = {}
    known = set()
    for account_id, region, prefix, _url, arn in chosen:
        uses = found.setdefault((account_id, resource_of(arn)), _Uses())
        uses.chosen.append(UsedBy(region=region, ecr_repository_prefix=prefix))
        uses.regions[region] = None
        known.add((account_id, region, prefix))
    for account_id, region, prefix, url, arn in sharing:
        shared = found.get((account_id, resource_of(arn)))
        if shared is None or (account_id, region, prefix) in known:
            continue
        shared.regions[region] = None
        if normalised_url(url) == upstream:
            shared.outside += 1
        else:
            shared.others.add(normalised_url(url))

    @cache
    def may(account_id: str, region: str) -> bool:
        target = Target(account_id=account_id, region=region)
        return access.may(user=user, role=Role.OPERATOR, target=target)

    return [
        PlannedSecret(
            account_id=account_id,
            resource=resource,
            rules=tuple(uses.chosen),
            regions=tuple(uses.regions),
            outside=uses.outside,
            others=tuple(sorted(uses.others)),
            is_permitted=all(may(account_id, region) for region in uses.regions),
        )
        for (account_id, resource), uses in found.items()
    ]
