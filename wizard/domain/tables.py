"""The tables of the console: their columns, and how a person wants them to look."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from wizard.domain.account_tables import ACCOUNT_TABLES
from wizard.domain.columns import Column as Column
from wizard.domain.fleet_tables import FLEET_TABLES
from wizard.domain.texts import gettext_noop

PAGE_SIZES: Final = (10, 30, 50)
# A Region holds at most fifty rules, so by default all are on one page.
DEFAULT_PAGE_SIZE: Final = 50


COLUMNS: Final = (
    Column(name="prefix", label=gettext_noop("Prefix"), sort_key="prefix", optional=False),
    Column(
        name="region",
        label=gettext_noop("Region"),
        sort_key="region",
        optional=False,
        many_regions=True,
    ),
    Column(name="registry", label=gettext_noop("Upstream registry"), sort_key="registry_label"),
    Column(name="url", label=gettext_noop("Upstream URL"), sort_key="upstream_url"),
    Column(name="upstream", label=gettext_noop("Upstream prefix"), sort_key="upstream_prefix"),
    Column(
        name="credential", label=gettext_noop("Credentials"), sort_key="credential", is_long=True
    ),
    Column(name="status", label=gettext_noop("Status"), sort_key="status"),
    Column(name="validated", label=gettext_noop("Last validated"), sort_key="validated_at"),
    Column(name="created", label=gettext_noop("Created"), sort_key="created_at"),
)
COLUMN_NAMED: Final = {column.name: column for column in COLUMNS}

RULES: Final = "rules"

# The columns of each table by the table's name. Sort keys are members of its rows.
TABLES: Final[Mapping[str, tuple[Column, ...]]] = MappingProxyType(
    {
        RULES: COLUMNS,
        "secrets": (
            Column(
                name="name",
                label=gettext_noop("Secret name"),
                sort_key="use.secret.name",
                optional=False,
            ),
            Column(name="state", label=gettext_noop("State"), sort_key="state"),
            Column(name="rules", label=gettext_noop("Rules"), sort_key="rules"),
            Column(
                name="changed",
                label=gettext_noop("Value changed"),
                sort_key="use.secret.changed_at",
            ),
            Column(name="created", label=gettext_noop("Created"), sort_key="use.secret.created_at"),
        ),
        # A preview of a clean-up, and its results.
        "planned": (
            Column(
                name="repository",
                label=gettext_noop("Repository"),
                sort_key="repository",
                optional=False,
            ),
            Column(name="tags", label=gettext_noop("Tags"), sort_key="tags"),
            Column(name="digest", label=gettext_noop("Digest"), sort_key="digest"),
            Column(name="kind", label=gettext_noop("Type"), sort_key="kind"),
            Column(name="size", label=gettext_noop("Size"), sort_key="image.size_bytes"),
            Column(name="pushed", label=gettext_noop("Cached"), sort_key="image.pushed_at"),
            Column(name="pulled", label=gettext_noop("Last pull"), sort_key="pulled_at"),
            Column(name="why", label=gettext_noop("Why"), sort_key="why"),
        ),
        "cleaned": (
            Column(
                name="repository",
                label=gettext_noop("Repository"),
                sort_key="repository",
                optional=False,
            ),
            Column(name="tags", label=gettext_noop("Tags"), sort_key="tags"),
            Column(name="digest", label=gettext_noop("Digest"), sort_key="digest"),
            Column(name="size", label=gettext_noop("Size"), sort_key="image.size_bytes"),
            Column(name="result", label=gettext_noop("Result"), sort_key="urgency"),
            Column(name="reason", label=gettext_noop("Reason"), sort_key="reason_text"),
        ),
        "exclusions": (
            Column(
                name="principal",
                label=gettext_noop("Principal ARN"),
                sort_key="arn",
                optional=False,
            ),
            Column(name="kind", label=gettext_noop("Type"), sort_key="kind"),
            Column(name="account", label=gettext_noop("Account"), sort_key="account_id"),
        ),
        "previewed-images": (
            Column(name="name", label=gettext_noop("Image tags"), sort_key="name", optional=False),
            Column(name="digest", label=gettext_noop("Digest"), sort_key="digest"),
            Column(name="pushed", label=gettext_noop("Pushed"), sort_key="pushed_at"),
            Column(name="action", label=gettext_noop("Action"), sort_key="action"),
            Column(name="priority", label=gettext_noop("Rule priority"), sort_key="priority"),
            Column(name="storage", label=gettext_noop("Storage class"), sort_key="storage_class"),
        ),
        "templates": (
            Column(
                name="prefix",
                label=gettext_noop("Prefix"),
                sort_key="template.prefix",
                optional=False,
            ),
            Column(name="applied", label=gettext_noop("Applied for"), sort_key="applied_for"),
            Column(name="rules", label=gettext_noop("Rules"), sort_key="rules_text"),
            Column(name="mutability", label=gettext_noop("Tag mutability"), sort_key="mutability"),
            Column(name="encryption", label=gettext_noop("Encryption"), sort_key="encryption"),
            Column(name="role", label=gettext_noop("Role"), sort_key="role", is_long=True),
            Column(name="updated", label=gettext_noop("Updated"), sort_key="template.updated_at"),
        ),
        **ACCOUNT_TABLES,
        "people": (
            Column(
                name="username",
                label=gettext_noop("Username"),
                sort_key="person.username",
                optional=False,
            ),
            Column(name="state", label=gettext_noop("State"), sort_key="state"),
            Column(name="permissions", label=gettext_noop("Permissions"), sort_key="permissions"),
            Column(name="sessions", label=gettext_noop("Sessions"), sort_key="session_count"),
            Column(
                name="login", label=gettext_noop("Last signed in"), sort_key="person.last_login"
            ),
        ),
        "operations": (
            Column(name="prefix", label=gettext_noop("Prefix"), sort_key="name", optional=False),
            Column(name="result", label=gettext_noop("Result"), sort_key="title"),
            Column(name="regions", label=gettext_noop("Regions"), sort_key="regions"),
            Column(name="started", label=gettext_noop("Started"), sort_key="started_at"),
            Column(name="by", label=gettext_noop("By"), sort_key="actor.username"),
        ),
        # The results of an operation, a deletion or an import: a row for each Region or rule.
        "outcomes": (
            Column(
                name="region", label=gettext_noop("Region"), sort_key="region.code", optional=False
            ),
            Column(name="name", label=gettext_noop("Name"), sort_key="name"),
            Column(name="state", label=gettext_noop("State"), sort_key="urgency"),
            Column(name="made", label=gettext_noop("What was done"), sort_key="made_text"),
            Column(name="reason", label=gettext_noop("Reason"), sort_key="reason_text"),
        ),
        "health": (
            Column(name="prefix", label=gettext_noop("Prefix"), sort_key="prefix", optional=False),
            Column(name="status", label=gettext_noop("Status"), sort_key="status"),
            Column(name="validated", label=gettext_noop("Last validated"), sort_key="validated_at"),
            Column(name="token", label=gettext_noop("Upstream token"), sort_key="expires_on"),
        ),
        # The repositories of a rule.
        "repositories": (
            Column(name="name", label=gettext_noop("Repository"), sort_key="name", optional=False),
            Column(name="images", label=gettext_noop("Images"), sort_key="images"),
            Column(name="tags", label=gettext_noop("Tags"), sort_key="tags"),
            Column(name="size", label=gettext_noop("Size"), sort_key="size"),
            Column(name="created", label=gettext_noop("Created"), sort_key="created_at"),
            Column(name="pushed", label=gettext_noop("Last pushed"), sort_key="pushed_at"),
            Column(name="pulled", label=gettext_noop("Last pulled"), sort_key="pulled_at"),
            Column(name="archived", label=gettext_noop("Archived"), sort_key="archived"),
        ),
        # The rules of a Region with their repositories.
        "region-repositories": (
            Column(name="prefix", label=gettext_noop("Prefix"), sort_key="prefix", optional=False),
            Column(
                name="repositories", label=gettext_noop("Repositories"), sort_key="repositories"
            ),
            Column(name="images", label=gettext_noop("Images"), sort_key="images"),
            Column(name="size", label=gettext_noop("Size"), sort_key="size"),
            Column(name="pulled", label=gettext_noop("Last pulled"), sort_key="pulled_at"),
        ),
        # The images of a repository.
        "images": (
            Column(name="tags", label=gettext_noop("Tags"), sort_key="first_tag", optional=False),
            Column(name="type", label=gettext_noop("Type"), sort_key="kind"),
            Column(name="digest", label=gettext_noop("Digest"), sort_key="image.digest"),
            Column(name="size", label=gettext_noop("Size"), sort_key="image.size_bytes"),
            Column(name="pushed", label=gettext_noop("Pushed"), sort_key="image.pushed_at"),
            Column(
                name="pulled", label=gettext_noop("Last pulled"), sort_key="image.last_pulled_at"
            ),
            Column(name="status", label=gettext_noop("Status"), sort_key="image.status"),
            Column(name="referrers", label=gettext_noop("Referrers"), sort_key="referrers"),
        ),
        **FLEET_TABLES,
        "validations": (
            Column(
                name="started",
                label=gettext_noop("Started"),
                sort_key="bulk.created_at",
                optional=False,
            ),
            Column(name="scope", label=gettext_noop("Scope"), sort_key="scope"),
            Column(name="by", label=gettext_noop("By"), sort_key="bulk.actor.username"),
            Column(name="state", label=gettext_noop("State"), sort_key="state.word"),
            Column(name="rules", label=gettext_noop("Rules"), sort_key="progress.total"),
            Column(name="valid", label=gettext_noop("Valid"), sort_key="progress.valid"),
            Column(name="failed", label=gettext_noop("Failed"), sort_key="progress.failed"),
            Column(name="errors", label=gettext_noop("Errors"), sort_key="progress.errors"),
        ),
        # The database sorts the results of a bulk validation by these names.
        "results": (
            Column(name="prefix", label=gettext_noop("Prefix"), sort_key="prefix", optional=False),
            Column(name="region", label=gettext_noop("Region"), sort_key="region"),
            Column(name="status", label=gettext_noop("Status"), sort_key="status"),
            Column(name="time", label=gettext_noop("Time"), sort_key="time"),
        ),
        # The trail has one order, in which its pages are found.
        "audit": (
            Column(name="time", label=gettext_noop("Time"), optional=False),
            Column(name="person", label=gettext_noop("Person")),
            Column(name="action", label=gettext_noop("Action")),
            Column(name="subject", label=gettext_noop("Subject")),
            Column(name="place", label=gettext_noop("Account and Region")),
            Column(name="outcome", label=gettext_noop("Outcome")),
        ),
        "rotations": (
            Column(
                name="upstream",
                label=gettext_noop("Upstream registry"),
                sort_key="upstream",
                optional=False,
            ),
            Column(name="state", label=gettext_noop("State"), sort_key="state"),
            Column(name="started", label=gettext_noop("Started"), sort_key="rotation.created_at"),
            Column(name="by", label=gettext_noop("By"), sort_key="rotation.actor.username"),
        ),
        "rotated": (
            Column(name="region", label=gettext_noop("Region"), sort_key="region", optional=False),
            Column(name="secret", label=gettext_noop("Secret name"), sort_key="short_name"),
            Column(name="result", label=gettext_noop("Result"), sort_key="rank"),
            Column(name="rules", label=gettext_noop("Rules"), sort_key="rule_count"),
        ),
        # Every column counts for the choice of secrets, and their order is that of Regions.
        "candidates": (
            Column(name="region", label=gettext_noop("Region"), optional=False),
            Column(name="secret", label=gettext_noop("Secret name"), optional=False),
            Column(name="rules", label=gettext_noop("Rules that use it"), optional=False),
            Column(name="changed", label=gettext_noop("Value changed"), optional=False),
        ),
        "upstreams": (
            Column(
                name="upstream",
                label=gettext_noop("Upstream registry"),
                sort_key="name",
                optional=False,
            ),
            Column(name="secrets", label=gettext_noop("Secrets"), sort_key="found.secrets"),
            Column(name="rules", label=gettext_noop("Rules"), sort_key="found.rules"),
            Column(name="regions", label=gettext_noop("Regions"), sort_key="found.regions"),
        ),
    }
)


def optional_columns(table: str) -> tuple[Column, ...]:
    """Return the columns that a person can hide."""
    return tuple(column for column in TABLES[table] if column.optional)


def column_key(table: str, column: Column) -> str:
    """Return the name of a column among those of all tables, under which it is kept as hidden."""
    return column.name if table == RULES else f"{table}.{column.name}"


COLUMN_KEYS: Final = frozenset(
    column_key(table, column) for table in TABLES for column in optional_columns(table)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLook:
    """How a person wants tables; `hidden_columns` are the keys of columns of any table."""

    page_size: int = DEFAULT_PAGE_SIZE
    hidden_columns: tuple[str, ...] = ()
    wraps_lines: bool = True
    has_stripes: bool = False
    is_compact: bool = False

    def columns(self, *, many_regions: bool) -> tuple[Column, ...]:
        """Return the visible columns of a table of rules in order."""
        return tuple(
            column for column in self.columns_of(RULES) if many_regions or not column.many_regions
        )

    def columns_of(self, table: str) -> tuple[Column, ...]:
        """Return the visible columns of a table in order."""
        return tuple(
            column
            for column in TABLES[table]
            if column_key(table, column) not in self.hidden_columns
        )

    @property
    def classes(self) -> str:
        """Return the classes of a table that looks as the person wants it."""
        wanted = (
            ("table-one-line", not self.wraps_lines),
            ("table-striped", self.has_stripes),
            ("table-compact", self.is_compact),
        )
        return " ".join(name for name, is_wanted in wanted if is_wanted)
