"""Finds rules and secrets by words, among what was last read from AWS. It calls no AWS API."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, IntegerField, Q, Value, When

from wizard.domain import Region
from wizard.domain.registries import REGISTRIES
from wizard.models import KnownSecret, LastKnownRule

MOST_RULES: Final = 8
MOST_SECRETS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownThings:
    """The rules and secrets that match, the best first; the lists are cut."""

    rules: list[LastKnownRule]
    secrets: list[KnownSecret]


def find_known(*, account_id: str, regions: Sequence[Region], words: Sequence[str]) -> KnownThings:
    """Return what matches all words in these Regions, which are those that the person may see."""
    if not words:
        return KnownThings(rules=[], secrets=[])
    places = Q(account_id=account_id, region__in=[region.code for region in regions])
    rules = LastKnownRule.objects.filter(
        places, *(_of_rule(word, regions) for word in words), gone_since=None
    )
    secrets = KnownSecret.objects.filter(
        places, *(_of_secret(word, regions) for word in words), missing_since=None
    ).exclude(name="")
    ordered = rules.order_by(_nearness(words[0]), "ecr_repository_prefix", "region")
    return KnownThings(
        rules=list(ordered[:MOST_RULES]),
        secrets=list(secrets.order_by("name", "region")[:MOST_SECRETS]),
    )


def _of_rule(word: str, regions: Iterable[Region]) -> Q:
    keys = {entry.key for entry in REGISTRIES if word in str(entry.label).lower()}
    return (
        Q(ecr_repository_prefix__icontains=word)
        | Q(upstream_registry_url__icontains=word)
        | Q(upstream_registry__in=keys)
        | _of_region(word, regions)
    )


def _of_secret(word: str, regions: Iterable[Region]) -> Q:
    return Q(name__icontains=word) | _of_region(word, regions)


def _of_region(word: str, regions: Iterable[Region]) -> Q:
    return Q(region__in=[each.code for each in regions if word in each.label.lower()])


def _nearness(word: str) -> Case:
    """Order prefixes that are the word before those that begin with it, and these before others."""
    return Case(
        When(ecr_repository_prefix=word, then=Value(0)),
        When(ecr_repository_prefix__startswith=word, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
