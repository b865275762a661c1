"""What each address requires: one entry per name of the URLconf.

`gate/middleware.py` checks the entry before the view runs. An address without an entry is closed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

from wizard.domain import Role, Scope

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Audience(Enum):
    """Who may use an address without a grant."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an address requires to look (GET, HEAD) and to change (all other methods).

    - `is_fresh`: changes require a recent confirmation of identity.
    - `asks_first`: the page asks for it on GET already, so that nothing typed into it is lost.
    - `scope`: what an API token must have. Without a scope no token opens the address.
    - `is_export`: a token gets files only, not the page.
    - `is_api`: it answers JSON only, also to nobody: they are not led to the sign-in.
    - `regions`: form fields with Regions, or with rules as `region/prefix`, one or more with spaces
      between them. The person needs the role in each of them.
    """

    look: Role | Audience
    change: Role | Audience
    is_fresh: bool = False
    asks_first: bool = False
    scope: Scope | None = None
    is_export: bool = False
    is_api: bool = False
    regions: tuple[str, ...] = ()

    def who(self, method: str | None) -> Role | Audience:
        return self.look if method in SAFE_METHODS else self.change

    def needs_fresh(self, method: str | None) -> bool:
        return self.asks_first if method in SAFE_METHODS else self.is_fresh


def _only(who: Role | Audience, **more: Any) -> Need:
    return Need(look=who, change=who, **more)


def _page(*, change: Role, look: Role = Role.VIEWER, **more: Any) -> Need:
    return Need(look=look, change=change, **more)


_LOOK: Final = _only(Role.VIEWER)
_WORK: Final = _only(Role.OPERATOR)
# A button that changes something irreversible or handles a credential.
_ACT: Final = _only(Role.OPERATOR, is_fresh=True)
# The same, with a page of its own that has a form.
_ACT_PAGE: Final = _only(Role.OPERATOR, is_fresh=True, asks_first=True)
_ADMINISTER: Final = _only(Role.ADMINISTRATOR)
_ADMINISTER_PAGE: Final = _only(Role.ADMINISTRATOR, is_fresh=True, asks_first=True)
_ADMINISTER_ACT: Final = _only(Role.ADMINISTRATOR, is_fresh=True)
_OWN: Final = _only(Audience.SIGNED_IN)
_OWN_ACT: Final = _only(Audience.SIGNED_IN, is_fresh=True)
_OWN_PAGE: Final = _only(Audience.SIGNED_IN, is_fresh=True, asks_first=True)
_OPEN: Final = _only(Audience.ANYBODY)
_API: Final = _only(Role.VIEWER, scope=Scope.RULES_READ, is_api=True)

NEEDS: Final[Mapping[str, Need]] = {
    # Sign-in, and each person's own account.
    "home": _OWN,
    "preferences": _OPEN,
    "liveness": _OPEN,
    "readiness": _OPEN,
    "table-preferences": _OWN,
    "sign-in": _OPEN,
    "sign-in-link": _OPEN,
    "sign-out": _OPEN,
    "session": _OPEN,
    "single-sign-on": _OPEN,
    "single-sign-on-callback": _OPEN,
    "confirm-identity": _OWN,
    "help": _OWN,
    "search": _OWN,
    "account-switch": _OWN,
    "help-topic": _OWN,
    "account": _OWN,
    "own-time-zone": _OWN,
    "password-change": _OWN_PAGE,
    "own-session-end": _OWN_ACT,
    "own-sessions-end": _OWN_ACT,
    "api-token-create": _OWN_PAGE,
    "api-token-revoke": _OWN_ACT,
    # The rules of all accounts. The queries of the pages have the grants as conditions.
    "fleet-rules": _LOOK,
    # Its buttons lead to pages.
    "fleet-action": _WORK,
    "fleet-accounts": _LOOK,
    "fleet-groups": _LOOK,
    "fleet-matrix": _LOOK,
    "fleet-readings": _LOOK,
    "fleet-trend": _LOOK,
    "fleet-validate": _WORK,
    "fleet-create": _WORK,
    "fleet-rotate": _WORK,
    "fleet-replace": _ACT_PAGE,
    "fleet-operation-list": _LOOK,
    "fleet-operation-detail": _LOOK,
    "fleet-operation-retry": _WORK,
    "fleet-operation-cancel": _WORK,
    "fleet-sweeps": _LOOK,
    # It only lets accounts be read.
    "fleet-sweep-now": _WORK,
    # The same for programs.
    "api-openapi": _API,
    "api-fleet-rules": _API,
    "api-fleet-accounts": _API,
    "api-fleet-groups": _API,
    "api-fleet-matrix": _API,
    "api-fleet-regions": _API,
    "api-fleet-trend": _API,
    # The rules.
    "rule-list": _only(Role.VIEWER, scope=Scope.RULES_READ, is_export=True),
    "rule-overview": _only(Role.VIEWER, scope=Scope.RULES_READ, is_export=True),
    "overview-section": _LOOK,
    # A POST only asks AWS again.
    "closed-regions-check": _LOOK,
    "account-regions": _page(change=Role.ADMINISTRATOR, regions=("regions",)),
    "rule-detail": _LOOK,
    "rule-validate": _only(Role.OPERATOR, scope=Scope.RULES_VALIDATE),
    "rule-edit": _ACT_PAGE,
    "rule-clone": _only(Role.OPERATOR, regions=("regions",)),
    "rule-delete": _ACT_PAGE,
    "rule-action": _only(Role.OPERATOR, regions=("rule",)),
    "rules-delete": _only(Role.OPERATOR, is_fresh=True, regions=("rule",)),
    "deletion-detail": _LOOK,
    "deletion-progress": _LOOK,
    "deletion-retry": _ACT,
    # The plan of an import is applied by a form of its own.
    "rule-import": _only(Role.OPERATOR, asks_first=True),
    "import-apply": _only(Role.OPERATOR, is_fresh=True, regions=("rule",)),
    "import-detail": _LOOK,
    "import-complete": _ACT,
    "import-retry": _ACT,
    "rule-health": _page(change=Role.OPERATOR),
    "region-health": _page(change=Role.OPERATOR),
    "rule-repositories": _LOOK,
    "region-repositories": _LOOK,
    "repository-images": _LOOK,
    # Counts as a pull.
    "repository-platforms": _WORK,
    "client-configuration": _LOOK,
    # Files and lists of images; a POST changes nothing.
    "file-convert": _LOOK,
    "converted-file": _LOOK,
    "image-bypass": _LOOK,
    # The permissions of the console's own credentials; a POST asks IAM again.
    "permission-list": _LOOK,
    "permission-check": _LOOK,
    # Secrets.
    "secret-list": _LOOK,
    "secret-create": _ACT_PAGE,
    "secret-replace-value": _ACT_PAGE,
    "secret-delete": _ACT_PAGE,
    "secret-take-back": _ACT,
    # What a lifecycle policy would do.
    "lifecycle-preview-create": _WORK,
    "lifecycle-preview-detail": _LOOK,
    # Clean-ups. The form makes a preview, which a POST to its own page confirms.
    "cleanup-create": _WORK,
    "cleanup-detail": _page(change=Role.OPERATOR, is_fresh=True),
    "cleanup-progress": _LOOK,
    "cleanup-retry": _ACT,
    "image-fetch-again": _ACT_PAGE,
    # Whose pulls count.
    "exclusion-list": _LOOK,
    "exclusion-register": _ACT_PAGE,
    "exclusion-deregister": _ACT,
    # Repository creation templates.
    "template-list": _LOOK,
    "template-create": _ACT_PAGE,
    "template-detail": _LOOK,
    "template-edit": _ACT_PAGE,
    "template-delete": _ACT_PAGE,
    "template-copy": _only(Role.OPERATOR, is_fresh=True, asks_first=True, regions=("regions",)),
    "template-remove": _only(Role.OPERATOR, is_fresh=True, asks_first=True, regions=("regions",)),
    "template-operation-detail": _LOOK,
    "template-operation-retry": _ACT,
    # Rotations, over Regions.
    "rotation-list": _LOOK,
    "rotation-create": _only(Role.OPERATOR, is_fresh=True, asks_first=True, regions=("secret",)),
    "rotation-detail": _LOOK,
    "rotation-progress": _LOOK,
    "rotation-complete": _ACT,
    "rotation-put-back": _only(Role.OPERATOR, is_fresh=True, regions=("secret",)),
    # The wizard and its operations.
    "draft-create": _WORK,
    "draft-step": _WORK,
    "draft-preview": _WORK,
    "draft-plan": _WORK,
    "draft-cancel": _WORK,
    "draft-confirm": _only(Role.OPERATOR, is_fresh=True, regions=("regions",)),
    "draft-progress": _WORK,
    "draft-regions": _only(Role.OPERATOR, regions=("regions",)),
    "secret-restore": _ACT,
    "secret-discard": _ACT,
    "operation-complete": _ACT,
    "operation-clean-up": _ACT,
    "change-settle": _ACT,
    "operation-list": _LOOK,
    "batch-detail": _LOOK,
    "batch-progress": _LOOK,
    "batch-complete": _ACT,
    "batch-retry": _ACT,
    # Bulk validations.
    "bulk-validation-create": _page(
        change=Role.OPERATOR, scope=Scope.RULES_VALIDATE, regions=("region", "rule")
    ),
    "bulk-validation-detail": _only(Role.VIEWER, scope=Scope.RULES_VALIDATE),
    "bulk-validation-cancel": _WORK,
    # People, accounts and the audit trail.
    "people": _ADMINISTER,
    "person": _ADMINISTER,
    "person-add": _ADMINISTER_PAGE,
    "person-disable": _ADMINISTER_ACT,
    "person-enable": _ADMINISTER_ACT,
    "person-link": _ADMINISTER_ACT,
    "person-sessions-end": _ADMINISTER_ACT,
    "person-token-revoke": _ADMINISTER_ACT,
    "grant-give": _ADMINISTER_PAGE,
    "grant-take": _ADMINISTER_ACT,
    "account-list": _ADMINISTER,
    "account-detail": _ADMINISTER,
    "account-add": _ADMINISTER_PAGE,
    # Shows the external ID, which is shown nowhere else.
    "account-role": _ADMINISTER_PAGE,
    "account-edit": _ADMINISTER_PAGE,
    "account-test": _ADMINISTER,
    "account-import": _ADMINISTER_PAGE,
    "account-organization": _ADMINISTER_ACT,
    "account-plan": _ADMINISTER,
    # Has the external IDs of the plan's accounts.
    "account-plan-role": _ADMINISTER_PAGE,
    "account-plan-add": _ADMINISTER_ACT,
    "account-plan-list": _ADMINISTER_ACT,
    "account-plan-stop": _ADMINISTER_ACT,
    "account-plan-retry": _ADMINISTER_ACT,
    "account-disable": _ADMINISTER_ACT,
    "account-enable": _ADMINISTER_ACT,
    "account-remove": _ADMINISTER_PAGE,
    "audit": _ADMINISTER,
    "audit-export": _only(Role.ADMINISTRATOR, scope=Scope.AUDIT_READ),
}

# The addresses of Django's admin are generated. All of them are for administrators.
NAMESPACES: Final[Mapping[str, Need]] = {"admin": _ADMINISTER}


def need_of(match: ResolverMatch | None) -> Need | None:
    """Return the entry of an address, or None."""
    if match is None:
        return None
    for namespace in match.namespaces:
        return NAMESPACES.get(namespace)
    return NEEDS.get(match.url_name or "")


def url_names() -> set[str]:
    """Return every name of the URLconf except those in the namespaces of NAMESPACES."""
    return set(_names(get_resolver().url_patterns))


def _names(patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in NAMESPACES:
                yield from _names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or str(pattern.pattern)
