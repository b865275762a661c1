"""The pages and actions that the search finds, each only for people who may use it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region, Role, Target
from wizard.gate.needs import NEEDS, Audience
from wizard.services import access
from wizard.words import HELP_TOPICS, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One result: a link, or a button that sends `name` and `value` to `url`."""

    label: Text
    detail: Text = ""
    url: str
    is_button: bool = False
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page or action: its label, its name in the URLconf, and other words for it.

    The address has an account and a Region if `scope` says so. An action is a POST unless it has a
    page of its own. `sends_region` is the field that carries the Region.
    """

    label: Text
    page: str
    words: str = ""
    scope: str = ""
    is_button: bool = False
    sends_region: str = ""


ACCOUNT: Final = "account"
REGION: Final = "region"

PAGES: Final = (
    Entry(label=_("Pull through cache rules"), page="rule-list", scope=REGION, words="list"),
    Entry(label=_("All Regions"), page="rule-overview", scope=ACCOUNT, words="rules overview"),
    Entry(
        label=_("Regions in use"),
        page="account-regions",
        scope=ACCOUNT,
        words="enable disable closed service control policy",
    ),
    Entry(label=_("All accounts"), page="fleet-rules", words="fleet rules search"),
    Entry(label=_("Secrets"), page="secret-list", scope=REGION, words="credentials tokens"),
    Entry(
        label=_("Repository creation templates"),
        page="template-list",
        scope=REGION,
        words="lifecycle mutability encryption tags policy",
    ),
    Entry(label=_("Token rotations"), page="rotation-list", scope=ACCOUNT, words="secrets"),
    Entry(
        label=_("Convert files"),
        page="file-convert",
        scope=REGION,
        words="images dockerfile compose kubernetes helm yaml paste upload",
    ),
    Entry(
        label=_("Who bypasses the cache"),
        page="image-bypass",
        scope=REGION,
        words="images pods containers",
    ),
    Entry(
        label=_("Preview lifecycle policy"),
        page="lifecycle-preview-create",
        scope=REGION,
        words="expire archive delete images",
    ),
    Entry(
        label=_("Pull-time update exclusions"),
        page="exclusion-list",
        scope=REGION,
        words="last pull scanners replication images",
    ),
    Entry(
        label=_("Repositories"),
        page="region-repositories",
        scope=REGION,
        words="images tags size cached pulls",
    ),
    Entry(label=_("Health"), page="region-health", scope=REGION, words="schedule alerts expiry"),
    Entry(label=_("Bulk validations"), page="bulk-validation-create", scope=ACCOUNT),
    Entry(label=_("Operations"), page="operation-list", scope=ACCOUNT, words="interrupted retry"),
    Entry(
        label=_("Operations in several accounts"),
        page="fleet-operation-list",
        words="fleet validate",
    ),
    Entry(label=_("Permissions"), page="permission-list", scope=REGION, words="iam policy access"),
    Entry(
        label=_("Client configuration"),
        page="client-configuration",
        scope=REGION,
        words="containerd podman kyverno bottlerocket buildkit helm renovate docker github",
    ),
    Entry(label=_("Accounts"), page="account-list", words="roles organization external id assume"),
    Entry(label=_("People"), page="people", words="users roles grants permissions"),
    Entry(label=_("Audit trail"), page="audit", words="log history events who"),
    Entry(label=_("Switch account"), page="account-switch", words="choose other accounts change"),
    Entry(label=_("Your account"), page="account", words="sessions preferences profile"),
    Entry(label=_("Help"), page="help", words="documentation topics"),
)

ACTIONS: Final = (
    Entry(
        label=_("Clean up cached images"),
        page="cleanup-create",
        scope=REGION,
        words="delete untagged old unused repositories",
    ),
    Entry(label=_("Add rule"), page="draft-create", scope=REGION, is_button=True, words="create"),
    Entry(label=_("Import rules"), page="rule-import", scope=REGION, words="paste upload file"),
    Entry(label=_("Create secret"), page="secret-create", scope=REGION, words="add credentials"),
    Entry(label=_("Create template"), page="template-create", scope=REGION, words="repository"),
    Entry(label=_("Rotate a token"), page="rotation-create", scope=ACCOUNT, words="secrets renew"),
    Entry(
        label=_("Validate all rules of this Region"),
        page="bulk-validation-create",
        scope=ACCOUNT,
        is_button=True,
        sends_region="region",
        words="check test",
    ),
    Entry(label=_("Validate rules in several accounts"), page="fleet-validate", words="fleet bulk"),
    Entry(label=_("Create rules in several accounts"), page="fleet-create", words="fleet bulk"),
    Entry(
        label=_("Rotate a credential in several accounts"),
        page="fleet-rotate",
        words="fleet token secret password",
    ),
    Entry(label=_("Change rules in several accounts"), page="fleet-replace", words="fleet replace"),
    Entry(label=_("Add account"), page="account-add", words="role external id connect"),
    Entry(label=_("Import accounts"), page="account-import", words="list csv organizations upload"),
    Entry(label=_("Add person"), page="person-add", words="invite user"),
    Entry(label=_("Create API token"), page="api-token-create", words="script"),
    Entry(label=_("Change password"), page="password-change"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Finds entries for a person at an account and Region; both may be unknown."""

    user: User
    account_id: str
    region: Region | None
    words: tuple[str, ...]

    def pages(self) -> Iterator[Hit]:
        yield from (self._hit(entry) for entry in PAGES if self._is_found(entry))

    def actions(self) -> Iterator[Hit]:
        yield from (self._hit(entry) for entry in ACTIONS if self._is_found(entry))

    def help(self) -> Iterator[Hit]:
        """Return the topics of the help; all of them would be too many without a word."""
        for topic in HELP_TOPICS.values():
            if self.words and self.matches(f"{topic.title} {_('Help')}"):
                url = reverse("help-topic", kwargs={"topic": topic.slug})
                yield Hit(label=topic.title, detail=_("Help"), url=url)

    def matches(self, text: str) -> bool:
        return all(word in text.lower() for word in self.words)

    def _is_found(self, entry: Entry) -> bool:
        return self.matches(f"{entry.label} {entry.words}") and self._may_use(entry)

    def _may_use(self, entry: Entry) -> bool:
        """Whether the person may, by the same table that guards the address."""
        need = NEEDS[entry.page].who("POST" if entry.is_button else "GET")
        if isinstance(need, Audience):
            return True
        if need is Role.ADMINISTRATOR:
            return access.is_administrator(user=self.user)
        if not entry.scope and not entry.sends_region:
            return access.may_somewhere(user=self.user, role=need)
        if not self.account_id:
            return False
        if entry.scope == REGION or entry.sends_region:
            return self.region is not None and access.may(
                user=self.user,
                role=need,
                target=Target(account_id=self.account_id, region=self.region.code),
            )
        return access.may_somewhere(user=self.user, role=need, account_id=self.account_id)

    def _hit(self, entry: Entry) -> Hit:
        is_regional = entry.scope == REGION or bool(entry.sends_region)
        code = self.region.code if self.region else ""
        parts = {"account_id": self.account_id} if entry.scope else {}
        if entry.scope == REGION:
            parts["region"] = code
        return Hit(
            label=entry.label,
            detail=self.region.label if self.region and is_regional else "",
            url=reverse(entry.page, kwargs=parts),
            is_button=entry.is_button,
            name=entry.sends_region,
            value=code if entry.sends_region else "",
        )
