"""The topics of the help: their titles, and the pages of AWS and others that say more.

The text of a topic is the template `help/<topic>.html`. Which page has which topic is in
`web/help.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from wizard.words.texts import Text

_GUIDE: Final = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreLink:
    """A page outside of the console."""

    label: Text
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpTopic:
    """A topic of the help. `slug` is its part of the address and names its template."""

    slug: str
    title: Text
    more: tuple[MoreLink, ...] = ()

    @property
    def template(self) -> str:
        return f"help/{self.slug}.html"


def _more(label: Text, page: str) -> MoreLink:
    return MoreLink(label=label, url=f"{_GUIDE}{page}.html")


_USING: Final = _more(_("Sync an upstream registry with a private registry"), "pull-through-cache")
_CREATING: Final = _more(
    _("Creating a pull through cache rule"), "pull-through-cache-creating-rule"
)
_STORING: Final = _more(
    _("Storing your upstream repository credentials in a secret"),
    "pull-through-cache-creating-secret",
)
_VALIDATING: Final = _more(
    _("Validating pull through cache rules"), "pull-through-cache-working-validating"
)
_PULLING: Final = _more(
    _("Pulling an image with a pull through cache rule"), "pull-through-cache-working-pulling"
)
_SOLVING: Final = _more(_("Troubleshooting pull through cache issues"), "error-pullthroughcache")
_PERMISSIONS: Final = _more(_("IAM permissions that are required"), "pull-through-cache-iam")
_SIMULATING: Final = MoreLink(
    label=_("Testing IAM policies with the IAM policy simulator"),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html",
)
_REGIONS: Final = MoreLink(
    label=_("Enable or disable AWS Regions in your account"),
    url="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
)
_EXTERNAL_ID: Final = MoreLink(
    label=_("Access to AWS accounts owned by third parties"),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
)
_CROSS_ACCOUNT: Final = _more(
    _("ECR to ECR pull through cache across accounts"), "pull-through-cache-private"
)
_PREFIXES: Final = _more(
    _("Customizing repository prefixes"), "pull-through-cache-private-wildcards"
)
_TEMPLATES: Final = _more(_("Repository creation templates"), "repository-creation-templates")
_MAKING: Final = _more(
    _("Create an IAM role for repository creation templates"),
    "repository-creation-templates-create-iam",
)
_DELETING: Final = _more(_("Deleting an image in Amazon ECR"), "delete_image")
_EXCLUDING: Final = _more(_("Pull-time update exclusions"), "pull-time-update-exclusions")
_LIFECYCLE: Final = _more(_("Lifecycle policies"), "LifecyclePolicies")
_QUOTAS: Final = _more(_("Amazon ECR service quotas"), "service-quotas")

# In the order of the list of topics.
_TOPICS: Final = (
    HelpTopic(slug="rules", title=_("Pull through cache rules"), more=(_USING, _QUOTAS)),
    HelpTopic(slug="all-regions", title=_("Rules in all Regions"), more=(_USING,)),
    HelpTopic(slug="regions", title=_("Regions in use"), more=(_REGIONS,)),
    HelpTopic(slug="fleet", title=_("Rules in all accounts"), more=(_USING,)),
    HelpTopic(
        slug="fleet-rotation", title=_("Rotate a credential in several accounts"), more=(_STORING,)
    ),
    HelpTopic(
        slug="fleet-operations", title=_("Operations in several accounts"), more=(_VALIDATING,)
    ),
    HelpTopic(slug="source", title=_("Upstream registries"), more=(_CREATING, _USING)),
    HelpTopic(slug="authentication", title=_("Upstream credentials"), more=(_STORING, _CREATING)),
    HelpTopic(slug="permissions", title=_("IAM role for another account"), more=(_CROSS_ACCOUNT,)),
    HelpTopic(slug="destination", title=_("Repository prefixes"), more=(_CREATING, _PREFIXES)),
    HelpTopic(slug="namespaces", title=_("Cache and upstream namespaces"), more=(_PREFIXES,)),
    HelpTopic(slug="review", title=_("Review and create"), more=(_CREATING, _TEMPLATES)),
    HelpTopic(slug="drafts", title=_("Drafts")),
    HelpTopic(slug="rule", title=_("Details of a rule"), more=(_VALIDATING, _SOLVING)),
    HelpTopic(slug="pulling", title=_("Pulling images"), more=(_PULLING, _PERMISSIONS, _SOLVING)),
    HelpTopic(slug="repositories", title=_("Repositories and images"), more=(_USING, _PULLING)),
    HelpTopic(slug="converting", title=_("Converting files"), more=(_PULLING, _PREFIXES)),
    HelpTopic(slug="bypass", title=_("Images that bypass the cache"), more=(_PULLING,)),
    HelpTopic(slug="clean-up", title=_("Cleaning up cached images"), more=(_DELETING, _EXCLUDING)),
    HelpTopic(slug="last-pull", title=_("Last pull times"), more=(_EXCLUDING,)),
    HelpTopic(slug="lifecycle", title=_("Lifecycle policies"), more=(_LIFECYCLE,)),
    HelpTopic(slug="changes", title=_("Changing and deleting rules"), more=(_USING,)),
    HelpTopic(slug="import", title=_("Downloading and importing rules"), more=(_USING,)),
    HelpTopic(slug="secrets", title=_("Secrets"), more=(_STORING,)),
    HelpTopic(
        slug="templates", title=_("Repository creation templates"), more=(_TEMPLATES, _MAKING)
    ),
    HelpTopic(slug="tokens", title=_("Replacing access tokens"), more=(_STORING,)),
    HelpTopic(slug="health", title=_("Health, schedules, and alerts"), more=(_VALIDATING,)),
    HelpTopic(slug="bulk-validations", title=_("Bulk validations"), more=(_VALIDATING,)),
    HelpTopic(slug="operations", title=_("Operations")),
    HelpTopic(
        slug="aws-permissions", title=_("Permissions in AWS"), more=(_PERMISSIONS, _SIMULATING)
    ),
    HelpTopic(slug="accounts", title=_("AWS accounts"), more=(_EXTERNAL_ID,)),
    HelpTopic(slug="people", title=_("People and roles")),
    HelpTopic(slug="audit", title=_("Audit trail")),
    HelpTopic(slug="api-tokens", title=_("API tokens")),
    HelpTopic(slug="account", title=_("Your account")),
    HelpTopic(slug="keys", title=_("Search and keyboard shortcuts")),
)

HELP_TOPICS: Final[Mapping[str, HelpTopic]] = {topic.slug: topic for topic in _TOPICS}

# The topics of fields, by their names in forms.
HELP_OF_FIELDS: Final[Mapping[str, str]] = {
    "access_token": "authentication",
    "custom_role_arn": "permissions",
    "ecr_repository_prefix": "pulling",
    "expires_on": "health",
    "lifecycle_policy": "lifecycle",
    "principal_arn": "last-pull",
    "unpulled_days": "last-pull",
    "registry_name": "source",
    "secret": "secrets",
    "secret_name": "secrets",
    "time_zone": "account",
    "typed_role_arn": "permissions",
    "typed_secret_arn": "secrets",
    "upstream_repository_prefix": "namespaces",
}
