"""What readers of all formats return: rules with their places in the text, or a problem."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wizard.domain.prefixes import is_root
from wizard.domain.redaction import without_credentials
from wizard.domain.registries import normalised_url, registries_of
from wizard.domain.rules import NewRule
from wizard.domain.texts import gettext_noop as _

# The members of a rule, by their names in the console's exports and in Terraform.
MEMBERS: Final = (
    *("ecr_repository_prefix", "upstream_registry_url", "upstream_registry"),
    *("upstream_repository_prefix", "credential_arn", "custom_role_arn"),
)
# What can stay open in the wizard, which then asks for it.
_MAY_BE_OPEN: Final = frozenset({"credential_arn", "custom_role_arn"})
_LONGEST_NAME: Final = 40
_NAME: Final = re.compile(r"[A-Za-z_][\w-]*")
# An escape can write what no page and no database takes: NUL, and half of a surrogate pair.
_UNKEEPABLE: Final = re.compile("[\x00\x1f\ud800-\udfff]")
_SECRET_STRING: Final = re.compile(r"--secret-(?:string|binary)[\s=]+(?!file)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text; both count from 1."""

    line: int
    column: int


class ImportProblem(Exception):
    """Why a text cannot be read, where, and the name that is wrong there.

    `text` is to be translated and then filled in with `values`. It never has a value of the text.
    """

    def __init__(self, text: str, spot: Spot | None = None, *, name: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.spot = spot
        self.name = name[:_LONGEST_NAME] if _NAME.fullmatch(name) else "-"


@dataclass(frozen=True, slots=True)
class Value:
    """A value in the text; `text` is None for an expression."""

    text: str | None
    spot: Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRule:
    """A rule in the text. A member that is absent is empty; `expressions` names those that have
    no literal value. Account and Region are empty if the text does not say them.
    """

    spot: Spot
    ecr_repository_prefix: str = ""
    upstream_registry_url: str = ""
    upstream_registry: str = ""
    upstream_repository_prefix: str = ""
    credential_arn: str = ""
    custom_role_arn: str = ""
    account_id: str = ""
    region: str = ""
    expressions: frozenset[str] = frozenset()

    @property
    def needs_more(self) -> frozenset[str]:
        """Return the expressions that not even the wizard can ask for."""
        return self.expressions - _MAY_BE_OPEN

    def new_rule(self) -> NewRule:
        """Return the rule that is asked for; a kind of upstream alone gives its URL."""
        kind = self.upstream_registry
        hosts = [each.host for each in registries_of(kind) if not each.inputs] if kind else []
        upstream = self.upstream_repository_prefix
        return NewRule(
            ecr_repository_prefix=self.ecr_repository_prefix,
            upstream_registry_url=normalised_url(self.upstream_registry_url) or "".join(hosts[:1]),
            credential_arn=self.credential_arn or None,
            custom_role_arn=self.custom_role_arn or None,
            upstream_repository_prefix=None if is_root(upstream) else upstream,
        )


def found_rule(
    spot: Spot, members: Mapping[str, Value], *, account_id: str = "", region: str = ""
) -> FoundRule:
    """Return the rule with these members. Raises ImportProblem if it has no prefix or upstream.

    `members` may also have `account_id` and `region`, which come before those given.
    """
    place = {"account_id": account_id, "region": region}
    texts = {name: members[name].text for name in (*MEMBERS, *place) if name in members}
    if "ecr_repository_prefix" not in texts or texts["ecr_repository_prefix"] == "":
        raise ImportProblem(_("The rule has no Amazon ECR repository prefix."), spot)
    if not {"upstream_registry_url", "upstream_registry"} & {
        name for name, text in texts.items() if text != ""
    }:
        raise ImportProblem(_("The rule has no upstream registry URL."), spot)
    known = {name: text.strip() for name, text in texts.items() if text is not None}
    for name, text in {**place, **known}.items():
        if _UNKEEPABLE.search(text):
            words = _("The value of %(name)s has a character that can't be stored.")
            raise ImportProblem(words, members[name].spot if name in members else spot, name=name)
    expressions = frozenset(name for name, text in texts.items() if text is None)
    return FoundRule(
        spot=spot, expressions=expressions, **{**place, **{k: v for k, v in known.items() if v}}
    )


def contains_credential(text: str) -> bool:
    """Whether a text seems to contain a credential, so that it must not be shown or kept."""
    return _SECRET_STRING.search(text) is not None or without_credentials(text) != text
